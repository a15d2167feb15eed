"""A device that is measured again while networks train on its curve, on a simulated bench that drifts."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import numpy as np
import pytest

from physdfa.build import load_samples
from physdfa.config import load_config
from physdfa.config.device_table import make_from
from physdfa.devices.cascade import inner_stages
from physdfa.devices.measured import MeasuredCurve, read_measurement
from physdfa.errors import InputError
from physdfa.store import open_run
from physdfa.workflow.bench import Sweeps
from physdfa.workflow.members import train_members
from physdfa.workflow.remeasure import Remeasuring, drift_of
from tests.bench.plans import write_plan
from tests.bench.server import SWING, answer, simulated_bench
from tests.cli.command import physdfa, refused
from tests.devices.measured.test_curve import make_curve
from tests.workflow.tiny import SEARCH, SWEEP, TINY, lines_of

pytest.importorskip("pyvisa")

ON_A_CURVE = TINY.replace(
    'preset = "mach_zehnder"\nreference = "balanced"',
    'measured = "curve.csv"\ninstrument = "bench.toml"\ndrive_gain = 2.0\noffset = 1.0\ncurve.outside = "hold"',
)
SHIFT = 0.5
"""By which the modulator's bias drifts [V]."""
CHANGE = np.sin(np.pi * SHIFT / 8)
"""The largest change of sin²(π V / 8) by that, of a swing of 1: sin²(x + d) - sin²(x) = sin(d) sin(2x + d)."""


def remeasured(**keys):
    """The experiment, measured again as the keys say."""
    said = "".join(f"{name} = {value}\n" for name, value in keys.items())
    return ON_A_CURVE.replace("drive_gain", f"{said}drive_gain")


def trained(text, *words, out="results"):
    """The run of an experiment."""
    with open("loop.toml", "w", encoding="utf-8") as file:
        file.write(text)
    said = physdfa("train", "loop.toml", "--quiet", "--json", "--out", out, *words)
    assert said.code == 0, said.err
    return open_run(Path(json.loads(said.out)["run"]))


def failed_run(tmp_path):
    (path,) = tmp_path.glob("results/tiny/*")
    return open_run(path)


def assert_same_networks(one, other):
    for name, values in other.load_tree("final")[0].items():
        np.testing.assert_array_equal(one.load_tree("final")[0][name], values, err_msg=name)


@pytest.fixture
def simulated(tmp_path, monkeypatch):
    """A bench whose curve has been measured."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("physdfa.devices.bench.session.PAUSE_S", 0.0)
    with simulated_bench() as bench:
        plan = write_plan(tmp_path, bench, timeout="0.3s", retries=1)
        assert physdfa("device", "measure", plan, "--out", "curve.csv", "--quiet").code == 0
        bench.hears("OUTP OFF")  # the last that is sent
        yield bench


def test_networks_go_on_with_the_curve_of_the_device_as_it_has_drifted(simulated):
    simulated.shift = SHIFT
    run = trained(remeasured(remeasure_every=1))
    state = run.load_tree("epoch_2")[0]
    values = state["state/device/stages/1/value"]
    drives = np.linspace(-4.0, 4.0, values.shape[-1] + 1)[:-1]
    np.testing.assert_allclose(values[0, 0, 0], answer(drives + SHIFT), atol=0.02 * SWING)  # of 41 points
    assert state["state/device/stages/2/swing"][0] == pytest.approx(SWING, rel=1e-3)  # the level stays
    record = read_measurement(run.path / "measured" / "after_epoch_1.csv")
    assert len(record.drive) == 4 * 41
    np.testing.assert_allclose(record.output, answer(record.drive + SHIFT), rtol=1e-5, atol=1e-9)
    (line,) = lines_of(run, "measurement")
    assert (line["epoch"], line["drift"], line["values"], line["failed_tries"]) == (1, None, 4 * 41, 0)
    assert line["change"] == pytest.approx(CHANGE, abs=0.01)
    told: Any = run.read_summary()["measurements"]
    assert (told["number"], told["checks"], told["values"]) == (1, 0, 4 * 41)
    assert (told["seconds"], told["largest_change"]) == (line["seconds"], line["change"])


def test_a_device_that_has_not_moved_trains_as_if_nobody_had_asked_and_compiles_nothing(simulated):
    alone = trained(ON_A_CURVE.replace('instrument = "bench.toml"\n', ""), out="alone")
    every, beyond = trained(remeasured(remeasure_every=1)), trained(remeasured(remeasure_beyond=0.02), out="beyond")
    for run in (every, beyond):
        assert_same_networks(run, alone)
        assert run.read_summary()["num_compilations"] == 0
    assert not (beyond.path / "measured").exists()
    checks = lines_of(beyond, "measurement")
    assert [(line["epoch"], line["change"], line["values"]) for line in checks] == [(0, None, 36), (1, None, 36)]
    assert max(line["drift"] for line in checks) < 1e-6


def test_a_drift_beyond_the_margin_is_measured_before_another_epoch_is_trained(simulated):
    simulated.shift = SHIFT
    run = trained(remeasured(remeasure_beyond=0.1))
    first, second = lines_of(run, "measurement")
    assert first["drift"] == pytest.approx(CHANGE, abs=0.03)  # the largest of nine drives
    assert first["values"] == 36 + 4 * 41
    assert second["change"] is None
    assert second["drift"] < 1e-6
    assert [path.name for path in sorted((run.path / "measured").glob("*.csv"))] == ["after_epoch_0.csv"]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        pytest.param("late", "no reading after 2 tries", marks=pytest.mark.slow),
        ("garbage", "answered nan"),
        pytest.param("drop", "no reading after 2 tries", marks=pytest.mark.slow),
        ("dark", "after_epoch_2.csv: .*is constant.*Look at the bench"),
    ],
)
def test_a_bench_that_fails_between_epochs_loses_none_of_them(simulated, tmp_path, fault, said):
    text = remeasured(remeasure_every=1).replace("epochs = 2", 'epochs = 3\ncheckpoint_every = "9h"')
    simulated.shift = SHIFT
    whole = trained(text, out="whole")
    simulated.fault, simulated.fails_after = fault, simulated.num_blocks + 5  # after the second epoch
    told = " ".join(refused("train", "loop.toml", "--quiet").split())
    run = failed_run(tmp_path)
    assert f"physdfa resume {run.path.relative_to(tmp_path)}" in told
    assert re.search(said, told), told
    assert run.epochs_kept == [2]
    simulated.fault = ""
    assert physdfa("resume", run.path, "--quiet").code == 0
    assert_same_networks(run, whole)
    lines = [[line["epoch"] for line in lines_of(one, "measurement")] for one in (run, whole)]
    assert lines == [[1, 2], [1, 2]]
    assert physdfa("verify", run.path).code == 0


@pytest.mark.parametrize(
    ("every", "beyond", "numbers", "cut"),
    [
        (3, None, range(1, 8), [[1, 2, 3], [4, 5, 6], [7]]),
        (3, None, range(5, 8), [[5, 6], [7]]),
        (3, None, range(4, 4), []),
        (3, 0.1, range(2, 5), [[2], [3], [4]]),
        (None, 0.1, range(1, 3), [[1], [2]]),
    ],
)
def test_training_stops_where_the_bench_may_be_asked(tmp_path, every, beyond, numbers, cut):
    source: Any = SimpleNamespace(plan=object(), remeasure_every=every, remeasure_beyond=beyond)
    again = Remeasuring(SimpleNamespace(path=tmp_path), source, SimpleNamespace())  # pyright: ignore[reportArgumentType]
    assert [list(one) for one in again.stretches(numbers)] == cut


@pytest.mark.parametrize(("branch", "drift"), [("rising", 0.0), ("falling", 0.2), ("mean", 0.1), ("random", 0.2)])
def test_the_drift_is_that_of_the_branches_in_use(branch, drift):
    directions = [1, 1, 1, -1, -1, -1]
    curve = make_curve([0, 1, 2, 2, 1, 0], [0, 1, 2, 2, 1, 0], direction=directions, branch=branch)
    drives = np.array([0.0, 1.0, 2.0])
    found = Sweeps(drives, np.array([[0.0, 1.0, 2.0], [0.0, 1.4, 2.0]]))  # the falling one, of a swing of 2
    assert drift_of(curve, found) == pytest.approx(drift, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (remeasured(remeasure_every=0), "device.remeasure_every = 0: must be a whole number of epochs >= 1"),
        (remeasured(remeasure_every="1.5"), "device.remeasure_every = 1.5: must be a whole number"),
        (remeasured(remeasure_every="true"), "device.remeasure_every = true: must be a whole number"),
        (remeasured(remeasure_beyond=0), "device.remeasure_beyond = 0: must be a share of the swing of the curve"),
        (remeasured(remeasure_beyond="nan"), "must be a share of the swing of the curve, above 0, such as 0.02"),
        (remeasured(remeasure_beyond='"2 %"'), "must be a share of the swing of the curve"),
        (
            remeasured(remeasure_every=1).replace('instrument = "bench.toml"\n', ""),
            'there is none; add instrument = "bench.toml"',
        ),
        (remeasured(remeasure_every=1, repeat=1), 'device.repeat = "1": a device that is measured again has the mean'),
        (remeasured(**{"remeasure_every": 1, "curve.bootstrap": 1}), "curve.bootstrap: the readings themselves"),
    ],
)
def test_keys_that_cannot_act_are_refused_before_anything_moves(simulated, tmp_path, text, said):
    before = simulated.num_blocks
    (tmp_path / "loop.toml").write_text(text)
    assert said in " ".join(refused("train", "loop.toml").split())
    assert simulated.num_blocks == before


def test_only_a_training_in_one_program_measures_again(simulated, tmp_path):
    before = simulated.num_blocks
    for kind, table in (("sweep", SWEEP), ("search", SEARCH)):
        table = table.replace("device.v_bias", "device.offset")
        (tmp_path / "loop.toml").write_text(remeasured(remeasure_every=1) + table)
        told = " ".join(refused(kind, "loop.toml").split())
        assert f"device.remeasure_every: the candidates of a {kind} are compared on one device" in told
    (tmp_path / "loop.toml").write_text(remeasured(remeasure_beyond=0.1))
    assert "leave out --ray and --chunk" in refused("train", "loop.toml", "--seeds", "4", "--chunk", "2")
    parts = " ".join(refused("train", "loop.toml", "--seeds", "4", "--shard", "1/2").split())
    assert "device.remeasure_beyond: the parts of a training" in parts
    config = load_config(tmp_path / "loop.toml")
    with pytest.raises(InputError, match="in `physdfa train` alone"):
        train_members(config, load_samples(config, None), [0])
    assert simulated.num_blocks == before


def test_a_dry_run_says_when_the_device_is_measured_and_moves_nothing(simulated, tmp_path):
    before = simulated.num_blocks
    (tmp_path / "loop.toml").write_text(remeasured(remeasure_every=2, remeasure_beyond=0.05))
    said = physdfa("train", "loop.toml", "--dry-run").out
    assert "again after every 2 epochs and at a drift of 5 % (36 values to check): 164 values each time" in said
    assert "remeasure_every = 2\nremeasure_beyond = 0.05\n" in said
    assert simulated.num_blocks == before


def test_a_rule_without_a_device_leaves_the_bench_alone(simulated):
    before = simulated.num_blocks
    run = trained(remeasured(remeasure_every=1).replace('"adfa"', '"dfa"').replace("epochs = 2", "epochs = 1"))
    assert simulated.num_blocks == before
    assert "measurements" not in run.read_summary()


def test_curves_between_measurements_are_no_benches(simulated, tmp_path):
    (tmp_path / "loop.toml").write_text(remeasured(remeasure_every=1))
    device = load_config(tmp_path / "loop.toml").device
    assert device is not None
    (curve,) = (stage for name, stage in inner_stages(make_from(device, jax.random.key(0))) if name == "curve")
    assert type(curve) is MeasuredCurve
