"""One update of a rule, and comparisons of gradients."""

import jax
import jax.numpy as jnp
import numpy as np

from physdfa.network import NetworkParameters

KEY = jax.random.key(7)


def updated(rule, network, parameters, batch, state=None, device=None, key=KEY):
    """(update, state) as one compiled program, from a fresh state unless one is given."""
    state = rule.init(KEY, network) if state is None else state
    return jax.jit(lambda p, d, s: rule.update(network, p, batch, d, s, key=key))(parameters, device, state)


def gradient_of(rule, network, parameters, batch, state=None, device=None) -> NetworkParameters:
    return updated(rule, network, parameters, batch, state, device)[0].gradient


def assert_same(left: NetworkParameters, right: NetworkParameters, tolerance: float = 2e-5):
    """Equal to rounding, leaf by leaf, and neither of them nothing."""
    for a, b in zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True):
        scale = float(jnp.max(jnp.abs(b)))
        assert scale > 0
        np.testing.assert_allclose(a, b, atol=tolerance * scale, rtol=0)


def assert_identical(left: NetworkParameters, right: NetworkParameters):
    """Equal to the last bit, and not nothing."""
    for a, b in zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True):
        np.testing.assert_array_equal(a, b)
        assert np.any(b)
