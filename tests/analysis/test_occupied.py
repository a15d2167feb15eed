"""What is asked of a device where its potentials are, against closed forms of evenly spread ones."""

import numpy as np
import pytest

from physdfa.analysis.occupied import occupied_gain
from physdfa.analysis.potentials import BackwardTable
from physdfa.devices import Cascade, make_device
from physdfa.devices.stages.dac import Dac
from physdfa.devices.stages.decode import Decode
from physdfa.devices.stages.driver import Driver
from physdfa.devices.stages.encode import Encode
from physdfa.devices.stages.filter import TimeMultiplexing


def make_table(low=0.0, high=4.0, bins=160):
    """Evenly spread potentials from `low` to `high`, in the middle half of a histogram."""
    edges = np.linspace(low - (high - low) / 2, high + (high - low) / 2, bins + 1)
    centres = (edges[:-1] + edges[1:]) / 2
    density = np.where((centres > low) & (centres < high), 1 / (high - low), 0.0)
    return BackwardTable(centres, np.zeros(bins), density, density, np.zeros(bins))


def test_mean_and_spread_of_g_are_those_over_the_potentials_that_occur():
    """sin² over two of its periods: mean 1/2, variance 1/8."""
    found = occupied_gain(make_device("sine_squared", {"half_period": 1.0, "shift": 0.0}), make_table(0.0, 4.0))
    assert (found.mean, found.spread**2) == (pytest.approx(0.5, abs=1e-4), pytest.approx(0.125, rel=1e-3))
    assert found.largest == pytest.approx(1.0, abs=2e-3)
    assert (found.low, found.high) == (pytest.approx(0.2, abs=0.06), pytest.approx(3.8, abs=0.06))
    assert found.clipped == {}


def test_the_share_at_the_end_of_a_scale_is_that_of_the_potentials_beyond_it():
    """Drive 2 u: a DAC of 2 V clips u above 1, three quarters of 0 ... 4; behind it no driver of 50 V saturates."""
    stages = {
        "encode": Encode(drive_gain=2.0),
        "dac": Dac(num_bits=8, full_scale=2.0),
        "driver": Driver(saturation=50.0),
        "decode": Decode(),
    }
    expected = {"dac": pytest.approx(0.75, abs=0.02), "driver": 0.0}
    assert occupied_gain(Cascade(stages), make_table()).clipped == expected
    inner = {name: stages[name] for name in ("dac", "driver")}
    nested = Cascade({"encode": stages["encode"], "bench": Cascade(inner), "decode": stages["decode"]})
    assert occupied_gain(nested, make_table()).clipped == {f"bench.{name}": share for name, share in expected.items()}


def test_a_device_with_memory_answers_as_at_rest():
    slow = Cascade({"filter": TimeMultiplexing(bandwidth=1e7, symbol_rate=1e9)})
    found = occupied_gain(slow, make_table(0.0, 4.0))
    assert (found.mean, found.spread) == (pytest.approx(2.0, abs=0.01), pytest.approx(4 / 12**0.5, rel=0.01))


def test_without_a_potential_in_the_histogram_nothing_is_said():
    table = make_table()._replace(density_trained=np.full(160, np.nan))
    assert occupied_gain(make_device("sine_squared", {"half_period": 1.0, "shift": 0.0}), table) is None
