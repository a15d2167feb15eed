"""The range of a run: found, kept in its folder, and asked about other devices."""

import dataclasses
import errno
import json
import math
import os
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from physdfa.analysis.working_range import LevelRule, fit_surrogate
from physdfa.build import load_samples
from physdfa.errors import InputError
from physdfa.interrupt import Interrupted
from physdfa.report.range_words import range_facts
from physdfa.store import open_run
from physdfa.store.derived import RANGE, write_derived
from physdfa.store.records import unseal
from physdfa.store.verify import verify_run
from physdfa.store.version import FORM_KEY
from physdfa.workflow.candidates.evaluator import Evaluator
from physdfa.workflow.range.files import RangeNotKeptError, unfinished_command, what_is_kept, write_range
from physdfa.workflow.range.find import (
    chance_of,
    check_device,
    dfa_baseline,
    find_range,
    read_range,
)
from physdfa.workflow.range.finished import read_finished
from physdfa.workflow.range.options import RangeOptions
from physdfa.workflow.range.spreads import OwnSpread
from tests.workflow.range.finished_runs import BIAS, NINETY, disc, make_run
from tests.workflow.tiny import TINY


@pytest.fixture
def undrawn(monkeypatch):
    """A range without its figures, which take half of its time, for tests of its numbers alone."""
    monkeypatch.setattr("physdfa.workflow.range.files.range_panels", lambda record: [])


@pytest.fixture
def device(tmp_path):
    """An experiment file of a device at a bias and gain."""

    def write(bias, gain, more=""):
        path = tmp_path / "device.toml"
        path.write_text(TINY.replace("[device]", f"[device]\nv_bias = {bias}\ndrive_gain = {gain}") + more)
        return path

    return write


def test_the_range_of_a_disc_is_kept_whole_in_its_folder(ranged):
    run, record = ranged
    assert verify_run(run.path) == []
    _, again, found = read_range(run.path)
    assert again == json.loads(json.dumps(record))
    assert found.level == 0.9
    assert found.predicted.share == pytest.approx(0.2827, abs=0.02)
    assert found.predicted.low < 0.2827 < found.predicted.high
    for name in ("range_intervals", "range_map_1", "range_sobol_surrogate"):
        assert (run.figures / f"{name}.svg").exists()
        assert (run.figures / f"{name}.csv").exists()


@pytest.mark.slow
def test_finding_it_again_gives_the_same_file(ranged):
    run, _ = ranged
    before = (run.path / RANGE).read_bytes()
    find_range(run.path, NINETY)
    assert (run.path / RANGE).read_bytes() == before


@pytest.mark.parametrize(
    ("bias", "gain", "state"),
    [(5.0, 1.0, "inside"), (9.0, 1.0, "outside"), (8.0, 1.0, "too_close"), (12.0, 1.0, "unknown")],
)
def test_a_device_of_another_file_is_inside_or_not(ranged, device, bias, gain, state):
    check = check_device(ranged[0].path, device(bias, gain))
    assert check.verdict.state == state
    assert check.values == {"device.v_bias": bias, "device.drive_gain": gain}
    assert check.different == []


def test_settings_that_are_not_those_of_the_range_are_named(ranged, device):
    check = check_device(ranged[0].path, device(5.0, 1.0), ["network.num_steps=9", "device.v_pi=3.0"])
    assert check.different == [
        "network.num_steps = 9: the range was made with 4.",
        "device.mach_zehnder.v_pi = 3.0: the range was made with 4.7.",
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["rule.name=dfa"], "its rule is 'dfa'"),
        (["device.preset=mach_zehnder_ideal"], "its device is 'mach_zehnder_ideal'"),
    ],
)
def test_another_device_or_rule_is_refused(ranged, device, changes, said):
    with pytest.raises(InputError, match=said):
        check_device(ranged[0].path, device(5.0, 1.0), changes)


def test_a_preset_and_a_fitted_file_stand_in_the_experiment_of_the_range(ranged, tmp_path):
    run = ranged[0].path
    check = check_device(run, "mach_zehnder", ["v_bias=5.0", "v_pi=3.0"])
    assert (check.verdict.state, check.values["device.v_bias"]) == ("inside", 5.0)
    assert check.different == ["device.mach_zehnder.v_pi = 3.0: the range was made with 4.7."]
    fitted = tmp_path / "fitted.toml"
    fitted.write_text(
        '[device]\npreset = "mach_zehnder"\n[device.mach_zehnder]\nv_bias = 9.4\n[provenance]\nmodel = "mach_zehnder"\n'
    )
    check = check_device(run, str(fitted))
    assert (check.verdict.state, check.different) == ("outside", [])
    bundle = tmp_path / "mine"
    bundle.mkdir()
    about = '[bundle]\nname = "mine"\nsource = "A. Author"\nlicense = "CC0-1.0"\n'
    (bundle / "device.toml").write_text(about + fitted.read_text())
    assert check_device(run, str(bundle)).verdict == check.verdict
    with pytest.raises(InputError, match="its device is 'sine_squared'"):
        check_device(run, "sine_squared")


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_fresh_devices_test_the_verdicts_and_stay_with_the_range(tmp_path, monkeypatch):
    def says(self, candidates):
        """Every device trains as the disc says, but for the first, which is wrong."""
        first = candidates[0].id
        worked = {one.id: disc(one.values) if one.id != first else 0.1 for one in candidates}
        return [
            SimpleNamespace(candidate=name, validation_accuracy=found, status="ok") for name, found in worked.items()
        ]

    monkeypatch.setattr(Evaluator, "__call__", says)
    monkeypatch.setattr("physdfa.workflow.range.held_out.fitness_of", lambda records: records[0].validation_accuracy)
    run, record = find_range(make_run(tmp_path).path, dataclasses.replace(NINETY, verify=4))
    right = [device["works"] == (device["said"] == "inside") for device in record["verified"]]
    assert (len(right), right.count(False)) == (8, 1)
    (words,) = [text for name, text in range_facts(record) if name.startswith("Fresh devices")]
    assert words.startswith("3 of 4 called inside work")
    assert "4 of 4 called outside do not" in words
    assert find_range(run.path, NINETY)[1]["verified"] == json.loads(json.dumps(record["verified"]))
    other = RangeOptions(rule=LevelRule(kind="absolute", value=0.91))
    assert find_range(run.path, other)[1]["verified"] is None


@pytest.mark.usefixtures("undrawn")
def test_a_range_that_is_stopped_names_the_command_that_goes_on_until_it_is_whole(tmp_path, monkeypatch):
    run = make_run(tmp_path)
    asked = dataclasses.replace(NINETY, verify=4)

    def stop(evaluator, candidates):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Evaluator, "__call__", stop)
        with pytest.raises(KeyboardInterrupt):
            find_range(run.path, asked, words=["--level", "0.9", "--verify", "4"])
    assert unfinished_command(run) == f"physdfa range {run.path} --level 0.9 --verify 4"
    assert what_is_kept(run).endswith(f"go on with: {unfinished_command(run)}")
    monkeypatch.setattr("physdfa.workflow.range.find.check_held_out", lambda *known, **asked: [])
    find_range(run.path, asked, words=["--verify", "4"])
    assert unfinished_command(run) is None


@pytest.mark.usefixtures("undrawn")
def test_where_a_side_is_too_small_to_draw_from_that_is_said(tmp_path):
    run = make_run(tmp_path, lambda values: 0.95 + disc(values) / 100)
    _, record = find_range(run.path, dataclasses.replace(NINETY, verify=4))
    assert record["verified"] is None
    assert any(note.startswith("No fresh devices were trained: only 0 of") for note in record["notes"])


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_another_point_that_was_tested_and_a_level_below_the_constant_are_said(tmp_path):
    run = make_run(tmp_path)
    _, record = find_range(run.path, NINETY)
    assert not any("two best points" in note or "no device" in note for note in record["notes"])
    run.write_summary(
        {
            "best": {"device.v_bias": 1.25, "device.drive_gain": 0.5},
            "references": [
                {"name": "constant", "validation_accuracy": 0.92, "values": {}, "accuracies": [0.92], "seeds": [1]}
            ],
        }
    )
    _, record = find_range(run.path, NINETY)
    assert any("device.v_bias = 1.25, device.drive_gain = 0.5" in note for note in record["notes"])
    assert any("below what a constant g reaches (92.00 %)" in note for note in record["notes"])


@pytest.mark.usefixtures("undrawn")
def test_a_confidence_that_is_none_is_refused_and_another_is_kept_with_the_range(tmp_path):
    run = make_run(tmp_path)
    with pytest.raises(InputError, match=r"above 0\.5 and below 1; got 80"):
        RangeOptions(rule=NINETY.rule, confidence=80.0)
    find_range(run.path, RangeOptions(rule=NINETY.rule, confidence=0.95))
    assert read_range(run.path)[2].confidence == 0.95


def test_a_range_of_another_format_says_how_to_find_it_anew(ranged, tmp_path, device):
    run = open_run(shutil.copytree(ranged[0].path, tmp_path / "run"))
    write_derived(run, RANGE, {**ranged[1], "format": 1})
    with pytest.raises(
        InputError, match=r"has format 1, this version reads 2; `physdfa range .*` finds the range anew"
    ):
        check_device(run.path, device(5.0, 1.0))


def test_a_run_without_a_saved_range_says_how_to_find_it(tmp_path, device):
    run = make_run(tmp_path)
    with pytest.raises(InputError, match=r"has no range\.json; `physdfa range"):
        check_device(run.path, device(5.0, 1.0))


@pytest.mark.usefixtures("undrawn")
def test_an_incomplete_run_is_refused_or_noted(tmp_path):
    run = make_run(tmp_path, leave_out=9, status="interrupted")
    with pytest.raises(InputError, match="55 of its 64 points"):
        find_range(run.path, NINETY)
    assert not (run.path / RANGE).exists()
    _, record = find_range(run.path, RangeOptions(rule=NINETY.rule, accept_incomplete=True))
    assert "55 of its 64 points" in record["notes"][0]
    assert record["range"]["counted"] is None


def works_in_the_middle(values):
    """A disc beyond which nothing trains."""
    found = disc(values)
    return found if found > 0.85 else None


@pytest.mark.parametrize(
    ("dataset", "written", "classes"),
    [("digits", 4, 4), ("emnist_balanced", None, 47)],
)
def test_a_failed_point_enters_as_a_guess_among_the_classes_of_the_data(tmp_path, dataset, written, classes):
    run = make_run(tmp_path, works_in_the_middle, dataset=dataset, num_classes=written)
    assert chance_of(read_finished(run.path)) == 1 / classes


def test_an_earlier_run_with_data_of_ones_own_counts_their_classes_or_asks_for_them(tmp_path):
    own = tmp_path / "own.npz"
    run = make_run(tmp_path, works_in_the_middle, dataset=str(own), num_classes=None)
    with pytest.raises(InputError, match=r"points failed.* among how many classes .*own\.npz does not exist"):
        chance_of(read_finished(run.path))
    labels = np.arange(3)
    np.savez(own, x_train=np.zeros((3, 2)), y_train=labels, x_test=np.zeros((3, 2)), y_test=labels)
    assert chance_of(read_finished(run.path)) == 1 / 3


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_the_surrogate_of_a_range_learns_a_guess_where_nothing_trains(tmp_path):
    run, _ = find_range(make_run(tmp_path, works_in_the_middle, num_classes=2).path, NINETY)
    learned = np.array(read_range(run.path)[2].surrogate.accuracy)
    assert np.any(learned > 0.9)
    np.testing.assert_allclose(learned[learned < 0.85], 0.5)


def test_a_sweep_of_one_parameter_has_an_interval_and_no_map(tmp_path):
    table = f'num_samples = 16\nmethod = "latin_hypercube"\n[sweep.parameters]\n{BIAS}\n'
    run = make_run(tmp_path, lambda values: 0.9 + (9 - (values["device.v_bias"] - 5) ** 2) / 200, sweep=table)
    _, record = find_range(run.path, NINETY)
    (interval,) = record["range"]["ranges"][0]["conditional"]
    assert (interval["low"], interval["high"]) == pytest.approx((2.0, 8.0), abs=0.05)
    assert not (run.figures / "range_map_1.svg").exists()


@pytest.mark.usefixtures("undrawn")
def test_a_device_that_works_or_guesses_leaves_no_doubt_but_at_the_step_between(tmp_path):
    run = make_run(tmp_path, lambda values: 0.99 if values["device.v_bias"] > 5 else 0.1)
    _, record = find_range(run.path, NINETY)
    assert record["range"]["trusted"]
    assert record["range"]["counted"]["share"] == pytest.approx(0.5, abs=0.02)
    assert record["range"]["predicted"]["share"] == pytest.approx(0.5, abs=0.1)


@pytest.mark.usefixtures("undrawn")
def test_no_share_is_said_to_be_predicted_where_the_surrogate_is_not_trusted(tmp_path):
    def scattered(values):
        return 0.9 + 0.05 * math.sin(1e4 * values["device.v_bias"])

    run = make_run(tmp_path, scattered, leave_out=1, status="interrupted")
    _, record = find_range(run.path, RangeOptions(rule=NINETY.rule, accept_incomplete=True))
    assert record["range"]["predicted"] is None
    assert any("neither counted nor predicted" in note for note in record["notes"])


def test_the_dfa_baseline_trains_the_other_rule_with_the_same_settings(tmp_path):
    archive = read_finished(make_run(tmp_path).path)
    surrogate = fit_surrogate(archive.points, chance=0.1, resolution=1e-3)
    baseline = dfa_baseline(archive, load_samples(archive.config, None), surrogate, 2)
    assert baseline["values"] == {"rule.name": "dfa"}  # the device is nothing to it
    assert len(baseline["accuracies"]) == 2
    assert baseline["accuracy"] == pytest.approx(sum(baseline["accuracies"]) / 2)
    assert 0.1 < baseline["accuracy"] <= 1.0


@pytest.mark.slow
def test_the_yield_of_a_run_is_trained_at_the_best_point(tmp_path):
    run = make_run(tmp_path)
    options = RangeOptions(rule=LevelRule(kind="absolute", value=0.9), spreads=(0.05,), yield_samples=3, at_ends=False)
    _, record = find_range(run.path, options)
    (made,) = record["yields"]
    assert (made["place"], made["num"], made["spread"]) == ("best", 3, 0.05)
    # The middle of the disc, and 5 % is little; of 32 surfaces nothing is surer than 1 - 1 / 66.
    assert made["predicted"] == pytest.approx(1.0, abs=1 / 66)
    # The accuracies of this folder are made up: two epochs of the real network do not reach 90 %.
    assert made["working"] == 0


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_another_confidence_trains_neither_the_baseline_nor_the_yield_again(tmp_path, monkeypatch):
    run = make_run(tmp_path, lambda values: disc(values) - 0.69)
    rule = LevelRule(kind="baseline", value=1.0)  # of a network that learnt next to nothing
    options = RangeOptions(rule=rule, baseline_seeds=1, spreads=(0.05,), yield_samples=2, at_ends=False)
    _, before = find_range(run.path, options)
    monkeypatch.setattr(Evaluator, "__call__", lambda *_: pytest.fail("a training was repeated"))
    _, after = find_range(run.path, dataclasses.replace(options, confidence=0.9))
    assert (after["range"]["confidence"], before["range"]["confidence"]) == (0.9, 0.8)
    assert after["baseline"] == before["baseline"]
    assert after["yields"] == before["yields"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (RangeOptions(rule=LevelRule(kind="absolute", value=1.0)), "no evaluated point reaches the level"),
        (RangeOptions(rule=LevelRule(kind="best", value=99.9)), "no accuracy above 0"),
        (
            RangeOptions(rule=NINETY.rule, own_spreads=(OwnSpread(name="v_bias", amount=0.1, unit="W"),)),
            "--yield-spread: v_bias=0.1W: 'W' is no unit of v_bias; .* or in V, such as v_bias=0.05V",
        ),
    ],
)
def test_what_cannot_be_answered_is_refused_before_the_surrogate_is_fitted(tmp_path, monkeypatch, options, complaint):
    def fitted(*arguments, **options):
        raise AssertionError("the costly work has begun")

    monkeypatch.setattr("physdfa.workflow.range.find.fit_surrogate", fitted)
    with pytest.raises(InputError, match=complaint):
        find_range(make_run(tmp_path).path, options)


@pytest.mark.parametrize("std", [-0.1, 1.5, math.nan, math.inf])
def test_a_spread_or_drift_that_is_none_is_refused_at_once(std):
    with pytest.raises(InputError, match="from 0 to 1"):
        RangeOptions(drift=std)
    with pytest.raises(InputError, match="from 0 to 1"):
        RangeOptions(spreads=(0.05, std))


def test_a_range_that_its_folder_does_not_take_is_kept_elsewhere(ranged, tmp_path, monkeypatch):
    run, record = ranged

    def full(*arguments):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(run.path / RANGE))

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("physdfa.workflow.range.files.write_derived", full)
    with pytest.raises(RangeNotKeptError, match="Read-only file system; its record is in") as caught:
        write_range(run, record)
    kept = unseal((tmp_path / f"{run.run_id}_{RANGE}").read_bytes())
    assert {name: part for name, part in kept.items() if name != FORM_KEY} == json.loads(json.dumps(record))
    assert caught.value.record == record


@pytest.mark.usefixtures("undrawn")
def test_yields_that_are_done_are_in_the_folder_when_a_later_one_is_interrupted(ranged, tmp_path, monkeypatch):
    run = open_run(shutil.copytree(ranged[0].path, tmp_path / "run"))

    def two_and_then_a_signal(*asked):
        yield [], 2
        raise Interrupted(2)

    monkeypatch.setattr("physdfa.workflow.range.find.find_yields", two_and_then_a_signal)
    monkeypatch.setattr("physdfa.workflow.range.find.check_asked", lambda *asked: "moves")
    with pytest.raises(Interrupted):
        find_range(run.path, dataclasses.replace(NINETY, spreads=(0.05,)))
    _, record, found = read_range(run.path)
    assert found.level == 0.9
    assert record["notes"][-1] == "2 of the yields asked for were not trained; the same command goes on."
    assert verify_run(run.path) == []
