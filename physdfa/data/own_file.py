"""A user's own data set, the arrays of a file or of one for each part. They are vectors or spikes."""

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import numpy as np

from physdfa.data.dataset import Dataset
from physdfa.data.event_arrays import SECONDS, count_inputs, part_events, sensor_of, to_samples
from physdfa.data.event_dataset import EventDataset
from physdfa.data.event_samples import chosen_samples
from physdfa.data.npz import count_classes, from_arrays
from physdfa.data.own_arrays import TIME_UNIT, array_names, paths_of, read_arrays
from physdfa.data.source import AbstractSource, AnyDataset
from physdfa.data.splits import OWN_TEST, stratified_choice
from physdfa.errors import DataError, MissingExtraError
from physdfa.parts import option

PARTS = ("train", "test")
VECTOR_ROLES = ("x", "y")
EVENT_ROLES = ("times", "units", "events", "offsets", "labels")
NUM_INPUTS, SAMPLE_RATE = "num_inputs", "sample_rate"
NEEDS = (
    "A file of images or other vectors needs the arrays x_train, y_train, x_test, y_test (or x and y, with "
    "data.test_size); a file of spikes times, units, offsets and labels, or events, offsets and labels, of both parts, "
    "such as train_times"
)


class Place(NamedTuple):
    """Where an array lies, and what it is.

    - `path`: the file; `name`: in it.
    - `part`: "train" or "test", or "" for an array of all samples; `role`: "times", "x".
    """

    path: Path
    name: str
    part: str
    role: str


class OwnFile(AbstractSource):
    """Arrays of a file of one's own, .npz or HDF5: images or other vectors, or spikes.

    **Arguments:**

    - `path`: of the file; with "{part}" in the place of "train" and "test" where each part has its own.
    """

    name: ClassVar[str] = "file.npz"

    path: str = eqx.field(static=True, default="")
    time_unit: str | None = option(
        default=None, choices=tuple(SECONDS), meaning="the unit of the times of spikes, where the file does not say it"
    )
    sensor_size: Any = option(
        default=None,
        meaning="the size of the sensor of the spikes: [inputs], [width, height] or [width, height, polarities]",
    )
    test_size: int = option(
        default=0, low=0, high=10**9, meaning="how many samples are the test part, where the file has none"
    )
    test_seed: int = option(
        default=0, low=0, high=2**32 - 1, meaning="the seed that draws these; every class keeps its share"
    )

    @classmethod
    def events_in(cls, name: str) -> bool | None:
        """Whether the file holds spikes; None where it cannot be read."""
        stamps = []
        for path in paths_of(name).values():
            try:
                found = path.stat()
            except OSError:
                return None
            stamps.append((str(path), found.st_mtime_ns, found.st_size))
        return _events_in(name, tuple(stamps))

    def load(self, data_dir: Path) -> AnyDataset:
        """The data set; its file lies where the path says.

        **Raises:** `DataError`, if a file or an array is missing or damaged, or they contradict each other;
        `MissingExtraError` for HDF5 without h5py.
        """
        del data_dir
        places = _places(self.path)
        of_events = _holds_events(places)
        wanted = EVENT_ROLES if of_events else VECTOR_ROLES
        parts = {
            part: {place.role: place for place in places if (place.part, place.role in wanted) == (part, True)}
            for part in (*PARTS, "")
        }
        is_split = not parts[""]
        if parts[""] and (parts["train"] or parts["test"]):
            loose = ", ".join(place.name for place in parts[""].values())
            raise DataError(f"{self.path}: {loose}: of which part? Name each array for its part, such as train_times.")
        parts = {part: parts[part] for part in (PARTS if is_split else ("",))}
        self._check_roles(parts, of_events, places)
        self._check_split(is_split)
        read = {
            part: {role: read_arrays(place.path, [place.name])[place.name] for role, place in found.items()}
            for part, found in parts.items()
        }
        if not of_events:
            return replace(self._vectors(read), sample_rate=self._rate(places))
        return self._events(read, {name: self._said(places, name) for name in (TIME_UNIT, NUM_INPUTS)})

    def _check_split(self, is_split: bool) -> None:
        if is_split and self.test_size:
            raise DataError(
                f"data.test_size = {self.test_size}: {self.path} has a test part already; leave test_size out."
            )
        if not is_split and not self.test_size:
            raise DataError(
                f"{self.path} has one part only: set data.test_size to the number of samples that are its test part."
            )
        if self.test_seed and not self.test_size:
            raise DataError(f"data.test_seed = {self.test_seed}: draws nothing without data.test_size; leave it out.")

    def _check_roles(self, parts: Mapping[str, Mapping[str, Place]], of_events: bool, held: Sequence[Place]) -> None:
        missing = []
        for part, found in parts.items():
            needed = VECTOR_ROLES
            if of_events:
                needed = ("events", "labels") if "events" in found else ("times", "units", "labels")
            name = (f"{part}_{{}}" if of_events else f"{{}}_{part}") if part else "{}"
            missing += [name.format(role) for role in needed if role not in found]
            if {"events", "times"} <= set(found) or {"events", "units"} <= set(found):
                raise DataError(f"{self.path}: `events` have their own times and inputs; remove times and units.")
        if missing:
            names = ", ".join(place.name for place in held) or "nothing"
            raise DataError(f"{self.path} lacks {', '.join(missing)}. {NEEDS}; found: {names}.")

    def _said(self, places: Sequence[Place], name: str) -> str | None:
        """What the file says of all its parts, as text; None where it says nothing."""
        found = {str(read_arrays(place.path, [place.name])[place.name]) for place in places if place.role == name}
        if len(found) > 1:
            raise DataError(f"{self.path}: the files contradict each other in `{name}`: {' and '.join(sorted(found))}.")
        return next(iter(found), None)

    def _rate(self, places: Sequence[Place]) -> float | None:
        """The rate [Hz] at which the series in the file were sampled, where it says one."""
        said = self._said(places, SAMPLE_RATE)
        try:
            rate = None if said is None else float(said)
        except ValueError:
            rate = math.nan
        if rate is not None and not 0 < rate < math.inf:
            raise DataError(f"{self.path}: `{SAMPLE_RATE}` is {said}; it must be one number > 0 [Hz].")
        return rate

    def _vectors(self, read: Mapping[str, Mapping[str, np.ndarray]]) -> Dataset:
        for key in ("time_unit", "sensor_size"):
            if getattr(self, key) is not None:
                raise DataError(f"data.{key} is one of spikes, and {self.path} holds none; leave it out.")
        if "" not in read:
            (x_train, y_train), (x_test, y_test) = ((read[part]["x"], read[part]["y"]) for part in PARTS)
            return from_arrays(x_train, y_train, x_test, y_test, name=self.path)
        x, y = read[""]["x"], read[""]["y"]
        train, test = self._split(y, len(x))
        return from_arrays(x[train], y[train], x[test], y[test], name=self.path)

    def _split(self, labels: np.ndarray, samples: int) -> tuple[np.ndarray, np.ndarray]:
        """The rows of both parts, drawn so that every class keeps its share."""
        if labels.ndim != 1 or len(labels) != samples:
            raise DataError(f"{self.path}: {samples} samples come with labels {labels.shape}; each needs exactly one.")
        if not self.test_size < samples:
            raise DataError(
                f"data.test_size = {self.test_size}: {self.path} has {samples} samples, some of which have to be left "
                f"to train on; give 1 to {samples - 1}."
            )
        test = stratified_choice(labels, self.test_size, seed=self.test_seed, purpose=OWN_TEST)
        return np.setdiff1d(np.arange(samples), test), test

    def _unit(self, said: str | None, latest: float) -> float:
        """The unit of the times [s]."""
        if said is not None and said not in SECONDS:
            raise DataError(f"{self.path}: `time_unit` is '{said}'; it must be one of {', '.join(SECONDS)}.")
        if said and self.time_unit and said != self.time_unit:
            raise DataError(f'data.time_unit = "{self.time_unit}": {self.path} says {said}; leave time_unit out.')
        found = self.time_unit or said
        if found is None:
            raise DataError(
                f'{self.path} does not say the unit of its times: set data.time_unit = "s", "ms" or "us" '
                f"(microseconds). The latest is {latest:g}."
            )
        return SECONDS[found]

    def _events(self, read: Mapping[str, Mapping[str, np.ndarray]], said: Mapping[str, str | None]) -> EventDataset:
        where = {"train": f"{self.path}, training part", "test": f"{self.path}, test part", "": self.path}
        parts = {part: part_events(arrays, where[part]) for part, arrays in read.items()}
        unit = self._unit(said[TIME_UNIT], max(float(part.times.max()) for part in parts.values()))
        sensor = sensor_of(self.sensor_size, list(parts.values()))
        declared = said[NUM_INPUTS]
        if declared is not None and not declared.isdecimal():
            raise DataError(f"{self.path}: `num_inputs` is {declared}; it must be one whole number >= 1.")
        num_inputs = count_inputs(sensor, list(parts.values()), None if declared is None else int(declared))
        made = {part: to_samples(events, sensor, num_inputs, unit) for part, events in parts.items()}
        remarks = ()
        if any(was_sorted for _, was_sorted in made.values()):
            remarks = (f"{self.path}: times fall within a sample; the events of each were sorted by time.",)
        samples = {part: one for part, (one, _) in made.items()}
        labels = {part: events.labels for part, events in parts.items()}
        if "" in parts:
            whole, its_labels = samples[""], labels[""]
            rows = dict(zip(PARTS, self._split(its_labels, len(its_labels)), strict=True))
            samples = {part: chosen_samples(whole, chosen) for part, chosen in rows.items()}
            labels = {part: its_labels[chosen] for part, chosen in rows.items()}
        keys = ("the labels of the training part", "those of the test part")
        return EventDataset(
            name=self.path,
            train_samples=samples["train"],
            train_labels=labels["train"].astype(np.int32),
            test_samples=samples["test"],
            test_labels=labels["test"].astype(np.int32),
            num_classes=count_classes(self.path, labels["train"], labels["test"], keys=keys),
            sensor=sensor,
            remarks=remarks,
        )


def _places(name: str) -> list[Place]:
    """All arrays of the file, or of the files of both parts."""
    return [_place(path, array, part) for part, path in paths_of(name).items() for array in array_names(path)]


def _place(path: Path, name: str, part: str) -> Place:
    """What an array is by its name: "train_times", "x_train", "train/spikes/times", or "times" of a whole file."""
    *folders, role = name.split("/")
    part = folders[0] if folders and folders[0] in PARTS else part
    for each in PARTS:
        if role.startswith(f"{each}_") or role.endswith(f"_{each}"):
            return Place(path, name, each, role.removeprefix(f"{each}_").removesuffix(f"_{each}"))
    return Place(path, name, part, role)


@functools.lru_cache(maxsize=64)
def _events_in(name: str, stamps: tuple[tuple[str, int, int], ...]) -> bool | None:
    """Whether the file of this name, of these dates and sizes, holds spikes; None where it cannot be read."""
    del stamps  # they make another answer of a changed file
    try:
        return _holds_events(_places(name))
    except (DataError, MissingExtraError):
        return None


def _holds_events(places: Sequence[Place]) -> bool:
    return any(place.role in ("times", "events") for place in places)
