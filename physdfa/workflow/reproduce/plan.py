"""The plan of a reproduction: rows to train, finished rows, and what is missing."""

from collections.abc import Sequence
from typing import NamedTuple

from physdfa.build import build_trial, load_samples, split_rows
from physdfa.config import ExperimentConfig, with_values
from physdfa.config.shard import shard_of
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
    """The plan of one row.

    `state` is "train", "finished", "compute", "missing" or "failed", the last two with their `reason`.

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


def refuse_idle_options(rows: Sequence[Row], place: Workplace) -> None:
    """Refuse an option that none, or not all, of the rows could follow.

    **Raises:** `InputError`.
    """
    for row in rows:
        if place.num_seeds is not None and row.seeds == 0:
            raise InputError(f"--seeds: how many seeds the row '{row.name}' has is said by its experiment file.")
        if place.start_from is not None and not (row.work is not None and row.work.goes_on):
            raise InputError(f"--from: the row '{row.name}' does not go on from a finished run; leave the option away.")


def config_of(row: Row, place: Workplace) -> ExperimentConfig | None:
    """The config of a training at the scale; None for a computation."""
    return None if row.read is None else row.read(place.scale, place.data_dir)


def rows_of_part(entry: Entry, only: Sequence[str], shard: str) -> list[str]:
    """The names of the rows of a part, "2/8".

    **Raises:** `InputError` for no part, one without a row, or rows that the whole would compute anew.
    """
    part, rows = shard_of(shard), choose_rows(entry, only)
    if part is None or any(row.compute is not None for row in rows):
        raise InputError(
            f"--shard: '{shard}' is no part such as 2/8."
            if part is None
            else f"--shard: the rows of '{entry.name}' are computed, and not taken from a part; use --only."
        )
    return [row.name for row in part.of(rows)]


def plan_rows(entry: Entry, place: Workplace, only: Sequence[str] = ()) -> list[RowPlan]:
    """The plan of each chosen row. Data are read, nothing is compiled or written."""
    rows = choose_rows(entry, only)
    refuse_idle_options(rows, place)
    return [plan_row(row, place) for row in rows]


def plan_row(row: Row, place: Workplace) -> RowPlan:
    """The plan of one row."""
    known = RowPlan(row.name, row.title, "compute", seconds=10.0)
    try:
        config = config_of(row, place)
        if config is None:
            return known
        samples = load_samples(config, place.data_dir)
        trial = build_trial(config, samples.dataset, config.experiment.seed)
        kind = "train" if row.work is None else row.work.kind
        num_samples = split_rows(config, kind, samples.dataset, 1).train.shape[1]
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
        found = find_finished(place.out_dir, trained, num_seeds=seeds, kind=kind, keys=summary_keys(row))
    if found is not None and row.work is not None and any(not (found.path / name).exists() for name in row.work.files):
        found = None
    if found is None and row.work is None:
        epochs += seeds * config.training.epochs
    elif found is None and row.work is not None:
        num_trainings, _, epochs_each = row.work.size(config)
        epochs = max(seeds, 1) * num_trainings * epochs_each
    else:
        state = "finished"
    return known._replace(
        state=state,
        reason="" if found is None else str(found.path),
        seeds=seeds,
        epochs=epochs,
        samples=num_samples,
        seconds=epochs * num_samples * seconds_per_image(trial),
    )
