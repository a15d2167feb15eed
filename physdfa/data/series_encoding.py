"""Encodings of analogue series: an event wherever a channel has moved by a step, or crosses a level.

Events are made once, before a training: of sample k of a series at the rate f, the j-th of n events of a channel is at

    t = (k - 1 + (j + 1/2) / n) / f,   k = 1, 2, ...,   j = 0, ..., n - 1

spread evenly over the time since sample k - 1, in which the channel moved. Events up and events down have inputs of
their own: input = (direction * levels + level) * channels + channel, direction 0 for up and 1 for down.
"""

import abc
from typing import ClassVar, NamedTuple

import numpy as np
from jaxtyping import Float, PRNGKeyArray

from physdfa.bounded import memory_share
from physdfa.data.dataset import Dataset
from physdfa.data.encoding import AbstractEncoding, Pixels, Step
from physdfa.data.event_arrays import MOST_EVENTS, MOST_INPUTS
from physdfa.data.event_dataset import EventDataset
from physdfa.data.event_samples import EventSamples, samples_of_counts
from physdfa.errors import DataError
from physdfa.parts import ParameterValue, option, parameter

ROUNDING = 1e-6
"""Share of a step by which a change may fall short of it: values are stored in 32 bits."""

EVENT_BYTES = 64
"""Bytes that an event takes while it is made."""


class Moves(NamedTuple):
    """Levels that each channel crosses from one sample of its series to the next.

    - `crossed`: how many, negative downwards; `below`: levels below or at the value before, 0 where there is one only.
    """

    crossed: Float[np.ndarray, "samples intervals channels"]
    below: Float[np.ndarray, "samples intervals channels"]


class AbstractSeriesEncoding(AbstractEncoding):
    """An encoding that makes events of series [samples, time, channels] before a training.

    **Raises:** `InputError` at construction, if a declared number leaves its range.
    """

    gives_events: ClassVar[bool] = True
    without_spike_times: ClassVar[str] = ""
    advice: ClassVar[str] = "its numbers to the values that occur"

    sample_rate: ParameterValue | None = parameter(
        default=None,
        unit="Hz",
        low=0.0,
        low_open=True,
        typical=(10.0, 1000.0),
        meaning="the rate at which the series were sampled",
        otherwise="that of the data set, where it has one",
    )

    @property
    @abc.abstractmethod
    def num_levels(self) -> int:
        """Levels with inputs of their own, >= 1."""

    @abc.abstractmethod
    def moves(self, series: Float[np.ndarray, "samples time channels"]) -> Moves:
        """What each channel crosses between each two samples of its series."""

    def encode(self, pixels: Pixels, step: Step, num_steps: int, key: PRNGKeyArray | None) -> Pixels:
        """Nothing: events are made of whole series.

        **Raises:** `ValueError`, as there are no pixels.
        """
        raise ValueError("series are not encoded step by step; `events_of` makes their events.")

    def events_of(self, dataset: Dataset) -> EventDataset:
        """The events of a data set of series, whose values are divided by its full scale.

        Its remarks are about the size of inputs, which events do not have.

        **Raises:** `DataError`, if the samples are no series, nobody says their rate, or there are too many or no
        events.
        """
        if dataset.image_shape is None:
            raise DataError(
                f"{dataset.name}: `{self.name}` encoding makes events of series, [samples, time, channels], but these "
                "samples have no time; store them with three axes, or use another data.encoding."
            )
        rate = self._rate(dataset)
        time, channels = dataset.image_shape
        if 2 * self.num_levels * channels > MOST_INPUTS:
            raise DataError(
                f"{dataset.name}: {self.num_levels} levels of {channels} channels, up and down, are more than the "
                f"{MOST_INPUTS:,} inputs allowed; lower data.levels."
            )
        parts = []
        for part, images in (("training", dataset.train_images), ("test", dataset.test_images)):
            series = images.reshape(-1, time, channels).astype(np.float64) / dataset.full_scale
            moves = self.moves(series)
            self._check_number(f"{dataset.name}: the {part} part", float(np.sum(np.abs(moves.crossed))))
            parts.append(self._samples(moves, rate))
        for part, samples in zip(("training", "test"), parts, strict=True):
            if len(samples.times) == 0:
                raise DataError(
                    f"{dataset.name}: `{self.name}` encoding finds no event in the {part} part; its values run from "
                    f"{float(dataset.train_images.min()) / dataset.full_scale:.4g} to "
                    f"{float(dataset.train_images.max()) / dataset.full_scale:.4g}: set {self.advice}."
                )
        return EventDataset(
            name=dataset.name,
            train_samples=parts[0],
            train_labels=dataset.train_labels,
            test_samples=parts[1],
            test_labels=dataset.test_labels,
            num_classes=dataset.num_classes,
        )

    def _rate(self, dataset: Dataset) -> float:
        """The rate [Hz] that the encoding or the data set says."""
        given, known = self.sample_rate, dataset.sample_rate
        if given is None and known is None:
            raise DataError(
                f"{dataset.name} does not say the rate at which its series were sampled: set data.sample_rate [Hz]."
            )
        if given is not None and known is not None and abs(float(given) - known) > ROUNDING * known:
            raise DataError(
                f"data.sample_rate = {float(given):g}: {dataset.name} was sampled at {known:g} Hz; leave it out."
            )
        return float(given) if known is None and given is not None else float(known or 0.0)

    def _check_number(self, where: str, number: float) -> None:
        room = min(MOST_EVENTS, memory_share() // EVENT_BYTES)
        if number > room:
            raise DataError(
                f"{where} would be {number:.3g} events, more than the {room:,} that there is room for: set "
                f"{self.advice}."
            )

    def _samples(self, moves: Moves, rate: float) -> EventSamples:
        num_samples, _, channels = moves.crossed.shape
        sample, interval, channel = np.nonzero(moves.crossed)
        signed = moves.crossed[sample, interval, channel].astype(np.int64)
        number, is_down = np.abs(signed), signed < 0
        each = np.repeat(np.arange(len(number)), number)  # the crossing that an event is of
        place = np.arange(len(each)) - np.repeat(np.cumsum(number) - number, number)
        below = moves.below[sample, interval, channel].astype(np.int64)[each]
        level = np.where(is_down[each], below - 1 - place, below + place) if self.num_levels > 1 else 0 * place
        inputs = (is_down[each] * self.num_levels + level) * channels + channel[each]
        times = (interval[each] + (place + 0.5) / number[each]) / rate
        order = np.lexsort((times, sample[each]))
        counts = np.bincount(sample[each], minlength=num_samples)
        return samples_of_counts(
            times[order].astype(np.float32),
            inputs[order].astype(np.uint16),
            counts,
            2 * self.num_levels * channels,
        )


class Delta(AbstractSeriesEncoding):
    """An event for every step by which a channel of a series rises or falls.

    A channel's reference begins at its first value. At sample k there are n = floor(|x_k - reference| / step) events in
    the direction of the change, and the reference moves by n steps: what is less than a step is kept for later.

    **Source:** sigma-delta encoding of tactile readings, Müller-Cleve et al., Front. Neurosci. 16, 951164 (2022); the
    times within a sampling interval are ours.
    """

    name: ClassVar[str] = "delta"
    advice: ClassVar[str] = "data.step to a change that counts"

    step: ParameterValue = parameter(
        default=0.1,
        unit="",
        low=0.0,
        low_open=True,
        meaning="the change of a channel that makes an event, in units of the scaled values",
    )

    @property
    def num_levels(self) -> int:
        """One: all steps of a channel have the same two inputs."""
        return 1

    def moves(self, series: Float[np.ndarray, "samples time channels"]) -> Moves:
        """Steps between each two samples."""
        step, reference = float(self.step), series[:, 0].copy()
        crossed = np.zeros((series.shape[0], series.shape[1] - 1, series.shape[2]))
        for interval in range(crossed.shape[1]):
            change = (series[:, interval + 1] - reference) / step
            crossed[:, interval] = np.sign(change) * np.floor(np.abs(change) + ROUNDING)
            reference += crossed[:, interval] * step
        return Moves(crossed, np.zeros_like(crossed))


class Threshold(AbstractSeriesEncoding):
    """An event whenever a channel of a series crosses one of its levels, upwards or downwards.

    Level i of L lies at lowest + (i + 1/2) (highest - lowest) / L. It is crossed upwards where x_(k-1) < level <= x_k,
    and downwards where x_k < level <= x_(k-1). Each level has inputs of its own.

    **Source:** level-crossing sampling, Mark & Todd, IEEE Trans. Commun. 29, 24 (1981); evenly spaced levels and the
    times within a sampling interval are ours.
    """

    name: ClassVar[str] = "threshold"
    advice: ClassVar[str] = "data.lowest and data.highest to the values that occur"

    lowest: ParameterValue = parameter(
        default=0.0, unit="", meaning="the value at which the levels begin, in units of the scaled values"
    )
    highest: ParameterValue = parameter(
        default=1.0, unit="", meaning="the value at which the levels end, in units of the scaled values"
    )
    levels: int = option(default=1, low=1, high=1000, meaning="how many levels lie between these, evenly spaced")

    def __check_init__(self):
        if not float(self.lowest) < float(self.highest):
            raise DataError(
                f"data.lowest = {float(self.lowest):g} must be below data.highest = {float(self.highest):g}."
            )

    @property
    def num_levels(self) -> int:
        """The levels, each with two inputs a channel."""
        return self.levels

    def moves(self, series: Float[np.ndarray, "samples time channels"]) -> Moves:
        """Levels between each two samples."""
        low, high = float(self.lowest), float(self.highest)
        places = low + (np.arange(self.levels) + 0.5) * (high - low) / self.levels
        below = np.searchsorted(places, series, side="right").astype(np.float64)
        return Moves(np.diff(below, axis=1), below[:, :-1])
