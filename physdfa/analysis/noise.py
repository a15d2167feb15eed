"""How noisy a device is: the spread of g at one membrane potential, and against the signal that g carries."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from physdfa.devices import AbstractDevice

NUM_DRAWS = 1024
"""Answers at each potential: the standard deviation is met to 1 / sqrt(2 * 1023), 2.2 %."""


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
    """The noise of a device at `potentials`, from `NUM_DRAWS` answers at each; None if all of them are alike."""
    u = jnp.asarray(potentials, jnp.float32)[:, None]
    # A row for each potential: the memory of a device along the neurons stays within one and the same signal.
    draws = np.asarray(device.respond(jnp.broadcast_to(u, (u.shape[0], NUM_DRAWS)), key=key), dtype=float)
    if np.all(draws == draws[:, :1]):
        return None
    std = draws.std(axis=1, ddof=1)
    rms = float(np.sqrt(np.mean(std**2)))
    signal = float(np.std(np.asarray(device.respond(u), dtype=float)))
    with np.errstate(divide="ignore"):
        return NoiseTable(std, rms, float(20 * np.log10(signal / rms)))
