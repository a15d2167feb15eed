"""What is asked of a run when its working range is sought."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from physdfa.analysis.working_range import DEFAULT_CONFIDENCE, LevelRule, checked_confidence
from physdfa.workflow.range.yields import checked_spread


@dataclass(frozen=True, kw_only=True)
class RangeOptions:
    """What is asked of a run.

    - `rule`: the level; one with kind "baseline" trains the rule `dfa`, with `baseline_seeds` seeds; one with kind
      "constant" a constant g, unless the run has it among its references.
    - `confidence`: probability of being right from which on a device is called inside or outside.
    - `spreads`: relative fabrication spreads at which a yield is trained; none without.
    - `drift`: standard deviation of the bias on top of them, a share of v_pi.
    - `yield_samples`: devices per place and spread; `at_ends`: at the interval ends as well as at the best point.
    - `curves`: redrawn curves of the measurement that the best point and points near the level are trained through.
    - `accept_incomplete`: read an interrupted run.

    **Raises:** `InputError` for a confidence that is no probability above one half, or a spread or drift that is none.
    """

    rule: LevelRule = field(default_factory=LevelRule)
    confidence: float = DEFAULT_CONFIDENCE
    baseline_seeds: int = 5
    spreads: Sequence[float] = ()
    drift: float = 0.0
    yield_samples: int = 24
    at_ends: bool = True
    curves: int = 0
    accept_incomplete: bool = False

    def __post_init__(self):
        checked_confidence(self.confidence)
        for std in (*self.spreads, self.drift):
            checked_spread(std)
