import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.arrays import as_scalar
from physdfa.devices import (
    AbstractDevice,
    Adc,
    AdditiveNoise,
    Cascade,
    Decode,
    Driver,
    Encode,
    MachZehnderModulator,
    Photodiode,
    Tia,
    TimeMultiplexing,
)
from physdfa.devices.base import Timing
from physdfa.devices.cascade import resolved_units
from physdfa.errors import InputError
from physdfa.parts import ParameterValue, parameter

EVERYTHING = (jnp.float32(-jnp.inf), jnp.float32(jnp.inf))


def make_chain(reference="zero", **modulator):
    """Full swing 0 .. 0.5 mA for the drive voltages of any potential, full transmission at u = 4."""
    nominal = {"v_pi": 4.0, "v_bias": 4.0, "extinction_ratio_db": float("inf"), "insertion_loss_db": 0.0}
    return Cascade(
        {
            "encode": Encode(),
            "mach_zehnder": MachZehnderModulator(**(nominal | modulator)),
            "photodiode": Photodiode(responsivity=0.5, dark_current=0.0),
            "decode": Decode(reference=reference),
        }
    )


def test_the_stages_answer_one_after_the_other():
    chain = Cascade({"first": Encode(drive_gain=2.0, offset=1.0), "second": Driver(gain=1.0, saturation=3.0)})
    assert float(chain.respond(jnp.float32(0.25))) == pytest.approx(3.0 * np.tanh(0.5), rel=1e-6)
    assert chain["second"].saturation == 3.0


def test_ideal_stages_are_the_sine_squared():
    u = np.linspace(-4.0, 4.0, 2001, dtype=np.float32)
    expected = np.sin(np.pi * u.astype(np.float64) / 8.0) ** 2
    assert np.asarray(make_chain().respond(jnp.asarray(u))) == pytest.approx(expected, abs=5e-7)


class Meter(AbstractDevice):
    """Gives what it hears, and remembers the bandwidth that it is told and the updates that it has seen."""

    own: ParameterValue | None = parameter(default=None, unit="Hz", typical=(1.0, 2.0), meaning="its own bandwidth")
    told: ParameterValue = eqx.field(converter=as_scalar, default=0.0)
    drawn: ParameterValue = eqx.field(converter=as_scalar, default=0.0)

    @property
    def timing(self):
        return Timing(self.own, None)

    def respond(self, signal, *, key=None):
        del key
        return signal

    def output_range(self, low, high):
        return low, high

    def with_timing(self, timing):
        return eqx.tree_at(lambda meter: meter.told, self, timing.f_3db)

    def advance(self, *, num_requests, key):
        return eqx.tree_at(lambda meter: meter.drawn, self, num_requests * jax.random.uniform(key))

    def leaves_range(self, signal):
        return signal > 2.0


def test_every_stage_is_told_the_bandwidth_of_the_slowest():
    chain = Cascade({"one": Meter(own=3e9), "two": Meter(own=1e9), "three": Meter()})
    assert [float(chain[name].told) for name in chain.names] == pytest.approx([1e9, 1e9, 1e9])
    assert float(chain.timing.f_3db) == pytest.approx(1e9)
    assert chain.timing.symbol_rate is None


def test_each_stage_drifts_with_a_key_of_its_own():
    chain = Cascade({"one": Meter(own=1.0), "two": Meter(own=1.0)}).advance(num_requests=1, key=jax.random.key(1))
    assert chain["one"].drawn != chain["two"].drawn


def test_a_potential_leaves_the_range_where_any_stage_does_after_the_stages_before_it():
    chain = Cascade({"encode": Encode(drive_gain=2.0), "meter": Meter(own=1.0)})
    assert chain.leaves_range(jnp.array([0.9, 1.1])).tolist() == [False, True]


def test_stages_that_do_not_fit_are_refused_with_the_stage_between_them():
    with pytest.raises(InputError, match=r"`photodiode` takes optical power.*`encode`.*such as mach_zehnder"):
        Cascade({"encode": Encode(), "photodiode": Photodiode()})
    with pytest.raises(InputError, match=r"`driver` takes a voltage.*`photodiode`.*put a tia between"):
        Cascade({"mach_zehnder": MachZehnderModulator(), "photodiode": Photodiode(), "driver": Driver()})


def test_balanced_detection_swings_from_minus_one_to_one():
    assert make_chain("balanced").respond(jnp.array([0.0, 2.0, 4.0])).tolist() == pytest.approx([-1, 0, 1], abs=1e-6)


def test_the_scale_belongs_to_what_the_drive_reaches_not_to_the_whole_swing():
    reached = 2.0 * np.sin(np.pi * 1.0 / 8.0) ** 2  # a driver that ends at 1 V reaches only this much of the swing
    chain = Cascade(
        {
            "encode": Encode(),
            "driver": Driver(saturation=1.0),
            "mach_zehnder": MachZehnderModulator(
                v_pi=4.0, v_bias=4.0, extinction_ratio_db=float("inf"), insertion_loss_db=0.0, optical_power=2.0
            ),
            "decode": Decode(),
        }
    )
    assert float(chain["decode"].swing) == pytest.approx(reached, rel=1e-5)
    assert float(chain.respond(jnp.float32(100.0))) == pytest.approx(1.0, abs=1e-6)


def test_calibration_removes_the_mean_over_the_given_potentials():
    potentials = jnp.linspace(-1.0, 3.0, 400).reshape(20, 20)
    chain = make_chain("calibrated").calibrate(potentials)
    assert float(jnp.mean(chain.respond(potentials))) == pytest.approx(0.0, abs=1e-6)
    answers = chain.respond(jnp.array([0.0, 4.0]))  # least and full transmission
    assert float(jnp.abs(answers).max()) == pytest.approx(1.0, abs=1e-6)
    mean = float(jnp.mean(jnp.sin(jnp.pi * potentials / 8.0) ** 2)) * 0.5e-3
    assert float(chain["decode"].level) == pytest.approx(mean, rel=1e-5)


@pytest.mark.parametrize("reference", ["zero", "balanced"])
def test_calibration_leaves_levels_that_are_not_measured(reference):
    chain = make_chain(reference)
    calibrated = chain.calibrate(jnp.linspace(0.0, 1.0, 11))
    assert (calibrated["decode"].level, calibrated["decode"].swing) == (chain["decode"].level, chain["decode"].swing)


def test_levels_stay_when_the_bias_drifts_and_follow_at_the_next_calibration():
    potentials = jnp.linspace(-1.0, 3.0, 401)
    chain = make_chain("calibrated").calibrate(potentials)
    drifted = eqx.tree_at(lambda device: device["mach_zehnder"].v_bias, chain, jnp.float32(3.0))
    assert drifted["decode"].level == chain["decode"].level
    assert abs(float(jnp.mean(drifted.respond(potentials)))) > 0.05
    assert float(jnp.mean(drifted.calibrate(potentials).respond(potentials))) == pytest.approx(0.0, abs=1e-6)


def test_a_population_calibrates_in_one_call_as_each_of_its_members_does():
    potentials = jnp.linspace(-1.0, 3.0, 101)
    members = [make_chain("calibrated", v_pi=v_pi) for v_pi in (2.0, 3.0)]
    population = jax.tree.map(lambda *leaves: jnp.stack(leaves), *members)
    together = jax.jit(jax.vmap(lambda device: device.calibrate(potentials)))(population)
    alone = [member.calibrate(potentials)["decode"].level for member in members]
    assert np.asarray(together["decode"].level) == pytest.approx(np.asarray(alone), rel=1e-6)


def test_the_range_passes_from_stage_to_stage():
    least, largest = make_chain("balanced").output_range(*EVERYTHING)
    assert (float(least), float(largest)) == pytest.approx((-1.0, 1.0), abs=1e-6)
    least, largest = make_chain().output_range(jnp.float32(0.0), jnp.float32(2.0))
    assert (float(least), float(largest)) == pytest.approx((0.0, 0.5), abs=1e-6)


def test_a_chain_that_nothing_limits_says_how_to_limit_it():
    with pytest.raises(InputError, match="put a driver or a modulator before it"):
        Cascade({"encode": Encode(), "decode": Decode()})


def test_a_chain_without_stages_is_refused():
    with pytest.raises(InputError, match="at least one stage"):
        Cascade({})


def test_a_chain_of_chains_is_the_chain_of_all_its_stages():
    front = {"encode": Encode(drive_gain=2.0), "driver": Driver(saturation=1.0)}
    middle = {
        "mach_zehnder": MachZehnderModulator(v_pi=4.0, v_bias=4.0),
        "photodiode": Photodiode(),
        "tia": Tia(),
        "adc": Adc(num_bits=4.0),
    }
    back = {"filter": TimeMultiplexing(bandwidth=1e8), "decode": Decode(reference="calibrated")}
    potentials = jnp.linspace(-1.0, 3.0, 50)
    flat = Cascade(front | middle | back)
    nested = Cascade({"front": Cascade(front), "middle": Cascade(middle), **back})
    for one, other in ((nested, flat), (nested.calibrate(potentials), flat.calibrate(potentials))):
        # The automatic full scale of the ADC follows the driver, and the noise the slow filter.
        assert float(one["middle"]["adc"].reach) == float(other["adc"].reach)
        assert float(one["middle"]["photodiode"].slowest) == float(other["photodiode"].slowest) == pytest.approx(1e8)
        np.testing.assert_array_equal(one.respond(potentials), other.respond(potentials))


def test_a_number_wears_the_unit_that_the_chain_resolves():
    stages = {
        "encode": Encode(),
        "mach_zehnder": MachZehnderModulator(),
        "photodiode": Photodiode(),
        "current_noise": AdditiveNoise(),
        "tia": Tia(),
        "voltage_noise": AdditiveNoise(),
        "adc": Adc(),
        "decode": Decode(),
    }
    units = resolved_units(Cascade(stages))
    assert (units["current_noise.noise_std"], units["voltage_noise.noise_std"]) == ("A", "V")
    assert (units["decode.scale"], units["adc.num_bits"], units["encode.offset"]) == ("V", "bit", "V")
