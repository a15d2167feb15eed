"""Encodings: the input of a spiking network at each time step, from a sample."""

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from physdfa.data.dataset import Dataset
from physdfa.data.event_dataset import EventDataset
from physdfa.errors import DataError
from physdfa.noise import noise_key, random_words

Pixels = Float[Array, "batch inputs"]
Step = Int[Array, ""] | int


class Encoding(NamedTuple):
    """A way to feed pixels into a network. It is hashable, so that it can be a static argument of a compiled function.

    **Arguments:**

    - `name`: its name in an experiment file.
    - `is_static`: True where the input is the same at every step, so that its synaptic current need be computed once.
    - `needs_unit_range`: True where pixels outside 0 to 1 have no meaning.
    - `encode`: (pixels, step 0 to num_steps - 1, num_steps >= 1, key) -> input of that step, of the pixels' shape; None
      where the samples are events already, which each network puts on its own time steps.
    """

    name: str
    is_static: bool
    needs_unit_range: bool
    encode: Callable[[Pixels, Step, int, PRNGKeyArray | None], Pixels] | None


def encode_direct(pixels: Pixels, step: Step, num_steps: int, key: PRNGKeyArray | None) -> Pixels:
    """The pixels themselves at every step: a constant current, s_t = x.

    **Source:** `direct` coding of Wu et al., "Direct Training for Spiking Neural Networks", AAAI 2019.
    """
    del step, num_steps, key  # the arguments belong to the shared interface
    return pixels


def encode_rate(pixels: Pixels, step: Step, num_steps: int, key: PRNGKeyArray | None) -> Pixels:
    """Bernoulli spikes whose mean rate is the pixel: P(s_t = 1) = x, independent over steps and pixels.

    The same key and step give the same spikes, in whatever order the steps are run. Pixels lie in 0 to 1, where P is
    met to 6e-8.

    **Raises:** `ValueError` without a key.
    """
    del num_steps
    if key is None:
        raise ValueError("`rate` encoding draws random spikes and needs a `key`.")
    places = random_words(noise_key(key, step), pixels.shape) >> 8
    return (places.astype(jnp.float32) * 2.0**-24 < pixels).astype(pixels.dtype)


def encode_latency(pixels: Pixels, step: Step, num_steps: int, key: PRNGKeyArray | None) -> Pixels:
    """One spike per pixel, the brighter the earlier: s_t = 1 at t = round((1 - x) (T - 1)). There is none where x = 0.

    x = 1 fires at step 0, the faintest pixels at step T - 1. Rounding to the nearest step, not down: rounded down, the
    last step would stay empty. Pixels lie in 0 to 1.

    **Source:** linear time-to-first-spike code, after Thorpe, "Spike arrival times" (1990); the rounding is ours.
    """
    del key
    spike_step = jnp.round((1 - pixels) * (num_steps - 1)).astype(jnp.int32)
    return ((spike_step == step) & (pixels > 0)).astype(pixels.dtype)


ENCODINGS: dict[str, Encoding] = {
    encoding.name: encoding
    for encoding in (
        Encoding("direct", is_static=True, needs_unit_range=False, encode=encode_direct),
        Encoding("rate", is_static=False, needs_unit_range=True, encode=encode_rate),
        Encoding("latency", is_static=False, needs_unit_range=True, encode=encode_latency),
        Encoding("events", is_static=False, needs_unit_range=False, encode=None),
    )
}


def check_encoding(dataset: Dataset | EventDataset, encoding: Encoding) -> None:
    """Refuse a data set that the encoding cannot express.

    **Raises:** `DataError`, if the encoding needs pixels in 0 to 1 and there are others, or the samples are events and
    the encoding is of pixels, or the other way round.
    """
    if isinstance(dataset, EventDataset):
        if encoding.encode is not None:
            raise DataError(
                f"{dataset.name}: `{encoding.name}` encoding makes inputs of pixels, but these samples are spikes "
                "already. Use data.encoding = 'events'."
            )
        return
    if encoding.encode is None:
        raise DataError(
            f"{dataset.name}: `{encoding.name}` encoding takes samples that are spikes, but these are pixels. Use "
            "data.encoding = 'direct', 'rate' or 'latency'."
        )
    if not encoding.needs_unit_range:
        return
    for part, images in (("training", dataset.train_images), ("test", dataset.test_images)):
        low, high = float(images.min()) / dataset.full_scale, float(images.max()) / dataset.full_scale
        if low < 0 or high > 1:
            raise DataError(
                f"{dataset.name}: `{encoding.name}` encoding needs pixels in 0 to 1, but the {part} pixels run from "
                f"{low:g} to {high:g}. Rescale the data, or use data.encoding = 'direct'."
            )
