"""Common steps of `train`, `sweep`, `search` and `demo`: read, plan or run, tell."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from physdfa.cli import options
from physdfa.cli.output import print_json, print_run, warn
from physdfa.cli.progress import make_progress
from physdfa.config import ExperimentConfig, Kind, config_warnings, load_config, to_toml
from physdfa.data import resolve_data_dir
from physdfa.report.formatting import FEW_DIGITS, duration, memory
from physdfa.store import RunFolder
from physdfa.workflow.progress import NO_PROGRESS
from physdfa.workflow.refine import Growth, extend_sweep
from physdfa.workflow.where.place import Here, Place, evaluating_at


@runtime_checkable
class Work(Protocol):
    """One of `train`, `run_search`, `run_sweep`, with its own arguments bound."""

    def __call__(
        self, config: ExperimentConfig, *, out_dir: Path, data_dir: Path | None, command_line: list[str], progress: Any
    ) -> RunFolder: ...


def read(path: Path, overrides: tuple[str, ...], kind: Kind, data: Path | None) -> ExperimentConfig:
    """Read the config of a command and print its warnings."""
    config = load_config(path, overrides, kind=kind, data_dir=resolve_data_dir(data, os.environ))
    warn(config_warnings(config, kind))
    return config


def run(
    config: ExperimentConfig, work: Work, *, out: Path, data: Path | None, quiet: bool, as_json: bool
) -> tuple[Path, dict[str, Any]]:
    """Do the work under a progress display and print what it found."""
    with listening(quiet, as_json=as_json) as progress:
        folder = work(
            config,
            out_dir=out,
            data_dir=resolve_data_dir(data, os.environ),
            command_line=["physdfa", *sys.argv[1:]],
            progress=progress,
        )
    return folder.path, tell(folder, as_json=as_json)


def grow(path: Path, growth: Growth, *, data: Path | None, quiet: bool, as_json: bool) -> RunFolder:
    """Go on with a sweep and print what it found."""
    with listening(quiet, as_json=as_json) as progress:
        folder = extend_sweep(path, growth, data_dir=resolve_data_dir(data, os.environ), progress=progress)
    tell(folder, as_json=as_json)
    return folder


def tell(folder: RunFolder, *, as_json: bool) -> dict[str, Any]:
    """Print what a finished run found, and return it."""
    summary: dict[str, Any] = folder.read_summary()
    if as_json:
        print_json({"run": str(folder.path), **summary})
    else:
        print_run(folder.path, summary)
    return summary


@contextlib.contextmanager
def listening(quiet: bool, *, as_json: bool = False) -> Iterator[Any]:
    """A progress display that is closed whatever happens, and meanwhile evaluations run where the options want them to.

    The display is silent with --json, whose value holds the warnings.
    """
    with _wanted_place() as place, evaluating_at(place):
        if as_json:
            yield NO_PROGRESS
            return
        progress = make_progress(quiet)
        try:
            yield progress
        finally:
            progress.close()


@contextlib.contextmanager
def _wanted_place() -> Iterator[Place]:
    address, chunk, threads = options.Wanted.ray, options.Wanted.chunk, options.Wanted.threads
    options.Wanted.ray = options.Wanted.chunk = options.Wanted.threads = None
    if address is None:
        yield Here(chunk)
        return
    from physdfa.workflow.where.ray_pool import ray_pool
    from physdfa.workflow.where.workers import Workers

    with ray_pool(address, threads) as pool:
        yield Workers(pool, chunk)


def dry_run(
    config: ExperimentConfig,
    *,
    kind: Kind,
    data: Path | None,
    sizes: Callable[[], tuple[int, int, int]],
    as_json: bool,
    waiting: Callable[[], int] = lambda: 0,
) -> None:
    """Print the number of runs, memory and time, then the resolved config.

    **Arguments:**

    - `sizes`: number of trainings, members of one program, epochs each.
    - `waiting`: of a sweep or search, trainings that are ready at a time.
    """
    from physdfa.build import load_samples
    from physdfa.workflow.plan import memory_budget, plan
    from physdfa.workflow.remeasure import remeasuring_words

    num_trainings, members, epochs = sizes()
    samples = load_samples(config, resolve_data_dir(data, os.environ))
    warn(samples.dataset.remarks)
    size = plan(
        config,
        samples,
        kind=kind,
        num_trainings=num_trainings,
        members=members,
        epochs=epochs,
        memory_bytes=memory_budget(config, kind),
        waiting=waiting(),
    )
    if as_json:
        print_json({"kind": kind, "config": to_toml(config), **vars(size)})
        return
    print(f"# {size.num_trainings} training(s) of {size.epochs} epochs over {size.samples} samples")
    if kind != "train":
        print(f"# in chunks of {size.members} at most, each one compiled program")
    whole, program, free = map(memory, (size.process_bytes, size.memory_bytes, size.free_bytes))
    print(f"# memory: about {whole}, of it {program} in the largest program")
    print(f"# time: about {duration(size.seconds, FEW_DIGITS)} on this machine")
    for line in remeasuring_words(config):
        print(f"# {line}, beside this time")
    if size.process_bytes > size.free_bytes:
        print(f"# too much: {free} are there for it, and the run would be refused")
    print(to_toml(config))
