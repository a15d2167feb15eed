"""Parameters in words."""

import numpy as np

from physdfa.devices import Encode, HardwareCost, make_device
from physdfa.report.datasheet.parameters import hardware_rows, parameter_rows, value_text


def test_values_in_a_few_characters():
    assert value_text(None) == "not set"
    assert value_text(np.float32("inf")) == "infinite"
    assert value_text(np.zeros(4)) == "4 numbers"
    assert value_text("balanced") == "balanced"


def test_only_hardware_that_counts_is_shown():
    names = [row.name for row in hardware_rows(make_device("mach_zehnder", {}), HardwareCost())]
    assert names == ["symbol_rate", "wall_plug_efficiency", "driver_power", "drive_impedance"]


def test_a_drive_in_amperes_has_that_unit():
    units = {row.name: row.unit for row in parameter_rows(Encode(drive_unit="A"))}
    assert units == {"drive_gain": "A", "offset": "A"}
