"""`physdfa train`."""

import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from physdfa.cli import options
from physdfa.cli.output import warn
from physdfa.errors import InputError


def train(
    config: Annotated[
        Path | None, typer.Argument(metavar="CONFIG", help="Experiment file (TOML); without it, that of --from.")
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(
            "--seeds",
            metavar="N",
            min=1,
            max=options.MOST,
            help="Networks to train, in one compiled program; default 1.",
        ),
    ] = None,
    start_from: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="RUN",
            help="Go on with a training, to training.epochs in all; with CONFIG, begin it with the weights of RUN.",
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
    """Train a network, or several seeds of it, and read the test set once at the end."""
    if shard is not None and (start_from is not None or seeds is None):
        raise InputError(
            "--shard: shares out the seeds of one training; give their number with --seeds, and no --from."
        )
    if start_from is not None and (seeds is not None or (seed is not None and config is None)):
        raise InputError("--seeds, --seed: the networks are those of --from RUN; leave them out.")
    if config is None and start_from is None:
        raise InputError("CONFIG is missing: name an experiment file, or go on with a training with --from RUN.")
    from physdfa.cli import runs
    from physdfa.config import config_warnings
    from physdfa.data import resolve_data_dir
    from physdfa.workflow.own_modules import read_run_config
    from physdfa.workflow.parent import parent_of_weights, parent_to_go_on
    from physdfa.workflow.train import seeds_of
    from physdfa.workflow.train import train as work

    overrides, parent = options.overrides_of(changes, seed, shard), None
    if start_from is not None:
        parent = parent_to_go_on(start_from) if config is None else parent_of_weights(start_from)
    if config is None and parent is not None:
        folder = resolve_data_dir(data, os.environ)
        checked = read_run_config(parent.run, "train", overrides=overrides, data_dir=folder)
        warn(config_warnings(checked, "train"))
    else:
        assert config is not None, "refused above"
        checked = runs.read(config, overrides, "train", data)
    num_seeds = len(parent.seeds) if parent else seeds or 1
    mine = num_seeds if parent else len(seeds_of(checked, num_seeds))
    if dry_run:
        epochs = checked.training.epochs - (parent.reached.epoch if parent else 0)
        runs.dry_run(checked, kind="train", data=data, sizes=lambda: (mine, mine, epochs), as_json=as_json)
        return
    runs.run(
        checked, partial(work, num_seeds=num_seeds, parent=parent), out=out, data=data, quiet=quiet, as_json=as_json
    )
