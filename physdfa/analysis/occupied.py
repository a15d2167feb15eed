"""The device at the potentials that occur: whether g varies there, and which stage is at its end."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from physdfa.analysis.potentials import BackwardTable
from physdfa.devices import AbstractDevice
from physdfa.devices.cascade import inner_stages


class OccupiedGain(NamedTuple):
    """g and the chain behind it over the trained potentials of the first hidden layer.

    - `low`, `high`: the middle 90 % of the potentials.
    - `mean`, `spread`: of g, its standard deviation; `largest`: the largest |g|.
    - `clipped`: by stage the share of the requests that it answers by an end of its scale; only stages with one.
    """

    low: float
    high: float
    mean: float
    spread: float
    largest: float
    clipped: dict[str, float]


def occupied_gain(device: AbstractDevice, table: BackwardTable) -> OccupiedGain | None:
    """The noiseless device over the histogram of a run; None where no potential lies in it."""
    weight = np.nan_to_num(table.density_trained)
    if not weight.sum() > 0:
        return None
    weight = weight / weight.sum()
    reached = np.cumsum(weight)
    low, high = (float(table.potential[np.searchsorted(reached, share)]) for share in (0.05, 0.95))
    # A row of one for each potential: a device with memory along the neurons answers as at rest.
    answer, clipped = _answers(device, jnp.asarray(table.potential, jnp.float32)[:, None])
    g = np.asarray(answer, dtype=float)[:, 0]
    mean = float(weight @ g)
    return OccupiedGain(
        low=low,
        high=high,
        mean=mean,
        spread=float(np.sqrt(weight @ (g - mean) ** 2)),
        largest=float(np.max(np.abs(g[weight > 0]))),
        clipped={name: float(weight @ np.asarray(at_end)[:, 0]) for name, at_end in clipped.items()},
    )


@jax.jit
def _answers(
    device: AbstractDevice, signal: Float[Array, "potentials 1"]
) -> tuple[Float[Array, "potentials 1"], dict[str, Array]]:
    clipped: dict[str, Array] = {}
    for name, stage in inner_stages(device):
        if (at_end := stage.clips(signal)) is not None:
            clipped[name] = at_end
        signal = stage.respond(signal)
    return signal, clipped
