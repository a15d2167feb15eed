"""Records of evaluations, as a table and as a fitness. The fitness is never NaN."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from ga_search.evolution import Candidate
from physdfa.analysis import EARLY_EPOCHS
from physdfa.store.evaluation_log import Row
from physdfa.store.evaluations import frame_of

WORST_FITNESS = 0.0  # fitness is an accuracy: nothing that trained is below, and unlike -inf it fits in JSON and a mean
DIVERGED = "diverged"
"""How the reason of a training begins in which something was no finite number."""
ACCURACY_ROUNDING = 1e-6  # a float32 mean of ones may exceed one by this much

# The columns after those of the varied keys, with their types; specs/cli.md, evaluations.parquet.
RECORD_COLUMNS = {
    "candidate": "str",
    "generation": "int64",
    "seed": "int64",
    "validation_accuracy": "float64",
    "validation_loss": "float64",
    "firing_rate": "float64",
    "outside_range": "float64",
    "alignment": "float64",
    "g_mean_over_spread": "float64",
    "g_correlation": "float64",
    "g_rms": "float64",
    **{f"{score}_{epoch}": "float64" for score in ("alignment", "validation_accuracy") for epoch in EARLY_EPOCHS},
    "energy": "float64",
    "feedback_bits": "float64",
    "robustness": "float64",
    "epochs": "Int64",
    "rung_accuracy": "float64",
    "dropped_at": "Int64",
    "wall_time_s": "float64",
    "status": "str",
    "reason": "str",
}


@dataclass(frozen=True)
class EvaluationRecord:
    """One candidate trained with one seed. An accuracy that is missing or not finite makes the record a failed one.

    **Arguments:**

    - `candidate`: its id, from `candidate_id`.
    - `values`: value by varied key.
    - `generation`: in which it was first proposed; 0 is the random first one, and always 0 in a sweep.
    - `seed`: of this training.
    - `status`: "ok" or "failed"; with a `reason` if failed.
    - `validation_accuracy`: fraction in [0, 1]; None if failed.
    - `validation_loss`: None if failed.
    - `firing_rate`: spikes per hidden neuron and time step, mean over the hidden layers.
    - `outside_range`: share of the requests outside of the device's measured range after the last epoch, in the hidden
      layer where it is largest; None for devices known everywhere.
    - `alignment`, `g_mean_over_spread`, `g_correlation`, `g_rms`: of the network before training, see `EarlyScores`;
      None where there is none, and `g_mean_over_spread` for a g without any spread.
    - `alignment_1` ...: after so many epochs, and `validation_accuracy_1` ...; None where these are all, or more.
    - `energy`: of the backward pass of one training sample [J]; None where there is no hardware.
    - `feedback_bits`: moved to bring the error of one training sample to the hidden neurons; None without feedback.
    - `robustness`: validation accuracy of the same candidate trained under `[search.robustness]`; None without it.
    - `epochs`: that it trained; None in archives that did not say.
    - `rung_accuracy`: validation accuracy at the first rung of successive halving; None without it.
    - `dropped_at`: epoch of the rung at which it was among those to be dropped; None for those that went on.
    - `wall_time_s`: this candidate's share of the time of its batch [s].

    **Raises:** `ValueError` for an accuracy outside [0, 1], such as a percentage.
    """

    candidate: str
    values: Mapping[str, Any]
    generation: int
    seed: int
    status: Literal["ok", "failed"]
    reason: str = ""
    validation_accuracy: float | None = None
    validation_loss: float | None = None
    firing_rate: float | None = None
    outside_range: float | None = None
    alignment: float | None = None
    g_mean_over_spread: float | None = None
    g_correlation: float | None = None
    g_rms: float | None = None
    alignment_1: float | None = None
    alignment_2: float | None = None
    alignment_3: float | None = None
    validation_accuracy_1: float | None = None
    validation_accuracy_2: float | None = None
    validation_accuracy_3: float | None = None
    energy: float | None = None
    feedback_bits: float | None = None
    robustness: float | None = None
    epochs: int | None = None
    rung_accuracy: float | None = None
    dropped_at: int | None = None
    wall_time_s: float = 0.0

    def __post_init__(self):
        accuracy = _finite_or_none(self.validation_accuracy)
        if accuracy is not None and not 0.0 <= accuracy <= 1.0 + ACCURACY_ROUNDING:
            raise ValueError(f"`validation_accuracy` is a fraction in [0, 1]; got {accuracy}.")
        if self.status == "ok" and accuracy is None:
            object.__setattr__(self, "status", "failed")
            object.__setattr__(self, "reason", self.reason or f"validation accuracy is {self.validation_accuracy}")
        object.__setattr__(self, "validation_accuracy", accuracy if self.status == "ok" else None)
        for name in (name for name, kind in RECORD_COLUMNS.items() if kind == "float64"):
            object.__setattr__(self, name, _finite_or_none(getattr(self, name)))

    @property
    def is_complete(self) -> bool:
        """Whether it was trained to the end: never dropped, or trained on all the same to see what dropping costs."""
        return self.dropped_at is None or (self.epochs is not None and self.epochs > self.dropped_at)


Evaluate = Callable[[Sequence[Candidate]], Sequence[EvaluationRecord]]
"""What scores candidates: a record for each of them and each seed, in any order."""


def fitness_of(records: Sequence[EvaluationRecord]) -> float:
    """Mean validation accuracy over the seeds of one candidate; `WORST_FITNESS` if any seed failed.

    One failed seed fails the candidate: the mean over the others would reward a device that trains only sometimes.

    **Raises:** `ValueError` for no records, or records of several candidates.
    """
    if len({record.candidate for record in records}) != 1:
        raise ValueError(
            f"the fitness belongs to one candidate; got records of {[record.candidate for record in records]}."
        )
    accuracies = [record.validation_accuracy for record in records if record.validation_accuracy is not None]
    if len(accuracies) < len(records):
        return WORST_FITNESS
    return math.fsum(accuracies) / len(accuracies)


def row_of(record: EvaluationRecord) -> Row:
    """The record as the table of a run holds it: its values, and its `RECORD_COLUMNS`."""
    return Row(record.values, {name: getattr(record, name) for name in RECORD_COLUMNS})


def record_of(row: Row) -> EvaluationRecord:
    """The record that `row_of` made a row of; columns of another version are left out."""
    kept: dict[str, Any] = {name: value for name, value in row.columns.items() if name in RECORD_COLUMNS}
    return EvaluationRecord(values=row.values, **kept)


def to_frame(records: Sequence[EvaluationRecord]) -> pd.DataFrame:
    """One row per record: a column per varied key, then `RECORD_COLUMNS`; otherwise as `frame_of`."""
    return frame_of([row_of(record) for record in records], RECORD_COLUMNS)


def _finite_or_none(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
