"""The three sums of a convolution, each in the form that is fast where the program runs.

    convolved          kernel * image                to currents
    kernel_gradient    its transpose as a map of the kernel
    brought_back       its transpose as a map of the image

An accelerator has a convolution for each of them. On a processor XLA's own is fast in one arrangement of its axes
alone, which no gradient has: in a loop over time it took 25 to 50 times as long for the kernel's gradient, 10 times
for the way back, and with several members side by side 3 times for the currents. There all squares are copied out of
the image, which makes one product of matrices of the first two; the way back is a convolution in the fast arrangement
again, whose channels hold stride x stride pixels.
"""

import math
from dataclasses import dataclass
from functools import lru_cache, partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import SymbolicZero
from jaxtyping import Array, Float, Int

from physdfa.tuning import for_accelerator

_DIMENSIONS = ("NHWC", "HWIO", "NHWC")


@dataclass(frozen=True)
class Geometry:
    """What a convolution sees: an image, and at each position a square of it.

    **Arguments:**

    - `image`: height, width and channels; `shape`: positions along height and width, and channels that come out.
    - `side`: of a square [pixels]; `stride`: from one to the next; `padding`: zeros around the image.
    """

    image: tuple[int, int, int]
    shape: tuple[int, int, int]
    side: int
    stride: int
    padding: int


Kernel = Float[Array, "side side channels units"]


def convolved(geometry: Geometry, kernel: Kernel, image: Float[Array, "batch pre"]) -> Float[Array, "batch post"]:
    """The sum over the square at each position of kernel times image."""
    if for_accelerator():
        return _library(geometry, kernel, image)
    return _from_squares(geometry, kernel, image)


def kernel_gradient(
    geometry: Geometry, delta: Float[Array, "batch post"], image: Float[Array, "batch pre"]
) -> Float[Array, "side side channels units"]:
    """The sum over batch and positions of delta outer the square there."""
    units = delta.shape[1] // (geometry.shape[0] * geometry.shape[1])
    shape = (geometry.side, geometry.side, geometry.image[2], units)
    if for_accelerator():
        kernel = jax.ShapeDtypeStruct(shape, delta.dtype)
        (found,) = jax.linear_transpose(lambda one: _library(geometry, one, image), kernel)(delta)
        return found
    return jnp.einsum("bpk,bpu->ku", _squares(geometry, image), _by_position(geometry, delta)).reshape(shape)


def brought_back(geometry: Geometry, kernel: Kernel, delta: Float[Array, "batch post"]) -> Float[Array, "batch pre"]:
    """To each pixel the sum over the positions that see it of delta times their kernel."""
    if for_accelerator():
        image = jax.ShapeDtypeStruct((delta.shape[0], math.prod(geometry.image)), delta.dtype)
        (found,) = jax.linear_transpose(lambda one: _library(geometry, kernel, one), image)(delta)
        return found
    return _in_phases(geometry, kernel, delta)


def _library(geometry: Geometry, kernel: Kernel, image: Float[Array, "batch pre"]) -> Float[Array, "batch post"]:
    """XLA's convolution."""
    strides, padding = (geometry.stride,) * 2, 2 * [(geometry.padding, geometry.padding)]
    images = image.reshape(-1, *geometry.image)
    found = jax.lax.conv_general_dilated(images, kernel, strides, padding, dimension_numbers=_DIMENSIONS)
    return found.reshape(image.shape[0], -1)


@lru_cache(maxsize=256)
def _places(geometry: Geometry) -> Int[np.ndarray, "positions square"]:
    """Where the entries of each square lie in the flat image, padding included."""
    (height, width, channels), (rows, columns, _) = geometry.image, geometry.shape
    height, width = height + 2 * geometry.padding, width + 2 * geometry.padding
    flat = np.arange(height * width * channels, dtype=np.int32).reshape(height, width, channels)
    down, across = (geometry.stride * np.arange(n)[:, None] + np.arange(geometry.side) for n in (rows, columns))
    return flat[down][:, :, across].transpose(0, 2, 1, 3, 4).reshape(rows * columns, -1)


def _squares(geometry: Geometry, image: Float[Array, "batch pre"]) -> Float[Array, "batch positions square"]:
    """What each position sees."""
    padding, batch = geometry.padding, image.shape[0]
    if padding:
        around = ((0, 0), (padding, padding), (padding, padding), (0, 0))
        image = jnp.pad(image.reshape(-1, *geometry.image), around).reshape(batch, -1)
    return jnp.take(image, _places(geometry), axis=1, mode="clip")


def _by_position(geometry: Geometry, neurons: Float[Array, "batch post"]) -> Float[Array, "batch positions units"]:
    return neurons.reshape(neurons.shape[0], geometry.shape[0] * geometry.shape[1], -1)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _from_squares(geometry: Geometry, kernel: Kernel, image: Float[Array, "batch pre"]) -> Float[Array, "batch post"]:
    """One product of matrices; its derivatives are those of `kernel_gradient` and `brought_back`."""
    currents = _squares(geometry, image) @ kernel.reshape(-1, kernel.shape[-1])
    return currents.reshape(image.shape[0], -1)


@partial(_from_squares.defjvp, symbolic_zeros=True)
def _from_squares_jvp(geometry, primals, tangents):
    kernel, image = primals
    kernel_tangent, image_tangent = tangents
    found = _from_squares(geometry, kernel, image)
    change = jnp.zeros_like(found)
    if not isinstance(kernel_tangent, SymbolicZero):
        change += _from_squares(geometry, kernel_tangent, image)
    if not isinstance(image_tangent, SymbolicZero):
        # As the transpose of the way back, so that the gradient, which transposes it once more, is the way back itself.
        back = jax.linear_transpose(
            partial(_in_phases, geometry, kernel), jax.ShapeDtypeStruct(found.shape, found.dtype)
        )
        change += back(image_tangent)[0]
    return found, change


def _in_phases(geometry: Geometry, kernel: Kernel, delta: Float[Array, "batch post"]) -> Float[Array, "batch pre"]:
    """A convolution whose channels are the pixels between one position and the next."""
    (height, width, channels), (rows, columns, _) = geometry.image, geometry.shape
    stride, units, batch = geometry.stride, kernel.shape[-1], delta.shape[0]
    reach = -(-geometry.side // stride)  # positions that see a pixel, along an axis
    missing = reach * stride - geometry.side
    kernel = jnp.pad(kernel, ((0, missing), (0, missing), (0, 0), (0, 0)))
    kernel = kernel.reshape(reach, stride, reach, stride, channels, units)[::-1, :, ::-1]
    kernel = kernel.transpose(0, 2, 5, 1, 3, 4).reshape(reach, reach, units, -1)
    around = 2 * [(reach - 1, reach - 1)]
    deltas = delta.reshape(-1, rows, columns, units)
    blocks = jax.lax.conv_general_dilated(deltas, kernel, (1, 1), around, dimension_numbers=_DIMENSIONS)
    rows, columns = blocks.shape[1:3]
    blocks = blocks.reshape(batch, rows, columns, stride, stride, channels).transpose(0, 1, 3, 2, 4, 5)
    pixels = blocks.reshape(batch, rows * stride, columns * stride, channels)
    padding = geometry.padding
    unseen = [max(0, size + padding - seen) for size, seen in zip((height, width), pixels.shape[1:3], strict=True)]
    pixels = jnp.pad(pixels, ((0, 0), (0, unseen[0]), (0, unseen[1]), (0, 0)))
    return pixels[:, padding : padding + height, padding : padding + width].reshape(batch, -1)
