"""The archive of a run. Each record is written as it becomes final, and a known candidate is answered from it."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import pandas as pd

from ga_search.evolution import Candidate
from physdfa.store import RunFolder
from physdfa.store.evaluations import EVALUATIONS, read_evaluations, write_evaluations
from physdfa.workflow.candidates.records import RECORD_COLUMNS, Evaluate, EvaluationRecord, to_frame


class Archive:
    """Every evaluation of a run, written as it comes, so that an interrupt loses the running chunk only.

    **Arguments:**

    - `whole_generations`: under successive halving the fate of a candidate depends on its generation: then one is
      answered from the archive as a whole, or not at all.
    """

    def __init__(self, run: RunFolder, *, whole_generations: bool = False):
        self._run = run
        self._whole_generations = whole_generations
        self._earlier = {(record.candidate, record.seed): record for record in read_records(run)}
        self.records: list[EvaluationRecord] = []

    def add(self, records: Sequence[EvaluationRecord]) -> None:
        """Keep new records, in the file when this returns."""
        self.records += records
        here = {(record.candidate, record.seed) for record in self.records}
        waiting = [record for name, record in self._earlier.items() if name not in here]
        if self.records or waiting:
            write_evaluations(self._run, to_frame([*self.records, *waiting]))

    def knows(self, candidate: Candidate, seeds: Sequence[int]) -> bool:
        """Whether a candidate would be answered without being evaluated."""
        return all((candidate.id, seed) in self._earlier for seed in seeds)

    def answering(self, evaluate: Evaluate, seeds: Sequence[int]) -> Evaluate:
        """`evaluate`, asked only for those candidates that the archive does not know; it must `add` its own records.

        **Arguments:**

        - `seeds`: of each candidate; one is known if it has a record for each of them.
        """

        def answer(candidates: Sequence[Candidate]) -> list[EvaluationRecord]:
            known = [one for one in candidates if self.knows(one, seeds)]
            if self._whole_generations and len(known) < len(candidates):
                known = []
            found = [
                dataclasses.replace(self._earlier.pop((one.id, seed)), values=one.values, generation=one.generation)
                for one in known
                for seed in seeds
            ]
            start = len(self.records)
            self.add(found)
            names = {one.id for one in known}
            rest = [one for one in candidates if one.id not in names]
            for one in rest:
                for seed in seeds:
                    self._earlier.pop((one.id, seed), None)
            # As proposed, whatever came first: scheduling leaves no trace in what is stored.
            made = in_order(candidates, [*found, *(evaluate(rest) if rest else [])])
            if made != self.records[start:]:
                self.records[start:] = made
                self.add([])
            return made

        return answer


def in_order(candidates: Sequence[Candidate], records: Sequence[EvaluationRecord]) -> list[EvaluationRecord]:
    """The records by candidate as proposed, then by seed.

    **Raises:** `ValueError` unless each candidate, and no other, has an answer.
    """
    position = {candidate.id: at for at, candidate in enumerate(candidates)}
    answered = {record.candidate for record in records}
    if answered != set(position):
        missing, foreign = sorted(set(position) - answered), sorted(answered - set(position))
        raise ValueError(
            f"the evaluation did not answer for candidates {missing} and answered for unknown ones {foreign}."
        )
    return sorted(records, key=lambda record: (position[record.candidate], record.seed))


def read_records(run: RunFolder) -> list[EvaluationRecord]:
    """The records in a run's table; none where there is no table yet. Their values are as the table holds them."""
    if not (run.path / EVALUATIONS).exists():
        return []
    records = []
    for row in read_evaluations(run).to_dict("records"):
        kept: dict[str, Any] = {name: _plain(name, row[name]) for name in RECORD_COLUMNS if name in row}
        values = {str(name): value for name, value in row.items() if name not in RECORD_COLUMNS}
        records.append(EvaluationRecord(values=values, **kept))
    return records


def _plain(name: str, value: Any) -> Any:
    """A cell as a record has it: None where it is empty, a whole number where the column holds such."""
    if value is None or pd.isna(value):
        return None
    is_whole = RECORD_COLUMNS[name].lower() == "int64"
    return int(value) if is_whole else value
