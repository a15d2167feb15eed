"""The archive of a run: what was measured where, and nothing read silently from half of it."""

import numpy as np
import pytest

from ga_search.genome import candidate_id
from physdfa.analysis.working_range import values_at
from physdfa.errors import InputError
from physdfa.store.evaluations import read_evaluations, write_evaluations
from physdfa.workflow.range.finished import read_finished
from physdfa.workflow.sweep import design_points
from tests.workflow.range.finished_runs import BIAS, DISC, GAIN, disc, make_run, units
from tests.workflow.tiny import TINY


def sweep(method, parameters, num=16):
    return f'method = "{method}"\nnum_samples = {num}\n[sweep.parameters]\n{parameters}\n'


def test_positions_and_accuracies_are_those_of_the_run(tmp_path):
    archive = read_finished(make_run(tmp_path).path)
    assert [axis.key for axis in archive.points.axes] == ["device.v_bias", "device.drive_gain"]
    assert [axis.unit for axis in archive.points.axes] == ["V", "V"]
    for position, accuracy in zip(archive.points.positions, archive.points.accuracy, strict=True):
        values = values_at(archive.points.axes, position)
        assert tuple(position) == pytest.approx(units(values))
        assert accuracy == pytest.approx(disc(values))
    assert (archive.kind, archive.epochs, archive.notes) == ("sweep", 2, [])


def test_seeds_are_averaged_and_one_failed_seed_fails_the_candidate(tmp_path):
    answers = iter(range(1000))

    def accuracy(values):
        number = next(answers)
        return None if number == 3 else 0.5 + 0.1 * (number % 2)

    archive = read_finished(make_run(tmp_path, accuracy, seeds=2).path)
    assert archive.seeds == 2
    assert archive.points.failed.sum() == 1
    assert archive.points.accuracy[~archive.points.failed] == pytest.approx(0.55)
    assert "1 of 64 candidates failed (diverged in epoch 1)" in archive.notes[0]


def test_an_interrupted_sweep_is_refused_or_said(tmp_path):
    run = make_run(tmp_path, leave_out=5, status="interrupted")
    with pytest.raises(InputError, match=r"evaluated 59 of its 64 points \(status: interrupted\).*--incomplete"):
        read_finished(run.path)
    archive = read_finished(run.path, accept_incomplete=True)
    assert "59 of its 64 points" in archive.notes[0]
    assert archive.points.design == "uneven"  # what is there covers no box evenly


def test_a_training_run_has_no_range(tmp_path):
    run = make_run(tmp_path)
    run.write_summary({"kind": "train"})
    with pytest.raises(InputError, match="is a run of 'train'"):
        read_finished(run.path)


def test_candidates_stopped_early_are_left_out_and_said(tmp_path):
    run = make_run(tmp_path)
    table = read_evaluations(run)
    table.loc[:3, "status"] = "stopped"
    write_evaluations(run, table)
    archive = read_finished(run.path)
    assert len(archive.points.accuracy) == 60
    assert archive.notes == ["4 candidates were stopped early; they are left out."]


def test_choices_whole_numbers_lists_and_lone_values_keep_their_kind(tmp_path):
    parameters = (
        '"network.reset" = { choices = ["zero", "subtract"] }\n"network.hidden" = { choices = [[16], [8, 8]] }\n'
        '"network.num_steps" = { low = 2, high = 9 }\n"training.learning_rate" = { values = [1e-4, 1e-3, 1e-2] }\n'
        '"rule.feedback_scale" = { values = [2.0] }\n'
    )
    run = make_run(tmp_path, lambda values: 0.1 * len(values["network.hidden"]), sweep=sweep("random", parameters, 64))
    archive = read_finished(run.path)
    reset, hidden, steps, rate = archive.points.axes
    assert (reset.choices, hidden.choices) == (("zero", "subtract"), ([16], [8, 8]))
    assert (steps.integer, steps.low, steps.high) == (True, 2.0, 9.0)
    assert (rate.scale, rate.low, rate.high) == ("log", 1e-4, 1e-2)
    assert archive.fixed == {"rule.feedback_scale": 2.0}
    widths = archive.points.accuracy[archive.points.positions[:, 1] == 1.0]
    assert widths == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("method", "design"), [("random", "uniform"), ("latin_hypercube", "uniform"), ("sobol_indices", "uneven")]
)
def test_only_designs_that_cover_the_box_evenly_may_be_counted(tmp_path, method, design):
    run = make_run(tmp_path, sweep=sweep(method, f"{BIAS}\n{GAIN}"))
    assert read_finished(run.path).points.design == design


def test_the_outputs_of_a_design_keep_its_order_and_its_gaps(tmp_path):
    table = sweep("sobol_indices", f"{BIAS}\n{GAIN}", 8)
    missing = []

    def accuracy(values):
        missing.extend([candidate_id(values)] if not missing else [])
        return None if candidate_id(values) == missing[0] else disc(values)

    archive = read_finished(make_run(tmp_path, accuracy, sweep=table).path)
    outputs, points = archive.outputs(), design_points(archive.config)
    assert outputs[1:] == pytest.approx([disc(point) for point in points[1:]])
    assert np.isnan(outputs[0])


def test_the_resolution_is_one_validation_sample(tmp_path):
    # A sixth of 480, whatever was measured: two accuracies that lie far apart say nothing of the step between.
    run = make_run(tmp_path, lambda values: 1.0 if values["device.v_bias"] > 5 else 0.1, sweep=DISC)
    assert read_finished(run.path).resolution == pytest.approx(1 / 80)


def test_without_a_stated_number_of_samples_the_resolution_is_the_step_that_was_measured(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.workflow.tiny.TINY", TINY.replace("train_size = 480\n", ""))
    fine = make_run(tmp_path / "fine", lambda values: round(240 * disc(values)) / 240, sweep=DISC)
    assert read_finished(fine.path).resolution == pytest.approx(1 / 240, rel=1e-3)
    coarse = make_run(tmp_path / "coarse", lambda values: 1.0 if values["device.v_bias"] > 5 else 0.1, sweep=DISC)
    assert read_finished(coarse.path).resolution == 0.01
