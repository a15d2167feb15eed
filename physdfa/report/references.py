"""The best device beside a constant g, `dfa` and a frozen layer, in words and numbers."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from physdfa.report.formatting import ABSENT, accuracy, as_number, as_numbers, number, parameter_value, percent
from physdfa.report.table import Table

BEST, CONSTANT = "best", "constant"
NAMES = {BEST: "best device", CONSTANT: "constant g", "dfa": "dfa", "readout_only": "frozen layer"}
"""Names of the references in a summary, and in words."""
OPEN_POINTS = 1.0
"""Percentage points below which a gain whose interval includes 0 is called none and not an open question, and a loss
none."""


class ReferenceLine(NamedTuple):
    """A level in a figure: what reaches it, and its mean validation accuracy, a fraction."""

    name: str
    accuracy: float


def reference_rows(summary: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The references in a summary; empty for runs that have none."""
    rows = summary.get("references")
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def reference_lines(summary: Mapping[str, Any]) -> list[ReferenceLine]:
    """The levels of the best constant, `dfa` and the frozen layer, those that trained; not of the best device."""
    found: dict[str, float] = {}
    for row in reference_rows(summary):
        name, mean = str(row.get("name")), as_number(row.get("validation_accuracy"))
        if name in NAMES and name != BEST and mean is not None:
            found[name] = max(mean, found.get(name, mean))
    return [ReferenceLine(NAMES[name], mean) for name, mean in found.items()]


def gain_sentences(summary: Mapping[str, Any]) -> list[str]:
    """What the device is worth, in one or two sentences; empty for runs without references."""
    rows = reference_rows(summary)
    if "gain" not in summary or not rows:
        return []
    lines = {line.name: accuracy(line.accuracy) for line in reference_lines(summary)}
    others = [f"{name} reaches {lines[named]}" for name, named in WORDS.items() if named in lines]
    told = f"; {', '.join(others)}" if others else ""
    return [*_gain_sentence(summary["gain"], rows, lines, told), *_alike_sentence(summary.get("alike"))]


def _gain_sentence(gain: object, rows: Sequence[Mapping[str, Any]], lines: Mapping[str, str], told: str) -> list[str]:
    if not isinstance(gain, Mapping):
        reason = next((str(row["reason"]) for row in rows if row.get("reason")), "too few seeds trained")
        return [f"Whether the device matters cannot be told: {reason}{told}."]
    mean, low, high = (float(gain[name]) for name in ("mean", "low", "high"))
    interval = f"{low:+.1f} ... {high:+.1f}, 95 %"
    constant = f"a constant g ({lines.get(NAMES[CONSTANT], ABSENT)})"
    seeds = f"{gain.get('num_seeds')} fresh seeds"
    if low > 0:
        return [f"The best device gains {mean:.1f} points ({interval}, {seeds}) over {constant}{told}."]
    if high < 0 and mean <= -OPEN_POINTS:  # less than that the choice of the best constant may have made
        return [f"The best device loses {-mean:.1f} points ({interval}, {seeds}) against {constant}{told}."]
    gains = f"over {constant} the best one gains {mean:+.1f} points ({interval}, {seeds}){told}"
    if mean < OPEN_POINTS:
        return [f"The device does not matter here: {gains}."]
    return [f"Whether the device matters is open: {gains}. More references, or validation samples, would tell."]


def _alike_sentence(alike: object) -> list[str]:
    if not isinstance(alike, Mapping) or not alike.get("is_alike"):
        return []
    return [
        f"The {alike.get('num_candidates')} candidates differ no more than seeds do (standard deviation "
        f"{number(alike.get('std'))} points, by seeds alone {number(alike.get('seed_std'))}): every one of them works "
        "alike here."
    ]


WORDS = {"dfa": NAMES["dfa"], "a frozen layer": NAMES["readout_only"]}
"""How a sentence calls the references beside the constant."""


def reference_cells(row: Mapping[str, Any]) -> list[str]:
    """Name, accuracy and accuracy of each seed of a reference."""
    name, value = str(row.get("name")), _value(row)
    words = NAMES.get(name, name) + ("" if value is None else f" = {parameter_value(value)}")
    mean, std = as_number(row.get("validation_accuracy")), as_number(row.get("validation_accuracy_std"))
    each = ", ".join(f"{100 * one:.2f}" for one in as_numbers(row.get("accuracies"))) or ABSENT
    return [words, accuracy(mean, std), each]


def references_table(summary: Mapping[str, Any]) -> Table | None:
    """The references with their accuracies; None for runs without."""
    rows = reference_rows(summary)
    if not rows:
        return None
    text = (
        "Trained as the candidates are, with the same network, budget and values that are no device's, from fresh "
        "seeds; seed by seed from the same weights, batches and feedback. Of the constants the best one counts, which "
        "favours it."
    )
    if isinstance(gain := summary.get("gain"), Mapping):
        text += f" Probability that the gain over it is above 0: {percent(gain.get('confidence'))}."
    header = ["trained alike", "validation accuracy", "each seed [%]"]
    cells = [reference_cells(row) for row in rows]
    return Table(header=header, rows=cells, numeric=(1,), title="Does the device matter?", text=text)


def _value(row: Mapping[str, Any]) -> float | None:
    values = row.get("values")
    return (
        as_number(values.get("device.value")) if isinstance(values, Mapping) and row.get("name") == CONSTANT else None
    )
