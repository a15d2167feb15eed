import math

import numpy as np
import pytest

from physdfa.devices.measured.units import split_name, unit_of


@pytest.mark.parametrize(
    ("symbol", "written", "si", "expected"),
    [
        ("mW", 2.0, "W", 2e-3),
        ("dBm", 10.0, "W", 1e-2),
        ("dBm", -30.0, "W", 1e-6),
        ("dB", -3.0, "", 10**-0.3),
        ("µA", 5.0, "A", 5e-6),
        ("nm", 1550.0, "m", 1.55e-6),
        ("GHz", 2.0, "Hz", 2e9),
        ("kV", 1.5, "V", 1500.0),
        ("degC", 25.0, "K", 298.15),
        ("%", 50.0, "", 0.5),
        ("deg", 180.0, "rad", math.pi),
        ("", 3.0, "", 3.0),
    ],
)
def test_a_unit_leads_to_si(symbol, written, si, expected):
    unit = unit_of(symbol)
    assert unit is not None
    assert unit.si == si
    assert unit.to_si(np.array([written])) == pytest.approx([expected])


@pytest.mark.parametrize(
    ("name", "bare", "symbol"),
    [
        ("bias_V", "bias", "V"),
        ("SMU Curr (A)", "SMU Curr", "A"),
        ("power [dBm]", "power", "dBm"),
        ("P(mW)", "P", "mW"),
        ("I/mA", "I", "mA"),
        ("U in V", "U", "V"),
        ("arm1_rising_mW", "arm1_rising", "mW"),
        ("temp_C", "temp", "C"),
        ("CH1", "CH1", None),
        ("port_A", "port_A", None),
        ("channel_2", "channel_2", None),
        ("loss (fitted)", "loss (fitted)", None),
    ],
)
def test_a_header_holds_a_name_and_perhaps_a_unit(name, bare, symbol):
    found, unit = split_name(name)
    assert (found, unit.symbol if unit else None) == (bare, symbol)


@pytest.mark.parametrize(
    ("symbol", "si", "factor"),
    [
        ("Volt", "V", 1.0), ("millivolts", "V", 1e-3), ("Ampere", "A", 1.0), ("amps", "A", 1.0), ("second", "s", 1.0),
        ("microamp", "A", 1e-6), ("milliwatt", "W", 1e-3), ("gigahertz", "Hz", 1e9), ("kΩ", "Ω", 1e3),
        ("Ohm", "Ω", 1.0), ("Sequence", "", 1.0), ("percent", "", 1e-2),
    ],
)  # fmt: skip
def test_units_are_read_in_words(symbol, si, factor):
    unit = unit_of(symbol)
    assert unit is not None
    assert (unit.si, unit.factor, unit.symbol) == (si, pytest.approx(factor), symbol)


@pytest.mark.parametrize(
    ("name", "bare", "symbol"),
    [
        ("Volt", "Volt", "Volt"),
        ("Second", "Second", "Second"),
        ("time_seconds", "time", "seconds"),
        ("Power (mW) rising", "Power rising", "mW"),
        ("CH2mV", "CH2", "mV"),
        ("SMU-1 Resistance (Ω)", "SMU-1 Resistance", "Ω"),
        ("power_meter", "power_meter", None),  # no length
        ("lockin_amp", "lockin_amp", None),  # no current
        ("Index", "Index", None),
        ("channel_second", "channel_second", None),
    ],
)
def test_a_word_is_a_unit_only_where_it_can_be_no_other(name, bare, symbol):
    found, unit = split_name(name)
    assert (found, unit.symbol if unit else None) == (bare, symbol)
