"""`study` within its time: what is left out of a design, and in what order."""

import pytest

from physdfa.errors import InputError
from physdfa.store import open_run
from physdfa.workflow import study
from physdfa.workflow.measured_device import MeasuredOptions
from physdfa.workflow.propose import propose
from tests.workflow.range.finished_runs import make_run
from tests.workflow.tiny import summary_of


@pytest.fixture(scope="module")
def proposed():
    changes = ["sweep.num_samples=128", "sweep.epochs=6"]
    return propose("mach_zehnder_ideal", measured=MeasuredOptions(), overrides=changes).config


@pytest.mark.parametrize(
    ("trainings", "points", "epochs"),
    # 31 trainings follow, those of the references and the best point; six in ten of the others are of the design.
    [(300, 128, 6), (231, 120, 6), (95, 38, 6), (94, 48, 5), (17, 39, 1), (8, 16, 1), (1, 16, 1)],
)
def test_points_are_left_out_then_epochs_then_points(monkeypatch, proposed, trainings, points, epochs):
    images = len(study.load_samples(proposed, None).dataset.train_labels)
    monkeypatch.setattr(study, "seconds_per_image", lambda trial: 1 / (6 * images))  # a second for a whole training
    section = study.within_budget(proposed, trainings + 0.01, None).sweep
    assert (section.num_samples, section.epochs) == (points, epochs)


def test_what_is_left_out_is_said_and_what_is_not_is_not(monkeypatch, proposed):
    monkeypatch.setattr(study, "seconds_per_image", lambda trial: 1e-3)
    assert study.shortened_words(proposed, study.within_budget(proposed, 1e9, None)) == []
    (sentence,) = study.shortened_words(proposed, study.within_budget(proposed, 1.0, None))
    assert "1 of 6 epochs" in sentence


@pytest.mark.parametrize(("status", "is_extended"), [("done", False), ("interrupted", True)])
def test_a_study_that_stopped_goes_on_to_its_range_for_what_is_left_of_its_time(
    tmp_path, monkeypatch, status, is_extended
):
    run, extended = make_run(tmp_path), []
    begun = {"budget_s": 100.0, "level": {"kind": "absolute", "value": 0.5}, "curves": 0, "done": False}
    run.write_summary({"study": begun, "status": status, "evaluation_wall_time_s": 40.0})

    def extend_sweep(path, growth, **known):
        extended.append(growth.until - growth.began)
        return open_run(path)

    def find_range(path, asked, **known):
        raise InputError(f"nothing at {asked.rule.value}")

    monkeypatch.setattr(study, "extend_sweep", extend_sweep)
    monkeypatch.setattr(study, "find_range", find_range)
    assert "go on with: physdfa resume" in run.what_is_kept()
    found = study.resume_study(run, data_dir=None)
    assert found.problem == "nothing at 0.5"
    assert extended == ([pytest.approx(0.9 * 60, abs=1)] if is_extended else [])
    assert found.page.is_file()
    assert summary_of(run)["study"]["done"]
