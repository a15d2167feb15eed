"""Direct feedback through the signs of the forward weights, all of one magnitude."""

from functools import cache

from physdfa.feedback import SignConcordantProjection
from physdfa.rules.base import LearningRule
from physdfa.rules.direct_feedback import direct_feedback
from physdfa.rules.factors import SURROGATE

SIGNS = SignConcordantProjection()


@cache
def sign_concordant(error: str = "final") -> LearningRule:
    """delta = (e B^T) * f'(u),   B^l = a sign((W_out ... W^{l+1})^T)

    of the weights as they are at each update, a = feedback_scale / sqrt(classes). With one hidden layer whose output
    weights all have the magnitude a, this is `dfa` with B = W_out^T.

    **Source:** Liao, Leibo & Poggio, AAAI 2016 (uniform sign-concordant feedback, without their batch-wise sign
    updates); theirs goes back layer by layer, the direct form is ours. See `SignConcordantProjection`.
    """
    return direct_feedback("sign_concordant", SURROGATE, error, projection=SIGNS)
