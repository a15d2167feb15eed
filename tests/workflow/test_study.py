"""`study` within its time: what is left out of a design, and in what order."""

import pytest

from physdfa.workflow import study
from physdfa.workflow.measured_device import MeasuredOptions
from physdfa.workflow.propose import propose


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
