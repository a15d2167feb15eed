"""Which device parameters change g at all."""

import tomllib
from contextlib import nullcontext

import pytest

from physdfa.config import DeviceSection, GeneRange, read_config
from physdfa.config.device_effect import idle_device_ranges
from physdfa.errors import ConfigError

CHAIN = """
[experiment]
name = "test"
[data]
name = "digits"
[network]
hidden = [16]
[rule]
name = "adfa"
[device]
stages = ["encode", "bias_drift", "mach_zehnder", "photodiode", "tia", "decode"]
"""


def idle(device: DeviceSection, **ranges: tuple[float, float]) -> set[str]:
    genes = {f"device.{name}": GeneRange(low=low, high=high) for name, (low, high) in ranges.items()}
    return {path for path, _ in idle_device_ranges(device, genes)}


def test_an_automatic_scale_takes_the_power_out_and_a_given_one_does_not():
    ideal = {"preset": "mach_zehnder_ideal"}
    assert idle(DeviceSection(**ideal), optical_power=(1e-4, 1e-2)) == {"device.optical_power"}
    assert idle(DeviceSection(**ideal, values={"scale": 1e-3}), optical_power=(1e-4, 1e-2)) == set()


def test_bias_and_gain_act():
    assert idle(DeviceSection(preset="mach_zehnder_ideal"), v_bias=(0.0, 9.4), drive_gain=(0.1, 10.0)) == set()


def test_a_parameter_that_acts_only_beside_another_gene_is_kept():
    # Without drive and offset V_pi moves nothing at v_bias = 0: cos(0) = 1 whatever it is.
    still = DeviceSection(preset="mach_zehnder_ideal", values={"drive_gain": 0.0, "v_bias": 0.0})
    assert idle(still, v_pi=(3.0, 7.0)) == {"device.v_pi"}
    assert idle(still, v_pi=(3.0, 7.0), drive_gain=(0.0, 2.0)) == set()


def test_balanced_detection_takes_the_extinction_ratio_out():
    # Less its middle and over its amplitude, T(V) is the bare cosine, whatever the ratio.
    balanced = DeviceSection(preset="mach_zehnder_ideal", values={"reference": "balanced"})
    unbalanced = DeviceSection(preset="mach_zehnder_ideal", values={"reference": "zero"})
    assert idle(balanced, extinction_ratio_db=(15.0, 35.0)) == {"device.extinction_ratio_db"}
    assert idle(unbalanced, extinction_ratio_db=(15.0, 35.0)) == set()


@pytest.mark.parametrize(
    ("line", "idle"),
    [
        ("device.tia.temperature=400.0", True),
        ("device.photodiode.noise_bandwidth=1e9", True),
        ("device.photodiode.dark_current=1e-6", False),
        ("device.mach_zehnder.optical_power=2e-3", False),  # the energy of the laser
        ("device.bias_drift.relock_every=3", True),
        ("device.decode.reference=balanced", False),
    ],
)
def test_a_value_that_changes_nothing_is_refused(line, idle):
    with pytest.raises(ConfigError, match="changes nothing") if idle else nullcontext():
        read_config(tomllib.loads(CHAIN), overrides=[line], kind="train")


def test_a_value_acts_if_it_does_so_in_one_candidate():
    genes = '[search.genes]\n"device.tia.thermal_noise" = { choices = ["off", "on"] }\n'
    read_config(tomllib.loads(CHAIN + genes), overrides=["device.tia.temperature=400.0"], kind="search")


def test_a_drift_and_a_noise_act():
    for line in ("device.bias_drift.drift_rate=0.1", "device.photodiode.rin=1e-14"):
        read_config(tomllib.loads(CHAIN), overrides=[line], kind="train")


def test_what_belongs_to_a_noise_stays_when_that_noise_is_given_as_zero():
    # What a preset file that `device fit --save` wrote becomes when its noise is switched off.
    table = tomllib.loads(CHAIN)
    table["device"] = {"stages": ["encode", "mach_zehnder", "additive_noise", "decode"], "insertion_loss_db": 0.0}
    for noise_std in (1e-5, 0.0):
        read_config(table, overrides=[f"device.noise_std={noise_std}"], kind="train")


def test_a_slow_drift_acts_behind_coarse_converters():
    # It grows over a training, far beyond what a few updates move it.
    table = tomllib.loads(CHAIN)
    table["device"]["stages"] = ["encode", "dac", "bias_drift", "mach_zehnder", "photodiode", "tia", "adc", "decode"]
    table["device"]["adc"] = {"num_bits": 4}
    read_config(table, overrides=["device.drift_rate=0.1", "device.relock_every=2"], kind="train")
