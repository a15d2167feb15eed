"""The data sheet: every declared parameter, and the curve of the device itself."""

import io

import jax
import numpy as np
import pytest
from rich.console import Console

from physdfa.devices import PRESETS, declared_parameters, make_device
from physdfa.report.datasheet import datasheet, device_sheet, value_text

POTENTIALS = np.linspace(-1.0, 3.0, 81)


def printed(name: str) -> str:
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(datasheet(name, make_device(name, {}, key=jax.random.key(0)), POTENTIALS))
    return console.export_text()


@pytest.mark.parametrize("name", list(PRESETS))
def test_the_sheet_of_every_preset_names_every_parameter_and_the_source(name):
    device = make_device(name, {}, key=jax.random.key(0))
    rows = device_sheet(name, device, POTENTIALS).rows
    named = {f"{row.stage}.{row.name}" if row.stage else row.name: row for row in rows}
    for key, parameter in declared_parameters(device).items():
        assert (named[key].unit, named[key].allowed) == (parameter.unit, parameter.allowed)
    text = printed(name)
    assert PRESETS[name].source.split(",")[0] in text
    assert all(row.name in text for row in rows)


def test_the_statistics_are_those_of_sine_squared():
    # sin^2(pi u / (2 V_pi)) with V_pi = 2: 0 at u = 0, 1 at u = 2
    device = make_device("mach_zehnder_ideal", {"v_pi": 2.0, "v_bias": 2.0})
    sheet = device_sheet("mach_zehnder_ideal", device, POTENTIALS)
    np.testing.assert_allclose(sheet.response, np.sin(np.pi * POTENTIALS / 4) ** 2, atol=1e-6)
    assert "max 1 for u from -1 to 3" in sheet.statistics


def test_the_chain_is_shown_in_the_order_of_the_signal():
    assert "u → encode → mach_zehnder → photodiode → decode → g" in printed("mach_zehnder_ideal")


def test_values_in_a_few_characters():
    assert value_text(None) == "automatic"
    assert value_text(np.float32("inf")) == "infinite"
    assert value_text(np.zeros(4)) == "4 numbers"
    assert value_text("balanced") == "balanced"


def test_words_in_brackets_are_shown_as_they_are():
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(datasheet("[bold]x[/bold]", make_device("triangle", {}), POTENTIALS))
    assert "[bold]x[/bold]" in console.export_text()
