"""`physdfa reproduce`: a published table or figure beside the published numbers."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from physdfa.cli import options
from physdfa.cli.output import print_json
from physdfa.report.formatting import FEW_DIGITS, duration


def reproduce(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="What to reproduce; without it, the list.")] = None,
    scale: Annotated[
        str, typer.Option("--scale", metavar="SCALE", help="smoke (seconds, embedded digits) or full (as published).")
    ] = "smoke",
    only: Annotated[list[str] | None, typer.Option("--only", metavar="ROW", help="One row; repeatable.")] = None,
    seeds: Annotated[
        int | None,
        typer.Option(
            "--seeds", metavar="N", min=1, max=options.MOST, help="Seeds of each row in the place of its own."
        ),
    ] = None,
    start_from: Annotated[
        Path | None,
        typer.Option("--from", metavar="RUN", help="Go on from this finished run, on a copy; where a row can."),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(
            "--shard", metavar="I/N", help="Only part I of N of the rows; without it, all that is finished is taken."
        ),
    ] = None,
    keep: Annotated[
        bool,
        typer.Option("--keep", help="In a clone: keep small files under results/reference, and fill the pages."),
    ] = False,
    count: Annotated[
        bool, typer.Option("--count", help="In a clone: count the weights that a sample changes in kept rows.")
    ] = False,
    render: Annotated[
        bool, typer.Option("--render", help="In a clone: fill the pages from what is kept; train nothing.")
    ] = False,
    out: options.Out = options.RESULTS,
    data: options.DataDir = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be trained and about how long it takes; train nothing.")
    ] = False,
    trust: options.Trust = False,
    threads: options.Threads = None,
    devices: options.Devices = None,
    ray: options.Ray = None,
    chunk: options.Chunk = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Set a published table or figure beside our numbers; rows that are finished already are not trained again."""
    from physdfa.cli.runs import listening
    from physdfa.data import resolve_data_dir
    from physdfa.errors import InputError, unknown_name
    from physdfa.workflow.reproduce import ENTRIES, SCALES, Scale, find_entry, plan_rows
    from physdfa.workflow.reproduce import reproduce as work
    from physdfa.workflow.reproduce.entry import Workplace
    from physdfa.workflow.reproduce.keep import Clone
    from physdfa.workflow.reproduce.plan import rows_of_part

    folder = resolve_data_dir(data, os.environ)
    if render:
        filled = Clone().fill([find_entry(name)] if name else list(ENTRIES.values()))
        print("\n".join(map(str, filled)) or "nothing is kept of it, or no page asks for it")
        return
    if name is None:
        if only or seeds or dry_run or start_from or shard or keep or count:
            raise InputError(
                "--only, --seeds, --from, --shard, --keep, --count, --dry-run need the name of what is reproduced."
            )
        list_entries(folder, as_json=as_json)
        return
    entry = find_entry(name)
    if shard is not None:
        only = rows_of_part(entry, only or (), shard)
    if scale not in SCALES:
        raise InputError(f"--scale: {unknown_name('scale', scale, SCALES)}")
    if keep and shard is not None:
        raise InputError("--keep: what is kept are all rows; leave --shard out once the parts are done.")
    if keep and scale != "full":
        raise InputError("--keep: what is kept are results at full scale; add --scale full.")
    clone = Clone() if keep or count else None  # refused before anything is trained
    with listening(quiet or dry_run, as_json=as_json) as progress:
        command = ["physdfa", *sys.argv[1:]]
        place = Workplace(
            scale=cast(Scale, scale),
            out_dir=out,
            data_dir=folder,
            num_seeds=seeds,
            start_from=start_from,
            command_line=command,
            progress=progress,
        )
        if dry_run:
            tell_plan([plan._asdict() for plan in plan_rows(entry, place, only or ())], as_json=as_json)
            return
        if count and clone is not None:
            clone.count(entry, place, only or ())
            clone.fill([entry])
            return
        run = work(entry, place, only=only or ())
    if clone is not None:
        clone.keep(entry, run.path, out)
        clone.fill([entry])
    tell_reproduction(run, as_json=as_json)


def tell_reproduction(run: Any, *, as_json: bool) -> None:
    """Print the table of a reproduction, and write its page."""
    from physdfa.report.page import write_report

    report = write_report([run.path])
    summary: dict[str, Any] = run.read_summary()
    if as_json:
        print_json({"run": str(run.path), **summary})
        return
    print((run.path / "table.md").read_text(encoding="utf-8"))
    print(f"run folder: {run.path}\nreport: {report}")


def list_entries(data: Path, *, as_json: bool) -> None:
    """Print every entry with the data it needs and the time of its full scale."""
    from physdfa.data.catalogue import list_datasets
    from physdfa.workflow.reproduce import ENTRIES

    present = {row.name for row in list_datasets(data) if row.is_present}
    if as_json:
        rows = [
            {
                **{key: getattr(entry, key) for key in ("name", "title", "source", "datasets", "full_time")},
                "missing": [name for name in entry.datasets if name not in present],
                "rows": [row.name for row in entry.rows],
            }
            for entry in ENTRIES.values()
        ]
        print_json(rows)
        return
    for entry in ENTRIES.values():
        needs = [name if name in present else f"{name} (not here)" for name in entry.datasets]
        print(f"{entry.name}\n  {entry.title}\n  published: {entry.source}")
        print(f"  rows: {' '.join(row.name for row in entry.rows)}")
        print(f"  full scale: {entry.full_time}; needs {', '.join(needs) or 'no data'}")
    print("physdfa reproduce NAME --scale smoke runs one of them in seconds, on the embedded digits.")


def tell_plan(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    """Print what each row would do, and how long all of them take."""
    if as_json:
        print_json({"rows": rows, "seconds": sum(row["seconds"] for row in rows)})
        return
    for row in rows:
        if row["state"] == "train":
            seeds = f"{row['seeds']} seeds, " if row["seeds"] else ""
            work = f"{row['epochs']} epochs in all over {row['samples']} samples"
            said = f"{seeds}{work}, about {duration(row['seconds'])}"
        else:
            said = row["state"] + (f": {row['reason']}" if row["reason"] else "")
        print(f"{row['name']}: {said}")
    whole = duration(sum(row["seconds"] for row in rows), FEW_DIGITS)
    print(f"# about {whole} on this machine; good to a factor of two")
