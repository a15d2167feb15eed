"""Promise of a g before training: g and f' at the potentials of a freshly initialised network."""

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from physdfa.devices import AbstractDevice
from physdfa.neurons import AbstractNeuron

ROUNDING = 4 * float(np.finfo(np.float32).eps)
"""Share of their magnitude below which float32 values differ by rounding alone."""


class LayerQuality(NamedTuple):
    """Likeness of g to the surrogate derivative f' over the potentials u of one hidden layer.

    - `correlation`: Pearson's, of g(u) and f'(u), -1 ... 1; 0 where one of the two is constant.
    - `mean_over_spread`: mean of g over its standard deviation; infinite with the sign of g for a constant g, and 0
      where g is 0 throughout.
    - `sign_agreement`: of the potentials with f' other than 0, the share where g has the sign of f', 0 ... 1; 0
      without such a potential.

    A sign that g has as a whole is taken up by the random feedback: -g learns as g does, and scores of -1 are as
    good as scores of 1.
    """

    correlation: float
    mean_over_spread: float
    sign_agreement: float


def gain_quality(g: np.ndarray, derivative: np.ndarray) -> LayerQuality:
    """Scores of the values `g` against those of f' at the same potentials; both finite, one or more."""
    gain, wanted = np.ravel(g).astype(float), np.ravel(derivative).astype(float)
    gain_spread, wanted_spread = _spread(gain), _spread(wanted)
    correlation = 0.0
    if gain_spread > 0 and wanted_spread > 0:
        product = np.mean((gain - gain.mean()) / gain_spread * ((wanted - wanted.mean()) / wanted_spread))
        correlation = float(np.clip(product, -1.0, 1.0))
    mean = float(gain.mean())
    mean_over_spread = mean / gain_spread if gain_spread > 0 else float(np.copysign(np.inf, mean)) if mean else 0.0
    asked = wanted != 0
    agreement = float(np.mean(np.sign(gain[asked]) == np.sign(wanted[asked]))) if asked.any() else 0.0
    return LayerQuality(correlation, mean_over_spread, agreement)


def device_quality(
    device: AbstractDevice, neuron: AbstractNeuron, potentials: Sequence[np.ndarray]
) -> list[LayerQuality]:
    """The scores of a device, without noise, in each hidden layer.

    **Arguments:**

    - `device`: as calibrated for the network.
    - `neuron`: the hidden neuron, whose f' is the standard.
    - `potentials`: of each hidden layer, every u_t before reset, of any shape.
    """
    scores = []
    for layer in potentials:
        # A row of one for each potential: a device with memory along the neurons answers as at rest.
        u = jnp.ravel(jnp.asarray(layer, jnp.float32))[:, None]
        scores.append(gain_quality(np.asarray(device.respond(u)), np.asarray(neuron.surrogate_derivative(u))))
    return scores


def _spread(values: np.ndarray) -> float:
    """Standard deviation; 0 where the values differ by rounding alone."""
    spread = float(values.std())
    return spread if spread > ROUNDING * float(np.abs(values).max()) else 0.0
