"""Trainings end to end with few connections and skipped updates: counted by epoch and by run, swept as one program."""

import numpy as np
import pytest

from physdfa.store.evaluations import read_evaluations
from physdfa.workflow.sweep import run_sweep
from physdfa.workflow.train import train
from tests.workflow.tiny import lines_of, make_config, summary_of

pytestmark = pytest.mark.slow

SPARSE = ("rule.name=sparse_dfa", "rule.local_factor=device", "feedback.kind=single_entry")
PER_SAMPLE = ("feedback_floats_per_sample", "weight_updates_per_sample", "weight_updates_share")


def test_a_run_counts_its_feedback_and_its_weight_updates_by_epoch_and_in_all(tmp_path):
    config = make_config(*SPARSE, "rule.error_threshold=0.05", "rule.update_threshold=1e-3")
    run = train(config, out_dir=tmp_path, num_seeds=2)
    lines, summary = lines_of(run, "epoch"), summary_of(run)
    assert len(lines) == 4
    for name in PER_SAMPLE[:2]:
        assert summary[name] == pytest.approx(np.mean([line[name] for line in lines]), rel=1e-5)
        assert summary[name.removesuffix("_per_sample")] == pytest.approx(2 * 480 * summary[name])
    for line in [*lines, summary]:
        assert 0 < line["weight_updates_share"] < 1
        assert 0 < line["feedback_floats_per_sample"] < 16  # one float to each of 16 neurons without the threshold
        assert 0 < line["weight_updates_per_sample"] < 16 * 64
    assert summary["test_accuracy"] > 0.3


@pytest.mark.parametrize(("rule", "floats"), [("adfa", 160), ("dfa", 160), ("bptt", None), ("readout_only", None)])
def test_the_floats_sent_back_are_counted_for_every_rule_with_direct_feedback(tmp_path, rule, floats):
    run = train(make_config(f"rule.name={rule}", "training.epochs=1"), out_dir=tmp_path)
    (line,) = lines_of(run, "epoch")
    assert line.get("feedback_floats_per_sample") == (floats and pytest.approx(floats))
    assert "weight_updates_per_sample" not in line


@pytest.mark.usefixtures("fresh_programs")
def test_thresholds_are_swept_within_one_program(tmp_path):
    ranges = '[sweep.parameters]\n"rule.update_threshold" = { values = [0.0, 1e9] }'
    config = make_config(*SPARSE, more=f"[sweep]\n{ranges}", kind="sweep")
    run = run_sweep(config, out_dir=tmp_path)
    table = read_evaluations(run).set_index("rule.update_threshold")
    assert set(table["status"]) == {"ok"}
    assert summary_of(run)["num_compilations"] == 5  # start, early scores, angle, epoch, score
    # where no hidden weight is written, the first update has no direction
    assert table["alignment"].isna().to_dict() == {0.0: False, 1e9: True}
