"""The order in which trainings are put together."""

from physdfa.workflow.candidates.jobs import chunks_of


def test_chunks_come_in_one_order_however_many_trainings_are_ready_at_a_time():
    jobs, sizes = ["b1", "a1", "b2", "b3", "a2", "b4", "a3", "b5"], {"a": 2, "b": 2}
    expected = [["b1", "b2"], ["b3", "b4"], ["b5"], ["a1", "a2"], ["a3"]]
    for step in (1, 3, len(jobs)):
        ready = [jobs[first : first + step] for first in range(0, len(jobs), step)]
        assert list(chunks_of(ready, lambda job: job[0], lambda kind, job: sizes[kind])) == expected


def test_a_whole_chunk_of_the_first_kind_does_not_wait_for_the_rest():
    ready = iter([["a1", "b1"], ["a2"], ["b2"]])
    assert next(chunks_of(ready, lambda job: job[0], lambda kind, job: 2)) == ["a1", "a2"]
    assert next(ready) == ["b2"]
