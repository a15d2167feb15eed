"""Where members lie, and that a population over several devices is the population on one."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from physdfa.errors import InputError
from physdfa.training import Trainer
from physdfa.training.spread import Layout, members_beside
from physdfa.tuning import TUNED_FOR
from tests.training.trials import make_trial

LAYOUTS = [Layout.of(capacity, devices) for capacity in (1, 3, 5, 8, 24) for devices in (1, 2, 3, 4)]
FOUR_DEVICES = "--xla_force_host_platform_device_count=4"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_member_has_a_place_of_its_own_and_devices_are_equally_busy(layout):
    for size in range(1, layout.capacity + 1):
        places = layout.places(size)
        assert len(set(places)) == size
        assert 0 <= places.min() <= places.max() < layout.capacity
        np.testing.assert_array_equal(layout.occupants(size)[places], np.arange(size))
        on_each = np.bincount(places // layout.share, minlength=layout.num_devices)
        np.testing.assert_array_equal(np.atleast_1d(layout.counts(size)), on_each)
        assert on_each.max() - on_each.min() <= 1
        # the members of a device lie at its first places: the loop over them stops before the padding
        assert all(np.sum(places % layout.share == n) >= np.sum(on_each > n) for n in range(layout.share))


def test_there_are_never_more_devices_than_members_nor_a_place_too_few():
    assert Layout.of(3, 4) == Layout(3, 1)
    assert Layout.of(5, 4) == Layout(4, 2)
    assert Layout.of(24, 1) == Layout(1, 24)
    assert [Layout.of(5, 4).places(5).tolist(), Layout.of(5, 1).places(5).tolist()] == [
        [0, 2, 4, 6, 1],
        [0, 1, 2, 3, 4],
    ]


def test_on_an_accelerator_equal_groups_fill_its_memory_and_on_a_processor_size_alone_decides(monkeypatch):
    small, large = make_trial(hidden=(8,)), make_trial(hidden=(800,), inputs=784)
    assert members_beside(small, 64) is None
    assert members_beside(small, 64, in_turn=True) == members_beside(large, 64) == 1
    monkeypatch.setenv(TUNED_FOR, "accelerator")
    assert members_beside(large, 64) is None
    held = 24 * (784 * 800 + 800 * 3)  # a moment of Adam is as large as the weights: of six such arrays
    monkeypatch.setattr("physdfa.training.spread.accelerator_bytes", lambda: 4 * 33 * held)
    assert members_beside(large, 64) in (22, 32)  # 64 in three or two groups: the activities count as well
    assert members_beside(large, 64, in_turn=True) in (3, 4)
    monkeypatch.setattr("physdfa.training.spread.accelerator_bytes", lambda: 0)
    assert members_beside(large, 64) == 1  # whether one fits is seen elsewhere


@pytest.mark.parametrize("num_devices", [0, 2])
def test_devices_that_are_not_there_are_refused(num_devices):
    with pytest.raises(InputError, match=f"`num_devices` must be 1 ... 1; got {num_devices}"):
        Trainer(4, num_devices)


@pytest.mark.slow
def test_over_several_devices_a_population_is_what_it_is_on_one():
    """The number of devices is fixed when JAX starts, so `on_four_devices.py` has a process of its own."""
    laws = Path(__file__).with_name("on_four_devices.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(laws)],
        cwd=laws.parents[2],
        env=os.environ | {"XLA_FLAGS": f"{os.environ['XLA_FLAGS']} {FOUR_DEVICES}", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
