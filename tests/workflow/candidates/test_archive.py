"""The archive: what is final is in the file, and what it knows is not evaluated again."""

from datetime import UTC, datetime

import pytest

from ga_search.evolution import Candidate
from physdfa.store import create_run
from physdfa.store.evaluation_log import LOG, begin_log, note_begun
from physdfa.store.evaluations import read_evaluations
from physdfa.workflow.candidates.archive import Archive, in_order, read_records
from physdfa.workflow.candidates.records import RECORD_COLUMNS, EvaluationRecord

CANDIDATES = [Candidate(f"c{n}", {"device.v_bias": float(n)}, 0) for n in range(4)]


@pytest.fixture
def run(tmp_path):
    config = '[experiment]\nname = "a"\nseed = 0\n'
    return create_run(tmp_path, "a", config, command_line=["x"], kind="search", now=datetime(2026, 1, 1, tzinfo=UTC))


def records_of(candidates, seeds=(0, 1)):
    return [
        EvaluationRecord(
            one.id, one.values, one.generation, seed, "ok", validation_accuracy=0.1 + seed / 7, epochs=3, energy=1e-11
        )
        for one in candidates
        for seed in seeds
    ]


def make_evaluate(archive, calls):
    def evaluate(candidates):
        calls.append([one.id for one in candidates])
        archive.add(records_of(candidates))
        return records_of(candidates)

    return evaluate


def test_records_come_back_from_the_file_as_they_went_in(run):
    failed = EvaluationRecord("f", {"device.v_bias": 9.0}, 1, 0, "failed", reason="diverged", dropped_at=2)
    Archive(run).add([*records_of(CANDIDATES), failed])
    assert set(map(str, read_records(run))) == set(map(str, [*records_of(CANDIDATES), failed]))


def test_known_candidates_are_answered_and_only_the_others_evaluated(run):
    Archive(run).add([*records_of(CANDIDATES[:2]), *records_of(CANDIDATES[2:3], seeds=(0,))])
    calls, archive = [], Archive(run)
    answered = archive.answering(make_evaluate(archive, calls), [0, 1])(CANDIDATES)
    assert calls == [["c2", "c3"]]  # one of the two seeds of c2 is not enough
    assert sorted(map(str, answered)) == sorted(map(str, records_of(CANDIDATES)))
    assert len(read_evaluations(run)) == 8


def test_what_waits_for_its_generation_stays_in_the_file(run):
    Archive(run).add(records_of(CANDIDATES))
    archive = Archive(run)
    archive.answering(make_evaluate(archive, []), [0, 1])(CANDIDATES[:1])
    assert len(archive.records) == 2
    assert len(read_evaluations(run)) == 8


def test_under_halving_a_generation_is_known_as_a_whole_or_not_at_all(run):
    Archive(run).add(records_of(CANDIDATES[:3]))
    calls, archive = [], Archive(run, whole_generations=True)
    answer = archive.answering(make_evaluate(archive, calls), [0, 1])
    answer(CANDIDATES[:2])
    answer(CANDIDATES[2:])
    assert calls == [["c2", "c3"]]
    assert len(read_evaluations(run)) == 8


def test_the_log_becomes_the_table_at_the_end_and_the_table_a_log_when_the_run_grows(run):
    log = run.path / LOG
    with Archive(run) as archive:
        archive.add(records_of(CANDIDATES[:2]))
        assert log.exists()
    assert not log.exists()

    def interrupted():
        with Archive(run) as archive:
            archive.add(records_of(CANDIDATES[2:3]))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not log.exists()
    assert sorted(map(str, read_records(run))) == sorted(map(str, records_of(CANDIDATES[:3])))
    Archive(run).add(records_of(CANDIDATES[3:]))  # and is killed
    assert sorted(map(str, read_records(run))) == sorted(map(str, records_of(CANDIDATES)))


def test_only_what_is_new_is_written(run):
    archive, log = Archive(run), run.path / LOG
    archive.add(records_of(CANDIDATES[:1]))
    before = log.read_bytes()
    archive.add(records_of(CANDIDATES[1:2]))
    assert log.read_bytes().startswith(before)
    assert log.read_bytes().count(b"\n") == before.count(b"\n") + 2


def test_a_damaged_line_is_evaluated_again(run):
    Archive(run).add(records_of(CANDIDATES, seeds=(0,)))
    log = run.path / LOG
    log.write_bytes(log.read_bytes().replace(b'"candidate":"c1"', b'"candidate":"c7"'))
    calls, archive = [], Archive(run)
    evaluate = archive.answering(make_evaluate(archive, calls), [0])
    evaluate(CANDIDATES)
    assert calls == [["c1"]]
    assert len(read_evaluations(run)) == 5  # two seeds of c1: the log is whole again


def test_what_died_is_tried_in_smaller_chunks_and_twice_alone_not_again(run):
    trainings, limits = [(one.id, 0) for one in CANDIDATES], []
    begin_log(run.path / LOG, RECORD_COLUMNS)
    for _ in range(5):
        limits.append(Archive(run).most_together(trainings[0]))
        note_begun(run.path / LOG, trainings[: 4 if limits[-1] is None else limits[-1]])  # and is killed
    assert limits == [None, 2, 1, 1, 0]
    with pytest.raises(ValueError, match="an error"), Archive(run).training(trainings[3:]):
        raise ValueError("an error is no death")
    assert Archive(run).most_together(trainings[3]) == 2


def test_records_are_kept_as_proposed_whatever_the_order_of_the_answer(run):
    archive = Archive(run)

    def evaluate(candidates):
        for one in reversed(candidates):
            archive.add(records_of([one], seeds=(1, 0)))
        return archive.records[::-1]

    archive.answering(evaluate, (0, 1))(CANDIDATES)
    asked = [(one.id, seed) for one in CANDIDATES for seed in (0, 1)]
    assert [(record.candidate, record.seed) for record in archive.records] == asked


def test_an_evaluation_that_answers_for_others_is_refused():
    with pytest.raises(
        ValueError, match=r"did not answer for candidates \['c0'\] and answered for unknown ones \['c2'\]"
    ):
        in_order(CANDIDATES[:2], records_of(CANDIDATES[1:3]))
