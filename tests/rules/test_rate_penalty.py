import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.errors import InputError
from physdfa.rules.rate_penalty import RatePenalty

COUNTS = jnp.array([[0.0, 4.0], [1.0, 6.0]])  # means 0.5 and 5


def test_both_sides_draw_every_neuron_to_the_target():
    np.testing.assert_allclose(RatePenalty(0.1, 2.0).teaching(COUNTS), [0.15, -0.3], rtol=1e-6)


def test_the_penalty_above_leaves_silent_neurons_alone():
    np.testing.assert_allclose(RatePenalty(0.1, 2.0, sides="above").teaching(COUNTS), [0.0, -0.3], rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"strength": -1.0}, "`strength`.*>= 0"),
        ({"target": -1.0}, "`target`.*>= 0"),
        ({"sides": "below"}, "both, above"),
    ],
)
def test_a_value_out_of_its_range_is_refused(values, message):
    with pytest.raises(InputError, match=message):
        RatePenalty(**values)
