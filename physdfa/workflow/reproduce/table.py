"""Cells in words, and tables as Markdown and CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from physdfa.report.formatting import ABSENT, as_number, summary_accuracy
from physdfa.report.formatting import accuracy as accuracy_text
from physdfa.report.tables import markdown_cell
from physdfa.workflow.reproduce.entry import Finished, Published, Table

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
    """Our test accuracy after the last epoch, or why there is none."""
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
    number = as_number(value)
    return ABSENT if number is None or published is None else f"{100 * (number - published.value):+.2f}"


def seeds_cell(finished: Finished) -> str:
    """How many seeds."""
    return str(len(finished.record.get("seeds") or [])) if finished.is_done else ABSENT


def angles_cell(values: object) -> str:
    """Angles by hidden layer, the first one first."""
    numbers = [as_number(value) for value in values] if isinstance(values, Sequence) else []
    return " / ".join(ABSENT if number is None else f"{number:.1f}°" for number in numbers) or ABSENT


def not_done_text(finished: Sequence[Finished]) -> str:
    """A sentence for each row without numbers, its reason and way out."""
    reasons = {one.row.name: " ".join(one.record["reason"].split()) for one in finished if not one.is_done}
    return " ".join(f"{name}: {reason}" for name, reason in reasons.items())


def markdown(table: Table) -> str:
    """A table as Markdown, without its title, ending in a newline."""
    rule = ["---:" if index in table.numeric else "---" for index in range(len(table.header))]
    lines = [line_of(table.header), f"| {' | '.join(rule)} |", *map(line_of, table.rows)]
    return "\n".join(lines) + (f"\n\n{table.text}\n" if table.text else "\n")


def line_of(cells: Sequence[str]) -> str:
    """One line of a Markdown table."""
    return f"| {' | '.join(map(markdown_cell, cells))} |"


def records_csv(records: Sequence[Mapping[str, Any]]) -> str:
    """One line per row, with every number as it is; lists are written with spaces between their values."""
    names = list(dict.fromkeys(name for record in records for name in record))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for record in records:
        writer.writerow([plain_cell(record.get(name)) for name in names])
    return text.getvalue()


def plain_cell(value: object) -> object:
    """A value for a CSV cell; empty for None."""
    if isinstance(value, (list, tuple)):
        return " ".join(map(str, value))
    return "" if value is None else value
