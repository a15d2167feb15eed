import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import DiodeClipper
from physdfa.errors import InputError

NOMINAL = {"resistance": 1e4, "saturation_current": 2.52e-9, "v_slope": 0.0453}
CORNERS = [
    NOMINAL,
    {"resistance": 1.0, "saturation_current": 1e-18, "v_slope": 1.0},
    {"resistance": 1e7, "saturation_current": 1e-2, "v_slope": 1e-3},
    {"resistance": 1e2, "saturation_current": 1e-14, "v_slope": 0.1},
    {"resistance": 1e6, "saturation_current": 1e-5, "v_slope": 0.025},
]


def make_clipper(**values):
    return DiodeClipper(**(NOMINAL | values))


def input_of(device, v):
    """The input voltage at which the diodes have the voltage `v`, in float64."""
    resistance, current, slope = (
        float(leaf) for leaf in (device.resistance, device.saturation_current, device.v_slope)
    )
    return v + 2 * resistance * current * np.sinh(v / slope)


@pytest.mark.parametrize("values", CORNERS)
def test_it_is_the_inverse_of_the_circuits_equation(values):
    device = make_clipper(**values)
    v = np.geomspace(1e-6, 30.0, 400) * float(device.v_slope)
    v_in = input_of(device, v)
    v, v_in = v[v_in < 1e12], v_in[v_in < 1e12]
    assert np.asarray(device.respond(jnp.asarray(v_in, jnp.float32))) == pytest.approx(v, rel=1e-6)


def test_it_is_odd():
    v_in = jnp.linspace(0.0, 20.0, 201)
    assert (make_clipper().respond(-v_in) == -make_clipper().respond(v_in)).all()


@pytest.mark.parametrize("values", CORNERS)
def test_its_slope_is_that_of_the_circuit_at_rest_and_driven(values):
    device = make_clipper(**values)
    share = 2 * float(device.resistance) * float(device.saturation_current) / float(device.v_slope)
    for v in (0.0, 3.0 * float(device.v_slope), -12.0 * float(device.v_slope)):
        slope = jax.grad(device.respond)(jnp.float32(input_of(device, v)))
        assert float(slope) == pytest.approx(1 / (1 + share * np.cosh(v / float(device.v_slope))), rel=2e-5)


def test_its_gradient_by_the_resistance_is_that_of_the_root():
    device, v_in = make_clipper(), jnp.float32(3.0)
    v = float(device.respond(v_in))
    v_slope, current = float(device.v_slope), float(device.saturation_current)
    conductance = 2 * current * np.cosh(v / v_slope) / v_slope
    expected = -2 * current * np.sinh(v / v_slope) / (1 + 1e4 * conductance)
    gradient = jax.grad(lambda device: device.respond(v_in))(device)
    assert float(gradient.resistance) == pytest.approx(expected, rel=1e-4)


def test_strong_drive_grows_as_a_logarithm():
    ten, hundred = make_clipper().respond(jnp.array([1e4, 1e5])).tolist()
    assert hundred - ten == pytest.approx(0.0453 * np.log(10.0), rel=1e-3)


def test_a_diode_beyond_what_the_solution_holds_is_refused():
    with pytest.raises(InputError, match=r"`saturation_current` is the leakage of one diode.*1e-18"):
        make_clipper(saturation_current=1e-30)
