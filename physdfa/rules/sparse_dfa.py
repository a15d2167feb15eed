"""Direct feedback alignment through few connections, with updates that are skipped below thresholds, and counted."""

from functools import cache

from physdfa.errors import InputError, unknown_name
from physdfa.rules.adfa import RESPONSE
from physdfa.rules.base import LearningRule
from physdfa.rules.direct_feedback import direct_feedback
from physdfa.rules.factors import SURROGATE
from physdfa.rules.update_gate import UpdateGate

LOCAL_FACTORS = {"surrogate": SURROGATE, "device": RESPONSE}
"""What multiplies the projected error: f'(u) as in `dfa`, or g(u) of a backward device as in `adfa`."""


@cache
def sparse_dfa(error: str = "final", local_factor: str = "surrogate") -> LearningRule:
    """delta = (e (B * M)^T) * factor(u), M a mask of few connections, skipped below the thresholds of `UpdateGate`.

    M belongs to the projection: `dataclasses.replace(sparse_dfa(), feedback=SingleEntryProjection())`. The rule as it
    stands has dense feedback and thresholds 0, and is `dfa` or `adfa`, with its updates counted. The output layer has
    its exact error whatever the thresholds are.

    **Arguments:**

    - `error`: "final" or "online".
    - `local_factor`: "surrogate": f'(u) of the neurons; "device": g(u) of the backward device, any function or chain:
      gradient-free, with nothing of the forward system in the way back.

    **Raises:** `InputError` for another name.

    **Source:** sparse feedback: Crafton et al., Front. Neurosci. 13, 525 (2019); with a plain function in place of the
    derivative, for spiking networks, and its number of weight updates: "gradient-free training based on sparse direct
    feedback", Microelectronics & Computer (2025), doi:10.19304/J.ISSN1000-7180.2025.0212, of which the abstract alone
    is known to us: pattern, thresholds and counts are ours.
    """
    if local_factor not in LOCAL_FACTORS:
        raise InputError(f"`local_factor`: {unknown_name('local factor', local_factor, list(LOCAL_FACTORS))}")
    return direct_feedback("sparse_dfa", LOCAL_FACTORS[local_factor], error, gate=UpdateGate())
