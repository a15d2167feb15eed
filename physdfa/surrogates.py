"""Surrogate derivatives of a spike: five bells of equal height and equal area that stand in for sigma'(u - theta).

With x = (u - theta) / width, each has its peak 1 at x = 0 and the area `width`:

    triangle      max(0, 1 - |x|)
    rectangle     1 where |x| <= 1/2, otherwise 0
    fast_sigmoid  1 / (1 + 2 |x|)^2       derivative of x / (1 + 2 |x|)
    arctan        1 / (1 + (pi x)^2)      derivative of arctan(pi x) / pi
    exponential   exp(-2 |x|)

The areas are integrals over all x: 1/2 * 2 * 1, 1, 2 * 1/2, pi/pi, and 2 * 1/2: all 1 (tested numerically).

**Source:** triangle: Bellec et al., NeurIPS 2018; rectangle: Wu et al. (STBP), Front. Neurosci. 12:331 (2018); fast
sigmoid: Zenke & Ganguli, Neural Comput. 30 (2018); arctan: Fang et al., ICCV 2021; exponential: Shrestha & Orchard,
NeurIPS 2018. The papers' own scales differ; the common peak and area are ours, so that exchanging one for another
changes its form only.
"""

import math
from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float

from physdfa.errors import InputError, unknown_name

Distance = Float[Array, "*shape"]
Width = Float[Array, ""] | float
SurrogateDerivative = Callable[[Distance, Width], Distance]

# Beyond this many widths the arctan is held constant (1e-17 of its peak): the square in its derivative would overflow.
_FAR = 1e8


def _widths_away(distance: Distance, width: Width) -> Distance:
    """|x|. One division of scalars and a product of arrays, which costs less than a division of arrays."""
    return jnp.abs(distance) * (1.0 / width)


def triangle(distance: Distance, width: Width) -> Distance:
    """`max(0, 1 - |x|)`, x = distance / width; both in units of the potential, width > 0."""
    return jnp.maximum(0.0, 1.0 - _widths_away(distance, width))


def rectangle(distance: Distance, width: Width) -> Distance:
    """1 where `|x| <= 1/2`, otherwise 0. x = distance / width, both in units of the potential, width > 0."""
    return (jnp.abs(distance) <= 0.5 * width).astype(distance.dtype)


def fast_sigmoid(distance: Distance, width: Width) -> Distance:
    """`1 / (1 + 2 |x|)^2`, x = distance / width; both in units of the potential, width > 0."""
    root = 1.0 / (1.0 + 2.0 * _widths_away(distance, width))
    return root * root


def arctan(distance: Distance, width: Width) -> Distance:
    """`1 / (1 + (pi x)^2)`, x = distance / width; both in units of the potential, width > 0."""
    angle = math.pi * jnp.minimum(_widths_away(distance, width), _FAR)
    return 1.0 / (1.0 + angle * angle)


def exponential(distance: Distance, width: Width) -> Distance:
    """`exp(-2 |x|)`, x = distance / width; both in units of the potential, width > 0."""
    return jnp.exp(-2.0 * _widths_away(distance, width))


SURROGATES: dict[str, SurrogateDerivative] = {
    "triangle": triangle,
    "rectangle": rectangle,
    "fast_sigmoid": fast_sigmoid,
    "arctan": arctan,
    "exponential": exponential,
}
"""Every surrogate derivative by name: (potential - threshold, width) -> value between 0 and 1."""


def surrogate_derivative(name: str) -> SurrogateDerivative:
    """The surrogate derivative called `name`, a function of (potential - threshold, width).

    **Raises:** `InputError` if there is none of that name.
    """
    if name not in SURROGATES:
        raise InputError(unknown_name("surrogate derivative", name, tuple(SURROGATES)))
    return SURROGATES[name]
