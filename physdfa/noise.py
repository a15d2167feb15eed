"""Random numbers from a hash of a counter, drawn inside the fused time loop: noise of devices, spikes of inputs.

Every neuron asks its device anew at every step, so one batch of 784-800-10 wants two million normal numbers per noise
source. `jax.random.normal` costs three times as much as this on a CPU, because its rounds do not fuse with the
computation around them. Device noise needs the right distribution and independent draws, not a cipher.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PRNGKeyArray, UInt32

_GOLDEN = np.uint32(0x9E3779B9)  # 2^32 over the golden ratio: keeps the number 0 from being hashed to 0


def standard_normal(key: PRNGKeyArray, shape: tuple[int, ...]) -> Float[Array, "*shape"]:
    """Independent normal numbers of mean 0 and variance 1; the same for the same key, magnitude at most 5.3."""
    # 24 bits and a half: the middle of each of 2^24 cells of (-1, 1), so that neither end is met.
    uniform = (random_words(key, shape) >> 8).astype(jnp.float32) * 2.0**-23 + (2.0**-24 - 1.0)
    return math.sqrt(2.0) * jax.lax.erf_inv(uniform)


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
    """Independent uniform 32-bit words, up to 2^32 of them, as a hash of their place and of both words of the key."""
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
