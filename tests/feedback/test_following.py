"""Feedback made of the forward weights."""

import jax
import jax.numpy as jnp
import numpy as np

from physdfa.feedback import DenseProjection, SignConcordantProjection, TransposedProjection

KEY = jax.random.key(0)
PATHS = jnp.array([[-2.0], [1.0]])  # of 2 neurons to 1 output


def test_a_transposed_projection_is_the_present_paths():
    made = TransposedProjection().drawn(KEY, 2, 1, jnp.asarray(1.0)).following(PATHS)
    np.testing.assert_array_equal(made.project(jnp.array([[2.0]])), [[-4.0, 2.0]])


def test_a_sign_concordant_one_is_their_signs_times_the_spread_of_random_feedback():
    classes = 4
    weights = jnp.array([[0.5, -2.0], [0.0, 1.0], [-0.1, 1.0], [3.0, -3.0]])
    made = SignConcordantProjection().drawn(KEY, 2, classes, jnp.asarray(3.0)).following(weights.T)
    np.testing.assert_allclose(made.arrays()["matrix"], 1.5 * np.array([[1, 0, -1, 1], [-1, 1, 1, -1]]), rtol=1e-6)


def test_random_feedback_follows_nothing():
    drawn = DenseProjection().drawn(KEY, 2, 1, jnp.asarray(1.0))
    assert drawn.following(PATHS) is drawn
