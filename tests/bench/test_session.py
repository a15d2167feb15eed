"""Drives out, readings in: within limits, in order, and again where an answer cannot be true."""

import numpy as np
import pytest

from physdfa.devices.bench import BenchError, read_plan
from physdfa.devices.bench.session import Bench
from physdfa.errors import InputError
from tests.bench.plans import BLOCKS, write_plan
from tests.bench.server import answer, simulated_bench

pytest.importorskip("pyvisa")


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr("physdfa.devices.bench.session.PAUSE_S", 0.0)


def test_it_reads_what_the_modulator_answers_in_blocks_of_any_shape(tmp_path):
    with simulated_bench() as simulated:
        bench = Bench(read_plan(write_plan(tmp_path, simulated, block=7)))
        drives = np.linspace(-4, 4, 20).reshape(4, 5)
        np.testing.assert_allclose(bench.ask(drives), answer(drives), rtol=1e-5, atol=1e-9)
        assert simulated.num_blocks == 3
        assert (bench.use.values, bench.use.blocks) == (20, 3)
        bench.close()
        simulated.hears("OUTP OFF")
        assert simulated.commands[0] == "OUTP ON"
        assert list(simulated.drives) == [0.0]


def test_it_sends_one_value_at_a_time_where_the_command_has_a_place_for_it(tmp_path):
    text = BLOCKS.replace('command = "DATA"', 'command = "VOLT {{}}"').replace("FETC?", "MEAS?")
    with simulated_bench() as simulated:
        bench = Bench(read_plan(write_plan(tmp_path, simulated, text=text)))
        np.testing.assert_allclose(bench.ask(np.array([1.0, -2.5])), answer([1.0, -2.5]), rtol=1e-5)
        assert [one for one in simulated.commands if "VOLT" in one] == ["VOLT 1", "VOLT -2.5"]
        bench.close()


@pytest.mark.parametrize("drive", [4.1, -5.0, np.nan, np.inf])
def test_nothing_beyond_the_limits_is_ever_sent(tmp_path, drive):
    with simulated_bench() as simulated:
        bench = Bench(read_plan(write_plan(tmp_path, simulated)))
        with pytest.raises(BenchError, match="-4 to 4 V is allowed; nothing was sent"):
            bench.ask(np.array([0.0, drive]))
        assert (simulated.commands, simulated.num_blocks) == ([], 0)


@pytest.mark.parametrize("fault", ["late", "garbage", "drop", "short", "silent"])
def test_a_fault_that_passes_is_asked_away(tmp_path, fault):
    with simulated_bench() as simulated:
        bench = Bench(read_plan(write_plan(tmp_path, simulated, timeout="0.3s")))
        simulated.fault, simulated.faults = fault, 2
        np.testing.assert_allclose(bench.ask(np.array([2.0])), answer([2.0]), rtol=1e-5)
        assert bench.use.failed_tries == 2
        bench.close()


@pytest.mark.parametrize(
    ("fault", "said"),
    [("late", "Timeout"), ("garbage", "answered nan, and a reading lies between -0.001 and 0.002 V"),
     ("short", "0 readings to 1 drives|Timeout|no reading"), ("drop", "no reading after 2 tries")],
)  # fmt: skip
def test_a_fault_that_stays_is_one_sentence(tmp_path, fault, said):
    with simulated_bench() as simulated:
        bench = Bench(read_plan(write_plan(tmp_path, simulated, timeout="0.3s", retries=1)))
        simulated.fault, simulated.faults = fault, 100
        with pytest.raises(BenchError, match=said):
            bench.ask(np.array([2.0]))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("low = -4.0", "low = 5.0", "drive.low = 5: must lie below drive.high"),
        ("rest = 0.0", "rest = 9.0", "drive.rest = 9: must lie within the limits"),
        ("rest = 0.0", "rset = 0.0", "drive.rset: there is no key 'rset'. Did you mean 'rest'"),
        ("retries = 2", "retries = -1", "instrument.retries = '-1': must be a whole number from 0"),
        ('query = "FETC?"', "", "reading.query: is missing. It is the question"),
        ('timeout = "5s"', 'timeout = "5"', "instrument.timeout = '5': must be a time above 0"),
        ("[measure]", "[mesure]", "there is no key 'mesure'. Did you mean 'measure'"),
        ('unit = "V"', 'unit = "W"', "reading.low = -0.001: an optical power is not negative"),
        ('command = "DATA"', 'command = "VOLT {x}"', "knows no braces"),
    ],
)
def test_a_mistake_in_a_plan_is_a_sentence(tmp_path, old, new, said):
    path = tmp_path / "bench.toml"
    path.write_text(BLOCKS.format(resource="x", timeout="5s", retries=2, block=10).replace(old, new))
    with pytest.raises(InputError, match=said.replace(".", r"\.").replace("(", r"\(").replace("?", r"\?")):
        read_plan(path)
