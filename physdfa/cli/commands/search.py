"""`physdfa search`, `physdfa sweep`, and `physdfa resume`, which finishes either."""

import os
from pathlib import Path
from typing import Annotated

import typer

from physdfa.cli.options import (
    RESULTS,
    DataDir,
    Devices,
    DryRun,
    Json,
    Out,
    Quiet,
    Seed,
    Set,
    Threads,
    limit_threads,
    overrides_of,
    use_devices,
)

Config = Annotated[Path, typer.Argument(metavar="CONFIG", help="Experiment file (TOML).")]


def search(
    config: Config,
    changes: Set = None,
    out: Out = RESULTS,
    seed: Seed = None,
    data: DataDir = None,
    dry_run: DryRun = False,
    threads: Threads = None,
    devices: Devices = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Search the genes of [search], by a genetic algorithm by default; train the best in full and test it once."""
    limit_threads(threads)
    use_devices(devices)
    from physdfa.cli import runs
    from physdfa.workflow.search import run_search, search_size, search_waiting

    checked = runs.read(config, overrides_of(changes, seed), "search", data)
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
    config: Config,
    changes: Set = None,
    out: Out = RESULTS,
    seed: Seed = None,
    data: DataDir = None,
    dry_run: DryRun = False,
    threads: Threads = None,
    devices: Devices = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Evaluate the design of [sweep]; train the best point in full and test it once."""
    limit_threads(threads)
    use_devices(devices)
    from physdfa.cli import runs
    from physdfa.workflow.sweep import run_sweep, sweep_size, sweep_waiting

    checked = runs.read(config, overrides_of(changes, seed), "sweep", data)
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


def resume(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a search or sweep that stopped.")],
    data: DataDir = None,
    threads: Threads = None,
    devices: Devices = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Finish a search or sweep where it stopped, in its folder; what it has evaluated is not evaluated again."""
    limit_threads(threads)
    use_devices(devices)
    from physdfa.cli import runs
    from physdfa.data import resolve_data_dir
    from physdfa.store import open_run
    from physdfa.workflow.resume import resumable

    found = resumable(run, resolve_data_dir(data, os.environ))
    folder = open_run(run)
    if found is None:
        runs.tell(folder, as_json=as_json)
        return
    config, work = found
    runs.run(config, work, out=folder.path.parent.parent, data=data, quiet=quiet, as_json=as_json)
