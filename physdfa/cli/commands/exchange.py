"""`physdfa export` and `physdfa import`: trained networks for and from other simulators."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from physdfa.cli import options
from physdfa.cli.output import print_json

StepTime = Annotated[
    float | None, typer.Option("--dt", metavar="S", help="Seconds that a step stands for; default 1e-4, as snnTorch's.")
]


def export_network(
    run: options.Run,
    file: Annotated[Path, typer.Argument(metavar="FILE.nir", help="The file to write.")],
    seed: Annotated[int | None, typer.Option("--seed", metavar="N", help="Which network; default the first.")] = None,
    best: Annotated[
        bool, typer.Option("--best", help="The network after its best epoch (training.keep_best).")
    ] = False,
    dt: StepTime = None,
    trust: options.Trust = False,
    as_json: options.Json = False,
) -> None:
    """Write a trained network in the Neuromorphic Intermediate Representation, which other simulators read."""
    from physdfa.workflow.exchange import DT, export_nir

    options.refuse_folder("FILE.nir", file)
    found, remarks = export_nir(run, file, seed=seed, best=best, dt=DT if dt is None else dt)
    if as_json:
        print_json({"run": str(run), "file": str(file), "seed": found, "remarks": remarks})
        return
    print(*remarks, f"network of seed {found}: {file}", sep="\n")


def import_network(
    file: Annotated[Path, typer.Argument(metavar="FILE.nir", help="A file in NIR.")],
    config: Annotated[
        Path | None,
        typer.Argument(metavar="[CONFIG]", help="The experiment that it belongs to; default the one in the file."),
    ] = None,
    changes: options.Set = None,
    dt: StepTime = None,
    out: options.Out = options.RESULTS,
    data: options.DataDir = None,
    trust: options.Trust = False,
    as_json: options.Json = False,
) -> None:
    """Make a run folder of a network in a NIR file, to be evaluated, trained on (--from) and exported."""
    from physdfa.data import resolve_data_dir
    from physdfa.workflow.exchange import config_for, import_nir, read_chain

    chain = read_chain(file, dt)
    folder = resolve_data_dir(data, os.environ)
    read = config_for(file, chain, config, tuple(changes or ()), data_dir=folder)
    run = import_nir(file, read, chain, out_dir=out, command_line=["physdfa", *sys.argv[1:]])
    if as_json:
        print_json({"run": str(run.path), "file": str(file), "seed": chain.seed})
        return
    print(f"run folder: {run.path}")
    print(f"next: physdfa evaluate {run.path}, or physdfa train CONFIG --from {run.path}")
