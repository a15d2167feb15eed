"""What a run does about trainings that fail, or hang. Where most fail it ends, with a diagnosis."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence

from physdfa.build import Samples, build_trial, split_rows, training_key
from physdfa.config import ExperimentConfig, Kind, with_values
from physdfa.errors import InputError, PhysdfaError
from physdfa.interrupt import end_process
from physdfa.training.diagnosis import first_not_finite
from physdfa.workflow.candidates.records import DIVERGED, EvaluationRecord

LEAST_FOR_A_SHARE = 20
"""Trainings before the share of those that failed is looked at."""


class Failures:
    """Counts the trainings of a run that fail, and ends it where too many do.

    **Arguments:**

    - `most`: share of failed trainings above which the run ends, 0 to 1; 1 never ends it.
    - `diagnose`: a sentence on why a training diverged, or "".
    - `name`: of the key that says `most`.
    """

    def __init__(self, most: float, diagnose: Callable[[EvaluationRecord], str], name: str):
        self._most, self._diagnose, self._name = most, diagnose, name
        self._num = self._num_failed = 0
        self._first: EvaluationRecord | None = None

    def add(self, records: Sequence[EvaluationRecord]) -> None:
        """Count records.

        **Raises:** `InputError` with a diagnosis, if too many have failed.
        """
        failed = [record for record in records if record.status == "failed"]
        self._num += len(records)
        self._num_failed += len(failed)
        if failed and (self._first is None or not _diverged(self._first)):
            self._first = next(filter(_diverged, failed), self._first or failed[0])
        if self._first is None or self._num < LEAST_FOR_A_SHARE or self._num_failed <= self._most * self._num:
            return
        first = self._first
        why = self._diagnose(first) if _diverged(first) else ""
        values = ", ".join(f"{key} = {value}" for key, value in first.values.items())
        raise InputError(
            f"{self._num_failed} of {self._num} trainings failed, a larger share than {self._name} = {self._most:g}. "
            f"One is {values}, with seed {first.seed}: {first.reason}.{why} Lower training.learning_rate or narrow the "
            f"ranges; with {self._name} = 1 no number of failures ends a run."
        )


def diagnosis_of(
    config: ExperimentConfig, samples: Samples, kind: Kind, epochs: int
) -> Callable[[EvaluationRecord], str]:
    """What trains a record's training once more and says what of it was no finite number first."""

    def diagnose(record: EvaluationRecord) -> str:
        try:
            changed = with_values(config, {**record.values, "training.epochs": epochs})
            trial = build_trial(changed, samples.dataset, record.seed)
            rows = split_rows(changed, kind, samples.dataset, 1).train[0]
            key = training_key(record.seed, record.candidate)
            found = first_not_finite(trial, samples.train, rows, key, epochs)
        except (PhysdfaError, RuntimeError):  # what cannot be trained again has its reason already
            return ""
        return f" Trained once more, the first that was no finite number is {found}." if found else ""

    return diagnose


def _diverged(record: EvaluationRecord) -> bool:
    return record.reason.startswith(DIVERGED)


@contextlib.contextmanager
def at_most(seconds: float | None, hung: Callable[[], str]) -> Iterator[None]:
    """End the process where this takes longer: nothing else ends what hangs in compiled code.

    **Arguments:**

    - `seconds`: None for no limit.
    - `hung`: notes what is to be known when the run goes on, and returns a sentence for the user.
    """
    if seconds is None:
        yield
        return
    timer = threading.Timer(seconds, lambda: end_process(hung, code=1))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
