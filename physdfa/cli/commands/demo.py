"""`physdfa demo`: the main job, small, on embedded data."""

from importlib.resources import as_file, files

from physdfa.cli.options import (
    RESULTS,
    Json,
    Out,
    Quiet,
    Seed,
    Set,
    Threads,
    limit_threads,
    overrides_of,
)


def demo(
    changes: Set = None,
    out: Out = RESULTS,
    seed: Seed = None,
    threads: Threads = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Search a Mach–Zehnder device on the embedded digits and write the report: about a minute on 2 cores."""
    limit_threads(threads)
    from ga_search.run import run_search
    from physdfa.cli import runs
    from physdfa.report.page import write_report

    with as_file(files("physdfa.cli") / "demo.toml") as path:
        config = runs.read(path, overrides_of(changes, seed), "search")
    folder, _ = runs.run(config, run_search, out=out, data=None, quiet=quiet, as_json=as_json)
    report = write_report([folder])
    if not as_json:
        print(f"report: {report}")
