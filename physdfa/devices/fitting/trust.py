"""Doubts about a fit, in words."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from physdfa.devices.fitting.model import Sweep
from physdfa.devices.fitting.uncertainty import Uncertainty, largest_ratio

LARGEST_CORRELATION = 0.99
LARGEST_CONDITION = 1e3
"""Largest condition of the Jacobian with columns of length 1. A pair alone reaches it at a correlation of 0.999998."""

LEAST_DURBIN_WATSON = 1.4
"""Least statistic without a warning: neighbours then correlate by 0.3. It is 2 without order, 0 for a smooth curve."""


_ROUNDING = 1e-6
"""Share of the output's swing below which residuals are those of digits, and in order like these."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The facts that the warnings are read from.

    **Arguments:**

    - `values`, `units`: the reported parameters; `known`: how well the data hold them.
    - `sweep`: what was driven; `swing`: largest less least output.
    - `others`: parameters of further optima that are as good.
    - `residuals`: [samples] in the order of the drive, one array per direction of the sweep.
    - `floor`: the least output of the model, where it reports an extinction ratio.
    - `num_at_best` of `starts`: searches that ended at the optimum.
    """

    values: Mapping[str, float]
    units: Mapping[str, str]
    known: Uncertainty
    sweep: Sweep
    swing: float
    others: Sequence[Mapping[str, float]]
    residuals: Sequence[np.ndarray]
    floor: float | None
    num_at_best: int
    starts: int


def warnings_of(evidence: Evidence) -> tuple[str, ...]:
    """One sentence for each reason to doubt a fit; none for a good one."""
    checks = (_held, _short, _correlated, _floor, _ordered, _ambiguous, _rarely_found)
    return tuple(sentence for check in checks for sentence in check(evidence))


def durbin_watson(residuals: Sequence[np.ndarray]) -> float:
    """Sum of squared differences of neighbours over the sum of squares, over all sweeps: 2 without order, 0 smooth.

    **Source:** J. Durbin & G. S. Watson, Biometrika 37, 409 (1950).
    """
    squares = sum(float(sweep @ sweep) for sweep in residuals)
    steps = sum(float(np.sum(np.diff(sweep) ** 2)) for sweep in residuals)
    return steps / squares if squares > 0 else 2.0


def quantity(value: float, unit: str) -> str:
    """A value with its unit, to four digits."""
    return f"{value:.4g} {unit}".rstrip()


def _held(evidence: Evidence) -> Iterator[str]:
    for name in evidence.known.at_bound:
        if name == "floor":  # has a sentence of its own, `_floor`
            continue
        where = f" ({quantity(evidence.values[name], evidence.units[name])})" if name in evidence.values else ""
        yield (
            f"`{name}` ended at the end of its range{where}: the data do not hold it, and it has no standard error; "
            f"{_errors_of_others(evidence)}."
        )


def _errors_of_others(evidence: Evidence) -> str:
    """A sentence on the worth of the other standard errors beside a parameter at its bound."""
    if evidence.known.is_held:
        return "the standard errors of the others hold only if it lies there"
    return "the standard errors of the others allow for its lying elsewhere"


def _short(evidence: Evidence) -> Iterator[str]:
    half_wave, span = evidence.values.get("v_pi"), evidence.sweep.span
    if half_wave is not None and half_wave > span:
        yield (
            f"the sweep of {quantity(span, 'V')} is shorter than the half wave of {quantity(half_wave, 'V')}: v_pi and "
            "the extinction rest on the curvature alone; sweep from the least to the largest output."
        )


def _correlated(evidence: Evidence) -> Iterator[str]:
    known, names = evidence.known, list(evidence.values)
    undetermined = not math.isfinite(known.condition)
    if undetermined:
        yield "the data do not determine all parameters: without standard errors, take none of the values alone."
    for i, first in enumerate(names):
        for j, second in enumerate(names[:i]):
            if abs(known.correlation[i, j]) > LARGEST_CORRELATION:
                yield (
                    f"`{second}` and `{first}` are correlated by {known.correlation[i, j]:.3f}: the data hold a "
                    "combination of the two much better than each."
                )
    if not undetermined and known.condition > LARGEST_CONDITION:
        yield f"the parameters nearly depend on each other (condition number {known.condition:.2g}): sweep farther."


def _floor(evidence: Evidence) -> Iterator[str]:
    noise, floor = evidence.known.residual_std, evidence.floor
    if floor is not None and floor < noise:
        unit = evidence.units["peak_output"]
        least = 10.0 * math.log10(evidence.values["peak_output"] / (floor + 2.0 * noise))
        others = ""
        if "floor" in evidence.known.at_bound:
            others = f"; it ended at its bound, and {_errors_of_others(evidence)}"
        yield (
            f"the least output ({quantity(floor, unit)}) lies below the residual noise ({quantity(noise, unit)}): "
            f"take extinction_ratio_db as a lower limit of about {least:.0f} dB{others}."
        )


def _ordered(evidence: Evidence) -> Iterator[str]:
    known = evidence.known
    if known.residual_std < _ROUNDING * evidence.swing or known.neighbours == 0:
        return
    num_samples = sum(map(len, evidence.residuals))
    statistic = durbin_watson(evidence.residuals)
    # Its standard deviation without order is 2 / sqrt(n).
    if statistic < min(LEAST_DURBIN_WATSON, 2.0 - 6.0 / math.sqrt(num_samples)):
        yield (
            f"neighbouring residuals are alike (Durbin-Watson {statistic:.2f}, 2 without order): the model misses part "
            f"of the curve. The standard errors allow for errors that correlate by {known.neighbours:.2f} from sample "
            f"to sample: up to {largest_ratio(known.std, known.independent_std):.1f} times what they would be without."
        )


def _ambiguous(evidence: Evidence) -> Iterator[str]:
    for other in evidence.others:
        found = ", ".join(f"{name} = {quantity(value, evidence.units[name])}" for name, value in other.items())
        yield f"other parameters fit as well: {found}; sweep farther or more finely to tell them apart."


def _rarely_found(evidence: Evidence) -> Iterator[str]:
    if 10 * evidence.num_at_best < evidence.starts:
        yield (
            f"only {evidence.num_at_best} of {evidence.starts} searches ended at this optimum: a better one may be "
            "hidden; try more starts."
        )
