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
    - `asked`: by name what an `Asked` holds.
    """
    kept = earlier.get("yields", ()) if _has_level(earlier, level) else ()
    return next(((one["working"], one["failed"]) for one in kept if _is_same(one, asked)), None)


def kept_works(
    earlier: Mapping[str, Any], level: float, ends: Mapping[str, tuple[float, float]], num: int
) -> list[bool] | None:
    """Of the devices that were trained in a tolerance box with these ends: whether each works; None if none were."""
    if not _has_level(earlier, level):
        return None
    asked = {key: list(pair) for key, pair in ends.items()}
    boxes = (earlier.get("tolerance") or {}).get("boxes", ())
    return next((box["works"] for box in boxes if box["ends"] == asked and len(box["works"]) == num), None)


def other_part(earlier: Mapping[str, Any], record: Mapping[str, Any], name: str) -> Any:
    """A part of the earlier record that holds for the range of `record`, too; None without one."""
    return earlier.get(name) if _holds_for(earlier, record) else None


def other_yields(
    earlier: Mapping[str, Any], record: Mapping[str, Any], yields: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Yields of the earlier record that hold for the range of `record`, too, and are none of `yields`."""
    kept = earlier.get("yields", ()) if _holds_for(earlier, record) else ()
    return [one for one in kept if not any(_is_same(one, each) for each in yields)]


def _holds_for(earlier: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Whether a range is that of an earlier record: the same level, best point and number of points."""
    before, now = earlier.get("range", {}), record["range"]
    return _has_level(earlier, now["level"]) and all(before.get(name) == now[name] for name in ("num_points", "best"))


def _has_level(earlier: Mapping[str, Any], level: float) -> bool:
    """Whether devices of an earlier record were counted to this level."""
    before = earlier.get("range", {}).get("level")
    return before is not None and math.isclose(before, level, rel_tol=SAME)


def _is_same(kept: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Whether two yields are of the same devices."""
    return (
        all(same_value(kept[name], asked[name]) for name in ("parameters", "spread", "drift", "num"))
        and same_values(kept["values"], asked["values"])
        and _alike(kept.get("deviations", asked["deviations"]), asked["deviations"])  # earlier: of the spread alone
    )


def _alike(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Whether standard deviations are the same but for what a processor's rounding makes of a drive span."""
    return one.keys() == other.keys() and all(math.isclose(one[key], other[key], rel_tol=1e-4) for key in one)


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
