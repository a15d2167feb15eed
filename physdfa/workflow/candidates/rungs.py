"""Successive halving: the trainings of a generation compete for the right to train on."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from ga_search.halving import at_rung
from physdfa.config import Halving
from physdfa.workflow.candidates.jobs import Job, Order, Progressed, Stretch


def train_by_halving(
    jobs: Sequence[Job],
    halving: Halving,
    epochs: int,
    seed: int,
    train: Callable[[Sequence[Job], range, bool], object],
) -> None:
    """All jobs train up to the first rung, the better ones up to the next, and so on.

    Their schedule is that of a whole training.

    **Arguments:**

    - `epochs`: of a whole training; `seed`: of the draw of those that are checked.
    - `train`: has jobs train so many epochs, and says whether others follow.
    """
    competing, checked = list(jobs), list[Job]()
    stops = [0, *halving.rungs, epochs]
    for reached, rung in pairwise(stops):
        going_on = [job for job in (*competing, *checked) if not job.failure]
        train(going_on, range(reached + 1, rung + 1), rung < stops[-1])
        if rung == stops[-1]:
            return
        by_candidate: dict[str, list[Job]] = {}
        for job in competing:
            by_candidate.setdefault(job.candidate.id, []).append(job)
            if job.rung_accuracy is None:
                job.rung_accuracy = job.accuracy
        accuracies = {
            name: math.fsum(job.accuracy for job in group) / len(group) for name, group in by_candidate.items()
        }
        decided = at_rung(accuracies, keep=halving.keep, checks=halving.checks, seed=seed)
        for name in decided.dropped:
            for job in by_candidate[name]:
                job.dropped_at = rung
                if name in decided.checked:
                    checked.append(job)
                else:
                    job.member = None
        competing = [job for job in competing if job.dropped_at is None]


class Stretcher:
    """In the place of an evaluator: has a place train a stretch of epochs. Here the jobs themselves come as far."""

    def __init__(self, evaluator: Any, epochs: range, goes_on: bool):
        self.config, self.samples, self.settings = evaluator.config, evaluator.samples, evaluator.settings
        self.advance = evaluator.advance
        self._evaluator, self._epochs, self._goes_on = evaluator, epochs, goes_on

    def score(self, chunk: Sequence[Job]) -> list[Progressed]:
        """Train the jobs; there is nothing to be put into them."""
        self._evaluator.train(chunk, self._epochs, goes_on=self._goes_on)
        return []

    def order(self, chunk: Sequence[Job]) -> Order:
        """As of the evaluator, with the state of each job."""
        states = [None if job.member is None else job.member.state for job in chunk]
        return self._evaluator.order(chunk)._replace(stretch=Stretch(self._epochs, self._goes_on, states))

    def unanswered(self, job: Job, reason: str) -> Progressed:
        """What came of a training that no worker has answered."""
        return Progressed((job.candidate.id, job.seed), failure=reason)
