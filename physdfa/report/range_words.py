"""A working range in words, for the terminal and for the report's page."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from physdfa.analysis.working_range import (
    Axis,
    Calibration,
    Interval,
    LevelRule,
    Margin,
    PredictedShare,
    Share,
    WorkingRange,
    wilson,
)
from physdfa.report.curve_words import curve_facts, curve_table
from physdfa.report.formatting import ABSENT, FEW_DIGITS, accuracy, engineering, interval, number, parameter_value
from physdfa.report.formatting import percent as percent_of
from physdfa.report.table import Table

ENDS = {"level": "", "box": " (end of the declared range)", "unknown": " (not known beyond)"}

SEVERAL = {1: "", 2: " of both", 3: " of all three", 4: " of all four"}

percent = partial(percent_of, digits=FEW_DIGITS)


def range_facts(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Level, best point, share of the box that works, and trust in the surrogate: (name, words) each."""
    found = WorkingRange.from_dict(record["range"])
    said = found.surrogate.cross_validation
    near = said.rmse_near(found.level, 0.05)
    largest = f"the largest measured is {accuracy(found.best_measured)}"
    best = f"{accuracy(found.best_accuracy)}{best_interval(found)}; {largest}"
    facts = [("Level", found.rule.words(found.level))]
    if record["baseline"] is not None:
        mean, num = record["baseline"]["accuracy"], len(record["baseline"]["accuracies"])
        name = "Constant g" if record["baseline"]["rule"] == "constant" else "DFA baseline"
        facts.append((name, f"{accuracy(mean)} (mean of {num} seeds)"))
    if (other := other_level(record)) is not None:
        reached = f"reached by {other.num_points} of {found.num_points} points"
        facts.append((f"{other.word.capitalize()}: {other.meaning}", f"{accuracy(other.accuracy)}, {reached}"))
    if found.ranges:
        facts.append(("With the others at best", alone_text(found)))
    if (joint := record.get("tolerance")) is not None:
        facts.append((f"Jointly, at {percent(joint['wanted'])} yield", joint_text(joint, found.axes)))
    point = ", ".join(f"{axis.key} = {_with_unit(found.best[axis.key], axis)}" for axis in found.axes)
    facts += [("Best point", point), ("Evaluated points", _points(found)), ("Best accuracy", best)]
    if found.scatter is not None:
        facts.append(("One measured accuracy at the level", scatter_text(found)))
    if found.counted is not None:
        facts.append(("Share of the box that works, counted", share_text(found.counted)))
    if found.predicted is not None:
        facts.append(("Share of the box that works, predicted", share_text(found.predicted)))
        facts.append((f"Box by verdict, {percent(found.confidence)} sure", verdict_shares(found.predicted)))
    near_level = f" ({100 * near:.2f} within 5 points of the level)" if near is not None else ""
    right = f"{percent(said.right(found.level))} told rightly inside or outside"
    error = f"error {100 * said.rmse:.2f} points{near_level}, {right} ({said.folds}-fold cross-validation)"
    facts.append(("Surrogate on unseen points", error))
    if found.calibration is not None:
        facts.append((f"Verdicts on unseen points, {percent(found.confidence)} sure", told_text(found.calibration)))
    if record.get("verified"):
        facts.append((f"Fresh devices, trained, {percent(found.confidence)} sure", verified_text(record["verified"])))
    return [*facts, *curve_facts(record)]


def verified_text(devices: Sequence[Mapping[str, Any]]) -> str:
    """Of fresh devices of either verdict, how many were as they were called."""
    parts = []
    for side, was in (("inside", "work"), ("outside", "do not")):
        own = [device["works"] == (side == "inside") for device in devices if device["said"] == side]
        low, high = (percent(end) for end in wilson(sum(own), len(own)))
        parts.append(f"{sum(own)} of {len(own)} called {side} {was} ({low} … {high})")
    return ", ".join(parts)


def _with_unit(value: Any, axis: Axis) -> str:
    """A value as a config has it, and its unit."""
    return f"{parameter_value(value)} {axis.unit}".rstrip()


def alone_text(found: WorkingRange) -> str:
    """Of each parameter the interval around the best point: `device.drive_gain 0.9 … 2.3 V`."""
    parts = []
    for axis, one in zip(found.axes, found.ranges, strict=True):
        own = next((each for each in one.conditional if one.below and each.low <= one.best <= each.high), None)
        if axis.is_choice:
            parts.append(f"{axis.key} {works_text(axis, (), one.working_choices)}")
        elif own is not None:
            ends = " (declared range)" if own.low_end == own.high_end == "box" else ""
            parts.append(f"{axis.key} {_from_to((own.low, own.high), axis.unit)}{ends}")
    return ", ".join(parts) or "no parameter can be told to work around the best"


def joint_text(joint: Mapping[str, Any], axes: Sequence[Axis]) -> str:
    """The largest joint tolerance, each end in the parameter's unit, and what training said of it and larger ones."""
    *larger, box = joint["boxes"]
    parts = [
        f"{axis.key} {_from_to(box['ends'][axis.key], axis.unit)} (of {_scale_text(joint['scales'][axis.key], axis)}"
        f"{', up to the declared range' if axis.key in box['clipped'] else ''})"
        for axis in axes
        if axis.key in box["ends"]
    ]
    stay = [axis.key for axis in axes if axis.key not in box["ends"]]
    parts += [f"{', '.join(stay)} at the best"] if stay else []
    several = SEVERAL.get(len(box["ends"]), f" of all {len(box['ends'])}")
    least = "at least " if box["low"] > joint["wanted"] else ""
    text = f"{least}± {percent(box['share'])}{several}: {', '.join(parts)}; {_trained_text(box)}"
    if larger:
        said = "; ".join(f"± {percent(each['share'])}, {_trained_text(each)}" for each in larger)
        text += f". Training contradicted larger ones: {said}"
    return text if joint["is_verified"] else f"NOT VERIFIED, training contradicts it: {text}"


def _scale_text(scale: Sequence[Any], axis: Axis) -> str:
    amount, of = scale
    return of if of == "its value" else f"{of}, {engineering(amount, axis.unit)}"


def _trained_text(box: Mapping[str, Any]) -> str:
    interval = f"{percent(box['low'])} … {percent(box['high'])}"
    return (
        f"{sum(box['works'])} of {len(box['works'])} trained devices reach the level ({interval}), "
        f"{percent(box['predicted'])} expected"
    )


def _from_to(ends: Sequence[float], unit: str) -> str:
    low, high = ends
    return interval((low, high), unit).replace(" to ", " … ")


def best_interval(found: WorkingRange) -> str:
    """The 95 % interval of the best accuracy, in brackets."""
    if found.best_low is None or found.best_high is None:
        return ""
    return f" (95 %: {number(100 * found.best_low)} … {percent_of(found.best_high)})"


def scatter_text(found: WorkingRange) -> str:
    """How far apart two accuracies must lie to be told apart: `± 1.27 points, of 239 validation images`."""
    images = f"{1 / found.surrogate.resolution:.0f} validation images"
    seeds = f" and {found.seeds} seeds" if found.seeds > 1 else ""
    return f"± {number(100 * (found.scatter or 0.0))} points, of {images}{seeds}"


class OtherLevel(NamedTuple):
    """The question about a device that the range was not asked: whether it helps, or whether it works.

    - `word`: "helps" or "works"; `meaning`: in words; `accuracy`: its level, a fraction.
    - `num_points`: evaluated points that reach it.
    """

    word: str
    meaning: str
    accuracy: float
    num_points: int


def other_level(record: Mapping[str, Any]) -> OtherLevel | None:
    """Beside "works" whether a device helps, and beside "helps" whether it works; None without a known constant.

    A device helps that beats the constant g of the run, one works that comes within a point of the best.
    """
    found, constant = WorkingRange.from_dict(record["range"]), record.get("constant")
    if constant is None:
        return None
    word, meaning, level = "helps", "above the constant g", float(constant["accuracy"])
    if found.rule.kind == "constant":
        rule = LevelRule()
        word, meaning, level = "works", "within a point of the best", rule.accuracy(best=found.best_accuracy)
    return OtherLevel(word, meaning, level, sum(one >= level for one in found.surrogate.accuracy))


def verdict_shares(share: PredictedShare) -> str:
    """Shares of the box by verdict: `44 % inside, 44 % outside, 12 % too close to tell`."""
    parts = [(share.inside, "inside"), (share.outside, "outside"), (share.too_close, "too close to the edge to tell")]
    if share.unknown:
        parts.append((share.unknown, "not known"))
    return ", ".join(f"{percent(part)} {name}" for part, name in parts)


def told_text(calibration: Calibration) -> str:
    """The number of unseen points with each verdict, and how many of these verdicts were right."""
    parts = [
        f"{told.right} of {told.num} {name} right ({percent(told.right_low)} … {percent(told.right_high)})"
        for name, told in (("inside", calibration.inside), ("outside", calibration.outside))
    ]
    parts.append(f"{calibration.too_close.num} too close to the edge to tell")
    if calibration.unknown:
        parts.append(f"{calibration.unknown} not known")
    return ", ".join(parts)


def _points(found: WorkingRange) -> str:
    seeds = f", {found.seeds} seeds each" if found.seeds > 1 else ""
    failed = f", {found.num_failed} failed" if found.num_failed else ""
    return f"{found.num_points}{seeds}; {found.num_working} reach the level{failed}"


def range_tables(record: Mapping[str, Any]) -> list[Table]:
    """Tables of intervals, redrawn curves, calibration, sensitivity and yields, without those that have no rows."""
    found = WorkingRange.from_dict(record["range"])
    tables = []
    if found.ranges:
        tables.append(interval_table(found))
    if (redrawn := curve_table(record)) is not None:
        tables.append(redrawn)
    if found.calibration is not None:
        tables.append(calibration_table(found.calibration))
    tables += [sensitivity_table(entry) for entry in record["sensitivity"]]
    if record["yields"]:
        tables.append(yield_table(record["yields"], found.axes))
    return tables


def interval_table(found: WorkingRange) -> Table:
    """A row per parameter."""
    rows = []
    for axis, axis_range in zip(found.axes, found.ranges, strict=True):
        top = max(range(len(axis_range.marginal_share)), key=axis_range.marginal_share.__getitem__)
        rows.append(
            [
                axis.key,
                axis.unit or ABSENT,
                parameter_value(axis_range.best),
                works_text(axis, axis_range.conditional, axis_range.working_choices),
                works_text(axis, axis_range.confident, axis_range.confident_choices),
                margin_text(axis_range.below),
                margin_text(axis_range.above),
                f"{percent(axis_range.marginal_share[top])} at {parameter_value(axis_range.marginal_values[top])}",
            ]
        )
    works, others = "works from … to, others at best", "largest share of the others"
    surely = f"{percent(found.confidence)} sure from … to"
    header = ["parameter", "unit", "best", works, surely, "margin below", "margin above", others]
    return Table(title="Working range of each parameter", header=header, rows=rows)


def calibration_table(calibration: Calibration) -> Table:
    """A row per band of stated confidence; bands without a point are left out."""
    rows = [
        [
            f"{percent(told.low)} … {percent(told.high)}",
            str(told.num),
            percent(told.stated),
            f"{percent(told.right / told.num)} ({percent(told.right_low)} … {percent(told.right_high)})",
        ]
        for told in calibration.bands
        if told.stated is not None
    ]
    return Table(
        title="How often the likelier side was right, of points that the surrogate had not seen",
        header=["stated probability", "points", "stated, mean", "right (95 % interval)"],
        rows=rows,
    )


def works_text(axis: Axis, intervals: Sequence[Interval], choices: Sequence[Any]) -> str:
    """The intervals or choices that work while the others stand at the best."""
    if axis.is_choice:
        return ", ".join(map(str, choices)) or "none"
    return "; ".join(interval_text(interval) for interval in intervals) or "none"


def interval_text(interval: Interval) -> str:
    """An interval as `0.31 … 4.2`, with a word where the declared range ends it."""
    low, high = parameter_value(interval.low), parameter_value(interval.high)
    if interval.low_end == interval.high_end == "box":
        return f"{low} … {high} (all of the declared range)"
    return f"{low}{ENDS[interval.low_end]} … {high}{ENDS[interval.high_end]}"


def margin_text(margin: Margin | None) -> str:
    """The distance to an edge in the parameter's unit and as a share; `>=` where the box ends first."""
    if margin is None:
        return ABSENT
    bound = "" if margin.end == "level" else ">= "
    relative = "" if margin.relative is None else f" ({bound}{percent(margin.relative)})"
    return f"{bound}{number(margin.absolute)}{relative}"


def sensitivity_table(entry: Mapping[str, Any]) -> Table:
    """A row per parameter, the most important first."""
    names = ("total", "first") if entry["method"] == "sobol" else ("mean_absolute", "mean", "spread")
    heads = {"total": "total", "first": "first order", "mean_absolute": "mu*", "mean": "mu", "spread": "sigma"}
    ranked = sorted(entry["indices"], key=lambda index: -index[names[0]]["value"])
    rows = [[index["key"], *(estimate_text(index[name]) for name in names)] for index in ranked]
    source = "from the surrogate" if entry["source"] == "surrogate" else "from the evaluated points"
    title = f"{'Sobol indices' if entry['method'] == 'sobol' else 'Morris effects'}, {source}"
    if entry["source"] == "surrogate":
        title += f" (it explains {percent(entry['explained'])} of the variance of unseen points)"
    return Table(title=title, header=["parameter", *(heads[name] for name in names)], rows=rows)


def yield_table(yields: Sequence[Mapping[str, Any]], axes: Sequence[Axis]) -> Table:
    """A row per place and spread."""
    rows = []
    for each in yields:
        predicted = ABSENT if each["predicted"] is None else percent(each["predicted"])
        if each["predicted_unknown"]:
            predicted += f" ({percent(each['predicted_unknown'])} not known)"
        trained = f"{percent(each['share'])} ({percent(each['low'])} … {percent(each['high'])})"
        if each["failed"]:
            trained += f", {each['failed']} failed"
        spread = ABSENT if each["spread"] is None else percent(each["spread"])
        drift = f" + drift {percent(each['drift'])}" if each["drift"] else ""
        deviations = each.get("deviations", {})  # of an earlier version: unknown
        stray = ", ".join(
            axis.key + (f" ± {engineering(deviations[axis.key], axis.unit)}" if axis.key in deviations else "")
            for axis in axes
            if axis.key in each["parameters"]
        )
        rows.append([each["place"], spread + drift, stray, str(each["num"]), trained, predicted])
    return Table(
        title="Yield: devices that still reach the level",
        header=[
            "made like",
            "spread",
            "standard deviation",
            "devices",
            "trained: share (95 % interval)",
            "predicted",
        ],
        rows=rows,
    )


def share_text(share: Share | PredictedShare) -> str:
    """A share with its 95 % interval, `31.2 % (95 %: 27.5 … 35.1 %)`."""
    return f"{percent_of(share.share)} (95 %: {number(100 * share.low)} … {percent_of(share.high)})"


def estimate_text(estimate: Mapping[str, float]) -> str:
    """An estimate with its interval, `0.310 (0.250 … 0.370)`."""
    return f"{estimate['value']:.3f} ({estimate['low']:.3f} … {estimate['high']:.3f})"
