"""`physdfa merge`: parts that `--shard` made, as one run."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from physdfa.cli import options
from physdfa.cli.output import print_json, warn


def merge(
    parts: Annotated[
        list[Path], typer.Argument(metavar="PART...", help="Run folders of the parts, or the folder of the experiment.")
    ],
    allow_changed: Annotated[
        bool, typer.Option("--allow-changed", help="Join parts that other code or versions have made.")
    ] = False,
    out: options.Out = options.RESULTS,
    data: options.DataDir = None,
    trust: options.Trust = False,
    threads: options.Threads = None,
    devices: options.Devices = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Join the parts of a sweep or training that --shard made, list what is missing, and finish what is whole."""
    from physdfa.cli import runs
    from physdfa.data import resolve_data_dir
    from physdfa.workflow.merge import merge as work

    with runs.listening(quiet, as_json=as_json) as progress:
        found = work(
            parts,
            out_dir=out,
            data_dir=resolve_data_dir(data, os.environ),
            command_line=["physdfa", *sys.argv[1:]],
            progress=progress,
            allow_changed=allow_changed,
        )
    warn(found.missing)
    if found.run is not None:
        runs.tell(found.run, as_json=as_json)
    elif as_json:
        print_json({"run": None, "missing": found.missing})
    if found.missing:
        raise typer.Exit(1)
