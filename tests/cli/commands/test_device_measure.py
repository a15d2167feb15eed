"""`device measure`: a plan and an instrument -> the curve that a config reads."""

import json

import numpy as np
import pytest

from physdfa.devices.bench import open_bench, read_plan
from physdfa.devices.measured import read_measurement
from tests.bench.plans import BLOCKS, write_plan
from tests.bench.server import answer, simulated_bench
from tests.bench.test_training import IN_THE_LOOP
from tests.cli.command import physdfa, refused

pytest.importorskip("pyvisa")


@pytest.fixture(autouse=True)
def workplace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("physdfa.devices.bench.session.PAUSE_S", 0.0)


def test_the_measured_curve_is_the_modulators_and_its_averages_stand_beside(tmp_path):
    with simulated_bench(noise=1e-5) as simulated:
        said = physdfa("device", "measure", write_plan(tmp_path, simulated), "--out", "curve.csv", "--json")
    assert json.loads(said.out)["bench"]["values"] == 4 * 41
    measured = read_measurement(tmp_path / "curve.csv")
    assert (measured.drive_unit, measured.output_unit) == ("V", "V")
    assert len(measured.drive) == 4 * 41
    np.testing.assert_allclose(measured.output, answer(measured.drive), atol=5e-5)
    averages = np.genfromtxt(tmp_path / "curve_average.csv", delimiter=",", skip_header=1)
    np.testing.assert_allclose(averages[:, 0], np.linspace(-4, 4, 41), rtol=1e-6)
    np.testing.assert_allclose(averages[:, 1], answer(averages[:, 0]), atol=4e-5)
    assert 0.3e-5 < np.mean(averages[:, 2]) < 2e-5  # of two readings each, 1e-5 sqrt(2 / pi) in the mean


def test_a_dry_run_sends_nothing_and_a_measurement_is_not_written_over(tmp_path):
    with simulated_bench() as simulated:
        plan = write_plan(tmp_path, simulated)
        said = physdfa("device", "measure", plan, "--dry-run").out
        assert "41 from -4 to 4 V and back, 2 times: 164 values" in said
        assert simulated.commands == []
        (tmp_path / "bench.csv").write_text("x,y\n")
        assert "is there already" in refused("device", "measure", plan)
        assert simulated.commands == []


def test_a_bench_that_fails_half_way_leaves_the_whole_sweeps(tmp_path):
    with simulated_bench() as simulated:
        plan = write_plan(tmp_path, simulated, retries=0)
        simulated.fault, simulated.fails_after = "garbage", 3
        said = refused("device", "measure", plan, "--out", "curve.csv", "--quiet")
    assert "3 sweeps are in 'curve.csv'" in said
    assert len(read_measurement(tmp_path / "curve.csv").drive) == 3 * 41


def test_looks_at_the_device_and_at_a_config_move_nothing(tmp_path):
    with simulated_bench() as simulated:
        plan = write_plan(tmp_path, simulated)
        physdfa("device", "measure", plan, "--out", "curve.csv", "--quiet")
        before = simulated.num_blocks
        (tmp_path / "loop.toml").write_text(IN_THE_LOOP)
        for words in (("device", "show", "loop.toml"), ("train", "loop.toml", "--dry-run")):
            answered = physdfa(*words)
            assert answered.code == 0, answered.err
        assert simulated.num_blocks == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("low = -4.0", "low = -3.0", "allows -3 to 4 V, and curve.csv goes from -4 to 4 V"),
        ('unit = "V"', 'unit = "A"', "reads A, and curve.csv is in V and V"),
    ],
)
def test_a_curve_that_the_plan_cannot_have_measured_is_refused(tmp_path, old, new, said):
    with simulated_bench() as simulated:
        physdfa("device", "measure", write_plan(tmp_path, simulated), "--out", "curve.csv", "--quiet")
        write_plan(tmp_path, simulated, text=BLOCKS.replace(old, new))
        (tmp_path / "loop.toml").write_text(IN_THE_LOOP)
        assert said in " ".join(refused("train", "loop.toml").split())


def test_a_vendors_commands_go_through_any_library_of_pyvisa(tmp_path):
    pytest.importorskip("pyvisa_sim")
    (tmp_path / "sim.yaml").write_text("""
spec: "1.1"
devices:
  meter:
    eom:
      ASRL INSTR: {q: "\\n", r: "\\n"}
    error: ERROR
    properties:
      voltage:
        default: 0.5
        getter: {q: "VOLT?", r: "{:.3f}"}
        setter: {q: "VOLT {}"}
        specs: {min: -2, max: 2, type: float}
resources:
  ASRL1::INSTR: {device: meter}
""")
    text = BLOCKS.replace('command = "DATA"', 'command = "VOLT {{}}"').replace("FETC?", "VOLT?")
    text = text.replace('setup = ["OUTP ON"]', f'library = "{tmp_path / "sim.yaml"}@sim"').replace('["OUTP OFF"]', "[]")
    text = text.replace("-4.0", "-1.0").replace("4.0", "1.0").replace("-1e-3", "-2.0").replace("2e-3", "2.0")
    path = tmp_path / "bench.toml"
    path.write_text(text.format(resource="ASRL1::INSTR", timeout="2s", retries=0, block=1))
    bench = open_bench(read_plan(path))
    np.testing.assert_allclose(bench.ask(np.array([0.25, -1.0])), [0.25, -1.0])
    bench.close()
