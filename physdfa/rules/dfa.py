"""Direct feedback alignment with the surrogate derivative of the neurons themselves."""

from typing import ClassVar

from physdfa.rules.direct_feedback import AbstractDirectFeedback, AbstractRandomFeedback
from physdfa.rules.factors import SURROGATE, LocalFactor


class Dfa(AbstractRandomFeedback, AbstractDirectFeedback):
    """delta = (e B^T) * f'(u), f' the surrogate derivative at the membrane potential before reset.

    **Source:** Nøkland, NeurIPS 2016, with the surrogate derivative of spiking neurons.
    """

    name: ClassVar[str] = "dfa"

    @property
    def factor(self) -> LocalFactor:
        """The surrogate derivative f'(u)."""
        return SURROGATE
