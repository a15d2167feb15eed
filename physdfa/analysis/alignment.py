"""Angles of learning: a rule's update against backpropagation, and feedback against the weights it stands in for.

    cos(angle) = <a, b> / (|a| |b|),   norm ratio = |a| / |b|,   all entries of a matrix taken as one vector

0 degrees: the same direction; 90: they have nothing in common, as two random directions of n entries, whose cosine has
mean 0 and standard deviation 1 / sqrt(n); 180: opposite. An update below 90 degrees lowers the loss of its own batch,
if the step is short. The ratio of the norms says how long a step the rule takes where backpropagation takes one of
length 1. An optimiser that divides by the size of the gradients, as Adam does, takes it out again; plain descent does
not.

**Source:** the angle of updates: Lillicrap et al., Nat. Commun. 7, 13276 (2016); of feedback and weights, "weight
alignment", in networks of any depth: Refinetti et al., ICML 2021, "Align, then memorise".
"""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from physdfa.network import paths_to_outputs
from physdfa.network.event import EventNetwork
from physdfa.rules import AbstractRule, Bptt, RuleState
from physdfa.rules.event import Sfdfa
from physdfa.training import Data, TrainState, Trial, plain_batch


class Angle(NamedTuple):
    """The angle between two directions, 0 ... 180 `degrees`, and its `cosine`; NaN where one of them vanishes.

    Beside it `norm_ratio`, the length of the first one over that of the second; NaN where the second vanishes.
    """

    cosine: Float[Array, "*layers"]
    degrees: Float[Array, "*layers"]
    norm_ratio: Float[Array, "*layers"]


def angle_between(a: Float[Array, "*shape"], b: Float[Array, "*shape"]) -> Angle:
    """The angle between two arrays of one shape, each taken as one vector.

    degrees = 2 atan2(|p - q|, |p + q|), p = a/|a|, q = b/|b|: unlike the arccosine, exact in float32 near 0 and 180.

    **Source:** W. Kahan, "How Futile are Mindless Assessments of Roundoff ..." (2006), "Mangled Angles".
    """
    (length, one), (other_length, other) = _length_and_direction(a), _length_and_direction(b)
    apart, together = (jnp.linalg.norm(sides) for sides in (one - other, one + other))
    cosine = jnp.clip(jnp.vdot(one, other), -1.0, 1.0)
    ratio = jnp.where(other_length > 0.0, length / other_length, jnp.nan)
    return Angle(cosine, jnp.degrees(2.0 * jnp.arctan2(apart, together)), ratio)


def update_angles(
    trial: Trial, state: TrainState, data: Data, indices: Int[Array, " chosen"], key: PRNGKeyArray
) -> Angle:
    """The angle of each hidden layer between the weight update of the trial's rule and backpropagation's.

    Both are gradients, before the optimiser, of the same network, samples and steps, without dropout, shifts and the
    pull on firing rates. In discrete time backpropagation is BPTT with the surrogate derivative of the network, and
    takes the error when the rule takes it; for event networks it is the exact derivative of the spike times. NaN in
    every layer where a rule does not learn, and where no gradient arrives; the norm ratio of a rule that does not learn
    is 0.

    **Arguments:**

    - `state`: of the training, at any time; its device answers with noise where it has noise.
    - `indices`: rows of `data`, one batch.
    - `key`: of spikes that an encoding draws, and of the device's noise.
    """
    batch = plain_batch(trial, data, indices, key)._replace(penalty=None)
    parameters = trial.forward_parameters(state.parameters)
    update, _ = trial.rule.update(trial.network, parameters, batch, state.device, state.rule_state, key=key)
    exact, _ = _exact_rule(trial).update(trial.network, parameters, batch, None, RuleState(()), key=key)
    pairs = zip(update.gradient.weights[:-1], exact.gradient.weights[:-1], strict=True)
    return _by_layer([angle_between(ours, theirs) for ours, theirs in pairs])


def _exact_rule(trial: Trial) -> AbstractRule:
    return Sfdfa(gradient="bp") if isinstance(trial.network, EventNetwork) else Bptt(trial.rule.error)


def feedback_angles(trial: Trial, state: TrainState) -> Angle | None:
    """The angle between each hidden layer's feedback and the weights W behind it. None for rules without feedback.

    B^l against (W^L ... W^{l+1})^T; for the last hidden layer that is W_out^T. Feedback that is made of the weights is
    that of the present ones; learned feedback has no angle before its first update, when it is 0.
    """
    feedback = state.rule_state.feedback
    if not feedback:
        return None
    paths = paths_to_outputs(trial.network.connections, state.parameters)
    pairs = zip(feedback, paths, strict=True)
    return _by_layer([angle_between(one.following(behind).arrays()["matrix"], behind) for one, behind in pairs])


class LearningAngles(NamedTuple):
    """Angles by hidden layer in degrees, of updates and of feedback where there is any, and the updates' norm ratio."""

    update: Float[Array, " layers"]
    feedback: Float[Array, " layers"] | None
    update_norm_ratio: Float[Array, " layers"]


def learning_angles(
    trial: Trial, state: TrainState, data: Data, indices: Int[Array, " chosen"], key: PRNGKeyArray
) -> LearningAngles:
    """`update_angles` and `feedback_angles` of one member at one time, in degrees, and the updates' norm ratios."""
    feedback = feedback_angles(trial, state._replace(parameters=trial.forward_parameters(state.parameters)))
    update = update_angles(trial, state, data, indices, key)
    return LearningAngles(update.degrees, None if feedback is None else feedback.degrees, update.norm_ratio)


def _by_layer(angles: Sequence[Angle]) -> Angle:
    return jax.tree.map(lambda *values: jnp.stack(values), *angles)


def _length_and_direction(values: Float[Array, "*shape"]) -> tuple[Float[Array, ""], Float[Array, " entries"]]:
    """The length of `values` and the vector of length 1 along them; 0 and NaN for the zero vector."""
    flat = jnp.ravel(values)
    largest = jnp.max(jnp.abs(flat))
    scaled = flat / largest  # so that no square under- or overflows
    length = jnp.linalg.norm(scaled)
    return jnp.where(largest > 0.0, largest * length, 0.0), scaled / length
