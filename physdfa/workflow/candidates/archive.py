"""The archive of a run. Each record is written as it becomes final, and a known candidate is answered from it.

Whoever evaluates, in this process or elsewhere, hands over records by `add`, and notes by `training` what is in
training.
"""

import contextlib
import dataclasses
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from ga_search.evolution import Candidate
from physdfa.interrupt import before_leaving
from physdfa.store import RunFolder
from physdfa.store.evaluation_log import (
    LOG,
    EvaluationLog,
    Row,
    Training,
    append_rows,
    begin_log,
    note,
    note_begun,
    read_log,
)
from physdfa.store.evaluations import EVALUATIONS, TEXTS, read_evaluations, write_evaluations
from physdfa.workflow.candidates.failures import Failures, at_most
from physdfa.workflow.candidates.records import RECORD_COLUMNS, Evaluate, EvaluationRecord, record_of, row_of, to_frame


class Archive:
    """Every evaluation of a run, appended as it comes, so that an interrupt loses the running chunk only.

    At the end of `with Archive(run) as archive:`, however it comes, the log becomes the table.

    **Arguments:**

    - `whole_generations`: under successive halving the fate of a candidate depends on its generation: then one is
      answered from the archive as a whole, or not at all.
    - `failures`: counts what fails, and may end the run.
    - `time_limit_s`: longest time of one training [s]; a chunk of n has n times as long. None: any time.
    """

    def __init__(
        self,
        run: RunFolder,
        *,
        whole_generations: bool = False,
        failures: Failures | None = None,
        time_limit_s: float | None = None,
    ):
        self._run = run
        self._failures, self._time_limit_s = failures, time_limit_s
        self._log = run.path / LOG
        self._whole_generations = whole_generations
        log = read_log(self._log)
        self._deaths = log.deaths
        self._is_begun = self._log.exists() and bool(log.types) and not log.num_damaged
        self._earlier = {(record.candidate, record.seed): record for record in _records(run, log)}
        self.records: list[EvaluationRecord] = []

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with contextlib.suppress(*(() if kind is None else (OSError,))):  # the first error is the one to be told
            self._close()

    def add(self, records: Sequence[EvaluationRecord]) -> None:
        """Keep new records, on the disk when this returns.

        **Raises:** `InputError`, once they are kept, if too many have failed.
        """
        if records:
            self._run.check_held()
            self._begin()
            append_rows(self._log, [row_of(record) for record in records])
            self.records += records
            if self._failures is not None:
                self._failures.add(records)

    @contextlib.contextmanager
    def training(self, trainings: Sequence[Training]) -> Iterator[None]:
        """Note what is in training, so that what ends the process is known when the run goes on.

        What takes too long ends the process.
        """
        self._run.check_held()
        self._begin()
        note_begun(self._log, trainings)
        before_leaving(self, lambda: note(self._log, "ended"))
        try:
            with at_most(self.time_limit(len(trainings)), self._hung):
                yield
        except BaseException:
            with contextlib.suppress(OSError):
                note(self._log, "ended")
            raise
        else:
            note(self._log, "ended")
        finally:
            before_leaving(self, None)

    def time_limit(self, num_trainings: int) -> float | None:
        """Longest time of a chunk of so many [s]; None: any."""
        return None if self._time_limit_s is None else self._time_limit_s * num_trainings

    def most_together(self, training: Training) -> int | None:
        """Most trainings of a chunk with this one; None: any number; 0: it must not be trained again.

        A chunk in which the process died is halved. What died twice alone, or hung alone, is not tried again.
        """
        sizes = self._deaths.get(training, ())
        if not sizes:
            return None
        return 0 if sizes[-1] == 0 or list(sizes[-2:]) == [1, 1] else max(1, sizes[-1] // 2)

    def refusal(self, training: Training) -> str:
        """Why one must not be trained again; empty for most."""
        if self.most_together(training) != 0:
            return ""
        if self._deaths[training][-1] == 0:
            return f"took longer than the time limit of {self._time_limit_s or 0:g} s"
        return "the process died while it was evaluated, twice"

    def _hung(self) -> str:
        note(self._log, "hung")
        reason = f"a training took longer than its time limit of {self._time_limit_s:g} s"
        self._run.write_summary({"status": "interrupted", "reason": reason})
        return (
            f"error: {reason}. The whole process was ended, since nothing else ends what hangs in compiled code; "
            f"physdfa resume {self._run.path} goes on, tries its chunk in halves, and leaves out what hangs alone."
        )

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
            self.records += found
            names = {one.id for one in known}
            rest = [one for one in candidates if one.id not in names]
            for one in rest:
                for seed in seeds:
                    self._earlier.pop((one.id, seed), None)
            # As proposed, whatever came first: scheduling leaves no trace in what is stored.
            self.records[start:] = in_order(candidates, [*found, *(evaluate(rest) if rest else [])])
            return self.records[start:]

        return answer

    def _all(self) -> list[EvaluationRecord]:
        """What was asked for in this process, and what waits to be."""
        return [*self.records, *self._earlier.values()]

    def _begin(self) -> None:
        """A log that can be appended: a new one after a table, or in the place of a damaged one."""
        if not self._is_begun:
            begin_log(self._log, RECORD_COLUMNS, map(row_of, self._all()))
            self._is_begun = True

    def _close(self) -> None:
        if not self._log.exists():
            return
        if records := self._all():
            write_evaluations(self._run, to_frame(records))
        self._log.unlink()
        self._is_begun = False


class Watch:
    """The archive of a run for trainings that are no candidates: their deaths and hangs are known, no records kept.

    **Arguments:**

    - `name`: tells these trainings from others of the same candidate and seed.
    """

    def __init__(self, archive: Archive, name: str):
        self._archive, self._name = archive, name

    def _named(self, training: Training) -> Training:
        return f"{training[0]} as {self._name}", training[1]

    def add(self, records: Sequence[EvaluationRecord]) -> None:
        """Keep nothing: who asked for them has the records."""

    def training(self, trainings: Sequence[Training]) -> contextlib.AbstractContextManager[None]:
        """As of `Archive`."""
        return self._archive.training([self._named(one) for one in trainings])

    def time_limit(self, num_trainings: int) -> float | None:
        """As of `Archive`."""
        return self._archive.time_limit(num_trainings)

    def most_together(self, training: Training) -> int | None:
        """As of `Archive`."""
        return self._archive.most_together(self._named(training))

    def refusal(self, training: Training) -> str:
        """As of `Archive`."""
        return self._archive.refusal(self._named(training))


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
    """The records of a run as it stands; none where it has no table yet."""
    return _records(run, read_log(run.path / LOG))


def _records(run: RunFolder, log: EvaluationLog) -> list[EvaluationRecord]:
    if log.rows or not (run.path / EVALUATIONS).exists():
        return [record_of(row) for row in log.rows]
    frame = read_evaluations(run)
    texts = frame.attrs[TEXTS]
    records = []
    for cells in frame.to_dict("records"):
        kept = {name: _plain(name, cells[name]) for name in RECORD_COLUMNS if name in cells}
        values = {
            str(name): json.loads(cell) if name in texts else cell
            for name, cell in cells.items()
            if name not in RECORD_COLUMNS
        }
        records.append(record_of(Row(values, kept)))
    return records


def _plain(name: str, value: Any) -> Any:
    """A cell as a record has it: None where it is empty, a whole number where the column holds such."""
    if value is None or pd.isna(value):
        return None
    is_whole = RECORD_COLUMNS[name].lower() == "int64"
    return int(value) if is_whole else value
