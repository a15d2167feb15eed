"""Runs as Optuna studies, one way: what a search or sweep has evaluated, followed while it grows.

The run never waits for it, and nothing is read back. A candidate is a trial once all of its seeds are evaluated.
"""

import importlib
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from physdfa.config import ExperimentConfig
from physdfa.config.search_schema import GeneRange, SweepRange
from physdfa.errors import InputError, MissingExtraError, RunFolderError
from physdfa.harmless import for_terminal
from physdfa.store import RunFolder, open_run
from physdfa.store.catalogue import list_runs
from physdfa.store.evaluation_log import LOG
from physdfa.store.evaluations import EVALUATIONS
from physdfa.workflow.candidates.archive import read_records
from physdfa.workflow.candidates.goals import ACCURACY, TO_BE_SMALL, Goals, by_candidate, goals_of, mean_of
from physdfa.workflow.candidates.records import EvaluationRecord, fitness_of
from physdfa.workflow.own_modules import read_run_config

ID = "candidate"
SHOWN = ("validation_loss", "firing_rate", "outside_range", "alignment", "g_mean_over_spread", "g_rms", "energy")
"""Columns of a record that a trial shows beside its parameters, as means over the seeds."""


class Mirror:
    """A run as the study `EXPERIMENT/RUN` in a storage of Optuna.

    **Arguments:**

    - `storage`: one of Optuna's, or its URL.

    **Raises:** `InputError` for a run of another kind; `MissingExtraError` without the package `optuna`.
    """

    def __init__(self, run: RunFolder, storage: Any):
        optuna = _optuna()
        config, kind = config_of(run)
        self.run = run
        self._ranges: Mapping[str, Any] = config.search.genes if kind == "search" else config.sweep.parameters  # pyright: ignore
        self._goals = goals_of(config.search) if kind == "search" and config.search else ACCURACY
        self._num_seeds = (config.search if kind == "search" else config.sweep).seeds  # pyright: ignore
        self._size = -1
        self.study = optuna.create_study(
            storage=storage,
            study_name=f"{run.path.parent.name}/{run.path.name}",
            directions=["minimize" if name in TO_BE_SMALL else "maximize" for name in self._goals.objectives],
            load_if_exists=True,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it is experimental
            self.study.set_metric_names(list(self._goals.objectives))
        self._told = {trial.user_attrs.get(ID) for trial in self.study.get_trials(deepcopy=False)}

    def update(self) -> int:
        """Add the candidates that are whole and new; how many they were."""
        size = _size_of(self.run)
        if size == self._size:
            return 0
        self._size = size
        groups = by_candidate(read_records(self.run))
        whole = {name: group for name, group in groups.items() if len(group) >= self._num_seeds}
        new = [self._trial(name, group) for name, group in whole.items() if name not in self._told]
        if new:
            self.study.add_trials(new)
            self._told |= set(whole)
        return len(new)

    def _trial(self, name: str, group: Sequence[EvaluationRecord]) -> Any:
        optuna, values = _optuna(), group[0].values
        reasons = [record.reason for record in group if record.status == "failed"]
        objectives = None if reasons else objectives_of(group, self._goals)
        distributions = {key: distribution_of(self._ranges.get(key), value) for key, value in values.items()}
        shown = {column: _mean(group, column) for column in SHOWN}
        return optuna.trial.create_trial(
            state=optuna.trial.TrialState.FAIL if objectives is None else optuna.trial.TrialState.COMPLETE,
            values=objectives,
            params={key: plain_value(values[key], distributions[key]) for key in distributions},
            distributions=distributions,
            user_attrs={
                ID: name,
                "generation": group[0].generation,
                "seeds": [record.seed for record in group],
                "accuracies": [record.validation_accuracy for record in group],
                **{column: value for column, value in shown.items() if value is not None},
                **({"reason": for_terminal(reasons[0])} if reasons else {}),
            },
        )


def objectives_of(group: Sequence[EvaluationRecord], goals: Goals) -> list[float] | None:
    """The objectives of a candidate as they are, means over its seeds; None where one is missing."""
    found = [fitness_of(group) if name == "accuracy" else mean_of(group, name) for name in goals.objectives]
    return None if any(value is None for value in found) else [float(value) for value in found if value is not None]


def distribution_of(place: GeneRange | SweepRange | None, value: Any) -> Any:
    """Where a parameter goes, in Optuna's words."""
    given = _optuna().distributions
    choices = None if place is None else place.choices or getattr(place, "values", None)
    if choices is not None or place is None or place.low is None or place.high is None:
        options = [str(choice) for choice in choices or [value]]
        return given.CategoricalDistribution(list(dict.fromkeys([*options, str(value)])))
    low, high = min(place.low, value), max(place.high, value)
    is_log = place.scale == "log"
    if isinstance(place, GeneRange) and place.integer:
        return given.IntDistribution(int(low), int(high), log=is_log)
    return given.FloatDistribution(float(low), float(high), log=is_log)


def plain_value(value: Any, distribution: Any) -> Any:
    """A value as the distribution holds it."""
    return str(value) if type(distribution).__name__ == "CategoricalDistribution" else value


def config_of(run: RunFolder) -> tuple[ExperimentConfig, str]:
    """The config of a search or sweep, and which of the two it is; a study is a sweep.

    **Raises:** `InputError` for a run of another kind.
    """
    kind = str(run.read_summary().get("kind"))
    if kind not in ("search", "sweep"):
        raise InputError(f"{run.path} is a run of `{kind}`; the dashboard shows searches, sweeps and studies.")
    return read_run_config(run, kind), kind  # pyright: ignore[reportArgumentType]


def searches_in(folder: Path) -> list[Path]:
    """The runs below a folder of results that can be shown, in order.

    **Raises:** `InputError` where there is none.
    """
    rows = list_runs(folder).to_dict("records")
    found = [Path(str(row["run"])) for row in rows if row["kind"] in ("search", "sweep")]
    if not found:
        raise InputError(f"there is no search and no sweep in '{folder}'; name run folders, or --out.")
    return found


def mirrors_of(paths: Sequence[Path], storage: Any) -> list[Mirror]:
    """Mirrors of runs in one storage.

    **Raises:** `InputError` as `Mirror`.
    """
    return [Mirror(open_run(path), storage) for path in paths]


def follow(mirrors: Sequence[Mirror], *, until: Callable[[], bool], pause_s: float = 2.0) -> None:
    """Update mirrors once, and then again after every pause until it is time to stop."""
    while True:
        for mirror in mirrors:
            try:
                mirror.update()
            except RunFolderError:  # between two writings, or gone: the next look may find it
                continue
        if until():
            return
        time.sleep(pause_s)


def _size_of(run: RunFolder) -> int:
    """Bytes of the files that hold the evaluations."""
    return sum(path.stat().st_size for name in (LOG, EVALUATIONS) if (path := run.path / name).exists())


def _mean(group: Sequence[EvaluationRecord], column: str) -> float | None:
    values = [getattr(record, column) for record in group]
    return None if any(value is None for value in values) else float(sum(values) / len(values))


def _optuna() -> Any:
    try:
        optuna = importlib.import_module("optuna")
    except ImportError:
        raise MissingExtraError("optuna", "dashboard") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
