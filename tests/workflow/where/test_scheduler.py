"""The scheduler, with workers that do as a test says: each task is answered once, whoever is lost, late or stopped."""

import random

import pytest

from physdfa import interrupt
from physdfa.interrupt import Interrupted
from physdfa.workflow.where.scheduler import (
    LEAST_PATIENCE_S,
    MOST_LOSSES,
    NO_WORKER_S,
    Answered,
    GivenUp,
    Joined,
    Lost,
    NoWorkersError,
    Raised,
    Scheduler,
)


class FakePool:
    """Workers "a", "b", ... on a clock of their own; `behave(worker, number, task)` says what comes of a task.

    It gives the seconds until the answer, None for a worker that never answers, or "lost" for one that dies of it.
    """

    def __init__(self, workers, behave=lambda worker, number, task: 1.0):
        self.time, self.behave, self.given, self.at_work = 0.0, behave, [], set()
        self.coming = [(0.0, Joined(worker)) for worker in workers]

    def give(self, worker, number, task):
        assert worker not in self.at_work, "a worker has one task at a time"
        self.at_work.add(worker)
        self.given.append((worker, task))
        seconds = self.behave(worker, number, task)
        if seconds == "lost":
            self.coming.append((self.time, Lost(worker)))
        elif seconds is not None:
            self.coming.append((self.time + seconds, Answered(worker, number, f"{task} by {worker}")))

    def events(self, timeout_s):
        self.coming.sort(key=lambda one: one[0])
        limit = self.time + timeout_s
        self.time = min(limit, max(self.time, self.coming[0][0])) if self.coming else limit
        due = [event for at, event in self.coming if at <= self.time]
        self.coming = [one for one in self.coming if one[0] > self.time]
        self.at_work -= {event.worker for event in due}
        return due

    def now(self):
        return self.time


def run(scheduler, tasks):
    waiting = iter(tasks)
    return list(scheduler.run(lambda: next(waiting, None)))


def test_each_task_is_answered_once_by_workers_that_share_them():
    pool = FakePool("abc")
    found = run(Scheduler(pool), range(20))
    assert sorted(task for task, _ in found) == list(range(20))
    assert {worker for worker, _ in pool.given} == set("abc")
    assert pool.time == pytest.approx(7.0)  # 20 tasks of a second, three at a time


def test_the_task_of_a_lost_worker_goes_to_another():
    pool = FakePool("ab", lambda worker, number, task: "lost" if worker == "a" else 1.0)
    scheduler = Scheduler(pool)
    assert sorted(run(scheduler, range(4))) == [(task, f"{task} by b") for task in range(4)]
    assert scheduler.tally.lost == scheduler.tally.given_again == 1


def test_a_worker_that_does_not_answer_blocks_nobody_and_its_late_answer_is_dropped():
    pool = FakePool("ab", lambda worker, number, task: 1000.0 if worker == "a" else 1.0)
    scheduler = Scheduler(pool)
    found = run(scheduler, range(5))
    assert sorted(found) == [(task, f"{task} by b") for task in range(5)]
    assert pool.time == pytest.approx(LEAST_PATIENCE_S + 1.0, abs=0.5)
    again = run(scheduler, range(5, 8))  # while "a" is still at its first task
    assert {answer for _, answer in again} == {"5 by b", "6 by b", "7 by b"}
    pool.behave = lambda worker, number, task: 2000.0 if task == 8 else 1.0
    assert len(run(scheduler, [8])) == 1
    assert scheduler.tally.late == 1


def test_a_task_that_kills_its_workers_is_given_up_and_the_others_are_not():
    pool = FakePool("abcdefg", lambda worker, number, task: "lost" if task == 1 else 1.0)
    found = dict(run(Scheduler(pool), range(4)))
    assert found.pop(1) == GivenUp(MOST_LOSSES)
    assert set(found) == {0, 2, 3}


def test_workers_may_come_late_and_none_at_all_is_told():
    pool = FakePool("")
    pool.coming.append((60.0, Joined("late")))
    assert run(Scheduler(pool), [1]) == [(1, "1 by late")]
    pool = FakePool("")
    with pytest.raises(NoWorkersError, match="no worker for 120 s"):
        run(Scheduler(pool), [1])
    assert pool.time == pytest.approx(NO_WORKER_S, abs=1.0)


def test_a_mistake_in_a_program_is_raised_and_what_was_open_is_forgotten():
    pool = FakePool("ab", lambda worker, number, task: None if task == 0 else 1.0)
    pool.coming.append((0.5, Raised("b", 1, ZeroDivisionError())))
    scheduler = Scheduler(pool)
    with pytest.raises(ZeroDivisionError):
        run(scheduler, range(2))
    pool.at_work.discard("b")
    assert [task for task, _ in run(scheduler, [2])] == [2]


def test_tasks_are_asked_for_when_a_worker_is_free_after_the_answers_so_far(monkeypatch):
    told, asked_after = [], []

    def propose():
        asked_after.append(len(told))
        return len(asked_after) if len(asked_after) <= 6 else None

    for task, _ in Scheduler(FakePool("ab")).run(propose):
        told.append(task)
    assert told == [1, 2, 3, 4, 5, 6]
    assert asked_after[:4] == [0, 0, 2, 2]


def test_a_signal_lets_what_is_at_work_end_and_begins_nothing(monkeypatch):
    pool, found = FakePool("ab"), []
    waiting = iter(range(10))

    def collect():
        for task, _ in Scheduler(pool).run(lambda: next(waiting, None)):
            found.append(task)
            monkeypatch.setattr(interrupt._state, "listening", True)
            monkeypatch.setattr(interrupt._state, "asked", 2)

    with pytest.raises(Interrupted):
        collect()
    assert sorted(found) == [task for _, task in pool.given] == [0, 1]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_happens_to_the_workers_no_task_is_lost_or_doubled(seed):
    draw = random.Random(seed)

    def behave(worker, number, task):
        fate = draw.random()
        if fate < 0.1:
            pool.coming.append((pool.time + draw.random(), Joined(f"{worker}'")))
            return "lost"
        return 100 * draw.random() if fate < 0.2 else draw.random()

    pool = FakePool("abcdefgh", behave)
    found = run(Scheduler(pool), range(200))
    assert sorted(task for task, _ in found) == list(range(200))
