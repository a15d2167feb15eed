"""The free table of the device."""

import pytest

from physdfa.config import DeviceSection, check_device_table
from physdfa.config.device_table import device_keys, read_device_table, with_device_values


def section(**values) -> DeviceSection:
    return DeviceSection(preset="mach_zehnder_ideal", values=values)


def test_every_wrong_value_is_named_at_once():
    mistakes = check_device_table(section(v_pi=-1.0, v_bais=0.0, optical_power="much"))
    assert [mistake.split(":")[0] for mistake in mistakes] == [
        "device.v_pi = -1.0",
        "device.v_bais = 0.0",
        'device.optical_power = "much"',
    ]


def test_an_unknown_preset_and_stage_suggest_the_nearest():
    (preset,) = check_device_table(DeviceSection(preset="mach_zender"))
    assert preset.startswith('device.preset = "mach_zender":')
    assert "Did you mean 'mach_zehnder'?" in preset
    (stage,) = check_device_table(DeviceSection(stages=("encode", "mach_zender")))
    assert stage.startswith('device.stages = ["encode", "mach_zender"]:')
    assert "Did you mean 'mach_zehnder'?" in stage


def test_parts_that_do_not_fit_are_refused():
    (mistake,) = check_device_table(DeviceSection(preset="random_fourier", values={"sin_coefficients": [1.0]}))
    assert mistake.startswith("device: ")
    assert "both" in mistake


def test_a_value_given_under_two_names_is_refused():
    device = DeviceSection(preset="mach_zehnder_ideal", values={"v_pi": 4.0, "mach_zehnder.v_pi": 5.0})
    (mistake,) = check_device_table(device)
    assert "given twice" in mistake


def test_stages_are_accepted_in_the_place_of_a_preset():
    table = {"stages": ["encode", "driver", "mach_zehnder", "photodiode", "decode"], "driver.gain": 2.0}
    device, mistakes = read_device_table(table)
    assert mistakes == []
    assert device.plan == ("encode", "driver", "mach_zehnder", "photodiode", "decode")
    assert check_device_table(device) == []


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (['device.stages=["encode"]'], "has preset and stages"),
        (["device.preset=3"], "must be the name of a preset"),
        (["device.measured=file.csv"], "has preset and measured"),
        (["device.x=bias_V"], "there is none; add measured"),
        (["device.preset=nosuch.toml"], "there is no such file; looked in"),
    ],
)
def test_a_device_is_named_in_exactly_one_way(mistakes_of, overrides, said):
    (mistake,) = mistakes_of(*overrides)
    assert said in mistake


def test_a_bare_name_and_its_full_name_are_one_key():
    keys = device_keys(section())
    assert keys["v_pi"] is keys["mach_zehnder.v_pi"]
    assert keys["v_pi"].unit == "V"
    assert not keys["v_pi"].contains(0.0)


def test_a_full_name_replaces_the_bare_one():
    device = with_device_values(section(v_pi=4.0, v_bias=1.0), {"mach_zehnder.v_pi": 5.0})
    assert device.values == {"v_bias": 1.0, "mach_zehnder.v_pi": 5.0}
