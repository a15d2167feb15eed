"""Which score before or early in training ranks devices by the accuracy that they end with."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from physdfa.analysis import EARLY_EPOCHS
from physdfa.analysis.predictors import compared, rank_predictors, spearman, trained_candidates
from physdfa.config import ExperimentConfig
from physdfa.report.formatting import ABSENT
from physdfa.store import RunFolder
from physdfa.store.evaluations import read_evaluations
from physdfa.workflow.reproduce.entry import Entry, Finished, Row, Table, Work, Workplace
from physdfa.workflow.reproduce.finished import find_finished
from physdfa.workflow.reproduce.packaged import packaged_config
from physdfa.workflow.reproduce.scale import Scale
from physdfa.workflow.reproduce.table import not_done_text
from physdfa.workflow.sweep import run_sweep, sweep_size

DIGITS = (
    *("data.name=digits", "data.train_size=1437", "data.validation_size=239", "network.hidden=[64]"),
    *("training.epochs=30", "training.batch_size=32", "training.learning_rate=3e-3", "sweep.seeds=2"),
)
SMOKE = ("data.validation_size=96", "training.epochs=4", "sweep.num_samples=20", "sweep.seeds=1")


def read_row(overrides: Sequence[str], name: str, scale: Scale, data_dir: Path | None = None) -> ExperimentConfig:
    """The config of one sweep."""
    return packaged_config(
        "early_scores", name=name, overrides=overrides, scale=scale, smoke=SMOKE, kind="sweep", data_dir=data_dir
    )


def make(config: ExperimentConfig, place: Workplace, num_seeds: int) -> RunFolder:
    """The sweep, finished already or run."""
    found = find_finished(place.out_dir, config, num_seeds=num_seeds, kind="sweep")
    return found or run_sweep(
        config,
        out_dir=place.out_dir,
        data_dir=place.data_dir,
        command_line=place.command_line,
        progress=place.progress,
    )


def tables(finished: Sequence[Finished]) -> list[Table]:
    """All scores, and what early stopping may go by."""
    done = [one for one in finished if one.is_done and one.run is not None]
    return [scores_table(done, not_done_text(finished)), stopping_table(done)]


def scores_table(done: Sequence[Finished], remark: str) -> Table:
    """A line per score, a column per data set."""
    columns: dict[str, dict[str, str]] = {}
    for one in done:
        found = rank_predictors(evaluations_of(one)).correlations
        heading = f"{one.row.cells['data']}, {max(each.num_candidates for each in found)} devices"
        columns[heading] = {each.title: interval_text(each.spearman, each.low, each.high) for each in found}
    titles = dict.fromkeys(title for column in columns.values() for title in column)
    rows = [[title, *(column.get(title, ABSENT) for column in columns.values())] for title in titles]
    text = f"Spearman's rank correlation with the validation accuracy at the end, and its 95 % interval. {remark}"
    return Table(title="What predicts the accuracy", header=("score", *columns), rows=rows, text=text.strip())


def stopping_table(done: Sequence[Finished]) -> Table:
    """The rank correlations of angle, accuracy, and both after the same epochs."""
    rows = []
    for one in done:
        trained = trained_candidates(evaluations_of(one))
        final = trained["validation_accuracy"].to_numpy()
        for epochs in EARLY_EPOCHS:
            angle, accuracy = (trained[f"{name}_{epochs}"].to_numpy() for name in ("alignment", "validation_accuracy"))
            both = np.add(*(stats.rankdata(score) for score in (angle, accuracy)))
            rows.append(
                [
                    one.row.cells["data"],
                    str(epochs),
                    *(f"{float(spearman(score, final)):+.2f}" for score in (accuracy, angle, both)),
                    *(interval_text(*compared(score, accuracy, final)) for score in (angle, both)),
                ]
            )
    header = ("data", "epochs", "accuracy", "angle", "both", "angle less accuracy", "both less accuracy")
    text = "Rank correlations after so many epochs; both: the sum of the two ranks. The differences are paired."
    return Table(title="What early stopping may go by", header=header, rows=rows, text=text, numeric=(1, 2, 3, 4))


def evaluations_of(one: Finished) -> pd.DataFrame:
    """The archive of a row that is done."""
    assert one.run is not None, "a row that is done"
    return read_evaluations(one.run)


def interval_text(value: float, low: float, high: float) -> str:
    """A correlation with its interval."""
    return f"{value:+.2f} ({low:+.2f} … {high:+.2f})"


def row_of(name: str, data: str, overrides: Sequence[str] = ()) -> Row:
    """The sweep of one data set."""
    return Row(
        name=name,
        cells={"data": data},
        read=partial(read_row, overrides, f"early_scores_{name}"),
        work=Work(kind="sweep", make=make, size=sweep_size),
        seeds=0,
    )


EARLY_SCORES = Entry(
    name="early-scores",
    title="Which early score tells how well a device will train",
    source="not as such",
    datasets=("mnist",),
    full_time="half an hour on one core (estimated)",
    rows=(row_of("digits", "digits", DIGITS), row_of("mnist", "MNIST")),
    tables=tables,
)
