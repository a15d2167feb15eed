"""Energy and time of a backward pass: every term by hand, and every number acts or is refused."""

import jax
import jax.numpy as jnp
import pytest

from physdfa.devices import (
    Adc,
    BiasDrift,
    Cascade,
    Dac,
    Decode,
    Driver,
    Encode,
    MachZehnderModulator,
    Photodiode,
    Tia,
    TimeMultiplexing,
    make_device,
)
from physdfa.devices.cost import HardwareCost, backward_pass_cost, cost_mistakes
from physdfa.errors import InputError


def make_chain(**more):
    modulator = MachZehnderModulator(optical_power=2e-3)
    stages = {"encode": Encode(), "driver": Driver(), "mach_zehnder": modulator, "photodiode": Photodiode()}
    return Cascade({**stages, **more, "decode": Decode()})


def make_cost(**values):
    nominal = {"symbol_rate": 1e8, "wall_plug_efficiency": 0.2, "driver_power": 0.5, "tia_power": 0.25}
    return HardwareCost(**{**nominal, **values})


def test_time_is_the_requests_over_the_symbol_rate():
    # 3e6 / 1e8 Bd
    assert backward_pass_cost(make_chain(), make_cost(), 3_000_000).time_s == pytest.approx(0.03, rel=1e-6)


def test_laser_and_driver_draw_their_power_for_that_time():
    cost = backward_pass_cost(make_chain(), make_cost(), 1_000_000)  # 0.01 s
    assert cost.laser_j == pytest.approx(2e-3 / 0.2 * 0.01, rel=1e-6)
    assert cost.driver_j == pytest.approx(0.5 * 0.01, rel=1e-6)


def test_a_driver_with_a_load_also_pays_for_its_swing():
    # 0.5 W + (4 V)^2 / 50 Ohm = 0.82 W, for 0.01 s
    chain = make_chain(driver=Driver(saturation=4.0))
    cost = backward_pass_cost(chain, make_cost(drive_impedance=50.0), 1_000_000)
    assert cost.driver_j == pytest.approx(0.82 * 0.01, rel=1e-6)
    assert cost.energy_j == pytest.approx(float(cost.driver_j + cost.laser_j), rel=1e-6)
    assert cost_mistakes(chain, ["drive_impedance"]) == []
    assert "has no driver" in cost_mistakes(make_device("mach_zehnder_ideal", {}), ["drive_impedance"])[0]


def test_converters_pay_for_every_step_of_every_conversion():
    # 2^8 + 2^4 steps of 50 fJ, 1000 times; power FoM 2^bits f_s, times N / f_s
    chain = Cascade({"encode": Encode(), "dac": Dac(num_bits=8.0), "adc": Adc(num_bits=4.0), "decode": Decode()})
    cost = backward_pass_cost(chain, make_cost(converter_energy=5e-14), 1000)
    assert cost.dac_j == pytest.approx(256 * 5e-14 * 1000, rel=1e-5)
    assert cost.adc_j == pytest.approx(16 * 5e-14 * 1000, rel=1e-5)
    assert cost_mistakes(chain, ["converter_energy"]) == []


def test_a_transimpedance_amplifier_draws_its_power():
    cost = backward_pass_cost(make_chain(tia=Tia()), make_cost(tia_power=0.25), 1_000_000)  # 0.01 s
    assert cost.tia_j == pytest.approx(0.25 * 0.01, rel=1e-6)
    assert cost_mistakes(make_chain(tia=Tia()), ["tia_power"]) == []


def test_a_symbol_rate_that_the_chain_states_counts():
    chain = make_chain(filter=TimeMultiplexing(symbol_rate=1e7))
    assert backward_pass_cost(chain, make_cost(symbol_rate=1e8), 1_000_000).time_s == pytest.approx(0.1, rel=1e-6)
    assert "states a symbol rate of its own" in cost_mistakes(chain, ["symbol_rate"])[0]


def test_a_bias_controller_adds_its_share_of_a_relock():
    # 5 ms after every 10 updates, besides the 0.01 s of a pass
    chain = Cascade({"encode": Encode(), "bias_drift": BiasDrift(relock_every=10.0, relock_time=5e-3)})
    assert backward_pass_cost(chain, make_cost(), 1_000_000).time_s == pytest.approx(0.01 + 5e-4, rel=1e-6)
    never = Cascade({"encode": Encode(), "bias_drift": BiasDrift(relock_every=0.0, relock_time=5e-3)})
    assert backward_pass_cost(never, make_cost(), 1_000_000).time_s == pytest.approx(0.01, rel=1e-6)


def test_a_stage_that_is_missing_costs_nothing_and_one_that_is_there_twice_costs_twice():
    cost = backward_pass_cost(make_chain(), make_cost(), 1000)
    assert (float(cost.tia_j), float(cost.dac_j), float(cost.adc_j)) == (0.0, 0.0, 0.0)
    chain = Cascade({"driver": Driver(), "driver_2": Driver()})
    twice = backward_pass_cost(Cascade({"encode": Encode(), "pair": chain}), make_cost(), 1000)
    assert twice.driver_j == pytest.approx(2 * 0.5 * 1e-5, rel=1e-6)
    assert float(twice.laser_j) == 0.0


def test_the_energy_is_the_sum_of_its_parts():
    cost = backward_pass_cost(make_chain(), make_cost(), 12345)
    parts = (cost.laser_j, cost.driver_j, cost.tia_j, cost.dac_j, cost.adc_j)
    assert cost.energy_j == pytest.approx(float(sum(parts)), rel=1e-6)


def test_light_that_the_chain_does_not_state_can_be_stated():
    bare = make_device("sine_squared", {})
    assert float(backward_pass_cost(bare, make_cost(), 1000).laser_j) == 0.0
    stated = backward_pass_cost(bare, make_cost(optical_power=1e-3), 1000)
    assert stated.laser_j == pytest.approx(1e-3 / 0.2 * 1e-5, rel=1e-6)


def test_a_population_has_a_cost_for_each_candidate():
    chains = [make_chain(), make_chain()]
    population = jax.tree.map(lambda *leaves: jnp.stack(leaves), *chains)
    costs = jax.vmap(backward_pass_cost, (0, None, None))(population, make_cost(), 1000)
    assert costs.energy_j.shape == (2,)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("optical_power", "states its own"),
        ("tia_power", "has no tia"),
        ("converter_energy", "neither dac nor adc"),
        ("driver_pwoer", "Did you mean 'driver_power'"),
    ],
)
def test_a_number_that_changes_nothing_is_refused(name, words):
    (mistake,) = cost_mistakes(make_chain(), [name])
    assert words in mistake


def test_the_numbers_of_stages_that_are_there_are_accepted():
    assert cost_mistakes(make_chain(), ["symbol_rate", "wall_plug_efficiency", "driver_power"]) == []
    assert "has no driver" in cost_mistakes(make_device("mach_zehnder_ideal", {}), ["driver_power"])[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("symbol_rate", 0.0),
        ("wall_plug_efficiency", 0.0),
        ("wall_plug_efficiency", 1.01),
        ("optical_power", -1e-9),
        ("driver_power", -0.1),
        ("tia_power", float("nan")),
        ("converter_energy", -1e-15),
    ],
)
def test_values_out_of_range_are_refused(name, value):
    with pytest.raises(InputError, match=f"`{name}` is .* must be"):
        HardwareCost(**{name: value})
