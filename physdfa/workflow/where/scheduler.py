"""Tasks to workers that come and go: none lost, none counted twice. It knows neither what a task is nor who runs it."""

import statistics
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from physdfa.errors import PhysdfaError
from physdfa.interrupt import Interrupted, stop_if_asked

PATIENCE = 5.0
"""A task that has run for so many times the median duration is given to a second worker, once there is one idle."""
LEAST_PATIENCE_S = 10.0
FIRST_PATIENCE_S = 600.0
"""Patience while no duration is known: the first tasks compile."""
KNOWN_DURATIONS = 101
MOST_LOSSES = 5
"""Workers that a task may lose before it is given up: it may be the one that kills them."""
MOST_HOLDERS = 2
POLL_S = 0.2
NO_WORKER_S = 120.0
"""Longest time without any worker."""


class Joined(NamedTuple):
    """A worker has come, and is free."""

    worker: str


class Lost(NamedTuple):
    """A worker has gone, with whatever it was at."""

    worker: str


class Answered(NamedTuple):
    """A worker has done the task with this number, and is free."""

    worker: str
    number: int
    answer: Any


class Raised(NamedTuple):
    """A task has raised what is no failure of an evaluation but a mistake in a program."""

    worker: str
    number: int
    error: BaseException


class GivenUp(NamedTuple):
    """Stands in the place of an answer: so many workers were lost with the task."""

    losses: int


class Pool(Protocol):
    """Workers by name, whoever runs them."""

    def give(self, worker: str, number: int, task: Any) -> None:
        """Have a free worker begin a task."""
        ...

    def events(self, timeout_s: float) -> list[Joined | Lost | Answered | Raised]:
        """What has happened, in its order; waits so long for something to happen."""
        ...

    def now(self) -> float:
        """The time [s] on a clock that never goes back."""
        ...


class NoWorkersError(PhysdfaError):
    """All workers have gone, and none has come in their place."""


@dataclass
class Tally:
    """What has happened to the workers: how many joined and were lost, tasks given again, and late answers dropped."""

    joined: int = 0
    lost: int = 0
    given_again: int = 0
    late: int = 0


class _Held(NamedTuple):
    number: int
    since: float


class Scheduler:
    """Gives tasks to the workers of a pool, one at a time each, and takes the first answer to each.

    The task of a lost worker goes to the next free one. One that a worker does not answer goes to a second worker, too,
    once it has taken `PATIENCE` times the median duration and nothing else is left for an idle worker to do; of two
    answers the later is dropped. A scheduler serves several `run`s, one after the other: what is late in one does not
    keep the next one waiting.
    """

    def __init__(self, pool: Pool):
        self.tally = Tally()
        self._pool = pool
        self._free: dict[str, None] = {}
        self._held: dict[str, _Held] = {}
        self._open: dict[int, Any] = {}
        self._holders: Counter[int] = Counter()
        self._losses: Counter[int] = Counter()
        self._again: deque[int] = deque()
        self._durations: deque[float] = deque(maxlen=KNOWN_DURATIONS)
        self._next_number = 0
        self._without_worker_since = pool.now()

    def run(self, next_task: Callable[[], Any | None]) -> Iterator[tuple[Any, Any]]:
        """Each task with its answer, or with `GivenUp`, as they come.

        **Arguments:**

        - `next_task`: asked whenever a worker is free, after all answers so far were taken; None while there is none.
          The run ends when there is none and nothing is open.

        **Raises:** `Interrupted` once a signal has asked to stop and what was begun is answered, or late;
        `NoWorkersError`; whatever a task raised.
        """
        try:
            while True:
                if not _is_stopping():
                    self._hand_out(next_task)
                    if not self._open:
                        return
                elif not self._worth_waiting_for():
                    stop_if_asked()
                for event in self._pool.events(POLL_S):
                    found = self._took(event)
                    if found is not None:
                        yield found
                self._check_workers()
        finally:
            self._open.clear()
            self._again.clear()
            self._holders.clear()
            self._losses.clear()

    def _hand_out(self, next_task: Callable[[], Any | None]) -> None:
        """A task for each free worker: those that were lost, then new ones, then those that are late."""
        while self._free or not self._open:
            number = self._again.popleft() if self._again else self._new(next_task)
            number = self._late() if number is None else number
            if number is None:
                return
            if not self._free:  # nothing was open, so that a run without workers does not end at once
                self._again.append(number)
                return
            worker = next(iter(self._free))
            del self._free[worker]
            self._held[worker] = _Held(number, self._pool.now())
            self._holders[number] += 1
            self._pool.give(worker, number, self._open[number])

    def _new(self, next_task: Callable[[], Any | None]) -> int | None:
        task = next_task()
        if task is None:
            return None
        number = self._next_number
        self._next_number += 1
        self._open[number] = task
        return number

    def _late(self) -> int | None:
        """The open task that has been held longest, if that is too long and no second worker has it."""
        limit = self._pool.now() - self.patience_s
        held = [one for one in self._held.values() if one.since < limit and self._is_single(one.number)]
        if not held:
            return None
        self.tally.given_again += 1
        return min(held, key=lambda one: one.since).number

    def _is_single(self, number: int) -> bool:
        return number in self._open and self._holders[number] < MOST_HOLDERS

    @property
    def patience_s(self) -> float:
        """How long a task may take before a second worker is given it [s]."""
        if not self._durations:
            return FIRST_PATIENCE_S
        return max(LEAST_PATIENCE_S, PATIENCE * statistics.median(self._durations))

    def _worth_waiting_for(self) -> bool:
        """Whether a worker is at an open task, and not late with it."""
        limit = self._pool.now() - self.patience_s
        return any(one.number in self._open and one.since >= limit for one in self._held.values())

    def _took(self, event: Joined | Lost | Answered | Raised) -> tuple[Any, Any] | None:
        if isinstance(event, Joined):
            self.tally.joined += 1
            self._free[event.worker] = None
            return None
        held = self._held.pop(event.worker, None)
        if held is not None and self._holders[held.number]:
            self._holders[held.number] -= 1
        if isinstance(event, Lost):
            self.tally.lost += 1
            self._free.pop(event.worker, None)
            return None if held is None else self._lost_with(held.number)
        self._free[event.worker] = None
        if event.number not in self._open:
            self.tally.late += 1
            return None
        if isinstance(event, Raised):
            raise event.error
        if held is not None:
            self._durations.append(self._pool.now() - held.since)
        return self._closed(event.number), event.answer

    def _lost_with(self, number: int) -> tuple[Any, Any] | None:
        """What becomes of the task of a lost worker: given again, unless another has it, it is done, or given up."""
        if number not in self._open:
            return None
        self._losses[number] += 1
        if self._losses[number] >= MOST_LOSSES:
            losses = self._losses[number]
            return self._closed(number), GivenUp(losses)
        if not self._holders[number]:
            self._again.append(number)
            self.tally.given_again += 1
        return None

    def _closed(self, number: int) -> Any:
        if number in self._again:
            self._again.remove(number)
        self._holders.pop(number, None)
        self._losses.pop(number, None)
        return self._open.pop(number)

    def _check_workers(self) -> None:
        if self._free or self._held:
            self._without_worker_since = self._pool.now()
        elif self._pool.now() - self._without_worker_since > NO_WORKER_S:
            raise NoWorkersError(
                f"there was no worker for {NO_WORKER_S:.0f} s: all were lost, or none could start; see `ray status`. "
                "What was evaluated is kept."
            )


def _is_stopping() -> bool:
    try:
        stop_if_asked()
    except Interrupted:
        return True
    return False
