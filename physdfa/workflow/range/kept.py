"""Trainings that an earlier `range` of the same run made: another confidence, or newer code, does not repeat them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from physdfa.errors import RunFolderError
from physdfa.store import RunFolder
from physdfa.store.derived import RANGE, read_derived

SAME = 1e-9
"""Relative: an interval's end is found again to rounding."""


def earlier_record(run: RunFolder) -> Mapping[str, Any]:
    """What `range.json` of the run holds, of whatever format; empty where it is absent or damaged."""
    try:
        return read_derived(run, RANGE) if (run.path / RANGE).exists() else {}
    except RunFolderError:
        return {}


def kept_baseline(earlier: Mapping[str, Any], values: Mapping[str, Any], num_seeds: int) -> dict[str, Any] | None:
    """The baseline of the earlier range, if it was of these values and so many seeds; None otherwise."""
    kept = earlier.get("baseline")
    if not kept or len(kept["accuracies"]) != num_seeds or not same_values(kept["values"], values):
        return None
    return dict(kept)


def kept_yield(earlier: Mapping[str, Any], level: float, asked: Mapping[str, Any]) -> tuple[int, int] | None:
    """Of the devices that were trained as `asked`: those at the level, and those that failed; None if none were.

    **Arguments:**

    - `level`: to which they were counted.
    - `asked`: `values`, `parameters`, `spread`, `drift` and `num` of a `Yield`.
    """
    before = earlier.get("range", {}).get("level")
    if before is None or not math.isclose(before, level, rel_tol=SAME):
        return None
    for kept in earlier.get("yields", ()):
        if all(
            same_value(kept[name], asked[name]) for name in ("parameters", "spread", "drift", "num")
        ) and same_values(kept["values"], asked["values"]):
            return kept["working"], kept["failed"]
    return None


def same_values(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two points are the same one."""
    return one.keys() == other.keys() and all(same_value(one[key], other[key]) for key in one)


def same_value(one: Any, other: Any) -> bool:
    """Equal, numbers to rounding, lists and tuples alike."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=SAME)
    if isinstance(one, Sequence) and isinstance(other, Sequence) and not isinstance(one, str):
        return list(one) == list(other)
    return one == other
