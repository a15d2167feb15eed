"""`physdfa train`."""

from functools import partial
from typing import Annotated

import typer

from physdfa.cli.options import (
    MOST,
    RESULTS,
    Config,
    DataDir,
    Devices,
    DryRun,
    Json,
    Out,
    Quiet,
    Seed,
    Set,
    Threads,
    overrides_of,
)


def train(
    config: Config,
    seeds: Annotated[
        int, typer.Option("--seeds", metavar="N", min=1, max=MOST, help="Networks to train, in one compiled program.")
    ] = 1,
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
    """Train a network, or several seeds of it, and read the test set once at the end."""
    from physdfa.cli import runs
    from physdfa.workflow.train import train as work

    checked = runs.read(config, overrides_of(changes, seed), "train", data)
    if dry_run:
        runs.dry_run(
            checked, kind="train", data=data, sizes=lambda: (seeds, seeds, checked.training.epochs), as_json=as_json
        )
        return
    runs.run(checked, partial(work, num_seeds=seeds), out=out, data=data, quiet=quiet, as_json=as_json)
