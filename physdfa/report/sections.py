"""The page's part on one run: facts, key numbers, figures and tables, as words without markup."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from physdfa.analysis.predictors import CONFIDENCE, rank_predictors
from physdfa.analysis.working_range import WorkingRange
from physdfa.report import how
from physdfa.report.columns import has_numbers, numbers, rows_where
from physdfa.report.explore import explore_data
from physdfa.report.figures.alignment import alignment_angles
from physdfa.report.figures.backward import backward_function
from physdfa.report.figures.comparison import comparison_plot
from physdfa.report.figures.curves import training_curves
from physdfa.report.figures.front import front_plot
from physdfa.report.figures.parameter_curves import parameter_scatter, sweep_line
from physdfa.report.figures.parameters import VariedParameter, varied_parameters
from physdfa.report.figures.progress import search_progress, successful
from physdfa.report.figures.style import Panel
from physdfa.report.figures.sweep_map import sweep_map
from physdfa.report.figures.value_curves import value_curves
from physdfa.report.figures.working_range import range_panels
from physdfa.report.formatting import (
    ABSENT,
    accuracy,
    as_number,
    as_numbers,
    count,
    parameter_value,
    percent,
    summary_accuracy,
)
from physdfa.report.labels import ParameterLabels
from physdfa.report.range_words import range_facts, range_tables, share_text, works_text
from physdfa.report.reading import RunRecord, section
from physdfa.report.references import gain_sentences, reference_lines, references_table
from physdfa.report.reproduction import KIND as REPRODUCE
from physdfa.report.reproduction import (
    reproduction_numbers,
    reproduction_panels,
    reproduction_tables,
)
from physdfa.report.search import front_of, halving_table, pareto_table
from physdfa.report.table import Table

TOP_EVALUATIONS = 10
MOST_FAILURES_SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class RunSections:
    """The content of one run's part of the page, in its order: the answer, why, and how it was made."""

    title: str
    status: str
    about: str
    findings: Sequence[str]
    numbers: Sequence[tuple[str, str]]
    answers: Sequence[Table]
    warnings: Sequence[str]
    missing: Sequence[str]
    panels: Sequence[Panel]
    explore: str
    tables: Sequence[Table]
    methods: str
    facts: Sequence[tuple[str, str]]
    machine: Sequence[tuple[str, str]]
    files: Sequence[tuple[str, str]]


def run_sections(record: RunRecord) -> RunSections:
    """Lay out one run."""
    labels = ParameterLabels(record)
    varied = varied_parameters(record.evaluations, labels.ranges, labels.axis_labels(record.evaluations.columns))
    answer = best_table(record, labels)
    why = [
        *working_range_tables(record),
        references_table(record.summary),
        pareto_table(record, labels),
        top_table(record, labels),
        halving_table(record),
        predictors_table(record),
        failures_table(record),
    ]
    facts = how.facts(record)
    brief = ("Shows", "Published") if record.kind == REPRODUCE else ("Rule", "Data set", "Date")
    return RunSections(
        title=f"{record.name}: {record.kind}",
        status=record.status,
        about=" · ".join(value for name, value in facts if name in brief and value != ABSENT),
        findings=gain_sentences(record.summary),
        numbers=key_numbers(record),
        answers=[*reproduction_tables(record), *([answer] if answer else [])],
        warnings=[str(text) for text in as_list(record.summary.get("warnings"))],
        missing=(*record.missing, *([labels.problem] if labels.problem and labels.ranges else [])),
        panels=panels(record, varied),
        explore=explore_data(record.evaluations, varied),
        tables=[table for table in why if table],
        methods=how.methods(record),
        facts=facts,
        machine=how.machine_numbers(record),
        files=how.written_files(record),
    )


def best_by_candidate(good: pd.DataFrame) -> float:
    """The largest validation accuracy of a candidate: the mean over its seeds, and not the luckiest of them."""
    accuracies = numbers(good, "validation_accuracy")
    if "candidate" not in good:
        return float(accuracies.max())
    names = good["candidate"].astype(str).to_numpy()
    return max(float(accuracies[names == name].mean()) for name in np.unique(names))


def seed_accuracies(record: RunRecord) -> list[float]:
    """The test accuracy of each seed: from the summary, else from the lines of metrics.jsonl."""
    known = as_numbers(record.summary.get("test_accuracies"))
    if not known:
        known = as_numbers(numbers(record.tests, "test_accuracy").tolist())
    mean = as_number(record.summary.get("test_accuracy"))
    return known or ([] if mean is None else [mean])


def accuracy_text(record: RunRecord) -> str:
    """Mean ± standard deviation over seeds, as the summary gives it; computed from the seeds where it is missing."""
    if as_number(record.summary.get("test_accuracy")) is not None:
        return summary_accuracy(record.summary)
    return mean_and_spread(np.array(seed_accuracies(record), dtype=float))


def mean_and_spread(values: np.ndarray) -> str:
    """Fractions as mean ± standard deviation (n - 1) in percent; `–` where there are none."""
    if values.size == 0:
        return ABSENT
    return accuracy(float(values.mean()), float(values.std(ddof=1)) if values.size > 1 else None)


def key_numbers(record: RunRecord) -> list[tuple[str, str]]:
    """The numbers of the answer in words; what a training run does not have is left out."""
    summary = record.summary
    if record.kind == REPRODUCE:
        return reproduction_numbers(record)
    seeds = len(seed_accuracies(record))
    shown = [(f"Test accuracy ({seeds} seeds)" if seeds > 1 else "Test accuracy", accuracy_text(record))]
    good = successful(record.evaluations)
    if record.kind != "train":
        if not good.empty:
            shown.append(("Best in validation", accuracy(best_by_candidate(good))))
        if share := box_share(record):
            shown.append(("Share of the box that works", share))
        evaluated, failed = summary.get("num_evaluations"), summary.get("num_failed")
        evaluated = len(record.evaluations) if evaluated is None else evaluated
        failed = len(record.evaluations) - len(good) if failed is None else failed
        shown += [("Evaluations", count(evaluated)), ("Failed", count(failed))]
    elif has_numbers(record.epochs, "validation_accuracy"):
        epochs = numbers(record.epochs, "epoch")
        last = numbers(record.epochs, "validation_accuracy")[epochs == epochs.max()]
        shown.append(("Validation accuracy", mean_and_spread(last)))
    if record.kind == "train" and not record.epochs.empty:
        shown.append(("Epochs", count(float(numbers(record.epochs, "epoch").max()))))
    return shown


def box_share(record: RunRecord) -> str:
    """The share of the box that works, of a run whose working range is known; empty for others."""
    if not record.working_range:
        return ""
    found = WorkingRange.from_dict(record.working_range["range"])
    share = found.predicted or found.counted
    return "" if share is None else share_text(share)


def panels(record: RunRecord, varied: Sequence[VariedParameter]) -> list[Panel]:
    """The figures of a run, in the order of the page."""
    comparison = [row for row in as_list(record.summary.get("comparison")) if isinstance(row, Mapping)]
    threshold = as_number(section(record.config, "network").get("threshold"))
    lines = reference_lines(record.summary)
    drawn: list[Panel | None] = [*reproduction_panels(record)]
    drawn += range_panels(record.working_range) if record.working_range else []
    if record.kind == "search":
        drawn.append(search_progress(record.generations, record.evaluations, comparison, lines))
        drawn.append(front_plot(front_of(record), record.evaluations, lines))
    drawn.append(comparison_plot(comparison))
    drawn += [parameter_panel(record, varied), value_curves(record.evaluations, varied)]
    drawn.append(training_curves(record.epochs, seed_accuracies(record) if record.kind == "train" else ()))
    drawn.append(alignment_angles(record.angles))
    drawn.append(backward_function(record.backward, threshold))
    return [panel for panel in drawn if panel is not None]


def parameter_panel(record: RunRecord, varied: Sequence[VariedParameter]) -> Panel | None:
    """The figure that suits the design: a line for one swept parameter, a map for two, else a panel each."""
    if record.evaluations.empty or not varied:
        return None
    lines = reference_lines(record.summary)
    if record.kind == "search" or len(varied) > 2:
        return parameter_scatter(record.evaluations, varied, by_generation=record.kind == "search", lines=lines)
    if len(varied) == 1:
        return sweep_line(record.evaluations, varied[0], lines)
    return sweep_map(record.evaluations, varied[0], varied[1], lines)


def accuracies_table(record: RunRecord) -> Table | None:
    """The rows of `summary["comparison"]` as text."""
    rows = [row for row in as_list(record.summary.get("comparison")) if isinstance(row, Mapping)]
    if not rows:
        return None
    cells = [
        [
            str(row.get("name", ABSENT)),
            summary_accuracy(row),
            ", ".join(f"{100 * value:.2f}" for value in as_numbers(row.get("test_accuracies"))) or ABSENT,
        ]
        for row in rows
    ]
    return Table(header=["network", "test accuracy", "each seed [%]"], rows=cells, numeric=(1,))


def working_range_tables(record: RunRecord) -> list[Table]:
    """The working range in tables, where it was asked for."""
    found = record.working_range
    if not found:
        return []
    notes = " ".join(found["notes"])
    facts = Table(header=["", "value"], rows=range_facts(found), title="Effective working range", text=notes)
    return [facts, *range_tables(found)]


def best_table(record: RunRecord, labels: ParameterLabels) -> Table | None:
    """The best candidate's parameters with unit, meaning, and what works of each where the working range is known."""
    best = record.summary.get("best")
    if not isinstance(best, Mapping) or not best:
        return None
    works: dict[str, str] = {}
    if record.working_range:
        found = WorkingRange.from_dict(record.working_range["range"])
        works = {
            axis.key: works_text(axis, own.conditional, own.working_choices)
            for axis, own in zip(found.axes, found.ranges, strict=False)  # no ranges where the surrogate is not trusted
        }
    rows = [
        [
            str(key),
            parameter_value(value),
            labels.unit(str(key)) or ABSENT,
            *([works.get(str(key), ABSENT)] if works else []),
            labels.meaning(str(key)) or ABSENT,
        ]
        for key, value in best.items()
    ]
    header = ["parameter", "value", "unit", *(["works from … to"] if works else []), "meaning"]
    text = "Works: while the others stand where the surrogate is best; see the working range below." if works else ""
    return Table(header=header, rows=rows, numeric=(1,), title="Parameters of the best candidate", text=text)


def top_table(record: RunRecord, labels: ParameterLabels) -> Table | None:
    """The evaluations with the highest validation accuracy."""
    good = successful(record.evaluations)
    if good.empty:
        return None
    varied = varied_parameters(good, labels.ranges, labels.axis_labels(good.columns))
    top = good.sort_values("validation_accuracy", ascending=False, kind="stable").head(TOP_EVALUATIONS)
    lead = lead_columns(record, ("candidate", "generation", "seed"))
    header = [*lead, "validation accuracy", "loss", *(parameter.label for parameter in varied)]
    rows = [
        [
            *(str(row[name]) for name in lead),
            accuracy(row["validation_accuracy"]),
            parameter_value(row.get("validation_loss")),
            *(parameter_value(row[parameter.key]) for parameter in varied),
        ]
        for row in top.to_dict("records")
    ]
    for line in reference_lines(record.summary) if lead else ():
        rows.append(
            [
                line.name,
                *(ABSENT for _ in lead[1:]),
                accuracy(line.accuracy),
                *(ABSENT for _ in header[len(lead) + 1 :]),
            ]
        )
    numeric = range(1 if "candidate" in top else 0, len(header))
    return Table(header=header, rows=rows, numeric=numeric, title=f"The best {len(top)} evaluations")


def lead_columns(record: RunRecord, names: Sequence[str]) -> list[str]:
    """The columns among `names` that the table has; generations are for searches only."""
    return [name for name in names if name in record.evaluations and (name != "generation" or record.kind == "search")]


def predictors_table(record: RunRecord) -> Table | None:
    """Ranks of the candidates by scores taken before and early in training; None where too few have any."""
    ranking = rank_predictors(record.evaluations)
    if not ranking.correlations:
        return None
    rows = [
        [found.title, f"{found.spearman:+.2f}", f"{found.low:+.2f} … {found.high:+.2f}", count(found.num_candidates)]
        for found in ranking.correlations
    ]
    header = ["score", "Spearman", f"{percent(CONFIDENCE)} interval", "candidates"]
    said = "Rank correlation with the validation accuracy after training; +1: the score ranks as training does."
    visited = " A search visits good candidates more often than bad ones: a sweep ranks the whole range."
    text = " ".join([said + (visited if record.kind == "search" else ""), *ranking.remarks])
    return Table(header=header, rows=rows, numeric=(1, 2, 3), title="What predicts the accuracy", text=text)


def failures_table(record: RunRecord) -> Table | None:
    """Failed evaluations with their reasons."""
    if "status" not in record.evaluations:
        return None
    failed = rows_where(record.evaluations, np.asarray(record.evaluations["status"]) != "ok")
    if failed.empty:
        return None
    lead = lead_columns(record, ("candidate", "generation", "seed", "reason"))
    rows = [
        ["" if row[name] is None else str(row[name]) for name in lead]
        for row in failed.head(MOST_FAILURES_SHOWN).to_dict("records")
    ]
    hidden = len(failed) - len(rows)
    text = f"{len(failed)} of {len(record.evaluations)} evaluations failed; each counts as one evaluation."
    if hidden:
        text += f" The first {len(rows)} are shown; evaluations.parquet holds the other {hidden}."
    return Table(header=lead, rows=rows, title="Failed evaluations", text=text)


def as_list(value: object) -> list[object]:
    """A list as it is, a text as a list of one, anything else as an empty list."""
    if isinstance(value, str):
        return [value]
    return list(value) if isinstance(value, Sequence) else []
