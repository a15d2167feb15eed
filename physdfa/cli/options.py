"""Arguments and options that several commands share, and what they turn into."""

import os
from pathlib import Path
from typing import Annotated

import typer

from physdfa.durations import seconds_in
from physdfa.errors import InputError
from physdfa.trust import trust_run_folders

RESULTS = Path("results")
MOST = 10**9
"""The largest number of anything that is counted, as in an experiment file."""


class Wanted:
    """Where the options want evaluations to run; read by `physdfa.cli.runs.listening`."""

    ray: str | None = None
    chunk: int | None = None
    threads: int | None = None


def use_ray(address: str | None) -> None:
    """Note that evaluations shall run on Ray."""
    Wanted.ray = address


def limit_chunk(chunk: int | None) -> None:
    """Note the most trainings of a chunk."""
    Wanted.chunk = chunk


def limit_threads(threads: int | None) -> None:
    """Tell JAX's processor client how many threads to use; works only before it starts."""
    Wanted.threads = threads
    if threads is not None:
        os.environ["NPROC"] = str(threads)


def use_devices(devices: int | None) -> None:
    """Let JAX cut the processor into so many devices; works only before JAX starts.

    **Raises:** `InputError` where JAX has others to compute on: of these all are used.
    """
    if devices is None:
        return
    os.environ["JAX_NUM_CPU_DEVICES"] = str(devices)
    import jax

    if jax.local_device_count() != devices:
        raise InputError(
            f"--devices {devices}: cuts the processor, but JAX computes on {jax.local_device_count()} device(s) of the "
            f"kind '{jax.default_backend()}' and uses all of them; leave the option out, or hide accelerators with "
            "JAX_PLATFORMS=cpu."
        )


Config = Annotated[Path, typer.Argument(metavar="CONFIG", help="Experiment file (TOML).")]
Run = Annotated[Path, typer.Argument(metavar="RUN", help="Run folder, or that of an experiment: its newest run.")]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY.PATH=VALUE",
        help="Change one value of the config, written as TOML or else as text; repeatable.",
    ),
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where run folders go.")]
Seed = Annotated[int | None, typer.Option("--seed", metavar="N", min=0, help="Seed in the place of experiment.seed.")]
DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="DIR", help="Folder with mnist/, fashion_mnist/, …; default $PHYSDFA_DATA, then a cache."
    ),
]
Part = Annotated[
    str | None,
    typer.Option("--shard", metavar="I/N", help="Make part I of N only, in a folder of its own; `merge` joins them."),
]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Print number of runs, memory and time, then the resolved config; compute nothing."),
]
Trust = Annotated[
    bool,
    typer.Option(
        "--trust",
        callback=trust_run_folders,
        help="Import modules that only a run folder names, which runs their code.",
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        "--threads",
        metavar="N",
        min=1,
        max=4096,
        callback=limit_threads,
        is_eager=True,  # before JAX starts to count devices
        help="Processor threads to use; default all. With --ray those of each worker; default 1.",
    ),
]
Devices = Annotated[
    int | None,
    typer.Option(
        "--devices",
        metavar="N",
        min=1,
        max=4096,
        callback=use_devices,
        help="Cut the processor into N devices that train members beside each other; refused beside accelerators.",
    ),
]
Ray = Annotated[
    str | None,
    typer.Option(
        "--ray",
        metavar="ADDRESS",
        callback=use_ray,
        help="Train on the workers of a Ray cluster: local (on this machine), or HOST:PORT of its head.",
    ),
]
Chunk = Annotated[
    int | None,
    typer.Option(
        "--chunk",
        metavar="N",
        min=1,
        max=MOST,
        callback=limit_chunk,
        help="Most trainings per program; default as memory allows, with --ray an equal part for each worker.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress; warnings remain.")]
Json = Annotated[
    bool, typer.Option("--json", help="Print the result as one JSON value on standard output, and nothing else.")
]


def example(*lines: str) -> str:
    """Commands to copy, for the end of a help."""
    return "\b\n" + "\n".join(("Example:" if len(lines) == 1 else "Examples:", *(f"  {line}" for line in lines)))


def overrides_of(changes: list[str] | None, seed: int | None, shard: str | None = None) -> tuple[str, ...]:
    """All changes of the config that the command line asks for."""
    named = {"seed": seed, "shard": None if shard is None else f'"{shard}"'}
    given = (f"--{name} experiment.{name}={value}" for name, value in named.items() if value is not None)
    return (*(changes or ()), *given)


def refuse_folder(option: str, path: Path | None) -> None:
    """Refuse a folder where a file is to be written, before anything is computed.

    **Raises:** `InputError` naming the option.
    """
    if path is not None and path.is_dir():
        raise InputError(f"{option} {path}: is a folder; name a file.")


def seconds_of(option: str, text: str) -> float:
    """The seconds in "90s", "10m" or "1.5h".

    **Raises:** `InputError` naming the option, for anything else.
    """
    try:
        return seconds_in(text)
    except ValueError as problem:
        raise InputError(f"{option} {text}: {problem}.") from None
