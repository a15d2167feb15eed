"""`physdfa study`: from a curve to its working range in one command; `physdfa init` writes the experiment of it."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from physdfa.cli import options
from physdfa.cli.commands.range import level_rule, tell_gain, tell_range
from physdfa.cli.measured import Curves, reads_measurement
from physdfa.cli.output import print_json, warn
from physdfa.errors import InputError

Subject = Annotated[
    str,
    typer.Argument(
        metavar="DEVICE",
        help="A measurement (CSV), a preset, its file or bundle, an experiment file, module:Class; or a study's run.",
    ),
]
On = Annotated[
    str | None, typer.Option("--on", metavar="DATA", help="Data set to train on, as data.name; default digits.")
]


@reads_measurement
def study(
    device: Subject,
    measured: Any = None,
    on: On = None,
    budget: Annotated[
        str, typer.Option("--budget", metavar="TIME", help="Time for trainings: 90s, 10m or 2h.")
    ] = "10m",
    level: Annotated[
        float | None, typer.Option("--level", metavar="A", help="What works: an accuracy, as a fraction (0.95).")
    ] = None,
    within_best: Annotated[
        float | None,
        typer.Option("--within-best", metavar="POINTS", help="... or so many points below the best; default 1."),
    ] = None,
    curves: Curves = None,
    changes: options.Set = None,
    out: options.Out = options.RESULTS,
    data: options.DataDir = None,
    trust: options.Trust = False,
    threads: options.Threads = None,
    devices: options.Devices = None,
    ray: options.Ray = None,
    chunk: options.Chunk = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """From a device to its working range: where to try it, adaptive trainings, range and report, in one command."""
    from physdfa.cli.runs import listening
    from physdfa.data import resolve_data_dir
    from physdfa.workflow.range.options import RangeOptions
    from physdfa.workflow.study import run_study

    rule, seconds = level_rule(level, within_best, None, None), options.seconds_of("--budget", budget)
    with listening(quiet, as_json=as_json) as progress:
        found = run_study(
            device,
            measured=measured,
            overrides=tuple(changes or ()),
            dataset=on,
            budget_s=seconds,
            asked=RangeOptions(rule=rule, curves=curves or 0),
            out_dir=out,
            data_dir=resolve_data_dir(data, os.environ),
            command_line=["physdfa", *sys.argv[1:]],
            progress=progress,
        )
    tell_study(found, as_json=as_json)


def tell_study(found: Any, *, as_json: bool) -> None:
    """Print what a study found."""

    if as_json:
        print_json(
            {"run": str(found.run.path), "report": str(found.page), "range": found.record, "problem": found.problem}
        )
        return
    tell_gain(found.run)
    if found.record is not None:
        tell_range(found.record)
    else:
        warn([found.problem])
    print("the same, one by one:")
    for command in found.equivalent:
        print(f"  {command}")
    print(f"report: {found.page}")


@reads_measurement
def init(
    device: Annotated[str, typer.Option("--from", metavar="DEVICE", help="As for `physdfa study`.")],
    measured: Any = None,
    on: On = None,
    changes: options.Set = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Where the file goes; default: standard output.")
    ] = None,
    data: options.DataDir = None,
) -> None:
    """Write the experiment file of a study, commented, for those who want to change it."""
    options.refuse_folder("--output", output)
    from physdfa.data import resolve_data_dir
    from physdfa.workflow.propose import propose

    if output is not None and not output.parent.is_dir():
        raise InputError(f"--output {output}: there is no folder '{output.parent}'; make it, or name another file.")
    if output is not None and output.exists():
        raise InputError(f"--output {output}: is there already; name another file, or remove it.")
    found = propose(
        device,
        measured=measured,
        overrides=tuple(changes or ()),
        dataset=on,
        data_dir=resolve_data_dir(data, os.environ),
    )
    if output is None:
        print(found.text, end="")
        return
    output.write_text(found.text, encoding="utf-8")
    print(f"experiment: {output}; `physdfa sweep {output}` evaluates it")
