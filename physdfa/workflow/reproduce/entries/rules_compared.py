"""Every learning rule on the same sizes, data, seeds and budget; each at its own best learning rate."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from physdfa.analysis.paired_tests import PairedTest, paired_tests, smallest_wilcoxon
from physdfa.config import ExperimentConfig
from physdfa.report.figures.style import Panel
from physdfa.report.formatting import ABSENT, as_number, count, duration, memory, number
from physdfa.workflow.reproduce.costs import COUNTED_AFTER, FLOATS_FED_BACK, WEIGHTS_CHANGED
from physdfa.workflow.reproduce.entries.rules import RULES, RuleLine, rule_config
from physdfa.workflow.reproduce.entry import Entry, Finished, RateSearch, Row, Table
from physdfa.workflow.reproduce.figures.accuracies import rules_side_by_side
from physdfa.workflow.reproduce.scale import Scale
from physdfa.workflow.reproduce.table import accuracy_cell, edges_text, not_done_text, rate_cell, seeds_cell

SEARCH = RateSearch(rates=(5e-4, 1e-3, 2e-3, 4e-3, 8e-3), epochs=3)
SEEDS, EVENT_SEEDS = 5, 3
LEVEL = 0.05
REFERENCES = tuple(line.title for line in RULES if line.name in ("dfa", "events-dfa"))
"""The rule against which all others of its network are tested: where they all began."""


class Data(NamedTuple):
    """A data set of the comparison."""

    title: str
    name: str
    epochs: int


DATASETS = {"mnist": Data("MNIST", "mnist", 10), "fashion": Data("Fashion-MNIST", "fashion_mnist", 8)}
HEADER = (
    *("rule", "test accuracy", "seeds", "learning rate", "time per epoch", "memory"),
    *("floats fed back per sample", "weights changed per sample"),
)
TEST_HEADER = ("pair", "difference [points]", "seeds", "paired t, p", "Wilcoxon, p")


def read_row(dataset: str, line: RuleLine, scale: Scale, data_dir: Path | None = None) -> ExperimentConfig:
    """The config of one rule on one data set, its learning rate still to be searched."""
    data = DATASETS[dataset]
    name = f"rules_compared_{dataset}_{line.name}".replace("-", "_")
    return rule_config(line, scale, data_dir, name=name, dataset=data.name, epochs=data.epochs)


def row_of(dataset: str, line: RuleLine) -> Row:
    """One rule on one data set."""
    return Row(
        name=f"{dataset}-{line.name}",
        cells={"data set": DATASETS[dataset].title, "rule": line.title},
        read=partial(read_row, dataset, line),
        seeds=EVENT_SEEDS if line.has_events else SEEDS,
        search=SEARCH,
        has_costs=True,
        group=DATASETS[dataset].title,
    )


def tables(finished: Sequence[Finished]) -> list[Table]:
    """The rules on each data set, then the paired tests."""
    shown, tests = [], []
    for group in dict.fromkeys(one.row.group for one in finished):
        ours = [one for one in finished if one.row.group == group]
        shown.append(rules_table(group, ours))
        accuracies = {rule_of(one): accuracies_of(one) for one in ours if one.is_done}
        for reference in set(REFERENCES) & set(accuracies):
            if pairs := paired_tests(accuracies, against=reference):
                tests.append(pairs_table(group, pairs, reference))
    return shown + tests


def rules_table(group: str, finished: Sequence[Finished]) -> Table:
    """The rules on one data set."""
    rows = [
        [
            rule_of(one),
            accuracy_cell(one),
            seeds_cell(one),
            rate_cell(one),
            duration(one.record.get("seconds_per_epoch")),
            memory(one.record.get("memory_bytes")),
            count(one.record.get(FLOATS_FED_BACK)),
            count(one.record.get(WEIGHTS_CHANGED)),
        ]
        for one in finished
    ]
    parts = (edges_text(finished, "rule"), counted_text(finished), not_done_text(finished))
    text = " ".join(part for part in parts if part)
    return Table(title=group, header=HEADER, rows=rows, text=text, numeric=range(1, len(HEADER)))


def counted_text(finished: Sequence[Finished]) -> str:
    """A sentence on when the changed weights were counted; empty where they were not."""
    after = sorted({one.record[COUNTED_AFTER] for one in finished if COUNTED_AFTER in one.record})
    epochs = " or ".join(map(str, after))
    return (
        f"Weights changed: counted after {epochs} epoch{'' if after == [1] else 's'} of one network." if after else ""
    )


def rule_of(finished: Finished) -> str:
    """The title of a row's rule."""
    return finished.row.cells["rule"]


def accuracies_of(finished: Finished) -> Mapping[int, float]:
    """Test accuracy by seed."""
    return dict(zip(finished.record["seeds"], finished.record["test_accuracies"], strict=True))


def pairs_table(group: str, pairs: Sequence[PairedTest], reference: str) -> Table:
    """Every rule against the reference on one data set."""
    rows = [
        [
            f"{pair.first} – {pair.second}",
            f"{100 * pair.difference:+.2f}",
            str(pair.num_seeds),
            p_cell(pair.t_test),
            p_cell(pair.wilcoxon),
        ]
        for pair in pairs
    ]
    title = f"{group}: paired tests against {reference}"
    return Table(title=title, header=TEST_HEADER, rows=rows, text=power_text(pairs), numeric=(1, 2, 3, 4))


def p_cell(p: object) -> str:
    """A p-value, `–` where there is no test."""
    value = as_number(p)
    if value is None:
        return ABSENT
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"


def power_text(pairs: Sequence[PairedTest]) -> str:
    """Sentences on what so few seeds can show."""
    text = (
        f"Two-sided, over the seeds that both have, Holm-corrected over the {len(pairs)} pairs of this table. The "
        "t-test takes the differences for normal, which so few seeds cannot show."
    )
    most = max(pair.num_seeds for pair in pairs)
    least = smallest_wilcoxon(most)
    if least * len(pairs) > LEVEL:
        corrected = number(min(1.0, least * len(pairs)))
        text += (
            f" With {most} seeds Wilcoxon's p is {number(least)} at best, {corrected} after the correction: it cannot "
            f"fall below {LEVEL} here, however clear a difference is."
        )
    return text


def figures(finished: Sequence[Finished]) -> list[Panel]:
    """The accuracy of every seed of every rule, a panel per data set."""
    panel = rules_side_by_side(finished)
    return [] if panel is None else [panel]


def entry_of(*, has_events: bool, name: str, title: str, full_time: str) -> Entry:
    """The entry of the rules in discrete time, or of those of event neurons; all train the same network."""
    lines = [line for line in RULES if line.has_events == has_events]
    return Entry(
        name=name,
        title=title,
        source="not as such; the papers leave this comparison to the reader",
        datasets=("mnist", "fashion_mnist"),
        full_time=full_time,
        rows=tuple(row_of(dataset, line) for dataset in DATASETS for line in lines),
        tables=tables,
        figures=figures,
    )


RULES_COMPARED = entry_of(
    has_events=False,
    name="rules-compared",
    title="Learning rules side by side: same network, data, seeds and budget",
    full_time="three quarters of an hour on 2 cores",
)
EVENT_RULES_COMPARED = entry_of(
    has_events=True,
    name="event-rules-compared",
    title="Learning rules of event neurons side by side: same network, data, seeds and budget",
    full_time="4 to 6 hours on 2 cores (estimated)",
)
