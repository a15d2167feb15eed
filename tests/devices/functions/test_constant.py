import jax.numpy as jnp

from physdfa.devices import Constant


def test_every_potential_has_the_same_gain():
    assert Constant(value=-0.5).respond(jnp.array([-9.0, 0.0, 9.0])).tolist() == [-0.5, -0.5, -0.5]


def test_the_range_is_that_one_value():
    assert Constant(value=2.0).output_range(jnp.float32(-1.0), jnp.float32(1.0)) == (2.0, 2.0)
