"""Whether a device helps: the level above a constant g, from the run's references or trained for it."""

import pytest

from physdfa.analysis.working_range import LevelRule
from physdfa.errors import InputError
from physdfa.report.range_words import range_facts
from physdfa.store.evaluations import read_evaluations
from physdfa.workflow.candidates.evaluator import Evaluator
from physdfa.workflow.range.find import find_range
from physdfa.workflow.range.options import RangeOptions
from tests.workflow.range.finished_runs import disc, make_run

pytestmark = pytest.mark.slow

HELPS = RangeOptions(rule=LevelRule(kind="constant", value=1.0))


def make_reference(accuracy, value):
    values = {"device.preset": "constant", "device.value": value}
    return {
        "name": "constant",
        "validation_accuracy": accuracy,
        "validation_accuracy_std": 0.0,
        "accuracies": [accuracy, accuracy],
        "seeds": [1, 2],
        "values": values,
    }


def with_references(run):
    run.write_summary({"references": [make_reference(0.5, 3.0), make_reference(0.89, 1.0)]})
    return run


def test_the_best_constant_of_a_run_sets_the_level_and_nothing_is_trained(tmp_path, monkeypatch):
    monkeypatch.setattr(Evaluator, "__call__", lambda *_: pytest.fail("the run has the constant"))
    run = with_references(make_run(tmp_path))
    _, record = find_range(run.path, HELPS)
    assert record["range"]["level"] == pytest.approx(0.90)
    assert record["baseline"]["rule"] == "constant"
    assert record["baseline"]["values"]["device.value"] == 1.0
    facts = dict(range_facts(record))
    assert facts["Level"] == "90.00 % (1 point above a constant g)"
    assert facts["Constant g"] == "89.00 % (mean of 2 seeds)"
    assert facts["Works: within a point of the best"].endswith("of 64 points")
    assert "works: " in (run.figures / "range_map_1.svg").read_text()


def test_another_level_says_and_draws_where_the_device_beats_the_constant(tmp_path):
    run = with_references(make_run(tmp_path))
    _, record = find_range(run.path, RangeOptions(rule=LevelRule(kind="absolute", value=0.92)))
    assert record["baseline"] is None
    points = sum(disc(values) >= 0.89 for values in evaluated(run))
    said = dict(range_facts(record))["Helps: above the constant g"]
    assert said == f"89.00 %, reached by {points} of 64 points"
    assert "helps: 89.00 %" in (run.figures / "range_map_1.svg").read_text()


def evaluated(run):
    return read_evaluations(run).to_dict("records")


@pytest.mark.slow
def test_a_run_without_references_has_the_constant_trained_once(tmp_path, monkeypatch):
    run = make_run(tmp_path, lambda values: disc(values) - 0.2)
    options = RangeOptions(rule=LevelRule(kind="constant", value=0.0), baseline_seeds=2)
    _, before = find_range(run.path, options)
    assert before["baseline"]["rule"] == "constant"
    assert len(before["baseline"]["accuracies"]) == 2
    assert before["range"]["level"] == pytest.approx(sum(before["baseline"]["accuracies"]) / 2)
    monkeypatch.setattr(Evaluator, "__call__", lambda *_: pytest.fail("a training was repeated"))
    _, after = find_range(run.path, options)
    assert after["baseline"] == before["baseline"]
    _, other = find_range(run.path, RangeOptions(rule=LevelRule(kind="best", value=1.0)))
    assert other["constant"] == before["baseline"]  # for the line in the map


def test_a_run_without_a_device_is_refused(tmp_path):
    rates = 'method = "grid"\n[sweep.parameters]\n"training.learning_rate" = { low = 1e-4, high = 1e-2, num = 12 }\n'
    run = make_run(tmp_path, lambda values: 0.5, sweep=rates, rule="dfa")
    with pytest.raises(InputError, match="--helps: the best point of this run has no device"):
        find_range(run.path, HELPS)


def test_a_margin_beyond_all_accuracies_is_refused(tmp_path):
    run = with_references(make_run(tmp_path))
    with pytest.raises(InputError, match=r"20 points above the 89\.00 % of a constant g is no accuracy"):
        find_range(run.path, RangeOptions(rule=LevelRule(kind="constant", value=20.0)))
