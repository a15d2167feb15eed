"""The evaluation contract: a record per candidate and seed, whatever happens, that depends on these two alone."""

import dataclasses
import pickle
import threading

import jax
import pytest

from ga_search.evolution import Candidate
from ga_search.genome import candidate_id
from physdfa.build import load_samples
from physdfa.config import Halving
from physdfa.training import Trainer
from physdfa.workflow.candidates.evaluator import Evaluator
from physdfa.workflow.where.place import Here, evaluating_at
from physdfa.workflow.where.scheduler import Answered, Joined
from physdfa.workflow.where.worker import Done
from physdfa.workflow.where.workers import Workers
from tests.workflow.tiny import make_config

BIAS, RATE = "device.v_bias", "training.learning_rate"


@pytest.fixture(scope="module")
def samples():
    return load_samples(make_config(), None)


@pytest.fixture
def make_evaluator(samples):
    """`make_evaluator("network.reset=...", largest_batch=4)` -> an evaluator over one epoch."""

    def make(*overrides, epochs=1, seeds=1, largest_batch=4, **options):
        config = make_config(*overrides)
        return Evaluator(
            config, samples, kind="search", epochs=epochs, seeds=seeds, largest_batch=largest_batch, **options
        )

    return make


@pytest.fixture(scope="module")
def evaluator(samples):
    """One evaluator for the tests that only ask it: candidates of one epoch, four at a time."""
    return Evaluator(make_config(), samples, kind="search", epochs=1, seeds=1, largest_batch=4)


def candidate(**values):
    """`candidate(v_bias=1.0)`: the bare names of the two keys varied here, or dotted ones."""
    named = {{"v_bias": BIAS, "learning_rate": RATE}.get(key, key): value for key, value in values.items()}
    return Candidate(candidate_id(named), named, 0)


LEARNING = [candidate(v_bias=bias, learning_rate=0.02) for bias in (0.0, 2.0, 4.7)]


def results(records):
    """What a record says of its candidate, by candidate and seed; how long it took is no result."""
    return {
        (record.candidate, record.seed): (record.status, record.validation_accuracy, record.validation_loss)
        for record in records
    }


def test_neither_order_nor_company_changes_a_result(evaluator):
    together = results(evaluator(LEARNING))
    reversed_order = results(evaluator(LEARNING[::-1]))
    one_by_one = {}
    for single in LEARNING:
        one_by_one |= results(evaluator([single]))
    assert together == reversed_order == one_by_one
    assert len({accuracy for _, accuracy, _ in together.values()}) == 3


def test_cutting_a_generation_into_chunks_changes_no_result(evaluator):
    many = [*LEARNING, *(candidate(v_bias=bias, learning_rate=0.01) for bias in (1.0, 3.0, 6.0))]
    assert len(many) == evaluator.trainer.capacity + 2
    assert results(evaluator(many)) == results(evaluator(many[:1])) | results(evaluator(many[1:4])) | results(
        evaluator(many[4:])
    )


def test_a_candidate_that_diverges_is_a_failed_record_and_harms_no_other(evaluator):
    lost = candidate(v_bias=1.0, learning_rate=1e38)
    records = results(evaluator([LEARNING[0], lost, LEARNING[1]]))
    assert records.pop((lost.id, 0)) == ("failed", None, None)
    assert records == results(evaluator(LEARNING[:2]))
    (record,) = evaluator([lost])
    assert record.reason == "diverged in epoch 1"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({RATE: -1.0}, "training.learning_rate = -1.0: must be a number > 0."),
        ({"training.batch_size": 401}, "training.batch_size = 401 is more than the 400 samples to train on"),
        ({"device.nothing": 1.0}, "there is no key 'device.nothing'"),
    ],
)
def test_a_candidate_that_cannot_be_built_is_a_failed_record(evaluator, values, reason):
    (record,) = evaluator([candidate(**values)])
    assert record.status == "failed"
    assert reason in record.reason
    assert "\n" not in record.reason


def test_a_program_that_fails_costs_its_candidates_and_nothing_else(evaluator, monkeypatch):
    def out_of_memory(*arguments, **named):
        raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory\nmore lines")

    monkeypatch.setattr(Trainer, "go_on", out_of_memory)
    records = evaluator(LEARNING)
    assert {record.reason for record in records} == {"could not be computed: RESOURCE_EXHAUSTED: Out of memory"}
    assert [record.status for record in records] == ["failed"] * 3


def test_a_mistake_in_the_program_is_no_record(evaluator, monkeypatch):
    monkeypatch.delattr(Trainer, "go_on")
    with pytest.raises(AttributeError):
        evaluator(LEARNING)


@pytest.mark.usefixtures("fresh_programs")
def test_numbers_share_a_program_and_a_choice_of_structure_gets_its_own(make_evaluator):
    evaluator = make_evaluator()
    evaluator(LEARNING[:1])
    assert evaluator.trainer.num_compilations == 5  # start, early scores, angle, epoch, score
    evaluator(LEARNING)
    assert evaluator.trainer.num_compilations == 5
    both = [candidate(**{"network.reset": reset}) for reset in ("zero", "subtract")]
    records = results(evaluator(both))
    assert evaluator.trainer.num_compilations == 10
    assert [records[single.id, 0][0] for single in both] == ["ok", "ok"]
    alone = both[1]
    assert results(make_evaluator("network.reset=subtract")([alone])) == {(alone.id, 0): records[alone.id, 0]}


def test_there_is_a_record_per_seed_and_a_call_per_chunk_and_epoch(make_evaluator):
    heard = []
    evaluator = make_evaluator("experiment.seed=5", epochs=2, seeds=2, largest_batch=2, on_epoch=heard.append)
    records = evaluator(LEARNING)
    assert sorted(results(records)) == sorted((single.id, seed) for single in LEARNING for seed in (5, 6))
    assert heard == [4, 4, 2, 2]  # three candidates of two seeds, four at a time
    assert {record.generation for record in records} == {0}


@pytest.mark.usefixtures("fresh_programs")
def test_the_time_of_a_record_is_its_share_without_compiling(make_evaluator):
    evaluator = make_evaluator()
    records = evaluator(LEARNING)
    assert len({record.wall_time_s for record in records}) == 1
    assert 0 < sum(record.wall_time_s for record in records) < evaluator.trainer.compile_time_s


def test_a_record_tells_what_the_fresh_network_said_of_its_device(evaluator):
    records = evaluator([LEARNING[0], candidate(v_bias=1.0, learning_rate=1e38)])
    assert {record.status for record in records} == {"ok", "failed"}
    for record in records:
        assert 0 < record.alignment < 180
        assert -1 <= record.g_correlation <= 1
        assert abs(record.g_mean_over_spread) < 100


def test_the_learning_rate_changes_no_early_score_of_the_same_network(samples, monkeypatch):
    monkeypatch.setattr(
        "physdfa.workflow.candidates.evaluator.training_key", lambda seed, identity: jax.random.key(seed)
    )
    made = Evaluator(make_config(), samples, kind="search", epochs=1, seeds=1, largest_batch=4)
    slow, fast, other = made(
        [candidate(v_bias=1.0, learning_rate=rate) for rate in (1e-3, 1e-1)] + [candidate(v_bias=2.0)]
    )
    early = [(record.alignment, record.g_mean_over_spread, record.g_correlation) for record in (slow, fast, other)]
    assert early[0] == early[1] != early[2]
    assert slow.validation_accuracy != fast.validation_accuracy


def test_the_angle_and_the_accuracy_early_in_a_training_are_those_of_a_shorter_one(make_evaluator):
    """With a constant learning rate three epochs begin as two do; the scores change nothing in them."""
    (longer,) = make_evaluator(epochs=3)(LEARNING[:1])
    (shorter,) = make_evaluator(epochs=2, scores_early=False)(LEARNING[:1])
    assert longer.validation_accuracy_2 == shorter.validation_accuracy
    assert len({longer.alignment, longer.alignment_1, longer.alignment_2}) == 3
    assert all(0 < angle < 180 for angle in (longer.alignment_1, longer.alignment_2))
    # The third epoch is the last, whose accuracy stands in a column of its own.
    assert (longer.alignment_3, longer.validation_accuracy_3) == (None, None)


def test_early_stopping_changes_no_early_score(make_evaluator):
    whole = make_evaluator(epochs=4)(LEARNING)
    halved = make_evaluator(epochs=4, halving=Halving(rungs=(2,), keep=0.3, checks=0))(LEARNING)
    for one, other in zip(whole, halved, strict=True):
        assert (one.alignment_1, one.alignment_2) == (other.alignment_1, other.alignment_2)
        assert other.alignment_3 == (one.alignment_3 if other.dropped_at is None else None)


@pytest.mark.parametrize(("rule", "has_alignment"), [("dfa", True), ("readout_only", False)])
def test_rules_without_a_device_have_no_score_of_it(make_evaluator, rule, has_alignment):
    (record,) = make_evaluator(f"rule.name={rule}")([candidate(learning_rate=0.01)])
    assert record.status == "ok"
    assert (record.g_mean_over_spread, record.g_correlation) == (None, None)
    assert (record.alignment is not None) == has_alignment


# --- Shapes and memory -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("fresh_programs")
def test_each_shape_is_compiled_once_however_often_it_comes(make_evaluator):
    evaluator = make_evaluator(largest_batch=2)
    shapes = [{"network.num_steps": 2}, {"network.num_steps": 3}, {"network.hidden": [8]}, {"training.batch_size": 16}]
    candidates = [candidate(v_bias=bias, **shape) for bias in (1.0, 2.0, 3.0) for shape in shapes]
    records = evaluator(candidates)
    assert {record.status for record in records} == {"ok"}
    assert evaluator.trainer.num_compilations == 5 * len(shapes)  # start, early scores, angle, epoch, score
    evaluator(candidates[::-1])
    assert evaluator.trainer.num_compilations == 5 * len(shapes)


@pytest.mark.slow
def test_a_budget_of_memory_makes_equal_chunks_and_changes_results_by_rounding_only(make_evaluator):
    heard, free = [], make_evaluator(largest_batch=8)
    everyone = [candidate(v_bias=float(bias), learning_rate=0.02) for bias in range(8)]
    whole = results(free(everyone))
    tight = make_evaluator(largest_batch=8, memory_bytes=int(0.7 * free.trainer.peak_bytes), on_epoch=heard.append)
    for name, (status, accuracy, loss) in results(tight(everyone)).items():
        # A program of another size may order its float32 sums otherwise.
        assert (status, accuracy) == whole[name][:2]
        assert loss == pytest.approx(whole[name][2], rel=1e-5)
    assert heard in ([4, 4], [3, 3, 2])


def test_only_so_many_trainings_are_made_ready_at_a_time_as_memory_has_room_for(make_evaluator, evaluator, monkeypatch):
    candidates, made = [candidate(v_bias=float(bias), learning_rate=0.02) for bias in range(6)], []
    whole = results(evaluator(candidates))
    make = Evaluator._jobs
    monkeypatch.setattr(Evaluator, "_jobs", lambda self, some: (made.append(len(some)), make(self, some))[1])
    monkeypatch.setattr("physdfa.workflow.candidates.evaluator.MOST_WAITING", 4)
    assert results(make_evaluator()(candidates)) == whole
    assert made == [4, 2]


def test_the_next_trainings_are_made_ready_while_the_last_ones_train(make_evaluator, evaluator, monkeypatch):
    candidates = [candidate(v_bias=float(bias), learning_rate=0.02) for bias in range(6)]
    whole, ready = results(evaluator(candidates)), threading.Event()
    make, train = Evaluator._jobs, Evaluator.train

    def jobs(self, some):
        if some[0] is candidates[4]:
            ready.set()
        return make(self, some)

    def training(self, chunk, *epochs, **options):
        assert ready.wait(timeout=60)  # for ever, if the second block waited for the first
        train(self, chunk, *epochs, **options)

    monkeypatch.setattr(Evaluator, "_jobs", jobs)
    monkeypatch.setattr(Evaluator, "train", training)
    assert results(make_evaluator()(candidates)) == whole


def test_a_candidate_that_does_not_fit_into_memory_fails_with_words(make_evaluator):
    (record,) = make_evaluator(memory_bytes=10_000)([candidate(v_bias=1.0)])
    assert "one training holds" in record.reason


# --- Robustness ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("fresh_programs")
def test_robustness_is_the_accuracy_of_the_candidate_as_it_would_be_under_the_stated_values(make_evaluator):
    asked = make_evaluator("experiment.seed=2", robustness={"network.threshold": 3.0}, seeds=2)
    records = asked(LEARNING)
    changed = results(make_evaluator("experiment.seed=2", "network.threshold=3.0", seeds=2)(LEARNING))
    assert {(one.candidate, one.seed): one.robustness for one in records} == {
        name: accuracy for name, (_, accuracy, _) in changed.items()
    }
    assert results(records) == results(make_evaluator("experiment.seed=2", seeds=2)(LEARNING))
    assert any(one.robustness != one.validation_accuracy for one in records)
    assert asked.trainer.num_compilations == 5  # the threshold is a number: the same programs


def test_a_candidate_that_fails_under_the_stated_values_has_the_worst_robustness(make_evaluator):
    (record,) = make_evaluator(robustness={"training.learning_rate": 1e38})([candidate(v_bias=1.0)])
    assert (record.status, record.robustness) == ("ok", 0.0)


# --- Successive halving ----------------------------------------------------------------------------------------------

RATES = [candidate(v_bias=1.0, learning_rate=rate) for rate in (3e-2, 1e-5, 1e-2, 1e-6)]


@pytest.mark.usefixtures("fresh_programs")
def test_survivors_end_where_they_would_have_without_rungs_and_compile_nothing_anew(make_evaluator):
    halving = Halving(rungs=(1, 2), keep=0.5, checks=0)
    evaluator = make_evaluator("training.schedule=cosine", epochs=4, halving=halving)
    records = {one.candidate: one for one in evaluator(RATES)}
    assert evaluator.trainer.num_compilations == 5
    assert [records[one.id].epochs for one in RATES].count(4) == 1
    assert sorted(record.epochs for record in records.values()) == [1, 1, 2, 4]
    assert sorted(record.dropped_at or 0 for record in records.values()) == [0, 1, 1, 2]
    (survivor,) = [one for one in records.values() if one.is_complete]
    whole = results(make_evaluator("training.schedule=cosine", epochs=4)(RATES))
    assert results([survivor]) == {(survivor.candidate, 0): whole[survivor.candidate, 0]}
    # Dropped are those that learnt least in the first epoch.
    first = sorted(records.values(), key=lambda one: one.rung_accuracy, reverse=True)
    assert all(one.dropped_at != 1 for one in first[:2])


def test_checked_candidates_train_to_the_end_and_count_as_dropped(make_evaluator):
    evaluator = make_evaluator(epochs=3, halving=Halving(rungs=(1,), keep=0.25, checks=2))
    records = evaluator(RATES)
    checked = [one for one in records if one.dropped_at == 1 and one.epochs == 3]
    assert len(checked) == 2
    assert sum(one.is_complete for one in records) == 3
    whole = results(make_evaluator(epochs=3)(RATES))
    assert results(checked) == {(one.candidate, 0): whole[one.candidate, 0] for one in checked}


class Inline:
    """Two workers without a process of their own, to whom all goes as bytes."""

    num_workers = 2

    def __init__(self, samples):
        self._samples, self._come = samples, [Joined("one"), Joined("two")]

    def share(self, samples):
        return None, "samples"

    def now(self):
        return 0.0

    def give(self, worker, number, task):
        order = pickle.loads(task.arguments[-1])
        own = {"samples": self._samples, "largest_batch": 1, "trainer": Trainer(order.members)}
        made = Evaluator(**own, **pickle.loads(task.arguments[-2])).fulfil(order)
        self._come.append(Answered(worker, number, Done(pickle.loads(pickle.dumps(made)), 0)))

    def events(self, timeout_s):
        come, self._come = self._come, []
        return come


def test_under_early_stopping_trainings_go_on_with_other_workers_as_they_would_here(samples, make_evaluator):
    options = {"halving": Halving(rungs=(1,), keep=0.5, checks=1), "robustness": {BIAS: 1.3}, "epochs": 3}

    def found(place):
        with evaluating_at(place):
            records = make_evaluator(**options, trainer=Trainer(2))(RATES)
        return [dataclasses.replace(record, wall_time_s=0.0) for record in records]

    here, there = found(Here()), found(Workers(Inline(samples)))
    assert here == there
    assert sorted(record.epochs for record in here) == [1, 3, 3, 3]


@pytest.mark.slow
def test_candidates_of_all_shapes_compete_and_a_diverged_one_is_dropped_first(make_evaluator):
    mixed = [
        candidate(learning_rate=3e-2),
        candidate(learning_rate=1e38),
        candidate(learning_rate=3e-2, **{"network.num_steps": 3}),
        candidate(learning_rate=1e-7, **{"network.num_steps": 3}),
    ]
    records = {one.candidate: one for one in make_evaluator(epochs=2, halving=Halving(rungs=(1,), checks=0))(mixed)}
    assert [records[one.id].epochs for one in (mixed[0], mixed[2], mixed[3])] == [2, 2, 1]
    assert (records[mixed[1].id].status, records[mixed[1].id].reason) == ("failed", "diverged in epoch 1")
