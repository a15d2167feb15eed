"""Alignment of SFDFA and DFA over training: updates with the exact gradient, feedback with the weights."""

from collections.abc import Sequence
from dataclasses import replace

from physdfa.report.figures.style import Panel
from physdfa.workflow.reproduce.entries.sfdfa_table1 import ROWS
from physdfa.workflow.reproduce.entry import Entry, Finished, Table
from physdfa.workflow.reproduce.figures.angles import angles_over_epochs
from physdfa.workflow.reproduce.table import ANGLES_TEXT, accuracy_cell, angles_cell, not_done_text, seeds_cell

HEADER = ("data set", "network", "rule", "update and exact gradient", "feedback and weights", "test accuracy", "seeds")
TEXT = (
    f"{ANGLES_TEXT} The paper shows curves and no numbers: its claim is that SFDFA lies below DFA, most clearly in the "
    "last hidden layer. The trainings are those of sfdfa-table1: what the one has finished, the other takes."
)


def tables(finished: Sequence[Finished]) -> list[Table]:
    """The angles after the last epoch."""
    rows = [
        [
            *one.row.cells.values(),
            angles_cell(one.record.get("update_angle")),
            angles_cell(one.record.get("feedback_angle")),
            accuracy_cell(one),
            seeds_cell(one),
        ]
        for one in finished
    ]
    text = " ".join(part for part in (TEXT, not_done_text(finished)) if part)
    return [Table(title="Angles after the last epoch", header=HEADER, rows=rows, text=text, numeric=(3, 4, 5, 6))]


def figures(finished: Sequence[Finished]) -> list[Panel]:
    """Both angles over the epochs, a figure per data set."""
    groups = dict.fromkeys(one.row.group for one in finished if one.run is not None)
    panels = (angles_over_epochs([one for one in finished if one.row.group == group], group) for group in groups)
    return [panel for panel in panels if panel is not None]


SFDFA_ALIGNMENT = Entry(
    name="sfdfa-alignment",
    title="Alignment of SFDFA and DFA over training",
    source="Bacho & Chu, arXiv:2403.08804, figures 9 and 10",
    datasets=("mnist", "fashion_mnist"),
    full_time="9 to 14 hours on 2 cores (estimated); nothing more after sfdfa-table1",
    rows=tuple(
        replace(row, published=None)
        for row in ROWS
        if row.name in ("mnist-sfdfa", "mnist-dfa", "fashion-sfdfa", "fashion-dfa")
    ),
    tables=tables,
    figures=figures,
)
