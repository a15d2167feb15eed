"""Training with the device in the loop, on a simulated bench."""

from pathlib import Path

import numpy as np
import pytest

from physdfa.store import open_run
from tests.bench.plans import write_plan
from tests.bench.server import simulated_bench
from tests.cli.command import physdfa, refused
from tests.workflow.tiny import TINY

pytest.importorskip("pyvisa")

IN_THE_LOOP = TINY.replace(
    'preset = "mach_zehnder"\nreference = "balanced"',
    'measured = "curve.csv"\ninstrument = "bench.toml"\ndrive_gain = 2.0\noffset = 1.0\ncurve.outside = "hold"',
)


def done(*words):
    answer = physdfa(*words)
    assert answer.code == 0, answer.err


def final_of(folder):
    (path,) = folder.glob("results/tiny/*")
    return open_run(path).load_tree("final")[0], open_run(path).read_summary()


def test_a_network_trains_through_the_bench_as_through_its_curve(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with simulated_bench() as simulated:
        plan = write_plan(tmp_path, simulated)
        done("device", "measure", plan, "--out", "curve.csv", "--quiet")
        for name, text in (("loop", IN_THE_LOOP), ("curve", IN_THE_LOOP.replace('instrument = "bench.toml"\n', ""))):
            (tmp_path / f"{name}.toml").write_text(text)
            done("train", f"{name}.toml", "--quiet", "--out", f"{name}/results")
    looped, summary = final_of(tmp_path / "loop")
    emulated, without = final_of(tmp_path / "curve")
    num_updates = 2 * (480 // 32)
    assert summary["bench"]["values"] == num_updates * 4 * 32 * 16  # steps, batch, neurons
    assert summary["bench"]["blocks"] == num_updates  # one question for each layer and update
    assert "bench" not in without
    assert simulated.largest_drive <= 4.0
    for name, values in emulated.items():  # the curve is linear between 41 points: 1 % of the swing
        np.testing.assert_allclose(looped[name], values, atol=0.05, err_msg=name)
    assert any(np.any(looped[name] != emulated[name]) for name in emulated)
    assert summary["test_accuracy"] == pytest.approx(without["test_accuracy"], abs=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["drop", "garbage"])
def test_a_bench_that_fails_for_good_stops_a_training_that_goes_on_when_it_is_mended(tmp_path, monkeypatch, fault):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("physdfa.devices.bench.session.PAUSE_S", 0.0)
    long = IN_THE_LOOP.replace("epochs = 2", "epochs = 4\ncheckpoint_every = 1")
    with simulated_bench() as simulated:
        plan = write_plan(tmp_path, simulated, retries=1)
        done("device", "measure", plan, "--out", "curve.csv", "--quiet")
        (tmp_path / "loop.toml").write_text(long)
        done("train", "loop.toml", "--quiet", "--out", "whole/results")
        simulated.fault, simulated.fails_after = fault, simulated.num_blocks + 40  # in the third epoch
        answer = physdfa("train", "loop.toml", "--quiet")
        assert (answer.code, answer.out) == (2, "")
        assert "no reading after 2 tries" in answer.err
        assert f"physdfa resume {Path('results')}" in answer.err
        assert "Traceback" not in answer.err
        assert "JaxRuntimeError" not in answer.err
        (path,) = tmp_path.glob("results/tiny/*")
        assert "no reading after" in open_run(path).read_summary()["reason"]
        simulated.fault = ""
        done("resume", path, "--quiet")
    ended, whole = final_of(tmp_path), final_of(tmp_path / "whole")
    for name, values in whole[0].items():
        np.testing.assert_array_equal(ended[0][name], values, err_msg=name)


def test_the_plan_of_a_strangers_run_is_not_followed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with simulated_bench() as simulated:
        done("device", "measure", write_plan(tmp_path, simulated), "--out", "curve.csv", "--quiet")
        (tmp_path / "loop.toml").write_text(IN_THE_LOOP)
        done("train", "loop.toml", "--quiet", "--set", "training.epochs=1")
        (path,) = tmp_path.glob("results/tiny/*")
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        before = simulated.num_blocks
        more = ("train", "--from", path, "--set", "training.epochs=2", "--quiet")
        assert "would drive an instrument" in refused(*more)
        assert simulated.num_blocks == before
        done(*more, "--trust")
        assert simulated.num_blocks > before
