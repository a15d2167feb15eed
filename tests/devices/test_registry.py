import math

import jax
import jax.numpy as jnp
import pytest

from physdfa.devices import (
    PRESETS,
    Cascade,
    Constant,
    declared,
    declared_parameters,
    device_mistakes,
    make_cascade,
    make_device,
    parameter_at,
)
from physdfa.errors import InputError

TWO_DRIVERS = ["encode", "driver", "driver", "mach_zehnder", "decode"]


@pytest.mark.parametrize("values", [{"v_pi": 3.0}, {"mach_zehnder.v_pi": 3.0}, {"mach_zehnder": {"v_pi": 3.0}}])
def test_a_bare_a_dotted_and_a_nested_name_mean_the_same(values):
    assert make_device("mach_zehnder_ideal", values)["mach_zehnder"].v_pi == 3.0


def test_what_is_not_given_keeps_the_value_of_the_preset():
    device = make_device("mach_zehnder_ideal", {"v_pi": 3.0})
    assert device["mach_zehnder"].extinction_ratio_db == jnp.inf
    assert device["mach_zehnder"].v_bias == jnp.float32(4.7)


def test_choices_go_through_the_same_names():
    assert make_device("mach_zehnder", {"reference": "calibrated"})["decode"].reference == "calibrated"
    assert make_device("mach_zehnder", {"decode.reference": "zero"})["decode"].reference == "zero"


def test_a_preset_of_one_part_is_that_part():
    assert isinstance(make_device("constant", {"value": 2.0}), Constant)


def test_the_random_series_is_drawn_from_the_key_unless_it_is_given():
    drawn = make_device("random_fourier", {"num_terms": 3}, key=jax.random.key(0))
    assert drawn.sin_coefficients.shape == (3,)
    given = make_device("random_fourier", {"sin_coefficients": [1.0, 0.5], "cos_coefficients": [0.0, 0.0]})
    assert given.sin_coefficients.tolist() == [1.0, 0.5]


def test_stages_can_be_chained_freely_and_a_repeated_one_gets_a_number():
    device = make_cascade(TWO_DRIVERS, {"driver.gain": 2.0, "driver_2.gain": 3.0})
    assert isinstance(device, Cascade)
    assert device.names == ("encode", "driver", "driver_2", "mach_zehnder", "decode")
    assert (device["driver"].gain, device["driver_2"].gain) == (2.0, 3.0)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"v_py": 3}, r"no device parameter 'v_py'. Did you mean 'mach_zehnder.v_pi'\? Known: encode.drive_gain, "),
        ({"mach_zehnder.v_p": 3}, r"no device parameter 'mach_zehnder.v_p'. Did you mean 'mach_zehnder.v_pi'\?"),
        ({"v_pi": -1}, r"`mach_zehnder.v_pi` is the half-wave voltage and must be > 0 V and finite; got -1 V\."),
        ({"v_pi": "4"}, r"`mach_zehnder.v_pi` .* must be a number \[V\]; got '4'\."),
        ({"reference": "mean"}, r"`decode.reference` .* one of zero, balanced, calibrated; got 'mean'\."),
        ({"v_pi": 3.0, "mach_zehnder.v_pi": 3.0}, r"`mach_zehnder.v_pi` is given twice"),
        ({"v_pi": {"low": 3.0}}, r"no device parameter 'v_pi.low'"),
    ],
)
def test_a_value_that_cannot_be_used_is_told_in_one_sentence(values, sentence):
    with pytest.raises(InputError, match=sentence):
        make_device("mach_zehnder_ideal", values)
    assert len(device_mistakes("mach_zehnder_ideal", values)) == 1


def test_a_bare_name_of_several_stages_lists_the_choices():
    with pytest.raises(InputError, match=r"`gain` belongs to several stages: write driver\.gain or driver_2\.gain\."):
        make_cascade(TWO_DRIVERS, {"gain": 2.0})


def test_all_mistakes_are_told_together():
    mistakes = device_mistakes("mach_zehnder", {"v_pi": 0.0, "gian": 1.0, "saturation": 2.0})
    assert [mistake.split("`")[1] if "`" in mistake else "gian" for mistake in mistakes] == [
        "mach_zehnder.v_pi",
        "gian",
    ]
    assert device_mistakes("mach_zehnder", {"v_pi": 3.0}) == []


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        ("mach_zender", "no device preset 'mach_zender'. Did you mean 'mach_zehnder'"),
        (["encode", "modulator"], "no device stage 'modulator'"),
        ([], "at least one stage"),
    ],
)
def test_unknown_presets_and_stages_are_refused(plan, sentence):
    with pytest.raises(InputError, match=sentence):
        parameter_at(plan, "v_pi")
    assert len(device_mistakes(plan, {})) == 1


def test_a_parameter_is_described_without_building_anything():
    found = parameter_at("mach_zehnder", "v_pi")
    assert (found.name, found.unit, found.low, found.low_open) == ("mach_zehnder.v_pi", "V", 0.0, True)
    assert parameter_at(TWO_DRIVERS, "driver_2.gain").name == "driver_2.gain"
    assert parameter_at("triangle", "width").name == "width"


def test_the_described_default_is_that_of_the_preset():
    assert parameter_at("mach_zehnder", "extinction_ratio_db").default == 25.0
    assert parameter_at("mach_zehnder_ideal", "extinction_ratio_db").default == float("inf")


def test_a_choice_is_not_a_parameter_to_vary():
    with pytest.raises(InputError, match=r"`decode\.reference` is a choice"):
        parameter_at("mach_zehnder", "reference")


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_a_built_device_declares_the_parameters_of_its_preset(preset):
    built = declared_parameters(make_device(preset, {}, key=jax.random.key(0)))
    assert set(built) == {name for name in declared(preset) if not hasattr(declared(preset)[name], "choices")}
    assert all(name == parameter.name for name, parameter in built.items())


@pytest.mark.parametrize("spread", [{}, {"v_pi": 0.1}])
def test_a_drift_goes_by_the_symbol_rate_of_the_hardware_where_no_stage_states_one(spread):
    stages = ["encode", "bias_drift", "mach_zehnder", "photodiode", "decode"]
    values = {"sine_amplitude": 1.0, "sine_period": 4.0, "cost": {"symbol_rate": 1e6}, "spread": spread}
    device = make_cascade(stages, values, key=jax.random.key(0))
    drifted = device.advance(num_requests=1_000_000, key=jax.random.key(0))
    assert float(drifted["bias_drift"].elapsed) == pytest.approx(1.0)  # 10^6 calls at 10^6 per second
    assert float(drifted["bias_drift"].drift) == pytest.approx(1.0)  # a quarter of the period


BENCH = """
from physdfa.devices import AbstractDevice, Driver
from physdfa.parts import ParameterValue, parameter
import jax.numpy as jnp

class SquareLaw(AbstractDevice):
    gain: ParameterValue = parameter(default=1.0, unit="V", low=0.0, typical=(0.5, 2.0), meaning="the largest output")

    def respond(self, signal, *, key=None):
        return self.gain * jnp.tanh(signal) ** 2

    def output_range(self, low, high):
        return jnp.zeros_like(self.gain), self.gain

not_a_device = 3
"""


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """The module of somebody else's device, under a name that no other test has imported."""
    name = f"bench_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(BENCH)
    (tmp_path / f"broken_{name}.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(tmp_path)
    return name


def test_a_class_of_ones_own_is_a_stage_under_its_name_in_small_letters(bench):
    stages = ["encode", f"{bench}:SquareLaw", f"{bench}:SquareLaw", "decode"]
    assert {"square_law.gain", "square_law_2.gain"} <= set(declared(stages))
    chain = make_cascade(stages[:2], {"square_law": {"gain": 3.0}})
    assert float(chain.respond(jnp.float32(0.5))) == pytest.approx(3.0 * math.tanh(0.5) ** 2, rel=1e-6)
    assert "must be >= 0 V" in device_mistakes(stages[:2], {"gain": -1.0})[0]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("{}:Square", "has no device stage called 'Square'"),
        ("{}:not_a_device", "has no device stage called"),
        ("{}:AbstractDevice", "has no device stage called"),
        ("broken_{}:Any", r"cannot be imported: .*, line 1, in <module>: ZeroDivisionError"),
        ("no_such_module:Any", "cannot be imported"),
        (":Any", "lacks the module"),
        ("square_law", 'is written "module:Class"'),
    ],
)
def test_a_name_that_leads_to_no_class_of_ones_own_is_refused(bench, name, said):
    with pytest.raises(InputError, match=said):
        make_cascade(["encode", name.format(bench)], {})
