"""Random numbers from a hash of a counter, drawn inside the fused time loop: noise of devices, spikes of inputs.

Every neuron asks its device anew at every step, so one batch of 784-800-10 wants two million normal numbers per noise
source. `jax.random.normal` costs several times as much as this on a CPU: its rounds do not fuse with the computation
around them, and its `erf_inv` alone takes four times as long as all of this. Device noise needs the right distribution
and independent draws, not a cipher.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PRNGKeyArray, UInt32

_GOLDEN = np.uint32(0x9E3779B9)  # 2^32 over the golden ratio: keeps the number 0 from being hashed to 0


def standard_normal(key: PRNGKeyArray, shape: tuple[int, ...]) -> Float[Array, "*shape"]:
    """Independent normal numbers of mean 0 and variance 1; the same for the same key, magnitude at most 5.42."""
    # 24 bits and a half: the middle of each of 2^24 cells of (-1, 1), so that neither end is met.
    return normal_quantile((random_words(key, shape) >> 8).astype(jnp.float32) * 2.0**-23 + (2.0**-24 - 1.0))


# w = -log(1 - x^2): log(1 + f) / f for 1 + f from 1/sqrt(2) to sqrt(2), then the quantile over x as a ratio in w.
_LOG = (1.0000032, -0.50001962, 0.33303382, -0.24881432, 0.20603835, -0.18901203, 0.118291404)
_ABOVE = (1.2533212258666764, 0.5455200684475173, 0.1184574591490976, 0.016750744202700542, 1.5908769e-3, 1.2876945e-5)
_BELOW = (1.0, 0.17351269969150615, 0.035934272457950896, 0.0044640857143244134, 1.5996513e-4)
_HALF_ROOT = np.float32(math.sqrt(0.5)).view(np.int32)


def normal_quantile(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """The z with chance (1 + x) / 2 of a normal number below it, for |x| <= 1 - 2^-24: sqrt(2) erf_inv(x) to 3e-6.

    **Source:** as M. Giles, "Approximating the erfinv function" (2010), a function of log(1 - x^2); but one ratio of
    polynomials for all of it (least largest error, own fit), since a choice between two forms computes both.
    """
    x = jnp.asarray(x, jnp.float32)  # the bits below are those of a float32
    tail = 1.0 - jnp.abs(x)
    bits = jax.lax.bitcast_convert_type(tail * (2.0 - tail), jnp.int32)
    exponent = (bits - _HALF_ROOT) >> 23
    fraction = jax.lax.bitcast_convert_type(bits - (exponent << 23), jnp.float32) - 1.0
    w = -(math.log(2.0) * exponent.astype(jnp.float32) + fraction * _polynomial(_LOG, fraction))
    return x * _polynomial(_ABOVE, w) / _polynomial(_BELOW, w)


def _polynomial(coefficients: tuple[float, ...], x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """sum_k coefficients[k] x^k."""
    total = jnp.full_like(x, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = total * x + coefficient
    return total


def noise_key(key: PRNGKeyArray, *numbers: ArrayLike) -> PRNGKeyArray:
    """A key of its own for these whole numbers (a layer, a step, a stage, a source), for device noise.

    Unlike `jax.random.fold_in` and `split`, of which `split(key)[i]` is `fold_in(key, i)`, it costs no loop of kernels.
    """
    first, second = jax.random.key_data(key)
    for number in numbers:
        first = _mixed(first ^ _mixed(jnp.asarray(number).astype(jnp.uint32) + _GOLDEN))
        second = _mixed(second + first)
    return jax.random.wrap_key_data(jnp.stack([first, second]))


def random_coins(key: PRNGKeyArray, shape: tuple[int, ...]) -> Float[Array, "*shape"]:
    """Independent numbers that are 0 or 1 with equal chance."""
    return (random_words(key, shape) >> 31).astype(jnp.float32)


def random_words(key: PRNGKeyArray, shape: tuple[int, ...]) -> UInt32[Array, "*shape"]:
    """Independent uniform 32-bit words, up to 2^32 of them. Each is a hash of its place and of both words of the
    key."""
    first, second = jax.random.key_data(key)
    place = jnp.arange(math.prod(shape), dtype=jnp.uint32).reshape(shape)
    return _mixed(_mixed(_mixed(place + first) ^ second) + first)


def _mixed(word: UInt32[Array, "*shape"]) -> UInt32[Array, "*shape"]:
    """A bijection of 32-bit words in which each input bit flips each output bit with probability 1/2 to 0.2 %.

    **Source:** C. Wellons, hash-prospector (2018), `lowbias32`.
    """
    word = (word ^ (word >> 16)) * jnp.uint32(0x7FEB352D)
    word = (word ^ (word >> 15)) * jnp.uint32(0x846CA68B)
    return word ^ (word >> 16)
