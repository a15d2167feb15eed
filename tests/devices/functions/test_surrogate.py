import jax.numpy as jnp
import pytest

from physdfa.devices import SurrogateResponse
from physdfa.errors import InputError
from physdfa.surrogates import SURROGATES


@pytest.mark.parametrize("kind", sorted(SURROGATES))
def test_it_is_the_surrogate_derivative_of_the_neuron_bit_for_bit(kind):
    potential = jnp.linspace(-3.0, 5.0, 4001)
    device = SurrogateResponse(kind=kind, threshold=1.3, width=0.7)
    expected = SURROGATES[kind](potential - jnp.float32(1.3), jnp.float32(0.7))
    assert (device.respond(potential) == expected).all()


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(-jnp.inf, jnp.inf, (0.0, 1.0)), (0.5, 0.75, (0.5, 0.75)), (0.5, 1.25, (0.5, 1.0)), (1.25, 1.5, (0.5, 0.75))],
)
def test_the_range_of_a_triangle_holds_its_peak_only_around_the_threshold(low, high, expected):
    device = SurrogateResponse(kind="triangle", threshold=1.0, width=1.0)
    assert device.output_range(jnp.float32(low), jnp.float32(high)) == expected


def test_an_unknown_kind_is_refused():
    with pytest.raises(InputError, match="Did you mean 'arctan'"):
        SurrogateResponse(kind="arctn")
