"""Thresholds below which nothing is sent back and nothing is written, and the counts of what was."""

from collections.abc import Sequence
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from physdfa.feedback import AbstractProjection
from physdfa.network import AbstractConnections
from physdfa.parts import ParameterValue, check_declared, parameter


class UpdateGate(eqx.Module):
    """Errors and updates below a threshold are skipped; 0 skips nothing, infinity everything in the hidden layers.

        e'_j     = e_j      where |e_j| >= error_threshold, else 0       error j is not sent to any neuron
        delta'_i = delta_i  where |delta_i| >= update_threshold, else 0  no weight of neuron i is written

    delta_i is the projected error e' B^T of neuron i times its local factor: with the final error the sum over the
    steps, as the readout weighs them, once per sample; with the online error that of each step.

    **Arguments:**

    - `error_threshold`: on |dL/do| of a sample, >= 0; with the cross-entropy |e_j| <= 1.
    - `update_threshold`: on |delta|, >= 0.

    **Raises:** `InputError` at construction, if a threshold leaves its range.

    **Source:** error-triggered learning: Payvand et al., IEEE JETCAS 10, 522 (2020), where output layers skip, too;
    a window on the local factor: Neftci et al., Front. Neurosci. 11, 324 (2017). The thresholds on |e_j| and on the
    accumulated |delta_i| are ours.
    """

    error_threshold: ParameterValue = parameter(
        default=0.0,
        unit="",
        low=0.0,
        high_open=False,
        typical=(0.0, 0.2),
        meaning="the magnitude below which an output error of a sample is not sent back",
    )
    update_threshold: ParameterValue = parameter(
        default=0.0,
        unit="",
        low=0.0,
        high_open=False,
        typical=(0.0, 0.2),
        meaning="the magnitude of projected error times local factor below which a hidden neuron writes no weight",
    )

    def __check_init__(self):
        check_declared(self)

    def sends(self, error: Float[Array, "batch classes"]) -> Bool[Array, "batch classes"]:
        """Which errors are sent back."""
        return ~(jnp.abs(error) < self.error_threshold)  # so that what is no number passes, and shows

    def writes(self, delta: Float[Array, "batch neurons"]) -> Bool[Array, "batch neurons"]:
        """Which neurons may update their weights."""
        return ~(jnp.abs(delta) < self.update_threshold)


class UpdateCounts(NamedTuple):
    """What one update of a rule with direct feedback moved and wrote, per training sample.

    - `feedback_floats`: numbers sent back: for each error e_j that is sent, one per connection of class j that is
      built, over all hidden layers; with the online error at every step.
    - `weight_updates`: weights of the hidden layers that are written. A weight from j to i is written where delta_i is
      not 0 and j was active: with the final error once per sample, if j was active at any step; with the online error
      at every step at which it is; a weight of a kernel at each position. Biases and the output layer are not counted.
      None for rules without thresholds.
    - `ungated_updates`: the same with thresholds 0; None for rules without thresholds.
    """

    feedback_floats: Float[Array, ""]
    weight_updates: Float[Array, ""] | None = None
    ungated_updates: Float[Array, ""] | None = None


def feedback_floats(feedback: Sequence[AbstractProjection], sent: Bool[Array, "batch classes"]) -> Float[Array, ""]:
    """Numbers sent back per sample, over all hidden layers."""
    built = sum(jnp.sum(projection.arrays()["matrix"] != 0, axis=0) for projection in feedback)
    return jnp.mean(sent.astype(jnp.float32) @ jnp.asarray(built, dtype=jnp.float32))


def written_weights(
    connections: AbstractConnections,
    delta: Float[Array, "batch post"],
    active: Bool[Array, "batch pre"],
    own_active: Bool[Array, "batch post"] | None = None,
) -> Float[Array, ""]:
    """Weights written per sample: those of an active input and a neuron whose delta is not 0.

    **Arguments:**

    - `own_active`: of a recurrent layer, which of its own neurons were active a step before.
    """
    neurons, inputs = (which.astype(jnp.float32) for which in (delta != 0, active))
    written = connections.pairs(neurons, inputs)
    if connections.own is not None and own_active is not None:
        written = written + connections.own.pairs(neurons, own_active.astype(jnp.float32))
    return jnp.mean(written)
