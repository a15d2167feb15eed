"""What keeps a reader from misreading a range, and what would answer where there is none: sentences."""

import math
from collections.abc import Mapping
from typing import Any

from physdfa.analysis.working_range import WorkingRange
from physdfa.analysis.working_range.advice import Advice
from physdfa.report.formatting import interval, parameter_value
from physdfa.workflow.range.finished import FinishedRun

MOST_OUTSIDE = 0.1
"""Share of the drives beyond the measured ones, from which on it is said."""


def range_notes(found: WorkingRange) -> list[str]:
    """What keeps a reader from misreading the range, one sentence each."""
    notes = []
    if not found.trusted:
        said = found.surrogate.cross_validation
        notes.append(
            f"The surrogate tells inside from outside for {100 * said.right(found.level):.0f} % of unseen points "
            f"(calling all alike: {100 * said.right_alike(found.level):.0f} %), and explains "
            f"{100 * max(said.explained, 0.0):.0f} % of their variance (calling all alike: 0 %): no interval, map or "
            "verdict is drawn from it."
        )
    if found.times_too_few > 1:
        images = 1 / found.surrogate.resolution
        notes.append(
            f"A tolerance of {found.rule.value:g} points is {found.rule.value / 100 * images:.1f} of {images:.0f} "
            "validation images, "
            f"and one measured accuracy scatters by {100 * (found.scatter or 0.0):.2f} points at the level: this "
            f"tolerance is resolved by {math.ceil(found.times_too_few * found.seeds)} seeds each, or by a validation "
            f"split {math.ceil(found.times_too_few)} times as large; below that, only many points together tell."
        )
    if not found.is_best_resolved:
        low, high = (100 * (end or 0.0) for end in (found.best_low, found.best_high))
        notes.append(
            f"The best accuracy lies between {low:.1f} and {high:.1f} % (95 %), too wide to say what lies within "
            f"{found.rule.value:g} points of it: no share is predicted. State a level, or evaluate more points."
        )
    if found.num_alone:
        notes.append(
            f"{found.num_alone} points reach the level far above all that their neighbours say: what works is narrower "
            "than the points lie apart, so no share is predicted. Evaluate more points around them."
        )
    if found.num_working == found.num_points:
        notes.append("Every evaluated point reaches the level: the range has no edge inside this box; widen it.")
    if found.trusted and found.best_accuracy < found.level:
        notes.append(
            "The best point was measured above the level, but is predicted below it: it may have been lucky. Evaluate "
            "several seeds each."
        )
    if found.counted is None:
        instead = (
            "not counted but predicted: it holds as far as the surrogate does."
            if found.predicted
            else "neither counted nor predicted."
        )
        notes.append(f"The points are not spread evenly over the box, so the share that works is {instead}")
    return notes


def run_notes(
    finished: FinishedRun, found: WorkingRange, curve: Mapping[str, Any] | None, constant: Mapping[str, Any] | None
) -> list[str]:
    """What sets the range beside the rest of its run, one sentence each."""
    notes = []
    other = finished.run.read_summary().get("best")
    if isinstance(other, Mapping) and any(other.get(axis.key) != found.best[axis.key] for axis in found.axes):
        point = ", ".join(f"{axis.key} = {parameter_value(other.get(axis.key))}" for axis in found.axes)
        notes.append(
            "There are two best points. The range stands around the best by all points together; tested, and compared "
            f"with a constant g, was the one with the largest measured accuracy: {point}."
        )
    if curve is not None and curve["outside"] > MOST_OUTSIDE:
        ends = interval(tuple(curve["measured"]), curve["units"][0])
        notes.append(
            f"At the best point {100 * curve['outside']:.0f} % of the drives lie beyond the measured ones ({ends}): "
            f"there the answer is not known, but made up by outside = '{curve['policy']}'. Measure there, or sweep a "
            "narrower box."
        )
    if constant is not None and found.rule.kind != "constant" and constant["accuracy"] > found.level:
        notes.append(
            f"The level lies below what a constant g reaches ({100 * constant['accuracy']:.2f} %): part of the range "
            "is no better than no device. --helps 1 asks where it beats the constant by a point."
        )
    return notes


def advice_notes(finished: FinishedRun, found: WorkingRange, advice: Advice | None) -> list[str]:
    """What can be said where the surrogate is not trusted, and the command for more, one sentence each."""
    if advice is None:
        return []
    scatter = f"as one measured accuracy of the same device scatters ({100 * advice.scatter:.2f} points)"
    if advice.alike:
        return [
            f"Every device of this box works alike: the accuracies spread by {100 * advice.spread:.2f} points, no more "
            f"than {scatter}, and no parameter explains them. That is a finding: within the box the device does not "
            "limit the training."
        ]
    notes = [f"The accuracies spread by {100 * advice.spread:.2f} points over the box; {scatter.removeprefix('as ')}."]
    if advice.answerable:
        levels = ", ".join(f"{100 * low:.1f} … {100 * high:.1f} %" for low, high in advice.answerable)
        notes.append(f"Levels that these points could answer: {levels} (--level).")
    grow, run = "" if finished.kind == "sweep" else " (of a sweep of this box)", finished.run.path
    if advice.points is not None:
        notes.append(
            f"By the fall of its error, about {advice.points} more points would answer this level{grow}: "
            f"physdfa sweep {run} --add {advice.points}"
        )
    if found.times_too_few > 1:
        seeds = math.ceil((found.times_too_few - 1) * found.seeds)
        notes.append(
            f"{seeds} more seeds of each would resolve its tolerance{grow}: physdfa sweep {run} --add-seeds {seeds}"
        )
    return notes
