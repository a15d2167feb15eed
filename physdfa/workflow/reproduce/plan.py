"""What a reproduction will do, before it does it: which rows train, which are finished, what is missing."""

from collections.abc import Sequence
from typing import NamedTuple

from physdfa.build import build_trial, load_samples, split_rows
from physdfa.config import ExperimentConfig, with_values
from physdfa.errors import DataError, InputError, unknown_name
from physdfa.workflow.plan import seconds_per_image
from physdfa.workflow.reproduce.entry import Entry, Row, Workplace
from physdfa.workflow.reproduce.finished import find_finished
from physdfa.workflow.reproduce.training import (
    RATE,
    best_rate,
    find_search,
    num_seeds_of,
    search_config,
    search_epochs,
    summary_keys,
)


class RowPlan(NamedTuple):
    """One row: `state` is "train", "finished", "compute", "missing" or "failed", the last two with their `reason`.

    - `epochs`: of all trainings together, those of a search of the learning rate included; `samples` of each epoch.
    - `seconds`: estimate, good to a factor of two.
    """

    name: str
    title: str
    state: str
    reason: str = ""
    seeds: int = 0
    epochs: int = 0
    samples: int = 0
    seconds: float = 0.0


def choose_rows(entry: Entry, only: Sequence[str]) -> list[Row]:
    """The rows that are asked for; all without `only`.

    **Raises:** `InputError` for a name that no row has.
    """
    known = [row.name for row in entry.rows]
    for name in only:
        if name not in known:
            raise InputError(f"--only: {unknown_name(f'row of {entry.name}', name, known)}")
    return [row for row in entry.rows if not only or row.name in only]


def config_of(row: Row, place: Workplace) -> ExperimentConfig | None:
    """The config of a training at the scale; None for a computation."""
    return None if row.read is None else row.read(place.scale)


def plan_rows(entry: Entry, place: Workplace, only: Sequence[str] = ()) -> list[RowPlan]:
    """What each chosen row would do; data are read, nothing is compiled or written."""
    return [plan_row(row, place) for row in choose_rows(entry, only)]


def plan_row(row: Row, place: Workplace) -> RowPlan:
    """What one row would do."""
    known = RowPlan(row.name, row.title, "compute", seconds=10.0)
    try:
        config = config_of(row, place)
        if config is None:
            return known
        samples = load_samples(config, place.data_dir)
        trial = build_trial(config, samples.dataset, config.experiment.seed)
        num_samples = split_rows(config, "train", samples.dataset, 1).train.shape[1]
    except InputError as error:
        return known._replace(
            state="missing" if isinstance(error, DataError) else "failed", reason=str(error), seconds=0.0
        )
    seeds, state, epochs = num_seeds_of(row, place), "train", 0
    trained: ExperimentConfig | None = config
    if row.search is not None:
        swept = search_config(config, row.search, place.scale)
        searched = find_search(swept, place)
        trained = None if searched is None else with_values(config, {RATE: best_rate(searched)})
        epochs = search_epochs(swept) if searched is None else 0
    found = None
    if trained is not None:
        found = find_finished(place.out_dir, trained, num_seeds=seeds, keys=summary_keys(row))
    if found is None:
        epochs += seeds * config.training.epochs
    else:
        state = "finished"
    return known._replace(
        state=state,
        reason="" if found is None else str(found.path),
        seeds=seeds,
        epochs=epochs,
        samples=num_samples,
        seconds=epochs * num_samples * seconds_per_image(config, samples, trial),
    )
