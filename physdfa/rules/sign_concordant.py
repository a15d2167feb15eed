"""Direct feedback through the signs of the forward weights, all of one magnitude."""

from typing import ClassVar

from physdfa.arrays import Scalar
from physdfa.feedback import SignConcordantProjection
from physdfa.parts import ParameterValue, declared_as
from physdfa.rules.direct_feedback import AbstractDirectFeedback, AbstractRandomFeedback
from physdfa.rules.factors import SURROGATE, LocalFactor

SIGNS = SignConcordantProjection()


class SignConcordant(AbstractDirectFeedback):
    """delta = (e B^T) * f'(u),   B^l = a sign((W_out ... W^{l+1})^T)

    of the weights as they are at each update, a = feedback_scale / sqrt(classes). With one hidden layer whose output
    weights all have the magnitude a, this is `dfa` with B = W_out^T.

    **Source:** Liao, Leibo & Poggio, AAAI 2016 (uniform sign-concordant feedback, without their batch-wise sign
    updates); theirs goes back layer by layer, the direct form is ours. See `SignConcordantProjection`.
    """

    name: ClassVar[str] = "sign_concordant"
    feedback_scale: ParameterValue = declared_as(AbstractRandomFeedback, "feedback_scale")

    @property
    def scale(self) -> Scalar:
        """As `feedback_scale` says."""
        return self.feedback_scale

    @property
    def projection(self) -> SignConcordantProjection:
        """The signs of the forward weights."""
        return SIGNS

    @property
    def factor(self) -> LocalFactor:
        """The surrogate derivative f'(u)."""
        return SURROGATE
