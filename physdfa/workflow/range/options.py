"""What is asked of a run when its working range is sought."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from physdfa.analysis.working_range import DEFAULT_CONFIDENCE, LevelRule, checked_confidence
from physdfa.errors import InputError
from physdfa.workflow.range.spreads import OwnSpread, checked_spread


@dataclass(frozen=True, kw_only=True)
class RangeOptions:
    """What is asked of a run.

    - `rule`: the level; one with kind "baseline" trains the rule `dfa`, with `baseline_seeds` seeds; one with kind
      "constant" a constant g, unless the run has it among its references.
    - `confidence`: probability of being right from which on a device is called inside or outside.
    - `spreads`: relative fabrication spreads at which a yield is trained; `own_spreads`: of single parameters, in the
      place of these. No yield without either.
    - `drift`: standard deviation of biases and offsets on top of them, a share of v_pi or of the drive span.
    - `yield_samples`: devices per place and spread; `at_ends`: at the interval ends as well as at the best point.
    - `curves`: redrawn curves of the measurement that the best point and points near the level are trained through.
    - `tolerance`: share of devices that is to reach the level in the largest joint tolerance box, 0.5 ... 1; None: no
      box is looked for. `tolerance_samples`: devices that are trained in a box.
    - `verify`: fresh devices called inside, and as many called outside, that are trained to test the verdicts.
    - `accept_incomplete`: read an interrupted run.

    **Raises:** `InputError` for a confidence or a tolerance that is no share above one half, or a spread or drift that
    is none.
    """

    rule: LevelRule = field(default_factory=LevelRule)
    confidence: float = DEFAULT_CONFIDENCE
    baseline_seeds: int = 5
    spreads: Sequence[float] = ()
    own_spreads: Sequence[OwnSpread] = ()
    drift: float = 0.0
    yield_samples: int = 24
    at_ends: bool = True
    curves: int = 0
    tolerance: float | None = None
    tolerance_samples: int = 48
    verify: int = 0
    accept_incomplete: bool = False

    def __post_init__(self):
        checked_confidence(self.confidence)
        for std in (*self.spreads, self.drift, *(own.amount for own in self.own_spreads if not own.unit)):
            checked_spread(std)
        if self.tolerance is not None and not 0.5 <= self.tolerance < 1:
            raise InputError(
                f"the yield of a joint tolerance is a share from 0.5 to below 1; got {self.tolerance:g}. Write 0.9 for "
                "90 %."
            )
        for own in self.own_spreads:
            if not 0 < own.amount < math.inf:
                raise InputError(f"{own}: a spread is above 0; leave {own.name} out, and it stays where it is.")

    @property
    def has_yield(self) -> bool:
        """Whether devices that stray are to be trained."""
        return bool(self.spreads or self.own_spreads)
