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

import abc
import inspect
from typing import Any, ClassVar

import equinox as eqx
from jaxtyping import Array, Float

from physdfa.arrays import Scalar
from physdfa.errors import InputError
from physdfa.feedback import AbstractProjection, DenseProjection
from physdfa.parts import ParameterValue, PartError, parameter
from physdfa.parts.objects import check_object, is_function
from physdfa.parts.own import in_words, named
from physdfa.rules.base import AbstractRule, Batch, following
from physdfa.rules.factors import SURROGATE, LocalFactor, Teaching, the_error
from physdfa.rules.final_error import final_error_update
from physdfa.rules.online_error import online_error_update

DENSE = DenseProjection()


class AbstractDirectFeedback(AbstractRule):
    """A rule whose update is the projected error times a local factor, summed over time.

    A rule of this kind names its `factor`; another `teaching` signal is its choice.
    """

    takes_convolutions: ClassVar[bool] = True
    takes_recurrence: ClassVar[bool] = True

    @property
    @abc.abstractmethod
    def factor(self) -> LocalFactor:
        """What multiplies the projected error."""

    def teaching(self, batch: Batch, error: Float[Array, "batch classes"]) -> Float[Array, "batch classes"]:
        """What goes through the projection: the output error itself, as nearly all rules have it."""
        del batch
        return error

    @property
    def needs_device(self) -> bool:
        """As its local factor does."""
        return _checked(self).needs_device

    @property
    def reads(self) -> frozenset[str]:
        """As its local factor does."""
        return _checked(self).reads

    def update(self, network, parameters, batch, device, state, /, *, key):
        """One update, its sums over time formed as the error needs it."""
        state = following(network, parameters, state)
        over_time = final_error_update if self.error == "final" else online_error_update
        return over_time(_checked(self), network, parameters, batch, device, state, key, self.teaching), state


def _checked(rule: AbstractDirectFeedback) -> LocalFactor:
    """The local factor of a rule.

    **Raises:** `PartError` for anything else that its property gives.
    """
    factor = rule.factor
    if isinstance(factor, LocalFactor):
        return factor
    method = " (of a property, without parentheses)" if inspect.ismethod(factor) else ""
    raise PartError(
        f"{named('learning rule', type(rule))}: `factor` has to be a pf.rules.LocalFactor(function), under @property; "
        f"got {in_words(factor)}{method}."
    )


class AbstractRandomFeedback(AbstractRule):
    """A rule whose projection may be any: dense and random as it stands.

    **Arguments:**

    - `feedback_scale`: standard deviation of the drawn B times sqrt(classes), > 0.
    - `feedback`: the projection that is drawn for each hidden layer. Its numbers are leaves, so that a search may vary
      them.
    """

    feedback_scale: ParameterValue = parameter(
        default=1.0,
        unit="",
        low=0.0,
        low_open=True,
        typical=(0.5, 2.0),
        meaning="the spread of the drawn feedback times the root of the number of classes",
    )
    feedback: AbstractProjection = DENSE

    def __check_init__(self):
        check_object("feedback", self.feedback, AbstractProjection, "feedback.DenseProjection()")

    @property
    def scale(self) -> Scalar:
        """As `feedback_scale` says."""
        return self.feedback_scale

    @property
    def projection(self) -> AbstractProjection | None:
        """As `feedback` says."""
        return self.feedback

    @property
    def chooses_projection(self) -> bool:
        """It does."""
        return True


def _as_local_factor(factor: Any) -> LocalFactor:
    """A function as a local factor.

    **Raises:** `InputError` for what is neither.
    """
    if isinstance(factor, LocalFactor):
        return factor
    if not is_function(factor):
        raise InputError(
            "`local_factor` must be a function (network, device, potential, key) or a rules.LocalFactor; got "
            f"{in_words(factor)}. Left out, it is the surrogate derivative, rules.SURROGATE."
        )
    return LocalFactor(factor)


def _as_teaching(teaching: Any) -> Teaching:
    """A function as a teaching signal.

    **Raises:** `InputError` for anything else.
    """
    if not is_function(teaching):
        raise InputError(
            "`teaching_signal` must be a function (batch, error) that gives what is projected; got "
            f"{in_words(teaching)}. Left out, it is the error."
        )
    return teaching


class DirectFeedback(AbstractRandomFeedback, AbstractDirectFeedback):
    """The rule of a local factor and a teaching signal that are plain functions.

    **Arguments:**

    - `local_factor`: (network, device, potential [batch neurons], key) -> what multiplies the projected error; or a
      `LocalFactor`.
    - `teaching_signal`: (batch, error [batch classes]) -> what is projected; the error itself as it stands.

    Rules of the same functions share a compiled program.
    """

    local_factor: LocalFactor = eqx.field(static=True, converter=_as_local_factor, default=SURROGATE)
    teaching_signal: Teaching = eqx.field(static=True, converter=_as_teaching, default=the_error)

    def __check_init__(self):
        if self.local_factor is SURROGATE and self.teaching_signal is the_error:
            raise InputError(
                "DirectFeedback without a `local_factor` and a `teaching_signal` is dfa: give one of them, or take "
                "rules.dfa()."
            )

    @property
    def factor(self) -> LocalFactor:
        """As `local_factor` says."""
        return self.local_factor

    def teaching(self, batch: Batch, error: Float[Array, "batch classes"]) -> Float[Array, "batch classes"]:
        """As `teaching_signal` says."""
        return self.teaching_signal(batch, error)
