"""`physdfa train`."""

from functools import partial
from typing import Annotated

import typer

from physdfa.cli import options


def train(
    config: options.Config,
    seeds: Annotated[
        int,
        typer.Option(
            "--seeds", metavar="N", min=1, max=options.MOST, help="Networks to train, in one compiled program."
        ),
    ] = 1,
    changes: options.Set = None,
    out: options.Out = options.RESULTS,
    seed: options.Seed = None,
    data: options.DataDir = None,
    dry_run: options.DryRun = False,
    threads: options.Threads = None,
    devices: options.Devices = None,
    ray: options.Ray = None,
    chunk: options.Chunk = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Train a network, or several seeds of it, and read the test set once at the end."""
    from physdfa.cli import runs
    from physdfa.workflow.train import train as work

    checked = runs.read(config, options.overrides_of(changes, seed), "train", data)
    if dry_run:
        runs.dry_run(
            checked, kind="train", data=data, sizes=lambda: (seeds, seeds, checked.training.epochs), as_json=as_json
        )
        return
    runs.run(checked, partial(work, num_seeds=seeds), out=out, data=data, quiet=quiet, as_json=as_json)
