"""Direct feedback alignment with the surrogate derivative of the neurons themselves."""

from functools import cache

from physdfa.rules.base import LearningRule
from physdfa.rules.direct_feedback import direct_feedback
from physdfa.rules.factors import SURROGATE


@cache
def dfa(error: str = "final") -> LearningRule:
    """delta = (e B^T) * f'(u), f' the surrogate derivative at the membrane potential before reset.

    **Source:** Nøkland, NeurIPS 2016, with the surrogate derivative of spiking neurons.
    """
    return direct_feedback("dfa", SURROGATE, error)
