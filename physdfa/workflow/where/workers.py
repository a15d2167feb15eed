"""The place that has workers train its chunks, whoever runs the workers."""

import math
import pickle
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from physdfa.workflow.own_modules import own_sources
from physdfa.workflow.where.place import Source
from physdfa.workflow.where.scheduler import GivenUp, Pool, Scheduler
from physdfa.workflow.where.worker import Done


class Sent(NamedTuple):
    """A chunk, and what a worker is sent of it: the arguments of `Worker.train`."""

    chunk: Sequence[Any]
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

    keeps_states = False

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
        """The records of each chunk as they come; one that no worker answers is halved, and failed if it is single."""
        settings = own_sources(scorer.config), pickle.dumps(scorer.settings), *self._pool.share(scorer.samples)
        again = deque[Sequence[Any]]()

        def next_task() -> Sent | None:
            chunk = again.popleft() if again else source()
            return None if chunk is None else Sent(chunk, (*settings, pickle.dumps(scorer.order(chunk))))

        for sent, answer in self.scheduler.run(next_task):
            if isinstance(answer, Done):
                scorer.advance(answer.advanced)
                yield list(answer.records)
            elif isinstance(answer, GivenUp) and len(sent.chunk) > 1:
                middle = len(sent.chunk) // 2
                again += [sent.chunk[:middle], sent.chunk[middle:]]
            elif isinstance(answer, GivenUp):
                reason = (
                    f"{answer.losses} workers were lost while they trained it: it may need more memory than they have"
                )
                yield [scorer.unanswered(sent.chunk[0], reason)]
