"""The data sheet in a terminal: every declared parameter, the curves, and the numbers in words."""

import io

import jax
import numpy as np
import pytest
from rich.console import Console

from physdfa.devices import PRESETS, Cascade, Decode, Encode, HardwareCost, make_device
from physdfa.devices.measured import MeasuredCurve
from physdfa.report.datasheet import DeviceSubject, datasheet, device_sheet
from tests.report.datasheet.subjects import make_fit, make_measurement, make_network, make_subject


def printed(subject: DeviceSubject, width: int = 120) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(datasheet(device_sheet(subject)))
    return console.export_text()


@pytest.mark.parametrize("name", list(PRESETS))
def test_the_sheet_of_every_preset_names_every_parameter_and_the_source(name):
    subject = make_subject(name, make_device(name, {}, key=jax.random.key(0)))
    text = printed(subject)
    assert PRESETS[name].source.split(",")[0] in text
    assert all(row.name in text for row in device_sheet(subject).rows)


def test_the_chain_is_shown_in_the_order_of_the_signal():
    assert "u → encode → mach_zehnder → photodiode → decode → g" in printed(make_subject("mach_zehnder_ideal"))


def test_words_in_brackets_are_shown_as_they_are():
    assert "[bold]x[/bold]" in printed(make_subject("[bold]x[/bold]", make_device("triangle", {})))


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_longer_than_the_terminal(width):
    lines = printed(make_subject(measurement=make_measurement(), fit=make_fit(), network=make_network()), width)
    assert max(len(line) for line in lines.splitlines()) <= width


def test_what_is_known_has_a_group_of_its_own():
    text = printed(make_subject(measurement=make_measurement(), fit=make_fit(), network=make_network()))
    for words in ("Measurement", "Fit", "Quality before training", "One backward pass", "hysteresis", "rising"):
        assert words in text
    bare = printed(make_subject())
    for words in ("Measurement", "Fit", "Quality", "hysteresis", "Provenance"):
        assert words not in bare


def test_the_energy_of_a_measured_curve_says_what_it_leaves_out():
    measurement = make_measurement()
    curve = MeasuredCurve.from_measurement(measurement, outside="hold")
    device = Cascade({"encode": Encode(), "curve": curve, "decode": Decode()})
    assert "cost.optical_power" in printed(make_subject("line.csv", device, measurement=measurement))
    stated = make_subject("line.csv", device, measurement=measurement, cost=HardwareCost(optical_power=1e-3))
    assert "not counted" not in printed(stated)


def test_a_standard_error_stands_beside_its_value():
    assert "± 0.012" in printed(make_subject(standard_errors={"mach_zehnder.v_pi": 0.012}))
    assert "measured by: us" in " ".join(printed(make_subject(provenance=(("measured by:", "us"),))).split())


def test_a_flat_g_is_still_drawn():
    assert "g(u)" in printed(make_subject("constant", make_device("constant", {}), potentials=np.linspace(0, 1, 5)))
