"""Augmented direct feedback alignment: any nonlinearity in the place of the derivative."""

from typing import ClassVar

from physdfa.rules.direct_feedback import AbstractDirectFeedback, AbstractRandomFeedback
from physdfa.rules.factors import LocalFactor


def _before_affine_end(network, device, potential, key):
    del network
    return device.before_affine_end(potential, key=key)


def _affine_end(device, signal):
    return device.affine_end(signal)


RESPONSE = LocalFactor(_before_affine_end, _affine_end, needs_device=True)
"""g(u)."""


class Adfa(AbstractRandomFeedback, AbstractDirectFeedback):
    """delta = (e B^T) * g(u), g the response of a backward device to the membrane potential before reset.

    **Source:** Nakajima et al., Nat. Commun. 13, 7847 (2022); spiking: Zhang et al., arXiv:2409.07776.
    """

    name: ClassVar[str] = "adfa"

    @property
    def factor(self) -> LocalFactor:
        """The response g(u)."""
        return RESPONSE
