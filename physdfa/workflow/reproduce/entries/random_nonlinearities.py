"""aDFA with random nonlinearities as g: which fail, and whether a score before or early in training would have told."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from physdfa.analysis.predictors import rank_predictors, trained_candidates
from physdfa.config import ExperimentConfig
from physdfa.report.formatting import accuracy, percent
from physdfa.store.evaluations import read_evaluations
from physdfa.workflow.candidates.references import CONSTANT, DFA, FROZEN
from physdfa.workflow.reproduce.entries.early_scores import interval_text, make
from physdfa.workflow.reproduce.entry import Entry, Finished, Row, Table, Work
from physdfa.workflow.reproduce.packaged import packaged_config
from physdfa.workflow.reproduce.scale import Scale
from physdfa.workflow.reproduce.table import not_done_text
from physdfa.workflow.sweep import sweep_size

SHARED = "random_nonlinearities"
SMOKE = ("data.validation_size=96", "sweep.seeds=10", "sweep.references=2")
PERIOD = "device.half_period"
MARGIN = 0.01
"""A draw fails where it stays this far below DFA: the level of the working ranges."""
BESIDE = {CONSTANT: "a constant g", DFA: "DFA", FROZEN: "a frozen layer"}


def read_row(scale: Scale, data_dir: Path | None = None) -> ExperimentConfig:
    """The config of the sweep: a seed draws g, and the network that it trains."""
    return packaged_config(SHARED, scale=scale, smoke=SMOKE, kind="sweep", data_dir=data_dir)


def tables(finished: Sequence[Finished]) -> list[Table]:
    """What the draws reach, and which score ranks them."""
    (one,) = finished
    if one.run is None or not one.is_done:
        return [Table(title="Random nonlinearities", header=("half period",), rows=[], text=not_done_text(finished))]
    draws = one_by_one(read_evaluations(one.run))
    records: Any = one.run.read_summary()["references"]
    beside = references_of(records)
    return [draws_table(draws, beside), scores_table(draws, beside[DFA] - MARGIN)]


def one_by_one(evaluations: pd.DataFrame) -> pd.DataFrame:
    """Each draw of g as a candidate of its own."""
    names = [f"{candidate}, {seed}" for candidate, seed in zip(evaluations.candidate, evaluations.seed, strict=True)]
    return evaluations.assign(candidate=names)


def references_of(records: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Mean validation accuracy of each reference; of several constants that of the best."""
    found: dict[str, float] = {}
    for record in records:
        found[record["name"]] = max(record["validation_accuracy"], found.get(record["name"], 0.0))
    return found


def draws_table(draws: pd.DataFrame, beside: dict[str, float]) -> Table:
    """A line per period."""
    levels = {
        "below a frozen layer": beside[FROZEN],
        "below a constant g": beside[CONSTANT],
        "a point below DFA": beside[DFA] - MARGIN,
    }
    rows = []
    for period, of_period in draws.groupby(PERIOD):
        reached = of_period.validation_accuracy.dropna()
        rows.append(
            [
                f"{period:g}",
                str(len(of_period)),
                accuracy(reached.mean(), reached.std()),
                *(percent(end) for end in (reached.min(), reached.max())),
                *(str(int((reached < level).sum())) for level in levels.values()),
            ]
        )
    header = ("half period", "draws", "validation accuracy", "least", "most", *levels)
    others = ", ".join(f"{title} {percent(beside[name])}" for name, title in BESIDE.items() if name in beside)
    return Table(
        title="Random nonlinearities",
        header=header,
        rows=rows,
        text=f"Periods in thresholds. In the same network: {others}.",
        numeric=range(1, len(header)),
    )


def scores_table(draws: pd.DataFrame, level: float) -> Table:
    """Rank correlation of each score with the accuracy, and how many of those that fail it names."""
    trained = trained_candidates(draws)
    fails = trained.validation_accuracy.to_numpy() < level
    rows = []
    for one in rank_predictors(draws).correlations:
        lowest = np.argsort(trained[one.column].to_numpy(), kind="stable")[: fails.sum()]  # NaN comes last
        interval = interval_text(one.spearman, one.low, one.high)
        rows.append([one.title, interval, f"{fails[lowest].sum()} of {fails.sum()}"])
    text = (
        "Spearman's rank correlation with the validation accuracy at the end, and its 95 % interval; and of the n "
        f"draws that end {100 * MARGIN:g} point or more below DFA, how many are among the n of lowest score: by "
        f"chance {fails.mean():.0%} of them."
    )
    header = ("score", "rank correlation", "failing draws named")
    return Table(title="Was it to be seen?", header=header, rows=rows, text=text, numeric=(2,))


RANDOM_NONLINEARITIES = Entry(
    name="random-nonlinearities",
    title="aDFA with random nonlinearities: which fail, and was it to be seen",
    source="M. Nakajima et al., Nat. Commun. 13, 7847 (2022), train with random Fourier series; no number beside ours",
    datasets=("mnist",),
    full_time="a quarter of an hour on 2 cores (estimated)",
    rows=(
        Row(
            name="fourier",
            cells={"g": "random Fourier series"},
            read=read_row,
            work=Work(kind="sweep", make=make, size=sweep_size),
            seeds=0,
        ),
    ),
    tables=tables,
)
