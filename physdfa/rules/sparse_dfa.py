"""Direct feedback alignment through few connections, with updates that are skipped below thresholds, and counted."""

from typing import ClassVar

from physdfa.feedback import DenseProjection
from physdfa.parts import ParameterValue, declared_as, option
from physdfa.rules.adfa import RESPONSE
from physdfa.rules.direct_feedback import AbstractDirectFeedback, AbstractRandomFeedback
from physdfa.rules.factors import SURROGATE, LocalFactor
from physdfa.rules.update_gate import UpdateGate

LOCAL_FACTORS = {"surrogate": SURROGATE, "device": RESPONSE}
"""What multiplies the projected error: f'(u) as in `dfa`, or g(u) of a backward device as in `adfa`."""


class SparseDfa(AbstractRandomFeedback, AbstractDirectFeedback):
    """delta = (e (B * M)^T) * factor(u), M a mask of few connections, skipped below the thresholds of `UpdateGate`.

    M belongs to the projection: `SparseDfa(feedback=SingleEntryProjection())`. The rule as it stands has dense feedback
    and thresholds 0, and is `dfa` or `adfa`, with its updates counted. The output layer has its exact error whatever
    the thresholds are.

    **Arguments:**

    - `local_factor`: "surrogate": f'(u) of the neurons; "device": g(u) of the backward device, any function or
      chain: gradient-free, with nothing of the forward system in the way back.
    - `error_threshold`, `update_threshold`: those of `UpdateGate`.

    **Source:** sparse feedback: Crafton et al., Front. Neurosci. 13, 525 (2019); with a plain function in place of the
    derivative, for spiking networks, and its number of weight updates: "gradient-free training based on sparse direct
    feedback", Microelectronics & Computer (2025), doi:10.19304/J.ISSN1000-7180.2025.0212, of which the abstract alone
    is known to us: pattern, thresholds and counts are ours.
    """

    name: ClassVar[str] = "sparse_dfa"
    local_factor: str = option(
        default="surrogate",
        choices=tuple(LOCAL_FACTORS),
        meaning="what multiplies the projected error: the surrogate derivative, or g(u) of the device",
    )
    error_threshold: ParameterValue = declared_as(UpdateGate, "error_threshold")
    update_threshold: ParameterValue = declared_as(UpdateGate, "update_threshold")

    @property
    def factor(self) -> LocalFactor:
        """f'(u) or g(u)."""
        return LOCAL_FACTORS[self.local_factor]

    def remark(self) -> str | None:
        """That it is another rule where it leaves nothing out."""
        is_plain = isinstance(self.feedback, DenseProjection) and not self.error_threshold and not self.update_threshold
        if not is_plain:
            return None
        return (
            "the rule 'sparse_dfa' with dense feedback and thresholds 0 is dfa, or adfa, with its updates counted; "
            'set feedback.kind = "single_entry", for one.'
        )

    @property
    def gate(self) -> UpdateGate:
        """The thresholds."""
        return UpdateGate(self.error_threshold, self.update_threshold)
