"""The evaluation contract: a record per candidate and seed, whatever happens, that depends on these two alone."""

import jax
import pytest

from ga_search.evaluation import Evaluator
from ga_search.evolution import Candidate
from ga_search.genome import candidate_id
from physdfa.build import load_samples
from physdfa.training import Trainer
from tests.workflow.tiny import make_config, remembered_compilation

BIAS, RATE = "device.v_bias", "training.learning_rate"


@pytest.fixture(autouse=True, scope="module")
def compiled_once():
    with remembered_compilation():
        yield


@pytest.fixture(scope="module")
def samples():
    return load_samples(make_config(), None)


@pytest.fixture
def make_evaluator(samples):
    """`make_evaluator("network.reset=...", largest_batch=4)` -> an evaluator over one epoch."""

    def make(*overrides, epochs=1, seeds=1, largest_batch=4, on_epoch=None):
        config = make_config(*overrides)
        return Evaluator(
            config, samples, kind="search", epochs=epochs, seeds=seeds, largest_batch=largest_batch, on_epoch=on_epoch
        )

    return make


@pytest.fixture(scope="module")
def evaluator(compiled_once, samples):
    """One evaluator for the tests that only ask it: candidates of one epoch, four at a time."""
    del compiled_once
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

    monkeypatch.setattr(Trainer, "fit", out_of_memory)
    records = evaluator(LEARNING)
    assert {record.reason for record in records} == {"could not be computed: RESOURCE_EXHAUSTED: Out of memory"}
    assert [record.status for record in records] == ["failed"] * 3


def test_a_mistake_in_the_program_is_no_record(evaluator, monkeypatch):
    monkeypatch.delattr(Trainer, "fit")
    with pytest.raises(AttributeError):
        evaluator(LEARNING)


def test_numbers_share_a_program_and_a_choice_of_structure_gets_its_own(make_evaluator):
    evaluator = make_evaluator()
    evaluator(LEARNING[:1])
    assert evaluator.trainer.num_compilations == 4  # start, early scores, epoch, score
    evaluator(LEARNING)
    assert evaluator.trainer.num_compilations == 4
    both = [candidate(**{"network.reset": reset}) for reset in ("zero", "subtract")]
    records = results(evaluator(both))
    assert evaluator.trainer.num_compilations == 8
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
    monkeypatch.setattr("ga_search.evaluation.training_key", lambda seed, identity: jax.random.key(seed))
    made = Evaluator(make_config(), samples, kind="search", epochs=1, seeds=1, largest_batch=4)
    slow, fast, other = made(
        [candidate(v_bias=1.0, learning_rate=rate) for rate in (1e-3, 1e-1)] + [candidate(v_bias=2.0)]
    )
    early = [(record.alignment, record.g_mean_over_spread, record.g_correlation) for record in (slow, fast, other)]
    assert early[0] == early[1] != early[2]
    assert slow.validation_accuracy != fast.validation_accuracy


@pytest.mark.parametrize(("rule", "has_alignment"), [("dfa", True), ("readout_only", False)])
def test_rules_without_a_device_have_no_score_of_it(make_evaluator, rule, has_alignment):
    (record,) = make_evaluator(f"rule.name={rule}")([candidate(learning_rate=0.01)])
    assert record.status == "ok"
    assert (record.g_mean_over_spread, record.g_correlation) == (None, None)
    assert (record.alignment is not None) == has_alignment
