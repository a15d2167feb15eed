"""The place where this process has its evaluations run: here, unless a command says otherwise."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from physdfa.interrupt import stop_if_asked

Source = Callable[[], Sequence[Any] | None]
"""The next chunk of trainings whenever a worker is free; None while there is none."""


class Task(Protocol):
    """A piece of work that can be pickled, and knows the config whose own modules it needs."""

    @property
    def config(self) -> Any:
        """The experiment."""
        ...

    def run(self, samples: Any) -> Any:
        """Do it in this process."""
        ...


TaskSource = Callable[[], Task | None]
"""The next task whenever a worker is free; None while there is none."""


class Scorer(Protocol):
    """What a place has do the work: the evaluator, as far as a place needs to know it."""

    def score(self, chunk: Sequence[Any]) -> list[Any]:
        """The records of a chunk of trainings, trained in this process."""
        ...


class Place(Protocol):
    """Where chunks of trainings are evaluated.

    - `is_here`: whether that is in this process.
    """

    is_here: bool

    @property
    def num_workers(self) -> int:
        """How many chunks run at a time."""
        ...

    def chunk_of(self, most: int) -> int:
        """Trainings per chunk, where there are `most` at a time."""
        ...

    def evaluate(self, scorer: Any, source: Source) -> Iterator[list[Any]]:
        """The records of each chunk, or of a part of it, as they come."""
        ...

    def each(self, samples: Any, source: TaskSource) -> Iterator[tuple[Any, Any]]:
        """Each task with what came of it, as they come."""
        ...


class Here:
    """This process, chunk by chunk.

    **Arguments:**

    - `chunk`: most trainings per chunk; None: as many as there are.
    """

    num_workers, is_here = 1, True

    def __init__(self, chunk: int | None = None):
        self._chunk = chunk

    def chunk_of(self, most: int) -> int:
        """As many as allowed."""
        return min(most, self._chunk or most)

    def evaluate(self, scorer: Scorer, source: Source) -> Iterator[list[Any]]:
        """One chunk after the other.

        **Raises:** `Interrupted` before a chunk, if a signal asked to stop: the caller has what the last one found.
        """
        while (chunk := source()) is not None:
            stop_if_asked()
            yield scorer.score(chunk)

    def each(self, samples: Any, source: TaskSource) -> Iterator[tuple[Any, Any]]:
        """One task after the other; otherwise as `evaluate`."""
        while (task := source()) is not None:
            stop_if_asked()
            yield task, task.run(samples)


_current: list[Place] = [Here()]


def current_place() -> Place:
    """Where evaluations run now."""
    return _current[-1]


@contextlib.contextmanager
def evaluating_at(place: Place) -> Iterator[None]:
    """Have all evaluations run there."""
    _current.append(place)
    try:
        yield
    finally:
        _current.remove(place)
