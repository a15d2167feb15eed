"""Rules with direct feedback: teaching signal times local factor, outer presynaptic factor.

    delta^l_t  = c_t p^l * factor(u^l_t),   p^l = e B^l^T for the ideal projection
    gradient^l = (1/batch) sum_t delta^l_t^T s^{l-1}_t

c_t is the weight that the readout gives to step t (1/T for `rate`, 1 for `count`); the output layer has its exact
error. The rules differ in `factor`, in what B is, and in what goes through it. How the sums over time are formed:
`final_error` and `online_error`.

**Source:** Nøkland, NeurIPS 2016 (DFA); Nakajima et al., Nat. Commun. 13, 7847 (2022) (aDFA); Zhang et al.,
arXiv:2409.07776 (spiking networks). The sums over time are ours, checked against stored states in
`test_direct_feedback.py`.
"""

from physdfa.errors import InputError, unknown_name
from physdfa.feedback import AbstractProjection, DenseProjection, draw_layers
from physdfa.rules.base import ERRORS, LearningRule, RuleState, following
from physdfa.rules.factors import LocalFactor, Teaching, the_error
from physdfa.rules.final_error import final_error_update
from physdfa.rules.online_error import online_error_update
from physdfa.rules.update_gate import UpdateGate

DENSE = DenseProjection()


def direct_feedback(
    name: str,
    local_factor: LocalFactor | None,
    error: str,
    *,
    projection: AbstractProjection = DENSE,
    teaching: Teaching = the_error,
    gate: UpdateGate | None = None,
) -> LearningRule:
    """A rule that brings the output error to each hidden layer through a projection, dense and random as it stands.

    **Arguments:**

    - `local_factor`: what multiplies the projected error; None leaves the hidden layers as they started.
    - `error`: "final" or "online".
    - `projection`: what `start` draws for each hidden layer.
    - `teaching`: what goes through it, from the batch and the error.
    - `gate`: thresholds below which updates are skipped, and whether weight updates are counted at all.

    **Raises:** `InputError` for another `error`.
    """
    if error not in ERRORS:
        raise InputError(f"`error`: {unknown_name('error', error, ERRORS)}")
    update_over_time = final_error_update if error == "final" else online_error_update

    def update(network, parameters, batch, device, state, /, *, key):
        state = following(state, parameters)
        return update_over_time(local_factor, network, parameters, batch, device, state, key, teaching), state

    if local_factor is None:
        return LearningRule(name, start_feedback, update, None, error)
    return LearningRule(name, start_feedback, update, projection, error, gate, local_factor.needs_device)


def start_feedback(key, network, feedback_scale, feedback, /) -> RuleState:
    """One projection per hidden layer, each drawn from a key of its own; none where the rule has no feedback."""
    if feedback is None:
        return RuleState(())
    return RuleState(draw_layers(feedback, key, network.layer_sizes[1:-1], network.layer_sizes[-1], feedback_scale))
