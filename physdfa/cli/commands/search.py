"""`physdfa search`, `physdfa sweep`, and `physdfa resume`, which finishes a run of any kind."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from physdfa.cli import options
from physdfa.errors import InputError


def search(
    config: options.Config,
    changes: options.Set = None,
    out: options.Out = options.RESULTS,
    seed: options.Seed = None,
    data: options.DataDir = None,
    dry_run: options.DryRun = False,
    trust: options.Trust = False,
    threads: options.Threads = None,
    devices: options.Devices = None,
    ray: options.Ray = None,
    chunk: options.Chunk = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Search the genes of [search], by a genetic algorithm by default; train the best in full and test it once."""
    from physdfa.cli import runs
    from physdfa.workflow.search import run_search, search_size, search_waiting

    checked = runs.read(config, options.overrides_of(changes, seed), "search", data)
    if dry_run:
        runs.dry_run(
            checked,
            kind="search",
            data=data,
            sizes=lambda: search_size(checked),
            as_json=as_json,
            waiting=lambda: search_waiting(checked),
        )
        return
    runs.run(checked, run_search, out=out, data=data, quiet=quiet, as_json=as_json)


def sweep(
    config: Annotated[
        Path,
        typer.Argument(metavar="CONFIG", help="Experiment file (TOML); with --add or --add-seeds the run that grows."),
    ],
    add: Annotated[
        int | None,
        typer.Option(
            "--add",
            metavar="N",
            min=1,
            max=options.MOST,
            help="Go on with a finished sweep: N points where they tell most.",
        ),
    ] = None,
    add_seeds: Annotated[
        int | None,
        typer.Option(
            "--add-seeds",
            metavar="N",
            min=1,
            max=1000,
            help="Go on with a finished sweep: N more seeds of every point.",
        ),
    ] = None,
    changes: options.Set = None,
    out: options.Out = options.RESULTS,
    seed: options.Seed = None,
    shard: options.Part = None,
    data: options.DataDir = None,
    dry_run: options.DryRun = False,
    trust: options.Trust = False,
    threads: options.Threads = None,
    devices: options.Devices = None,
    ray: options.Ray = None,
    chunk: options.Chunk = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Evaluate the design of [sweep]; train the best point in full and test it once."""
    from physdfa.cli import runs

    if add is not None or add_seeds is not None:
        from physdfa.workflow.refine import Growth

        refuse_beside_growth({"--set": changes, "--seed": seed, "--shard": shard, "--dry-run": dry_run or None})
        runs.grow(config, Growth(points=add or 0, seeds=add_seeds or 0), data=data, quiet=quiet, as_json=as_json)
        return
    from physdfa.workflow.sweep import run_sweep, sweep_size, sweep_waiting

    checked = runs.read(config, options.overrides_of(changes, seed, shard), "sweep", data)
    if dry_run:
        runs.dry_run(
            checked,
            kind="sweep",
            data=data,
            sizes=lambda: sweep_size(checked),
            as_json=as_json,
            waiting=lambda: sweep_waiting(checked),
        )
        return
    runs.run(checked, run_sweep, out=out, data=data, quiet=quiet, as_json=as_json)


def refuse_beside_growth(values: Mapping[str, object]) -> None:
    """Refuse what would make another run of one that only grows."""
    given = [name for name, value in values.items() if value is not None]
    if given:
        raise InputError(
            f"{', '.join(given)}: a sweep that grows keeps its config; leave it out, or begin another run."
        )


def resume(
    run: options.Run,
    allow_changed: Annotated[
        bool,
        typer.Option("--allow-changed", help="Go on although code or versions have changed; the summary tells them."),
    ] = False,
    data: options.DataDir = None,
    trust: options.Trust = False,
    threads: options.Threads = None,
    devices: options.Devices = None,
    ray: options.Ray = None,
    chunk: options.Chunk = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Finish a run where it stopped, in its folder; a training goes on after its last whole checkpoint."""
    from physdfa.cli import runs
    from physdfa.cli.commands.reproduce import tell_reproduction
    from physdfa.cli.commands.study import tell_study
    from physdfa.data import resolve_data_dir
    from physdfa.store import open_run
    from physdfa.store.run_folder import is_open_study
    from physdfa.workflow.range.files import unfinished_command
    from physdfa.workflow.reproduce.run import go_on
    from physdfa.workflow.resume import resumable
    from physdfa.workflow.study import resume_study

    folder, data_dir = open_run(run), resolve_data_dir(data, os.environ)
    summary = folder.read_summary()
    if is_open_study(summary):
        with runs.listening(quiet, as_json=as_json) as progress:
            found = resume_study(folder, data_dir=data_dir, progress=progress, allow_changed=allow_changed)
        tell_study(found, as_json=as_json)
        return
    if summary.get("kind") == "reproduce" and summary.get("status") != "done":
        command = ["physdfa", *sys.argv[1:]]
        with runs.listening(quiet, as_json=as_json) as progress:
            go_on(folder, data_dir=data_dir, command_line=command, progress=progress, allow_changed=allow_changed)
        tell_reproduction(folder, as_json=as_json)
        return
    work = resumable(run, data_dir, allow_changed=allow_changed)
    if work is None:
        runs.tell(folder, as_json=as_json)
        if (command := unfinished_command(folder)) and not as_json:
            print(f"its range was stopped; go on with: {command}")
        return
    runs.run(*work, out=folder.path.parent.parent, data=data, quiet=quiet, as_json=as_json)
