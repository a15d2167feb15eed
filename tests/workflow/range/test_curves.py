"""A range through redrawn curves: what is trained, what is kept, and what comes of it. Nothing trains here."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import expit, logit

from physdfa.analysis.working_range import LevelRule, fit_surrogate, working_range
from physdfa.report.range_words import range_facts, range_tables
from physdfa.workflow.progress import NO_PROGRESS
from physdfa.workflow.range import curves
from physdfa.workflow.range.curves import NUM_NEAR, NUMBER, curve_bands
from physdfa.workflow.range.find import find_range, read_range
from physdfa.workflow.range.finished import read_finished
from physdfa.workflow.range.options import RangeOptions
from tests.workflow.range.finished_runs import GAIN, make_run

pytestmark = pytest.mark.slow

OFFSET = '"device.offset" = { low = 0.0, high = 10.0 }'
DISC = f'method = "sobol"\nnum_samples = 64\n[sweep.parameters]\n{OFFSET}\n{GAIN}\n'
LEVEL = LevelRule(kind="absolute", value=0.9)
CHANGES = {1: -0.2, 2: 0.0, 3: 0.1, 4: 0.3}
"""What each curve adds to the score ln(a / (1 - a)), everywhere."""


def disc(values):
    x, y = values["device.offset"] / 10, np.log10(values["device.drive_gain"] / 0.1) / 2
    return float(0.9 + (0.09 - (x - 0.5) ** 2 - (y - 0.5) ** 2) / 2)


def through(values):
    """The accuracy of a candidate, through its curve."""
    return float(expit(logit(disc(values)) + CHANGES.get(values.get(NUMBER), 0.0)))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder, drive = tmp_path_factory.mktemp("noisy"), np.linspace(-1.0, 11.0, 121)
    output = 1.0 + np.sin(drive) ** 2 + 0.02 * np.random.default_rng(0).standard_normal(121)
    path = folder / "noisy.csv"
    np.savetxt(path, np.column_stack([drive, output]), delimiter=",", header="bias_V,power_mW", comments="")
    return make_run(folder / "results", disc, sweep=DISC, measured=path)


@pytest.fixture(scope="module")
def finished(run):
    return read_finished(run.path)


@pytest.fixture(scope="module")
def found(finished):
    surrogate = fit_surrogate(finished.points, chance=0.1, resolution=finished.resolution)
    return working_range(finished.points, surrogate, LEVEL)


@pytest.fixture
def calls(monkeypatch):
    """The candidates of each call of the evaluator, which answers what `through` says."""
    made = []

    class Evaluator:
        def __init__(self, *args, **settings):
            del args, settings

        def __call__(self, candidates):
            made.append(candidates)
            return [SimpleNamespace(candidate=one.id, validation_accuracy=through(one.values)) for one in candidates]

    monkeypatch.setattr(curves, "Evaluator", Evaluator)
    return made


@pytest.fixture
def asked(finished, found):
    """Redrawn curves of a range whose earlier record has these: the steps (record, places missing)."""

    def ask(num, earlier=None):
        return curve_bands(finished, None, found, num, NO_PROGRESS, {} if earlier is None else {"curves": earlier})

    return ask


def test_the_best_point_and_points_near_the_level_are_trained_through_each_curve(asked, calls):
    record, missing = list(asked(4))[-1]
    redrawn, measured, *near = calls
    assert missing == 0
    assert [one.values[NUMBER] for one in redrawn] == [1, 2, 3, 4]
    assert [one.id for one in measured] == [one.id for one in redrawn]  # hence the same weights and batches
    assert all(NUMBER not in one.values for one in measured)
    assert len(near) in (NUM_NEAR - 1, NUM_NEAR)
    assert np.median([abs(disc(candidates[0].values) - 0.9) for candidates in near]) < 0.02
    accuracies = [through(one.values) for one in redrawn]
    assert record["best"]["measured"]["std"] == pytest.approx(0.0, abs=1e-12)
    assert record["best"]["redrawn"]["std"] == pytest.approx(np.std(accuracies, ddof=1))
    assert record["best"]["difference"]["mean"] == pytest.approx(np.mean(accuracies) - disc(measured[0].values))


def test_the_share_of_the_box_moves_as_the_curves_move_the_level(asked, calls):
    record, _ = list(asked(4))[-1]
    lowest, highest = (np.pi * (0.09 + 2 * (0.9 - expit(logit(0.9) - change))) for change in (-0.2, 0.3))
    assert record["range"]["share"]["low"] == pytest.approx(lowest, abs=0.05)
    assert record["range"]["share"]["high"] == pytest.approx(highest, abs=0.05)


def test_what_was_trained_is_kept_for_as_many_curves_or_fewer(asked, calls):
    record, _ = list(asked(3))[-1]
    num_calls = len(calls)
    assert list(asked(3, record)) == [(record, 0)]
    fewer, missing = next(asked(2, record))
    assert (len(fewer["places"][0]["redrawn"]), len(fewer["places"][0]["measured"]), missing) == (2, 2, 0)
    assert len(calls) == num_calls
    assert next(asked(4, record))[1] == len(record["places"])


def test_a_stop_loses_the_running_place_alone(asked, calls):
    steps = asked(2)
    for _ in range(4):  # what is known before, and three places
        record, missing = next(steps)
    assert [place["place"] for place in record["places"]] == ["best", "near the level 1", "near the level 2"]
    assert record["range"] is None
    calls.clear()
    whole, _ = list(asked(2, record))[-1]
    assert len(calls) == missing
    assert whole["range"] is not None


@pytest.mark.slow
def test_it_is_kept_with_the_range_and_told(run, calls):
    _, record = find_range(run.path, RangeOptions(rule=LEVEL, curves=4))
    words = dict(range_facts(record))
    assert words["Range through them"].startswith("moves as the table says")
    assert "points of scatter, more than seeds do (paired variances, p = 0)" in words["Added by the measurement"]
    assert any(table.title.startswith("Working range through 4 redrawn curves") for table in range_tables(record))
    assert (run.path / "figures" / "range_curves.svg").exists()
    assert read_range(run.path)[1] == json.loads(json.dumps(record))
