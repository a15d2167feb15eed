"""Encodings: the input of a spiking network at each time step, from a sample."""

import abc
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from physdfa.data.dataset import Dataset
from physdfa.data.event_dataset import EventDataset
from physdfa.errors import DataError
from physdfa.noise import noise_key, random_words
from physdfa.parts import check_declared

Pixels = Float[Array, "batch inputs"]
Step = Int[Array, ""] | int


class AbstractEncoding(eqx.Module):
    """A way to feed pixels, or other values, into a network.

    Its numbers are declared with `parameter(...)` and `option(...)`: parameters are leaves, which a search may vary
    within one compiled program; options are structure.

    - `name`: as in a config; `is_static`: whether the input is the same at every step, so that its synaptic current
      need be computed once.
    - `needs_unit_range`: whether pixels outside 0 to 1 have no meaning.
    - `takes_events`: whether samples are events already.
    - `gives_events`: whether a network gets events, which it puts on its own time steps: the samples themselves, or
      what is made of them before a training.
    - `without_spike_times`: why event neurons, which learn from the times of input spikes, cannot have it; empty where
      they can.

    **Raises:** `InputError` at construction, if a declared number leaves its range.
    """

    name: ClassVar[str] = "own"
    is_static: ClassVar[bool] = False
    needs_unit_range: ClassVar[bool] = False
    takes_events: ClassVar[bool] = False
    gives_events: ClassVar[bool] = False
    without_spike_times: ClassVar[str] = "event neurons have an encoding of their own"

    def __check_init__(self):
        check_declared(self)

    def events_of(self, dataset: Dataset) -> EventDataset:
        """The events that are made of a data set before a training, by an encoding that makes some.

        **Raises:** `DataError`, if none can be made.
        """
        raise DataError(f"`{self.name}` encoding makes no events of {dataset.name}.")

    @abc.abstractmethod
    def encode(self, pixels: Pixels, step: Step, num_steps: int, key: PRNGKeyArray | None) -> Pixels:
        """The input at `step`, 0 to num_steps - 1, of the pixels' shape."""


class Direct(AbstractEncoding):
    """The pixels themselves at every step: a constant current, s_t = x.

    **Source:** `direct` coding of Wu et al., "Direct Training for Spiking Neural Networks", AAAI 2019.
    """

    name: ClassVar[str] = "direct"
    is_static: ClassVar[bool] = True
    without_spike_times: ClassVar[str] = "a constant current has no spikes"

    def encode(self, pixels: Pixels, step: Step, num_steps: int, key: PRNGKeyArray | None) -> Pixels:
        """The pixels."""
        del step, num_steps, key  # the arguments belong to the shared interface
        return pixels


class RateCode(AbstractEncoding):
    """Bernoulli spikes whose mean rate is the pixel: P(s_t = 1) = x, independent over steps and pixels.

    The same key and step give the same spikes, in whatever order the steps are run. Pixels lie in 0 to 1, where P is
    met to 6e-8.
    """

    name: ClassVar[str] = "rate"
    needs_unit_range: ClassVar[bool] = True
    without_spike_times: ClassVar[str] = "its spikes are random"

    def encode(self, pixels: Pixels, step: Step, num_steps: int, key: PRNGKeyArray | None) -> Pixels:
        """Random spikes.

        **Raises:** `ValueError` without a key.
        """
        del num_steps
        if key is None:
            raise ValueError("`rate` encoding draws random spikes and needs a `key`.")
        places = random_words(noise_key(key, step), pixels.shape) >> 8
        return (places.astype(jnp.float32) * 2.0**-24 < pixels).astype(pixels.dtype)


class Latency(AbstractEncoding):
    """One spike per pixel, the brighter the earlier: s_t = 1 at t = round((1 - x) (T - 1)). There is none where x = 0.

    x = 1 fires at step 0, the faintest pixels at step T - 1. Rounding to the nearest step, not down: rounded down, the
    last step would stay empty. Pixels lie in 0 to 1.

    **Source:** linear time-to-first-spike code, after Thorpe, "Spike arrival times" (1990); the rounding is ours.
    """

    name: ClassVar[str] = "latency"
    needs_unit_range: ClassVar[bool] = True
    without_spike_times: ClassVar[str] = ""

    def encode(self, pixels: Pixels, step: Step, num_steps: int, key: PRNGKeyArray | None) -> Pixels:
        """The spikes of this step."""
        del key
        spike_step = jnp.round((1 - pixels) * (num_steps - 1)).astype(jnp.int32)
        return ((spike_step == step) & (pixels > 0)).astype(pixels.dtype)


class Events(AbstractEncoding):
    """The spikes of a data set of spikes, as they are."""

    name: ClassVar[str] = "events"
    takes_events: ClassVar[bool] = True
    gives_events: ClassVar[bool] = True
    without_spike_times: ClassVar[str] = ""

    def encode(self, pixels: Pixels, step: Step, num_steps: int, key: PRNGKeyArray | None) -> Pixels:
        """Nothing: each network bins events on its own steps.

        **Raises:** `ValueError`, as there are no pixels.
        """
        raise ValueError("samples that are events are not encoded.")
