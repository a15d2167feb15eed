"""Which device parameters change g at all."""

from physdfa.config import DeviceSection, Gene
from physdfa.config.device_effect import idle_device_ranges


def idle(device: DeviceSection, **ranges: tuple[float, float]) -> set[str]:
    genes = {f"device.{name}": Gene(low=low, high=high) for name, (low, high) in ranges.items()}
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
