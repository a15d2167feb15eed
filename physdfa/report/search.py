"""The page's part on a search with several objectives, and on its early stopping."""

from collections.abc import Mapping

from physdfa.report.formatting import ABSENT, accuracy, as_number, count, engineering, parameter_value, percent
from physdfa.report.labels import ParameterLabels
from physdfa.report.reading import RunRecord
from physdfa.report.references import reference_lines
from physdfa.report.table import Table

MOST_OF_FRONT_SHOWN = 20


def front_of(record: RunRecord) -> list[Mapping[str, object]]:
    """The front in the summary; empty where there is none."""
    front = record.summary.get("front")
    return [row for row in front if isinstance(row, Mapping)] if isinstance(front, list) else []


def pareto_table(record: RunRecord, labels: ParameterLabels) -> Table | None:
    """The candidates of the front with their objectives and parameters."""
    front = front_of(record)
    if not front:
        return None
    objectives, values = _mapping(front[0], "objectives"), _mapping(front[0], "values")
    keys = labels.axis_labels(map(str, values))
    rows = [
        [
            str(entry.get("candidate", ABSENT)),
            *(objective_text(str(name), _mapping(entry, "objectives").get(name)) for name in objectives),
            *(parameter_value(_mapping(entry, "values").get(key)) for key in keys),
        ]
        for entry in front[:MOST_OF_FRONT_SHOWN]
    ]
    rows += [
        [
            line.name,
            *(accuracy(line.accuracy) if name == "accuracy" else ABSENT for name in objectives),
            *[ABSENT] * len(keys),
        ]
        for line in reference_lines(record.summary)
    ]
    header = ["candidate", *(str(name).replace("_", " ") for name in objectives), *keys.values()]
    shown = min(len(front), MOST_OF_FRONT_SHOWN)
    hidden = len(front) - shown
    text = f"The {shown} most accurate; summary.json holds the other {hidden}." if hidden else ""
    title = f"The front: {len(front)} candidates that no other beats"
    return Table(header=header, rows=rows, numeric=range(1, len(header)), title=title, text=text)


def halving_table(record: RunRecord) -> Table | None:
    """The saving of early stopping, and its risk."""
    said = record.summary.get("halving")
    if not isinstance(said, Mapping):
        return None
    correlation = as_number(said.get("rank_correlation"))
    rows = [
        ["epochs trained", count(said.get("epochs_trained"))],
        ["epochs of the full budget", count(said.get("epochs_of_full_budget"))],
        ["saved", percent(said.get("share_saved"))],
        ["candidates dropped", count(said.get("num_dropped"))],
        ["of these trained to the end to see", count(said.get("num_checked"))],
        ["of these wrongly dropped", count(said.get("num_wrongly_dropped"))],
        ["rank correlation, first rung and end", ABSENT if correlation is None else f"{correlation:.2f}"],
    ]
    text = (
        "Wrongly dropped: ended above the worst candidate of its generation that was kept to the end. The correlation "
        f"is Spearman's over the {count(said.get('num_correlated'))} candidates that trained to the end."
    )
    title = "Early stopping: what it saved and what it risked"
    return Table(header=["", "number"], rows=rows, numeric=(1,), title=title, text=text)


def objective_text(name: str, value: object) -> str:
    """An objective in its unit: energy in J, bits as a count, anything else as a share."""
    number = as_number(value)
    if number is None:
        return ABSENT
    if name == "energy":
        return engineering(number, "J")
    return count(number) if name == "feedback_bits" else accuracy(number)


def _mapping(entry: Mapping[str, object], key: str) -> Mapping[object, object]:
    inner = entry.get(key)
    return inner if isinstance(inner, Mapping) else {}
