import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import Microring, make_cascade
from physdfa.errors import InputError


def make_ring(**values):
    nominal = {"v_fwhm": 1.0, "v_0": 0.5, "insertion_loss_db": 0.0, "optical_power": 1.0}
    return Microring(**(nominal | values))


def test_the_through_port_falls_by_the_extinction_ratio_on_resonance():
    power = make_ring(extinction_ratio_db=20.0, insertion_loss_db=3.0).respond(jnp.float32(0.5))
    assert -10 * np.log10(float(power)) == pytest.approx(23.0, abs=1e-4)


def test_the_through_port_is_the_lorentzian_dip_of_the_docstring():
    v = np.linspace(-5.0, 5.0, 1001, dtype=np.float32)
    detuning = (v.astype(np.float64) - 0.5) / 0.8
    expected = 1e-3 * 10**-0.2 * (1 - (1 - 0.1) / (1 + 4 * detuning**2))
    device = make_ring(v_fwhm=0.8, extinction_ratio_db=10.0, insertion_loss_db=2.0, optical_power=1e-3)
    assert np.asarray(device.respond(jnp.asarray(v))) == pytest.approx(expected, rel=2e-6)


def test_the_drop_port_has_the_stated_full_width_at_half_maximum():
    device = make_ring(port="drop", v_fwhm=0.8, optical_power=2.0)
    assert device.respond(jnp.array([0.1, 0.5, 0.9])).tolist() == pytest.approx([1.0, 2.0, 1.0], rel=1e-6)


def test_without_loss_and_at_critical_coupling_the_two_ports_share_all_light():
    v = jnp.linspace(-4.0, 4.0, 401)
    through, drop = make_ring(extinction_ratio_db=float("inf")), make_ring(port="drop")
    assert np.asarray(through.respond(v) + drop.respond(v)) == pytest.approx(np.ones(401), abs=2e-7)


def test_the_extinction_ratio_is_refused_where_it_does_nothing():
    with pytest.raises(InputError, match="through port and does nothing at the drop port"):
        make_ring(port="drop", extinction_ratio_db=20.0)
    with pytest.raises(InputError, match="must be one of through, drop; got 'add'"):
        make_ring(port="add")


@pytest.mark.parametrize(
    ("port", "low", "high", "expected"),
    [
        ("through", -jnp.inf, jnp.inf, (0.1, 1.0)),
        ("through", 0.0, 1.5, (0.1, (0.1 + 4) / 5)),  # holds the dip
        ("through", 1.0, 1.5, (1.1 / 2, (0.1 + 4) / 5)),
        ("through", -0.5, 0.0, (1.1 / 2, (0.1 + 4) / 5)),
        ("drop", -jnp.inf, jnp.inf, (0.0, 1.0)),
        ("drop", 0.0, 1.5, (0.2, 1.0)),  # holds the peak
        ("drop", 1.0, 1.5, (0.2, 0.5)),
    ],
)
def test_the_range_holds_the_resonance_where_the_interval_does(port, low, high, expected):
    device = make_ring(port=port) if port == "drop" else make_ring(extinction_ratio_db=10.0)
    least, largest = device.output_range(jnp.float32(low), jnp.float32(high))
    assert (float(least), float(largest)) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_the_drop_port_of_a_chain_is_a_bell_around_its_voltage():
    values = {"port": "drop", "microring.v_0": 1.0, "v_fwhm": 0.5, "dark_current": 0.0}
    device = make_cascade(["encode", "microring", "photodiode", "decode"], values)
    assert device.respond(jnp.array([0.75, 1.0, 1.25])).tolist() == pytest.approx([0.5, 1.0, 0.5], rel=1e-5)
