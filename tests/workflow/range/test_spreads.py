"""How far the parameters of a device stray: a share of their value, of v_pi or of the drive; or in their own unit."""

import dataclasses
import tomllib

import numpy as np
import pytest

from physdfa.config import read_config
from physdfa.devices import PRESETS
from physdfa.devices.registry import declared
from physdfa.errors import InputError
from physdfa.parts import Parameter
from physdfa.workflow.range.spreads import OwnSpread, movable, needs_potentials
from tests.workflow.tiny import TINY

POTENTIALS = np.linspace(-0.5, 1.5, 401)
MIDDLE = 0.9 * 2.0
"""Span of the potentials without the outer 5 % on each side."""
RECTIFIER = {"stages": ["encode", "rectifier", "decode"]}


def moves_of(device, *keys, own=(), potentials=POTENTIALS):
    config = read_config(tomllib.loads(TINY) | {"device": device})
    return dataclasses.replace(movable(config, [f"device.{key}" for key in keys], own), potentials=potentials)


def test_without_a_v_pi_an_offset_strays_by_a_share_of_the_drive_that_is_used():
    moves = moves_of(RECTIFIER, "drive_gain", "offset", "v_th")
    point = {"device.drive_gain": 2.0, "device.offset": 0.3, "device.v_th": 0.0}
    assert needs_potentials(moves, point)
    made = moves.deviations(point, 0.05, 0.0)
    assert made["device.drive_gain"] == pytest.approx(0.05 * 2.0)
    assert made["device.offset"] == made["device.v_th"] == pytest.approx(0.05 * 2.0 * MIDDLE, rel=0.01)
    drifted = moves.deviations(point, 0.03, 0.04)
    assert drifted["device.drive_gain"] == pytest.approx(0.03 * 2.0)
    assert drifted["device.offset"] == pytest.approx(0.05 * 2.0 * MIDDLE, rel=0.01)


def test_beyond_what_was_measured_the_drive_counts_for_nothing(tmp_path):
    path = tmp_path / "curve.csv"
    drive = np.linspace(-1.0, 1.0, 41)
    rows = "\n".join(f"{v:.3f},{np.cos(v) * 1e-3:.6f}" for v in drive)
    path.write_text(f"bias_V,power_W\n{rows}\n")
    moves = moves_of({"measured": str(path), "outside": "hold"}, "offset", "drive_gain")
    # The middle potentials, -0.4 to 1.4, drive it from -4 to 14 V.
    assert moves.scales({"device.drive_gain": 10.0, "device.offset": 0.0})["device.offset"].amount == pytest.approx(
        2.0, abs=2 * 18 / 360
    )


def test_a_parameter_may_be_given_its_own_spread_in_its_unit_and_the_others_stay():
    own = [OwnSpread(name="encode.offset", amount=50.0, unit="mV")]
    moves = moves_of({"preset": "mach_zehnder"}, "drive_gain", "offset", "extinction_ratio_db", own=own)
    point = {"device.drive_gain": 2.0, "device.offset": 0.3, "device.extinction_ratio_db": 25.0}
    assert moves.deviations(point, None, 0.0) == pytest.approx({"device.offset": 0.05})
    both = moves.deviations(point, 0.1, 0.0)
    assert both == pytest.approx({"device.drive_gain": 0.2, "device.offset": 0.05, "device.extinction_ratio_db": 2.5})


@pytest.mark.parametrize("preset", PRESETS)
def test_a_share_of_every_number_of_every_preset_is_something(preset):
    numbers = {name: one for name, one in declared(preset).items() if isinstance(one, Parameter) and not one.whole}
    keys = [name for name, one in numbers.items() if one.default is not None]
    moves = moves_of({"preset": preset}, *keys)
    # Apart from the ends of its ordinary values, of which 0 may be one.
    point = {f"device.{name}": sum(numbers[name].typical) / 2 or numbers[name].typical[1] for name in keys}
    shares = moves.scales(point)
    assert shares.keys() == point.keys()
    assert all(0 < scale.amount < np.inf for scale in shares.values())


@pytest.mark.parametrize(
    ("own", "complaint"),
    [
        ("drive_gian=1V", "no varied device parameter 'drive_gian'. Did you mean 'drive_gain'"),
        ("v_th=1V", "no varied device parameter 'v_th'"),
        ("drive_gain=1A", "'A' is no unit of drive_gain; give a share, such as drive_gain=0.05 or in V"),
        ("drive_gain=1dBm", "'dBm' is no unit of drive_gain"),
        ("training.learning_rate=0.1", "training.learning_rate is no number in which devices differ"),
    ],
)
def test_a_spread_of_what_does_not_spread_is_refused(own, complaint):
    name, said = own.split("=")
    unit = said.lstrip("0123456789.")
    config = read_config(tomllib.loads(TINY) | {"device": RECTIFIER})
    asked = OwnSpread(name=name, amount=float(said.removesuffix(unit)), unit=unit)
    with pytest.raises(InputError, match=complaint):
        movable(config, ["device.drive_gain", "training.learning_rate"], [asked])
