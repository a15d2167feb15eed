"""Weights of few bits in the network that computes, while training changes exact ones behind them."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from physdfa.errors import InputError
from physdfa.feedback.rounding import MOST_BITS, rounded_around_0
from physdfa.network import NetworkParameters
from physdfa.parts import ParameterValue

FEWEST_BITS = 2
"""One bit, shared by both signs and 0, would leave 0 alone."""


def with_rounded_weights(parameters: NetworkParameters, bits: ParameterValue) -> NetworkParameters:
    """The parameters with the weights of each layer rounded, see `rounded_weight`; biases as they are.

    A gradient by rounded weights is applied to the exact ones (straight through): updates smaller than a level add up
    until they make one.

    **Source:** Hubara et al., J. Mach. Learn. Res. 18, 187 (2018), exact weights behind rounded ones; Bengio, Leonard &
    Courville, arXiv:1308.3432, the straight-through gradient.
    """
    return parameters._replace(weights=tuple(rounded_weight(weight, bits) for weight in parameters.weights))


def rounded_weight(weight: Float[Array, "post pre"], bits: ParameterValue) -> Float[Array, "post pre"]:
    """w_q = m round(L w / m) / L,   m = max |w| of the layer,   L = 2^(bits - 1) - 1.

    2^bits - 1 levels from -m to m, 0 one of them, so that |w_q - w| <= m / (2 L). From 25 bits on, w_q = w bit for bit.
    Each layer has a scale of its own, which follows its weights: the gain of one amplifier per layer.

    **Arguments:**

    - `bits`: whole, 2 to 32.
    """
    largest = jnp.max(jnp.abs(weight))
    largest = jnp.where(largest > 0.0, largest, 1.0)
    rounded = largest * rounded_around_0(weight / largest, bits)
    return jnp.where(bits > 24.0, weight, rounded)  # dividing and multiplying back is not exact


def checked_bits(bits: ParameterValue) -> None:
    """Compare the bits of a weight with what can be rounded to.

    **Raises:** `InputError` unless they are a whole number from 2 to 32.
    """
    values = np.asarray(bits)
    if not np.all((values >= FEWEST_BITS) & (values <= MOST_BITS) & (values == np.round(values))):
        raise InputError(
            f"`weight_bits` is the number of bits of a forward weight, sign included, and must be a whole number from "
            f"{FEWEST_BITS} to {MOST_BITS}; got {bits:g}. Leave it out for exact weights."
        )
