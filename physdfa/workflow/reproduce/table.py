"""Cells of the tables in words, and what is written of them: a Markdown page and a CSV file."""

from collections.abc import Mapping, Sequence
from typing import Any

from physdfa.report.formatting import ABSENT, DIGITS_TO_COPY, as_number, number, summary_accuracy
from physdfa.report.formatting import accuracy as accuracy_text
from physdfa.report.table import Table, comma_separated, markdown
from physdfa.workflow.reproduce.entry import Entry, Finished, Published

ANGLES_TEXT = (
    "Angles after the last epoch, hidden layers from the input on, means over the seeds; 90° is where random "
    "directions lie. The last feedback stands against W_out transposed, that of an earlier layer against the product "
    "of the weights behind it."
)
NOT_DONE = {"missing": "no data", "failed": "failed"}


def published_cell(published: Published | None) -> str:
    """A published accuracy in percent."""
    return ABSENT if published is None else accuracy_text(published.value, published.spread)


def accuracy_cell(finished: Finished) -> str:
    """Our test accuracy after the last epoch, or the reason for its absence."""
    return summary_accuracy(finished.record) if finished.is_done else NOT_DONE[finished.record["status"]]


def accuracy_and_seeds_cell(finished: Finished) -> str:
    """Our test accuracy with the number of seeds behind it, or why there is none."""
    return f"{accuracy_cell(finished)} ({seeds_cell(finished)} seeds)" if finished.is_done else accuracy_cell(finished)


def share_cell(value: object) -> str:
    """A share in percent."""
    number = as_number(value)
    return ABSENT if number is None else f"{100 * number:.2f} %"


def best_epoch_cell(finished: Finished) -> str:
    """The mean over the seeds of the best test epoch of each."""
    record = finished.record
    spread = record.get("best_test_epoch_accuracy_std") if len(record.get("seeds") or []) > 1 else None
    return accuracy_text(record.get("best_test_epoch_accuracy"), spread)


def difference_cell(value: object, published: Published | None) -> str:
    """Ours minus the published one, in percentage points."""
    return _points(value, None if published is None else published.value)


def beside_cell(finished: Finished, other: Finished | None) -> str:
    """Our test accuracy minus that of another row, in percentage points; nothing beside itself."""
    if other is None or other is finished:
        return ABSENT
    return _points(finished.record.get("test_accuracy"), other.record.get("test_accuracy"))


def _points(value: object, reference: object) -> str:
    ours, theirs = as_number(value), as_number(reference)
    return ABSENT if ours is None or theirs is None else f"{100 * (ours - theirs):+.2f}"


def seeds_cell(finished: Finished) -> str:
    """The number of seeds."""
    return str(len(finished.record.get("seeds") or [])) if finished.is_done else ABSENT


def rate_cell(finished: Finished) -> str:
    """The learning rate that was best on the validation split."""
    return number(finished.record.get("learning_rate"), DIGITS_TO_COPY)


def angles_cell(values: object) -> str:
    """Angles by hidden layer, the first one first."""
    angles = [as_number(value) for value in values] if isinstance(values, Sequence) else []
    return " / ".join(ABSENT if angle is None else f"{angle:.1f}°" for angle in angles) or ABSENT


def edges_text(finished: Sequence[Finished], *named_by: str) -> str:
    """A sentence on the rows whose best learning rate was the smallest or largest tried; empty where none was.

    - `named_by`: the cells that tell these rows from each other.
    """
    rates = {
        ", ".join(one.row.cells[cell] for cell in named_by): one for one in finished if one.record.get("is_at_edge")
    }
    edges = "; ".join(f"{name}: {rate_cell(one)}" for name, one in rates.items())
    return f"At the edge of the learning rates that were tried, so perhaps not the best: {edges}." if edges else ""


def not_done_text(finished: Sequence[Finished]) -> str:
    """A sentence for each row without numbers, its reason and way out."""
    reasons = {one.row.name: " ".join(one.record["reason"].split()) for one in finished if not one.is_done}
    return " ".join(f"{name}: {reason}" for name, reason in reasons.items())


def page(entry: Entry, notes: Sequence[str], tables: Sequence[Table]) -> str:
    """The tables of an entry as a Markdown page."""
    head = "\n\n".join([f"# {entry.title}", f"Published: {entry.source}.", *notes])
    body = "\n".join(f"## {table.title}\n\n{markdown(table)}" for table in tables)
    return f"{head}\n\n{body}"


def records_csv(records: Sequence[Mapping[str, Any]]) -> str:
    """One line per row, with every number as it is; lists are written with spaces between their values."""
    names = list(dict.fromkeys(name for record in records for name in record))
    rows = [[plain_cell(record.get(name)) for name in names] for record in records]
    return comma_separated(Table(header=names, rows=rows))


def plain_cell(value: object) -> str:
    """A value for a CSV cell; empty for None."""
    if isinstance(value, (list, tuple)):
        return " ".join(map(str, value))
    return "" if value is None else str(value)
