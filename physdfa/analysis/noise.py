"""The noise of a device: spread of g at one membrane potential, and its ratio to the signal in g."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from physdfa.devices import AbstractDevice

NUM_ROWS, NUM_NEURONS = 16, 64
"""Answers at each potential. If they are independent, the standard deviation is met to 1 / sqrt(2 * 15 * 64), 2.3 %."""


class NoiseTable(NamedTuple):
    """The noise of g over a range of membrane potentials, each potential counted once.

    - `std`: standard deviation of g at each potential; `rms`: its root mean square over the potentials.
    - `signal_to_noise_db`: 20 log10(standard deviation of the noiseless g over the potentials / rms); -inf for a g
      that is constant.
    """

    std: np.ndarray
    rms: float
    signal_to_noise_db: float


def noise_table(device: AbstractDevice, potentials: np.ndarray, key: PRNGKeyArray) -> NoiseTable | None:
    """The noise of a device at `potentials`, from `NUM_ROWS` layers of `NUM_NEURONS` at each; None if it has none.

    All neurons of a layer have the same potential. The spread is that between layers: neurons of one layer share much
    of their noise where a slow filter passes over them.
    """
    u = jnp.asarray(potentials, jnp.float32)
    layers = jnp.broadcast_to(u[:, None, None], (u.shape[0], NUM_ROWS, NUM_NEURONS))
    draws = np.asarray(device.respond(layers, key=key), dtype=float)
    if np.array_equal(draws, device.respond(layers)):
        return None
    variance = draws.var(axis=1, ddof=1).mean(axis=-1)
    rms = float(np.sqrt(np.mean(variance)))
    signal = float(np.std(np.asarray(device.respond(u[:, None]), dtype=float)))
    with np.errstate(divide="ignore"):
        return NoiseTable(np.sqrt(variance), rms, float(20 * np.log10(signal / rms)))
