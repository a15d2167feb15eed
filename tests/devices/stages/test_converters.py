"""The laws of the DAC and the ADC, which share their levels."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import Adc, Cascade, Dac, Encode, MachZehnderModulator, Photodiode, Tia
from physdfa.errors import InputError

EVERY_RESOLUTION = pytest.mark.parametrize("bits", range(2, 17))


def symmetric_levels(bits, full_scale):
    largest = 2 ** (bits - 1) - 1
    return full_scale * np.arange(-largest, largest + 1) / largest


def one_sided_levels(bits, full_scale):
    return full_scale * np.arange(2**bits) / (2**bits - 1)


DEVICES = {
    "dac": (lambda bits, full_scale: Dac(num_bits=bits, full_scale=full_scale), symmetric_levels),
    "unipolar adc": (lambda bits, full_scale: Adc(num_bits=bits, full_scale=full_scale), one_sided_levels),
    "bipolar adc": (
        lambda bits, full_scale: Adc(num_bits=bits, full_scale=full_scale, polarity="bipolar"),
        symmetric_levels,
    ),
}
EVERY_DEVICE = pytest.mark.parametrize(("build", "levels"), DEVICES.values(), ids=DEVICES)


@EVERY_DEVICE
@EVERY_RESOLUTION
def test_the_answers_are_the_levels_and_all_of_them(build, levels, bits):
    exact = levels(bits, 1.5)
    sweep = jnp.linspace(-1.6, 1.6, 2**18 + 1)  # finer than half a step of 16 bits
    found = np.unique(np.asarray(build(bits, 1.5).respond(sweep)))
    assert len(found) == len(exact)
    assert found == pytest.approx(exact, rel=3e-7, abs=1e-12)


@EVERY_DEVICE
@EVERY_RESOLUTION
def test_each_level_is_its_own_answer_and_zero_is_one(build, levels, bits):
    exact = levels(bits, 1.5).astype(np.float32)
    assert np.asarray(build(bits, 1.5).respond(jnp.asarray(exact))) == pytest.approx(exact, rel=3e-7)
    assert build(bits, 1.5).respond(jnp.float32(0.0)) == 0.0


@EVERY_DEVICE
@EVERY_RESOLUTION
def test_no_answer_is_further_than_half_a_step_from_a_signal_within_full_scale(build, levels, bits):
    exact = levels(bits, 2.0)
    signal = np.linspace(exact[0], exact[-1], 10_001, dtype=np.float32)
    error = np.asarray(build(bits, 2.0).respond(jnp.asarray(signal)), np.float64) - signal
    assert np.abs(error).max() <= 0.5 * (exact[1] - exact[0]) + 5e-7


@EVERY_DEVICE
def test_signals_beyond_full_scale_are_clipped(build, levels):
    ends = levels(4, 0.5)
    answers = build(4, 0.5).respond(jnp.array([-3e38, -0.6, 0.6, 3e38]))
    assert answers.tolist() == pytest.approx([ends[0], ends[0], ends[-1], ends[-1]], rel=1e-6)


def test_one_bit_tells_the_sign_or_which_half():
    signal = jnp.array([-2.0, -0.1, 0.1, 0.6, 2.0])
    assert Dac(num_bits=1, full_scale=1.0).respond(signal).tolist() == [-1, -1, 1, 1, 1]
    assert Adc(num_bits=1, full_scale=1.0, polarity="bipolar").respond(signal).tolist() == [-1, -1, 1, 1, 1]
    assert Adc(num_bits=1, full_scale=1.0).respond(signal).tolist() == [0, 0, 0, 1, 1]


def test_the_range_ends_at_levels_and_at_full_scale():
    adc = Adc(num_bits=2, full_scale=3.0)
    assert adc.output_range(jnp.float32(0.6), jnp.float32(1.9)) == (1.0, 2.0)
    assert adc.output_range(jnp.float32(-jnp.inf), jnp.float32(jnp.inf)) == (0.0, 3.0)
    assert Dac(full_scale=3.0).output_range(jnp.float32(-jnp.inf), jnp.float32(jnp.inf)) == (-3.0, 3.0)


def test_devices_of_other_resolutions_share_one_program():
    traces = 0

    def respond(device, signal):
        nonlocal traces
        traces += 1
        return device.respond(signal)

    compiled = jax.jit(respond)
    for bits in (4, 8, 16):
        compiled(Dac(num_bits=bits), jnp.zeros(3))
    assert traces == 1


def make_chain(**adc):
    return Cascade(
        {
            "encode": Encode(),
            "mach_zehnder": MachZehnderModulator(insertion_loss_db=0.0, optical_power=1e-3),
            "photodiode": Photodiode(responsivity=1.0, dark_current=0.0),
            "tia": Tia(transimpedance=500.0),
            "adc": Adc(**adc),
        }
    )


def test_the_automatic_full_scale_is_the_largest_voltage_of_the_chain():
    chain = make_chain()
    assert float(chain["adc"].reach) == pytest.approx(0.5, rel=1e-6)
    assert float(chain.respond(jnp.float32(4.7))) == pytest.approx(0.5, rel=1e-6)


def test_a_given_full_scale_is_kept():
    assert float(make_chain(full_scale=0.2).respond(jnp.float32(4.7))) == pytest.approx(0.2, rel=1e-6)


def test_the_automatic_full_scale_counts_negative_voltages_too():
    adc = Adc(polarity="bipolar").with_levels(jnp.float32(-3.0), jnp.float32(2.0))
    assert adc.respond(jnp.float32(-3.0)) == -3.0


def test_a_voltage_that_nothing_limits_is_refused_where_its_range_is_needed():
    with pytest.raises(InputError, match=r"`adc` needs a voltage.*give `adc\.full_scale`"):
        Cascade({"encode": Encode(), "adc": Adc()})
    Cascade({"encode": Encode(), "adc": Adc(full_scale=1.0)})


@pytest.mark.parametrize("bits", [0, 17, 2.5, float("nan")])
def test_a_resolution_that_is_no_whole_number_from_1_to_16_is_refused(bits):
    with pytest.raises(InputError, match="must be a whole number >= 1 and <= 16"):
        Dac(num_bits=bits)


def test_what_a_converter_clips_is_what_it_reads_no_farther():
    voltages = jnp.array([-3.0, -1.9, -0.1, 0.0, 1.9, 3.0])
    dac, one_sided, two_sided = (
        Dac(full_scale=2.0),
        Adc(full_scale=2.0),
        Adc(full_scale=2.0, polarity="bipolar"),
    )
    assert dac.clips(voltages).tolist() == two_sided.clips(voltages).tolist() == [True, *[False] * 4, True]
    assert one_sided.clips(voltages).tolist() == [True, True, True, False, False, True]
    for device in (dac, one_sided, two_sided):
        clipped = voltages[device.clips(voltages)]
        np.testing.assert_array_equal(device.respond(clipped), device.respond(10 * clipped))


def test_an_automatic_full_scale_clips_nothing():
    adc = Adc(polarity="bipolar").with_levels(jnp.float32(-0.3), jnp.float32(0.7))
    assert not adc.clips(jnp.linspace(-0.3, 0.7, 101)).any()
