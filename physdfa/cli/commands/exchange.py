"""`physdfa export` and `physdfa import`: networks for and from other simulators, scalars for TensorBoard."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from physdfa.cli import options
from physdfa.cli.output import print_json, warn
from physdfa.errors import InputError

StepTime = Annotated[
    float | None, typer.Option("--dt", metavar="S", help="Seconds that a step stands for; default 1e-4, as snnTorch's.")
]


def export_network(
    run: options.Run,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE.nir]", help="Write a trained network into this file.")
    ] = None,
    tensorboard: Annotated[
        Path | None,
        typer.Option("--tensorboard", metavar="FOLDER", help="Write the run's scalars below it, for TensorBoard."),
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", metavar="N", help="Which network; default the first.")] = None,
    best: Annotated[
        bool, typer.Option("--best", help="The network after its best epoch (training.keep_best).")
    ] = False,
    dt: StepTime = None,
    trust: options.Trust = False,
    as_json: options.Json = False,
) -> None:
    """Write a trained network in the Neuromorphic Intermediate Representation, or a run's scalars for TensorBoard."""
    from physdfa.workflow.exchange import DT, export_nir
    from physdfa.workflow.tensorboard import export_tensorboard

    options.refuse_folder("FILE.nir", file)
    if file is None and tensorboard is None:
        raise InputError("there is nothing to write: name FILE.nir for the network, or --tensorboard FOLDER.")
    given = [name for name, one in (("--seed", seed), ("--best", best or None), ("--dt", dt)) if one is not None]
    if file is None and given:
        raise InputError(f"{', '.join(given)}: chooses the network of FILE.nir; name that file, or leave it out.")
    record: dict[str, Any] = {"run": str(run)}
    lines: list[str] = []
    if file is not None:
        found, remarks = export_nir(run, file, seed=seed, best=best, dt=DT if dt is None else dt)
        record |= {"file": str(file), "seed": found, "remarks": remarks}
        lines += [*remarks, f"network of seed {found}: {file}"]
    if tensorboard is not None:
        written = export_tensorboard(run, tensorboard)
        if written.num_damaged:
            lost = "1 line" if written.num_damaged == 1 else f"{written.num_damaged} lines"
            warn([f"{lost} of metrics.jsonl {'is' if written.num_damaged == 1 else 'are'} damaged and left out."])
        record["tensorboard"] = {"files": [str(one) for one in written.files], "scalars": written.num_scalars}
        lines += [f"{written.num_scalars} scalars: {', '.join(map(str, written.files))}"]
        lines += [f"next: tensorboard --logdir {tensorboard}"]
    if as_json:
        print_json(record)
        return
    print(*lines, sep="\n")


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
