"""A loaded event data set: labelled training and test samples of spikes, all checked."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int, Int32

from physdfa.data.event_samples import EventSamples, Sensor, chosen_samples
from physdfa.data.part import Part
from physdfa.errors import DataError


@dataclass(frozen=True, kw_only=True, eq=False)
class EventDataset:
    """Training and test samples that are spikes of the inputs, with their class labels.

    **Arguments:**

    - `name`: what `load_dataset` was asked for.
    - `train_samples`, `test_samples`: the spikes; times [s] finite and >= 0.
    - `train_labels`, `test_labels`: class of each sample, 0 to `num_classes` - 1.
    - `num_classes`: number of classes, >= 2.
    - `sensor`: the grid of the inputs, where they are those of a camera or of another sensor.
    - `remarks`: what the user must hear about the samples, one sentence each.

    **Raises:** `DataError`, if the arrays contradict each other or these ranges.
    """

    name: str
    train_samples: EventSamples
    train_labels: Int32[np.ndarray, " train_labels"]
    test_samples: EventSamples
    test_labels: Int32[np.ndarray, " test_labels"]
    num_classes: int
    sensor: Sensor | None = None
    remarks: tuple[str, ...] = ()

    full_scale = 1.0
    """Events have no scale, and no values that could be out of it."""
    integer_type = None

    def __post_init__(self):
        if self.num_classes < 2:
            raise DataError(f"{self.name}: there is one class only; a classifier needs samples of at least 2 classes.")
        for part, samples, labels in (
            ("training", self.train_samples, self.train_labels),
            ("test", self.test_samples, self.test_labels),
        ):
            self._check_part(part, samples, labels)
        if self.train_samples.num_inputs != self.test_samples.num_inputs:
            raise DataError(
                f"{self.name}: training samples have {self.train_samples.num_inputs} inputs, test samples "
                f"{self.test_samples.num_inputs}; both must have the same number."
            )

    def _check_part(self, part: str, samples: EventSamples, labels: np.ndarray) -> None:
        if len(samples.counts) != len(labels):
            raise DataError(
                f"{self.name}: {len(samples.counts)} {part} samples come with {len(labels)} labels; each needs exactly "
                "one."
            )
        if len(samples.times) == 0:
            raise DataError(f"{self.name}: the {part} set has no event at all; give at least one.")
        times = np.asarray(samples.times)
        wrong = ~(np.isfinite(times) & (times >= 0))
        if wrong.any():
            place = int(np.argmax(wrong))
            row = int(np.searchsorted(np.cumsum(samples.counts), place, side="right"))
            raise DataError(
                f"{self.name}: {part} sample {row} (counted from 0) holds the spike time {times[place]} s; times are "
                "finite and >= 0."
            )
        highest = int(np.max(samples.inputs))
        if highest >= samples.num_inputs:
            raise DataError(
                f"{self.name}: a {part} sample has a spike of input {highest}; allowed are 0 to "
                f"{samples.num_inputs - 1}."
            )
        if labels.min() < 0 or labels.max() >= self.num_classes:
            raise DataError(
                f"{self.name}: {part} labels run from {labels.min()} to {labels.max()}; allowed are 0 to "
                f"{self.num_classes - 1}."
            )

    @property
    def image_shape(self) -> tuple[int, int] | None:
        """(height, width) of the sensor [pixels]; None without one."""
        return None if self.sensor is None else (self.sensor.height, self.sensor.width)

    @property
    def num_inputs(self) -> int:
        """Number of input neurons."""
        return self.train_samples.num_inputs

    @property
    def train(self) -> Part:
        """The training samples and their labels."""
        return Part(self.train_samples, self.train_labels, self)

    @property
    def test(self) -> Part:
        """The test samples and their labels."""
        return Part(self.test_samples, self.test_labels, self)

    def with_training_rows(self, rows: Int[np.ndarray, " chosen"]) -> "EventDataset":
        """The set with the training samples at `rows` alone."""
        kept = chosen_samples(self.train_samples, rows)
        return replace(self, train_samples=kept, train_labels=self.train_labels[rows])
