"""The joint tolerance: verified by devices of its box, made smaller where they contradict, refused with a way out."""

import dataclasses

import numpy as np
import pytest

from physdfa.analysis.working_range import LevelRule, WorkingRange, fit_surrogate, values_at, working_range
from physdfa.analysis.working_range.tolerance import ToleranceBox
from physdfa.errors import InputError
from physdfa.report.range_words import joint_text
from physdfa.workflow.progress import NO_PROGRESS
from physdfa.workflow.range.finished import read_finished
from physdfa.workflow.range.options import RangeOptions
from physdfa.workflow.range.spreads import movable
from physdfa.workflow.range.tolerance import MOST_ROUNDS, drawn_in, find_tolerance, smaller_share
from tests.workflow.range.finished_runs import disc, make_run
from tests.workflow.range.test_yields import knowing

NINETY = LevelRule(kind="absolute", value=0.9)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return read_finished(make_run(tmp_path_factory.mktemp("archive")).path)


@pytest.fixture(scope="module")
def found(archive):
    surrogate = fit_surrogate(archive.points, chance=0.1, resolution=1e-3)
    return working_range(archive.points, surrogate, NINETY)


@pytest.fixture
def known(found, monkeypatch):
    """The range, of which each place's odds are its truth."""

    def of_truth(self, positions):
        return float(np.mean([disc(values_at(self.axes, place)) >= 0.9 for place in positions])), 0.0

    monkeypatch.setattr(WorkingRange, "predicted_yield", of_truth)
    return found


def tolerances(archive, found, accuracy=disc, *, wanted=0.9, num=48, earlier=None):
    moves = movable(archive.config, [axis.key for axis in archive.points.axes])
    options = RangeOptions(rule=NINETY, tolerance=wanted, tolerance_samples=num)
    return list(find_tolerance(archive, knowing(accuracy), found, moves, options, NO_PROGRESS, earlier or {}))


def test_of_the_devices_in_the_box_the_wanted_share_works(archive, found):
    *_, made = tolerances(archive, found, num=100)
    assert made.is_verified
    box = made.boxes[0]
    assert box.share_working == pytest.approx(0.9, abs=0.09)  # three standard deviations of 100 devices
    assert made.scales["device.v_bias"] == (pytest.approx(4.7), "v_pi")
    assert made.scales["device.drive_gain"] == (pytest.approx(found.best["device.drive_gain"]), "its value")
    verified = joint_text(dataclasses.asdict(made), found.axes)
    assert (
        f"± {100 * made.boxes[-1].share:.2g} % of both: device.v_bias {made.boxes[-1].ends['device.v_bias'][0]:.3g} … "
        in verified
    )


def test_a_box_that_training_contradicts_is_made_smaller_until_it_agrees(archive, known):
    best = known.best["device.v_bias"]

    def narrower(values):
        return 0.95 if abs(values["device.v_bias"] - best) < 0.6 else 0.5

    *_, made = tolerances(archive, known, narrower)
    assert made.is_verified
    assert len(made.boxes) > 1
    assert all(box.high < 0.9 for box in made.boxes[:-1])
    assert made.boxes[-1].share < made.boxes[-2].share
    assert "Training contradicted larger ones: ±" in joint_text(dataclasses.asdict(made), known.axes)
    again = tolerances(archive, known, lambda values: pytest.fail("trained before"), earlier=record_of(known, made))
    assert again[-1] == made


def record_of(found, made):
    boxes = [{"ends": {key: list(ends) for key, ends in box.ends.items()}, "works": box.works} for box in made.boxes]
    return {"range": {"level": found.level}, "tolerance": {"boxes": boxes}}


def test_what_never_agrees_is_told_as_not_verified(archive, known):
    *_, made = tolerances(archive, known, lambda values: None, num=8)
    assert (made.is_verified, len(made.boxes)) == (False, MOST_ROUNDS)
    assert joint_text(dataclasses.asdict(made), known.axes).startswith("NOT VERIFIED")


def test_without_trust_or_odds_it_is_refused_with_the_next_step(archive, found):
    (said,) = tolerances(archive, dataclasses.replace(found, trusted=False))
    assert "the surrogate, which is not trusted here. More points or another level" in said
    (said,) = tolerances(archive, found, wanted=0.999)
    # Of 32 surfaces nothing is surer than 1 - 1 / 66.
    assert "at the best point itself are expected to reach the level in 98 %" in said
    assert "--tolerance 0.98" in said
    with pytest.raises(InputError, match=r"from 0\.5 to below 1; got 90\. Write 0\.9 for 90 %"):
        RangeOptions(tolerance=90)


def test_the_devices_are_uniform_in_the_box():
    box = ToleranceBox(share=0.1, ends={"device.v_bias": (-1.0, 3.0)}, clipped=(), predicted=0.9)
    devices = drawn_in(box, {"network.num_steps": 4}, 400, seed=[0, 0])
    places = np.array([device["device.v_bias"] for device in devices])
    assert -1 <= places.min() < -0.95
    assert 2.95 < places.max() <= 3
    assert places.mean() == pytest.approx(1.0, abs=4 * 4 / (12 * 400) ** 0.5)
    assert devices[0]["network.num_steps"] == 4


def test_the_next_box_is_the_largest_of_which_enough_devices_worked():
    distances = [0.01 * number for number in range(1, 21)]
    # Those up to 0.1 work: up to 0.11, 10 of 11 do, up to 0.12 only 10 of 12.
    works = [distance < 0.105 for distance in distances]
    assert smaller_share(0.2, distances, works, 0.9) == pytest.approx(0.11)
    assert smaller_share(0.2, distances, [False] * 20, 0.9) == pytest.approx(0.1)
    assert smaller_share(0.2, distances, [True] * 20, 0.9) == pytest.approx(0.18)  # never as large as it was
