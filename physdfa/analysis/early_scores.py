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
    """Cheap predictors of the trained accuracy, means over the hidden layers; NaN without a device.

    - `g_mean_over_spread`, `g_correlation`: `mean_over_spread` and `correlation` of `LayerQuality`, over the potentials
      under the first training samples.
    - `g_rms`: root mean square of g over these potentials.
    """

    g_mean_over_spread: Float[Array, ""]
    g_correlation: Float[Array, ""]
    g_rms: Float[Array, ""]


def early_scores(
    trial: Trial, state: TrainState, data: Data, train_indices: Int[Array, " samples"], key: PRNGKeyArray
) -> EarlyScores:
    """The scores of one member's device before its first update.

    **Arguments:**

    - `state`: fresh, from `start_training`: its device is calibrated.
    - `train_indices`: the first `CALIBRATION_SAMPLES` of them are those of the potentials.
    """
    if state.device is None or not isinstance(trial.network, SpikingNetwork):
        return EarlyScores(*[jnp.full((), jnp.nan)] * 3)
    scores = []
    for layer in layer_potentials(trial, state.parameters, data, train_indices[:CALIBRATION_SAMPLES], key):
        # A row of one for each potential: a device with memory along the neurons answers as at rest.
        u = layer.reshape(-1, 1)
        gain = state.device.respond(u)
        alike = gain_scores(gain, trial.network.neuron.surrogate_derivative(u))
        scores.append((*alike, jnp.sqrt(jnp.mean(gain**2))))
    return EarlyScores(*(jnp.mean(jnp.stack(values)) for values in zip(*scores, strict=True)))


def mean_update_angle(
    trial: Trial, state: TrainState, data: Data, train_indices: Int[Array, " samples"], key: PRNGKeyArray
) -> Float[Array, ""]:
    """The angle between the rule's update and the BPTT gradient [degrees], mean over the hidden layers.

    NaN for hidden layers that do not learn, and for event networks.

    **Arguments:**

    - `state`: of the training, at any time.
    - `train_indices`: the first `trial.batch_size` of them are the batch.
    """
    if not (isinstance(trial.network, SpikingNetwork) and trial.rule.learns_hidden):
        return jnp.full((), jnp.nan)
    return jnp.mean(update_angles(trial, state, data, train_indices[: trial.batch_size], key).degrees)


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
