"""Augmented direct feedback alignment: any nonlinearity in the place of the derivative."""

from functools import cache

from physdfa.rules.base import LearningRule
from physdfa.rules.direct_feedback import direct_feedback


@cache
def adfa(error: str = "final") -> LearningRule:
    """delta = (e B^T) * g(u), g the response of a backward device to the membrane potential before reset.

    **Source:** Nakajima et al., Nat. Commun. 13, 7847 (2022); spiking: Zhang et al., arXiv:2409.07776.
    """

    def local_factor(network, device, potential, key):
        del network
        return device.respond(potential, key=key)

    return direct_feedback("adfa", local_factor, error)
