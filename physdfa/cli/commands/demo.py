"""`physdfa demo`: the main job, small, on embedded data."""

from importlib.resources import as_file, files

from physdfa.cli import options


def demo(
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
    """Search a Mach–Zehnder device on the embedded digits and write the report: about a minute on 2 cores."""
    from physdfa.cli import runs
    from physdfa.report.page import write_report
    from physdfa.workflow.search import run_search, search_size

    with as_file(files("physdfa.cli") / "demo.toml") as path:
        config = runs.read(path, options.overrides_of(changes, seed), "search", data)
    if dry_run:
        runs.dry_run(config, kind="search", data=data, sizes=lambda: search_size(config), as_json=as_json)
        return
    folder, _ = runs.run(config, run_search, out=out, data=data, quiet=quiet, as_json=as_json)
    report = write_report([folder])
    if not as_json:
        print(f"report: {report}")
