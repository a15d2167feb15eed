"""A training that fails costs itself; many of them end the run with a diagnosis; one that hangs ends the process."""

import subprocess
import sys
from datetime import UTC, datetime

import jax
import pytest

from physdfa.build import build_trial, load_samples, split_rows, training_key
from physdfa.config import with_values
from physdfa.errors import InputError
from physdfa.store import create_run, open_run
from physdfa.store.evaluation_log import LOG, begin_log, note, note_begun
from physdfa.training import Trainer
from physdfa.training.diagnosis import first_not_finite
from physdfa.workflow.candidates.archive import Archive, Watch
from physdfa.workflow.candidates.evaluator import Evaluator
from physdfa.workflow.candidates.failures import LEAST_FOR_A_SHARE, Failures
from physdfa.workflow.candidates.records import RECORD_COLUMNS, EvaluationRecord
from tests.workflow.candidates.test_evaluator import LEARNING, candidate, results
from tests.workflow.tiny import make_config

RATE = "training.learning_rate"


@pytest.fixture(scope="module")
def samples():
    return load_samples(make_config(), None)


@pytest.fixture
def run(tmp_path):
    config = '[experiment]\nname = "a"\nseed = 0\n'
    return create_run(tmp_path, "a", config, command_line=["x"], kind="search", now=datetime(2026, 1, 1, tzinfo=UTC))


def make_evaluator(samples, archive=None):
    return Evaluator(
        make_config(), samples, kind="search", epochs=1, seeds=1, largest_batch=4, archive=archive, scores_early=False
    )


class Broken:
    """In the place of `Trainer.go_on`: fails while one of the learning rates is among the members."""

    def __init__(self, monkeypatch, rate: float, words: str, most: int = 0):
        self.sizes: list[tuple[int, int]] = []
        go_on = Trainer.go_on

        def broken(trainer, population, *arguments, **named):
            self.sizes.append((population.size, trainer.capacity_of(population.trials)))
            rates = population.trials.optimizer.learning_rate[: population.size]
            if any(abs(float(one) - rate) < 1e-9 for one in rates) or population.size > most > 0:
                raise jax.errors.JaxRuntimeError(words)
            return go_on(trainer, population, *arguments, **named)

        monkeypatch.setattr(Trainer, "go_on", broken)


def test_a_training_that_fails_costs_itself_alone(samples, run, monkeypatch):
    bad = candidate(v_bias=1.0, learning_rate=0.5)
    expected = results(make_evaluator(samples)(LEARNING))
    broken = Broken(monkeypatch, 0.5, "INTERNAL: it broke\nmore lines")
    with Archive(run) as archive:
        found = make_evaluator(samples, archive)([LEARNING[0], bad, *LEARNING[1:]])
    (failed,) = [record for record in found if record.status == "failed"]
    assert (failed.candidate, failed.reason) == (bad.id, "could not be computed: INTERNAL: it broke")
    found = results(found)
    assert found.pop((bad.id, 0))[0] == "failed"
    assert found == expected
    assert [size for size, _ in broken.sizes] == [4, 2, 1, 1, 2]


def test_out_of_memory_halves_the_program(samples, monkeypatch):
    evaluator = make_evaluator(samples)
    trial = build_trial(evaluator.config, samples.dataset, 0)
    Broken(monkeypatch, -1.0, "RESOURCE_EXHAUSTED: Out of memory", most=2)
    many = [*LEARNING, *(candidate(v_bias=bias, learning_rate=0.01) for bias in (1.0, 3.0, 6.0, 7.0, 8.0))]
    assert {record.status for record in evaluator(many)} == {"ok"}
    assert evaluator.trainer.capacity_of(trial) == 2


def make_record(status="ok", reason="", **values):
    accuracy = 0.5 if status == "ok" else None
    return EvaluationRecord("c", values or {RATE: 1.0}, 0, 0, status, reason=reason, validation_accuracy=accuracy)


def test_more_failures_than_the_share_end_the_run_and_one_is_diagnosed():
    failures = Failures(0.5, lambda record: f" Why: {record.values[RATE]}.", "search.max_failures")
    half = LEAST_FOR_A_SHARE // 2
    failures.add([make_record()] * half)
    failures.add([make_record("failed", "cannot be built", **{RATE: 7.0})] * half)  # half of them: not more
    with pytest.raises(
        InputError, match=r"11 of 21 trainings failed, a larger .*= 0\.5\. .*diverged in .* Why: 8\.0\."
    ):
        failures.add([make_record("failed", "diverged in epoch 1", **{RATE: 8.0})])


@pytest.mark.parametrize(("most", "num"), [(0.5, LEAST_FOR_A_SHARE - 1), (1.0, 100)])
def test_few_trainings_end_no_run_and_one_is_never(most, num):
    Failures(most, lambda record: "", "search.max_failures").add([make_record("failed", "diverged in epoch 1")] * num)


def test_the_first_that_is_no_finite_number_is_named_with_its_layer_and_step(samples):
    config = make_config(f"{RATE}=1e38", "training.epochs=1")
    trial, rows = build_trial(config, samples.dataset, 0), split_rows(config, "search", samples.dataset, 1).train[0]
    # Adam's first step is the learning rate, 1e38; at the second weights of 1e38 overflow in a sum over the inputs.
    found = first_not_finite(trial, samples.train, rows, training_key(0, "c"), 1)
    assert found == "the potential of hidden layer 1 at time step 1, in update 2 of epoch 1"
    fine = build_trial(with_values(config, {RATE: 0.01}), samples.dataset, 0)
    assert first_not_finite(fine, samples.train, rows[:64], training_key(0, "c"), 1) is None


def test_what_killed_the_process_twice_or_hung_is_a_failed_record(samples, run):
    died, hung, fine = LEARNING
    log = run.path / LOG
    begin_log(log, RECORD_COLUMNS)
    for one in (died, died, hung):
        note_begun(log, [(one.id, 0)])
    note(log, "hung")
    with Archive(run, time_limit_s=60.0) as archive:
        found = {record.candidate: record.reason for record in make_evaluator(samples, archive)(LEARNING)}
    assert found[died.id] == "the process died while it was evaluated, twice"
    assert found[hung.id] == "took longer than the time limit of 60 s"
    assert found[fine.id] == ""


def test_a_reference_that_hangs_is_left_out_and_neither_its_candidate_nor_another_reference_is(run):
    archive = Archive(run, time_limit_s=60.0)
    with Watch(archive, "constant").training([("a", 0)]):
        note(run.path / LOG, "hung")
        after = Archive(run, time_limit_s=60.0)  # as the next process finds it
    assert Watch(after, "constant").refusal(("a", 0)) == "took longer than the time limit of 60 s"
    assert (Watch(after, "dfa").refusal(("a", 0)), after.refusal(("a", 0))) == ("", "")


HANGS = """
import sys, time
from pathlib import Path
from physdfa.interrupt import listening
from physdfa.store import open_run
from physdfa.workflow.candidates.archive import Archive, Watch
run = open_run(Path(sys.argv[1]))
with listening():
    run.begin()
    archive = Archive(run, time_limit_s=0.1)
    with archive.training([("a", 0), ("b", 0)]):
        time.sleep(600)
"""


def test_a_training_that_hangs_ends_the_process_with_a_sentence(run):
    done = subprocess.run([sys.executable, "-c", HANGS, str(run.path)], capture_output=True, text=True, timeout=100)
    assert done.returncode == 1
    assert done.stderr.startswith("error: a training took longer than its time limit of 0.1 s. The whole process")
    assert f"physdfa resume {run.path}" in done.stderr
    assert open_run(run.path).read_summary()["reason"] == "a training took longer than its time limit of 0.1 s"
    assert not run.is_running
    assert Archive(run).most_together(("a", 0)) == 1
