"""`physdfa search`, `physdfa sweep`, and `physdfa resume`, which finishes either."""

import os

from physdfa.cli import options


def search(
    config: options.Config,
    changes: options.Set = None,
    out: options.Out = options.RESULTS,
    seed: options.Seed = None,
    data: options.DataDir = None,
    dry_run: options.DryRun = False,
    threads: options.Threads = None,
    devices: options.Devices = None,
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
    config: options.Config,
    changes: options.Set = None,
    out: options.Out = options.RESULTS,
    seed: options.Seed = None,
    data: options.DataDir = None,
    dry_run: options.DryRun = False,
    threads: options.Threads = None,
    devices: options.Devices = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Evaluate the design of [sweep]; train the best point in full and test it once."""
    from physdfa.cli import runs
    from physdfa.workflow.sweep import run_sweep, sweep_size, sweep_waiting

    checked = runs.read(config, options.overrides_of(changes, seed), "sweep", data)
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
    run: options.Run,
    data: options.DataDir = None,
    threads: options.Threads = None,
    devices: options.Devices = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Finish a search or sweep where it stopped, in its folder; what it has evaluated is not evaluated again."""
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
