import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import Constant, declared_parameters, make_cascade, make_device
from physdfa.devices.spread import with_spread
from physdfa.errors import InputError
from tests.devices.moments import assert_independent, assert_normal_moments

COUNT = 20_000


def drawn(device, spread, read):
    """`read(device)` for many devices of this spread."""
    keys = jax.random.split(jax.random.key(0), COUNT)
    return np.asarray(jax.jit(jax.vmap(lambda key: read(with_spread(device, spread, key))))(keys))


def make_mzm(**values):
    return make_device("mach_zehnder", values)


def test_a_parameter_spreads_by_a_share_of_itself():
    values = drawn(make_mzm(v_pi=4.0), {"mach_zehnder.v_pi": 0.05}, lambda device: device["mach_zehnder"].v_pi)
    assert_normal_moments(values, 4.0, 0.2**2)


def test_a_bias_of_zero_spreads_by_a_share_of_the_half_wave_voltage():
    values = drawn(
        make_mzm(v_pi=4.0, v_bias=0.0), {"mach_zehnder.v_bias": 0.05}, lambda device: device["mach_zehnder"].v_bias
    )
    assert_normal_moments(values, 0.0, 0.2**2)


def test_an_offset_spreads_by_a_share_of_the_half_wave_voltage_of_the_chain():
    values = drawn(make_mzm(v_pi=4.0, offset=1.0), {"encode.offset": 0.05}, lambda device: device["encode"].offset)
    assert_normal_moments(values, 1.0, 0.2**2)


def test_parameters_spread_independently_and_do_not_change_each_others_draws():
    both = {"mach_zehnder.v_pi": 0.05, "photodiode.responsivity": 0.05}
    values = drawn(
        make_mzm(), both, lambda device: jnp.stack([device["mach_zehnder"].v_pi, device["photodiode"].responsivity])
    )
    assert_independent(values[:, 0], values[:, 1])
    alone = drawn(make_mzm(), {"mach_zehnder.v_pi": 0.05}, lambda device: device["mach_zehnder"].v_pi)
    assert (alone == values[:, 0]).all()


def test_every_draw_stays_within_the_declared_range():
    spread = {"mach_zehnder.v_pi": 10.0, "mach_zehnder.insertion_loss_db": 10.0}
    values = drawn(
        make_mzm(v_pi=4.0),
        spread,
        lambda device: jnp.stack([device["mach_zehnder"].v_pi, device["mach_zehnder"].insertion_loss_db]),
    )
    assert values[:, 0].min() == pytest.approx(4e-3)  # 0 V itself is excluded
    assert values[:, 1].min() == 0.0


def test_an_infinite_value_stays():
    device = with_spread(
        make_mzm(extinction_ratio_db=float("inf")), {"mach_zehnder.extinction_ratio_db": 0.5}, jax.random.key(0)
    )
    assert device["mach_zehnder"].extinction_ratio_db == jnp.inf


def test_the_levels_follow_the_drawn_device():
    device = with_spread(make_mzm(), {"mach_zehnder.optical_power": 0.3}, jax.random.key(1))
    power = float(device["mach_zehnder"].optical_power)
    assert abs(power / 1e-3 - 1) > 0.01
    g = device.respond(jnp.linspace(-50.0, 50.0, 20_001))
    assert (float(g.min()), float(g.max())) == pytest.approx((-1.0, 1.0), abs=1e-3)


def test_the_slowest_stage_is_found_anew():
    names = ["encode", "mach_zehnder", "photodiode", "decode"]
    device = with_spread(make_cascade(names, {}), {"photodiode.bandwidth": 0.3}, jax.random.key(2))
    assert device["photodiode"].slowest == device["photodiode"].bandwidth != 10e9


def test_no_spread_leaves_the_device():
    before = make_mzm()
    after = with_spread(before, {name: 0.0 for name in ("mach_zehnder.v_pi", "encode.offset")}, jax.random.key(0))
    assert jax.tree.map(lambda x, y: bool((x == y).all()), before, after) == jax.tree.map(lambda _: True, before)


def test_a_single_device_has_spread_too():
    values = drawn(Constant(value=2.0), {"value": 0.1}, lambda device: device.value)
    assert "value" in declared_parameters(Constant())
    assert_normal_moments(values, 2.0, 0.2**2)


@pytest.mark.parametrize(
    ("names", "spread", "message"),
    [
        (["encode", "mach_zehnder"], {"mach_zehnder.vpi": 0.1}, "Did you mean 'mach_zehnder.v_pi'"),
        (["encode", "mach_zehnder"], {"mach_zehnder.v_pi": -0.1}, "must be a number >= 0; got -0.1"),
        (["encode", "mach_zehnder"], {"mach_zehnder.v_pi": float("nan")}, "must be a number >= 0; got nan"),
        (["encode", "dac"], {"dac.num_bits": 0.1}, "a count, which no two devices differ in"),
        (["encode", "dac"], {"encode.offset": 0.1}, "is a share of v_pi, but no stage of this device has one"),
        (["encode", "mach_zehnder", "decode"], {"decode.scale": 0.1}, "the device finds this value itself"),
    ],
)
def test_a_spread_that_cannot_be_is_refused(names, spread, message):
    with pytest.raises(InputError, match=message):
        with_spread(make_cascade(names, {}), spread, jax.random.key(0))
