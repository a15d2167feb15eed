"""`reproduce`: the rows of an entry, one after the other, into a run folder of the kind `reproduce`."""

import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import tomli_w

from physdfa.config import ExperimentConfig, own_values, to_toml
from physdfa.config.tables import flatten
from physdfa.data import load_dataset
from physdfa.errors import DataError, InputError, RunFolderError
from physdfa.interrupt import stop_if_asked
from physdfa.report.figures.style import Panel
from physdfa.store import RunFolder, create_run
from physdfa.store.records import plain
from physdfa.toml_text import load_toml
from physdfa.workflow.changes import refuse_changes
from physdfa.workflow.ending import told_however_it_ends
from physdfa.workflow.progress import Progress
from physdfa.workflow.reproduce.entry import Entry, Finished, Record, Row, Workplace
from physdfa.workflow.reproduce.plan import choose_rows, config_of, refuse_idle_options
from physdfa.workflow.reproduce.registry import find_entry
from physdfa.workflow.reproduce.table import accuracy_cell, page, records_csv
from physdfa.workflow.reproduce.training import num_seeds_of, train_row, work_row
from physdfa.workflow.summary import compute_devices, peak_memory_bytes

SMOKE_NOTE = "Smoke scale: tiny networks on the embedded digits. It shows that the code runs, and nothing else."


def reproduce(
    entry: Entry, place: Workplace, *, only: Sequence[str] = (), resumed: RunFolder | None = None
) -> RunFolder:
    """Compute the chosen rows of an entry and set them beside the published numbers.

    A row whose training is finished under `place.out_dir` is taken from there, one that stopped goes on. A row without
    its data, or that fails, says so, and the others go on.

    **Arguments:**

    - `resumed`: the folder of such a reproduction that stopped, to be finished there.

    **Raises:** `InputError` for an unknown row; `DataError` if no chosen row can be computed.
    """
    rows = choose_rows(entry, only)
    refuse_idle_options(rows, place)
    configs, problems = readable(rows, place)
    if len(problems) == len(rows):
        raise DataError("\n".join(dict.fromkeys(map(str, problems.values()))))
    if resumed is not None:
        resumed.forget_metrics(("row",))
        resumed.write_summary({"status": "interrupted", "reason": "resumed"})
        resumed.begin()
    run = resumed or begin(entry, rows, configs, place)
    place.progress.say(f"run folder: {run.path}")
    started = time.perf_counter()
    finished: list[Finished] = []
    with told_however_it_ends(run):
        for number, row in enumerate(rows, start=1):
            stop_if_asked()
            place.progress.say(f"row {number} of {len(rows)}: {row.title}")
            one = finish_row(row, configs.get(row.name), problems.get(row.name), place)
            finished.append(one)
            run.append_metric({"kind": "row", **plain_record(one.record)})
            write_tables(run, entry, place, finished)
            has_accuracy = one.record.get("test_accuracy") is not None or not one.is_done
            place.progress.say(f"{row.name}: {accuracy_cell(one) if has_accuracy else one.record['status']}")
        panels = [*(panel for one in finished for panel in one.panels), *entry.figures(finished)]
        write_figures(run, panels)
        wall_time_s = time.perf_counter() - started
        run.write_summary({"status": "done", "wall_time_s": wall_time_s, "peak_memory_bytes": peak_memory_bytes()})
    return run


def readable(rows: Sequence[Row], place: Workplace) -> tuple[dict[str, ExperimentConfig], dict[str, InputError]]:
    """Configs of the trainings, and the problems of rows that cannot begin, above all missing data."""
    configs: dict[str, ExperimentConfig] = {}
    problems: dict[str, InputError] = {}
    present: set[str] = set()
    for row in rows:
        try:
            config = config_of(row, place)
            if config is None:
                continue
            if config.data.name not in present:
                load_dataset(config.data.name, data_dir=place.data_dir, values=own_values(config, "data.name"))
                present.add(config.data.name)
            configs[row.name] = config
        except InputError as error:
            problems[row.name] = error
    return configs, problems


def begin(entry: Entry, rows: Sequence[Row], configs: dict[str, ExperimentConfig], place: Workplace) -> RunFolder:
    """Make the run folder with the complete config of every row."""
    tables = tables_of(entry, rows, configs, place)
    run = create_run(
        place.out_dir,
        tables["experiment"]["name"],
        tomli_w.dumps(tables),
        command_line=place.command_line,
        kind="reproduce",
        compute_devices=compute_devices(),
    )
    run.begin()
    run.write_summary({"entry": entry.name, "title": entry.title, "source": entry.source, "scale": place.scale})
    return run


def tables_of(
    entry: Entry, rows: Sequence[Row], configs: dict[str, ExperimentConfig], place: Workplace
) -> dict[str, Any]:
    """What the config.toml of a reproduction holds."""
    seeds = {row.name: num_seeds_of(row, place) for row in rows if row.name in configs}
    asked = {} if place.num_seeds is None else {"num_seeds": place.num_seeds}
    chosen = [row.name for row in rows]
    return {
        "experiment": {"name": entry.name if place.scale == "full" else f"{entry.name}_smoke", "seed": 0},
        "reproduce": {"entry": entry.name, "scale": place.scale, "rows": chosen, "seeds": seeds, **asked},
        "rows": {row: tomllib.loads(to_toml(config)) for row, config in configs.items()},
    }


def finish_row(row: Row, config: ExperimentConfig | None, problem: InputError | None, place: Workplace) -> Finished:
    """Compute one row; mistakes in its input are told in its record."""
    published = {"published": None, "published_spread": None}
    if row.published is not None:
        published = {"published": row.published.value, "published_spread": row.published.spread}
    known: Record = {"name": row.name, **row.cells, **published, "status": "done", "reason": ""}
    if problem is not None:
        return Finished(row=row, record=known | told(problem))
    if row.compute is not None:
        record, panels = row.compute(place.scale)
        return Finished(row=row, record=known | record, panels=panels)
    assert config is not None  # without a problem there is one
    try:
        one = train_row(row, config, place) if row.work is None else work_row(row, row.work, config, place)
    except InputError as error:
        return Finished(row=row, record=known | told(error))
    return Finished(row=row, record=known | one.record, run=one.run)


def told(error: InputError) -> Record:
    """Status and reason of a row that has no numbers."""
    return {"status": "missing" if isinstance(error, DataError) else "failed", "reason": str(error)}


def plain_record(record: Record) -> dict[str, Any]:
    """A record as JSON can hold it."""
    return {name: plain(value) for name, value in record.items()}


def write_tables(run: RunFolder, entry: Entry, place: Workplace, finished: Sequence[Finished]) -> None:
    """Write the rows so far: into the summary, `table.csv` and `table.md`."""
    note = [SMOKE_NOTE] if place.scale == "smoke" else []
    tables = entry.tables(finished)
    records = [plain_record(one.record) for one in finished]
    states = [record["status"] for record in records]
    run.write_summary(
        {
            "rows": records,
            "tables": [{**vars(table), "numeric": list(table.numeric)} for table in tables],
            "warnings": note,
            "num_rows": len(records),
            "num_missing": states.count("missing"),
            "num_failed": states.count("failed"),
        }
    )
    run.write_text("table.md", page(entry, note, tables))
    run.write_text("table.csv", records_csv(records))


def write_figures(run: RunFolder, panels: Sequence[Panel]) -> None:
    """Write SVG and CSV of each figure, and its words into the summary."""
    for panel in panels:
        run.write_text(f"figures/{panel.name}.svg", panel.svg)
        run.write_figure_data(panel.name, panel.data)
    words = [{"name": panel.name, "title": panel.title, "caption": panel.caption} for panel in panels]
    run.write_summary({"figures": words})


def go_on(
    run: RunFolder, *, data_dir: Path | None, command_line: Sequence[str], progress: Progress, allow_changed: bool
) -> RunFolder:
    """Finish a reproduction in its folder.

    **Raises:** `RunFolderError` if code, versions or the experiment of a row have changed, or if it began with a run
    that its folder does not name.
    """
    tables = load_toml(run.config_text())
    asked: dict[str, Any] = tables["reproduce"]
    if "--from" in cast(list[str], run.read_environment().get("command_line") or []):
        raise RunFolderError(
            f"{run.path} went on from another run, which its folder does not name; the same command goes on: physdfa "
            f"reproduce {asked['entry']} --scale {asked['scale']} --from RUN"
        )
    place = Workplace(
        scale=asked["scale"],
        out_dir=run.path.parent.parent,
        data_dir=data_dir,
        num_seeds=asked.get("num_seeds"),
        command_line=command_line,
        progress=progress,
    )
    entry = find_entry(asked["entry"])
    rows = choose_rows(entry, asked["rows"])
    now = tables_of(entry, rows, readable(rows, place)[0], place)
    before, after = (dict(flatten(one["rows"])) for one in (tables, now))
    common = [key for key in before if key in after or key.split(".")[0] in now["rows"]]
    changed = [f"{key} {before[key]} then, {after.get(key)} now" for key in common if before[key] != after.get(key)]
    refuse_changes(run, changed, allow_changed=allow_changed)
    return reproduce(entry, place, only=asked["rows"], resumed=run)
