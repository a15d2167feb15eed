"""The accuracy that counts: stated, a tolerance below the best or a baseline, or a margin above a constant g."""

import math
from dataclasses import dataclass
from typing import Literal

from physdfa.errors import InputError


@dataclass(frozen=True, kw_only=True)
class LevelRule:
    """The rule that sets the level of a working range.

    absolute: level = value;   best, baseline: level = reference - value / 100;   constant: reference + value / 100

    **Arguments:**

    - `kind`: "absolute"; "best", the best accuracy of the run; "baseline", the accuracy of another training;
      "constant", that of a constant g, which a device that helps beats.
    - `value`: a fraction 0 < value <= 1 if absolute, otherwise percentage points, 0 <= value < 100.

    **Raises:** `InputError` if the value leaves its range, such as a percentage for a fraction.
    """

    kind: Literal["absolute", "best", "baseline", "constant"] = "best"
    value: float = 1.0

    def __post_init__(self):
        if self.kind == "absolute" and not 0.0 < self.value <= 1.0:
            raise InputError(
                f"a level is an accuracy as a fraction, above 0 and at most 1; got {self.value:g}. Write 0.95 for 95 %."
            )
        if self.kind != "absolute" and not (math.isfinite(self.value) and 0.0 <= self.value < 100.0):
            what = "margin" if self.kind == "constant" else "tolerance"
            raise InputError(f"a {what} is in percentage points, from 0 to below 100; got {self.value:g}.")

    def accuracy(self, *, best: float, baseline: float | None = None) -> float:
        """The level as a fraction.

        **Raises:** `InputError` for a tolerance that leaves no accuracy above 0, or a margin that leaves none below 1.
        """
        if self.kind == "absolute":
            return self.value
        if self.kind in ("baseline", "constant") and baseline is None:
            raise ValueError("this level needs the accuracy of the baseline.")
        if self.kind == "constant" and baseline is not None:
            level = baseline + self.value / 100
            if level > 1:
                raise InputError(
                    f"{self.value:g} points above the {100 * baseline:.2f} % of a constant g is no accuracy; lower the "
                    "margin."
                )
            return level
        reference = best if self.kind == "best" or baseline is None else baseline
        level = reference - self.value / 100
        if level <= 0:
            raise InputError(
                f"{self.value:g} points below {100 * reference:.2f} % is no accuracy above 0; lower the tolerance."
            )
        return level

    def words(self, level: float) -> str:
        """The level and where it comes from."""
        if self.kind == "absolute":
            return f"{100 * level:.2f} %"
        of = {"best": "below the best", "baseline": "below the baseline", "constant": "above a constant g"}[self.kind]
        return f"{100 * level:.2f} % ({self.value:g} {'point' if self.value == 1 else 'points'} {of})"
