"""Scores of a network and its device before training and early in it, compiled once for a whole population."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from physdfa.analysis.alignment import update_angles
from physdfa.analysis.quality import ROUNDING
from physdfa.network import SpikingNetwork
from physdfa.training import CALIBRATION_SAMPLES, Data, TrainState, Trial, layer_potentials

EARLY_EPOCHS = (1, 2, 3)
"""Epochs after which a training that goes on is scored."""


class EarlyScores(NamedTuple):
    """Cheap predictors of the trained accuracy, means over the hidden layers; NaN where there is none.

    - `alignment`: angle between the rule's update and the BPTT gradient, 0 ... 180 degrees; NaN for hidden layers that
      do not learn, and for event networks.
    - `g_mean_over_spread`, `g_correlation`: `mean_over_spread` and `correlation` of `LayerQuality`, over the potentials
      under the first training samples; NaN without a device.
    - `g_rms`: root mean square of g over these potentials.
    """

    alignment: Float[Array, ""]
    g_mean_over_spread: Float[Array, ""]
    g_correlation: Float[Array, ""]
    g_rms: Float[Array, ""]


def early_scores(
    trial: Trial, state: TrainState, data: Data, train_indices: Int[Array, " samples"], key: PRNGKeyArray
) -> EarlyScores:
    """The scores of one member at one time.

    **Arguments:**

    - `state`: of the training; its device is calibrated.
    - `train_indices`: the first `trial.batch_size` of them are the batch of the alignment, the first
      `CALIBRATION_SAMPLES` those of the potentials.
    """
    missing = jnp.full((), jnp.nan)
    if not isinstance(trial.network, SpikingNetwork):
        return EarlyScores(missing, missing, missing, missing)
    alignment = missing
    if trial.rule.learns_hidden:
        angle = update_angles(trial, state, data, train_indices[: trial.batch_size], key)
        alignment = jnp.mean(angle.degrees)
    if state.device is None:
        return EarlyScores(alignment, missing, missing, missing)
    scores = []
    for layer in layer_potentials(trial, state.parameters, data, train_indices[:CALIBRATION_SAMPLES], key):
        # A row of one for each potential: a device with memory along the neurons answers as at rest.
        u = layer.reshape(-1, 1)
        gain = state.device.respond(u)
        alike = gain_scores(gain, trial.network.neuron.surrogate_derivative(u))
        scores.append((*alike, jnp.sqrt(jnp.mean(gain**2))))
    return EarlyScores(alignment, *(jnp.mean(jnp.stack(values)) for values in zip(*scores, strict=True)))


def gain_scores(
    gain: Float[Array, "*shape"], derivative: Float[Array, "*shape"]
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """`mean_over_spread` and `correlation` of `gain_quality`, in float32 and inside a compiled program."""
    mean, spread, deviation = _moments(gain)
    _, wanted_spread, wanted = _moments(derivative)
    product = jnp.mean(deviation * wanted) / jnp.where(spread * wanted_spread > 0, spread * wanted_spread, jnp.inf)
    of_constant = jnp.where(mean == 0, 0.0, jnp.copysign(jnp.inf, mean))
    mean_over_spread = jnp.where(spread > 0, mean / jnp.where(spread > 0, spread, 1.0), of_constant)
    return mean_over_spread, jnp.clip(product, -1.0, 1.0)


def _moments(values: Float[Array, "*shape"]) -> tuple[Float[Array, ""], Float[Array, ""], Float[Array, "*shape"]]:
    """Mean, standard deviation (0 where the values differ by rounding alone), and the deviations from the mean."""
    mean = jnp.mean(values)
    deviation = values - mean
    spread = jnp.sqrt(jnp.mean(deviation**2))
    return mean, jnp.where(spread > ROUNDING * jnp.max(jnp.abs(values)), spread, 0.0), deviation
