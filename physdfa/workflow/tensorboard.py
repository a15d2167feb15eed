"""The scalars of a run as event files for TensorBoard: one way, out.

An event file is a row of records, each framed by its length and checksums; a record is an `Event` in protocol buffers.

**Source:** the form of TensorFlow's `TFRecord` files and `event.proto`; written by tensorboardX.
"""

import importlib
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

import numpy as np

from physdfa.errors import InputError, MissingExtraError, RunFolderError, shortened
from physdfa.store import RunFolder, open_run
from physdfa.store.files import write_output
from physdfa.store.run_folder import ENVIRONMENT

NO_SCALARS = ("kind", "seed", "epoch", "generation", "candidate")
"""What a line of the log says of itself: where it belongs."""
FLT_MAX = float(np.finfo(np.float32).max)
"""The largest value of a scalar, which TensorBoard keeps in single precision."""
_PLAIN = re.compile(r"\w{1,64}", re.ASCII)


class Scalar(NamedTuple):
    """A point of a curve; `seed` is that of its network, None where it belongs to the run."""

    seed: int | None
    tag: str
    step: int
    value: float


class Exported(NamedTuple):
    """What was written: files and the number of points; lines of the log that are damaged."""

    files: list[Path]
    num_scalars: int
    num_damaged: int


def export_tensorboard(path: Path, folder: Path) -> Exported:
    """Write the scalars of a run below `folder`, a file for each seed, in the place of earlier ones.

    A file lies in EXPERIMENT/RUN/seed_N, and what belongs to no seed in EXPERIMENT/RUN. All points carry the time at
    which the run began: its log keeps none.

    **Raises:** `InputError` for a run without scalars, and where `folder` is a file; `MissingExtraError` without the
    package `tensorboardX`.
    """
    _tensorboard()  # before anything is read
    if folder.exists() and not folder.is_dir():
        raise InputError(f"--tensorboard {folder}: is a file; name the folder that TensorBoard looks into.")
    run = open_run(path)
    log = run.read_metrics()
    scalars = list(scalars_of(log.records))
    if not scalars:
        raise InputError(
            f"{run.path} has no scalars by epoch or generation: its log holds none yet, or it is a run of candidates "
            f"or rows, for which `physdfa report {run.path}` makes a page."
        )
    began = _beginning(run)
    name = Path(*run.path.resolve().parts[-2:])
    files = []
    for seed in dict.fromkeys(one.seed for one in scalars):
        place = folder / name if seed is None else folder / name / f"seed_{seed}"
        files.append(place / f"events.out.tfevents.{began:.0f}.physdfa")
        write_output(files[-1], _event_file([one for one in scalars if one.seed == seed], began))
    return Exported(files, len(scalars), log.num_damaged)


def scalars_of(records: Sequence[Mapping[str, Any]]) -> Iterator[Scalar]:
    """Every number of a log that has a place on an axis, as "epoch/train_loss" or "epoch/firing_rate/1".

    The step is the epoch or the generation. A test without one comes after the last epoch of its seed, and candidates
    that a steady search was told are counted from 1. Lists count their members from 1, as layers do.
    """
    reached: dict[int | None, int] = {}
    told: Counter[str] = Counter()
    for record in records:
        kind, seed = str(record.get("kind")), record.get("seed")
        if not _PLAIN.fullmatch(kind) or not (seed is None or _is_whole(seed)):
            continue
        step = record.get("epoch", record.get("generation"))
        if step is None and kind == "test":
            step = reached.get(seed, 0)
        elif step is None and "candidate" in record:
            told[kind] += 1
            step = told[kind]
        if not _is_whole(step):
            continue
        if kind == "epoch":
            reached[seed] = max(step, reached.get(seed, 0))
        for name, value in record.items():
            if name in NO_SCALARS or not _PLAIN.fullmatch(name):
                continue
            members = (
                {f"/{place}": member for place, member in enumerate(value, 1)} if type(value) is list else {"": value}
            )
            for place, number in members.items():
                if isinstance(number, int | float) and not isinstance(number, bool) and abs(number) <= FLT_MAX:
                    yield Scalar(seed, f"{kind}/{name}{place}", step, float(number))


def _is_whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63


def _beginning(run: RunFolder) -> float:
    """When the run began [s since 1970]."""
    created = str(run.read_environment().get("created"))
    try:
        return datetime.fromisoformat(created).timestamp()
    except ValueError:
        raise RunFolderError(
            f"{run.path / ENVIRONMENT} does not say when the run began: {shortened(created)}."
        ) from None


def _event_file(scalars: Sequence[Scalar], time: float) -> bytes:
    """The bytes of an event file with these points, in their order."""
    writer, event, summary = _tensorboard()
    events = [event(wall_time=time, file_version="brain.Event:2")]
    events += [
        event(
            wall_time=time,
            step=one.step,
            summary=summary(value=[summary.Value(tag=one.tag, simple_value=one.value)]),
        )
        for one in scalars
    ]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "events"
        records = writer(str(file))
        for one in events:
            records.write(one.SerializeToString())
        records.close()
        return file.read_bytes()


def _tensorboard() -> tuple[Any, Any, Any]:
    """The writer of records, and the messages `Event` and `Summary`."""
    try:
        writer = importlib.import_module("tensorboardX").RecordWriter
        event = importlib.import_module("tensorboardX.proto.event_pb2").Event
        summary = importlib.import_module("tensorboardX.proto.summary_pb2").Summary
    except ImportError:
        raise MissingExtraError("tensorboardX", "tensorboard") from None
    return writer, event, summary
