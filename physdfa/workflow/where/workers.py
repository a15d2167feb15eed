"""The place that has workers train its chunks, whoever runs the workers."""

import math
import pickle
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from physdfa.workflow.own_modules import own_sources
from physdfa.workflow.where.place import Source, TaskSource
from physdfa.workflow.where.scheduler import GivenUp, NoWorkersError, Pool, Scheduler
from physdfa.workflow.where.worker import Done


class Sent(NamedTuple):
    """A chunk or task, and what a worker is sent of it: a method of `Worker`, and its arguments."""

    what: Any
    method: str
    arguments: tuple[Any, ...]


class SharingPool(Pool, Protocol):
    """A pool whose machines can be sent data once for all tasks."""

    @property
    def num_workers(self) -> int:
        """Workers that there are room for now, one at least."""
        ...

    def share(self, samples: Any) -> tuple[Any, str]:
        """What stands for the samples in a task, and a name that other samples do not have."""
        ...


class Workers:
    """Chunks are trained by the workers of a pool; their records come back to this process, which alone writes.

    **Arguments:**

    - `chunk`: most trainings per chunk; None: what there is at a time, in equal parts for the workers of now.
    """

    is_here = False

    def __init__(self, pool: SharingPool, chunk: int | None = None):
        self.scheduler = Scheduler(pool)
        self._pool, self._chunk = pool, chunk

    @property
    def num_workers(self) -> int:
        """As many as there is room for now."""
        return self._pool.num_workers

    def chunk_of(self, most: int) -> int:
        """As many as allowed, or an equal part for each worker."""
        return min(most, self._chunk or math.ceil(most / self.num_workers))

    def evaluate(self, scorer: Any, source: Source) -> Iterator[list[Any]]:
        """The records of each chunk as they come. One that no worker survives is halved; alone, it fails."""
        shared = own_sources(scorer.config), *self._pool.share(scorer.samples), pickle.dumps(scorer.settings)
        again = deque[Sequence[Any]]()

        def next_task() -> Sent | None:
            chunk = again.popleft() if again else source()
            return None if chunk is None else Sent(chunk, "train", (*shared, pickle.dumps(scorer.order(chunk))))

        for sent, answer in self.scheduler.run(next_task):
            if isinstance(answer, Done):
                scorer.advance(answer.advanced)
                yield list(answer.records)
            elif isinstance(answer, GivenUp) and len(sent.what) > 1:
                middle = len(sent.what) // 2
                again += [sent.what[:middle], sent.what[middle:]]
            elif isinstance(answer, GivenUp):
                reason = (
                    f"{answer.losses} workers were lost while they trained it: it may need more memory than they have"
                )
                yield [scorer.unanswered(sent.what[0], reason)]

    def each(self, samples: Any, source: TaskSource) -> Iterator[tuple[Any, Any]]:
        """Each task with what came of it, as they come.

        **Raises:** `NoWorkersError` for one that no worker survives.
        """
        shared = self._pool.share(samples)

        def next_task() -> Sent | None:
            task = source()
            return None if task is None else Sent(task, "run", (own_sources(task.config), *shared, pickle.dumps(task)))

        for sent, answer in self.scheduler.run(next_task):
            if isinstance(answer, GivenUp):
                raise NoWorkersError(
                    f"{answer.losses} workers were lost with the same task: it may need more memory than they have."
                )
            yield sent.what, answer
