"""Which score before or early in training ranks devices by the accuracy that they end with."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from physdfa.analysis.predictors import rank_predictors
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
    """A line per score, a column per data set."""
    columns: dict[str, dict[str, str]] = {}
    titles: dict[str, None] = {}
    for one in finished:
        if one.is_done and one.run is not None:
            found = rank_predictors(read_evaluations(one.run)).correlations
            titles |= dict.fromkeys(each.title for each in found)
            heading = f"{one.row.cells['data']}, {max(each.num_candidates for each in found)} devices"
            columns[heading] = {
                each.title: f"{each.spearman:+.2f} ({each.low:+.2f} … {each.high:+.2f})" for each in found
            }
    rows = [[title, *(column.get(title, ABSENT) for column in columns.values())] for title in titles]
    text = "Spearman's rank correlation with the validation accuracy after the last epoch, and its 95 % interval."
    header = ("score", *columns)
    return [
        Table(title="What predicts the accuracy", header=header, rows=rows, text=f"{text} {not_done_text(finished)}")
    ]


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
