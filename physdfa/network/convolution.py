"""Convolutional layers: kernels that are the same at every position of an image, and the mean over neighbors.

Pooling is the mean over pool x pool neighboring currents, before the neurons: so it is linear and local, and one
convolution with the mean of the kernel at these places gives it, its stride stride * pool. That takes fewer products
than the currents in full resolution: with kernels of 5 and pools of 2 about a third.
"""

import math
import re
from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from physdfa.errors import InputError
from physdfa.network.connections import AbstractConnections
from physdfa.network.convolved import Geometry, brought_back, convolved, kernel_gradient

OPTIONS = {"stride": 1, "padding": 0, "pool": 1}
"""What may follow channels and kernel, with the value where it is left out."""

FORM = "'16c5', '16c5 stride 2', '16c5 padding 2 pool 2'"
"""Examples of a convolution in words."""

_TEXT = re.compile(r"(\d{1,9})c(\d{1,9})((?: (?:stride|padding|pool) \d{1,9})*)")


@dataclass(frozen=True)
class Convolution:
    """A convolutional layer before it is known what image it sees.

    **Arguments:**

    - `channels`: kernels, >= 1; `kernel`: height and width of each [pixels], >= 1.
    - `stride`: from one position to the next [pixels], >= 1.
    - `padding`: zeros around the image [pixels], 0 ... kernel - 1.
    - `pool`: side of the squares of positions whose currents are averaged, >= 1.

    **Raises:** `InputError` for a number out of its range.
    """

    channels: int
    kernel: int
    stride: int = 1
    padding: int = 0
    pool: int = 1

    def __post_init__(self):
        for name in ("channels", "kernel", "stride", "pool"):
            if getattr(self, name) < 1:
                raise InputError(f"'{self}': the number of {name} must be >= 1; got {getattr(self, name)}.")
        if not 0 <= self.padding < self.kernel:
            raise InputError(
                f"'{self}': padding = {self.padding} must be 0 to {self.kernel - 1}, less than the kernel, or "
                "positions would see zeros alone."
            )

    @classmethod
    def read(cls, text: str) -> "Convolution":
        """The layer that a text such as "16c5 stride 2 padding 1 pool 2" says.

        **Raises:** `InputError` for any other form.
        """
        found = _TEXT.fullmatch(text)
        words = found[3].split() if found else []
        names = words[::2]
        if found is None or len(set(names)) < len(names):
            raise InputError(
                f"'{text}' is no convolutional layer: it needs channels, c and the side of the kernel, then stride, "
                f"padding and pool with a number each where they differ from {OPTIONS}, such as {FORM}."
            )
        return cls(int(found[1]), int(found[2]), **dict(zip(names, map(int, words[1::2]), strict=True)))

    def __str__(self) -> str:
        """As it is read."""
        said = [f"{name} {getattr(self, name)}" for name, usual in OPTIONS.items() if getattr(self, name) != usual]
        return " ".join([f"{self.channels}c{self.kernel}", *said])


@dataclass(frozen=True)
class ConvolutionalConnections(AbstractConnections):
    """Neurons at each position of an image see the square around it, with the same kernels everywhere.

    **Arguments:**

    - `image`: height, width and channels of what comes before.
    - `layer`: kernels, stride, padding and pooling.
    - `in_planes`: whether the channels of `image` lie one after the other, as the polarities of a sensor do.

    **Raises:** `InputError`, where no position is left.
    """

    image: tuple[int, int, int]
    layer: Convolution
    in_planes: bool = False

    def __post_init__(self):
        if min(self.shape) < 1:
            height, width, _ = self.image
            raise InputError(
                f"'{self.layer}' leaves nothing of an image of {height} x {width} positions: kernel and pooling see "
                f"{self._side} x {self._side} of them, padding included; make these smaller, or the padding larger."
            )

    @property
    def pre(self) -> int:
        """The whole image."""
        return math.prod(self.image)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Positions after pooling, and channels."""
        height, width = ((size + 2 * self.layer.padding - self._side) // self._stride + 1 for size in self.image[:2])
        return height, width, self.layer.channels

    @property
    def units(self) -> int:
        """One per channel."""
        return self.layer.channels

    @property
    def fan_in(self) -> int:
        """The kernel, over all channels of the image."""
        return self.layer.kernel**2 * self.image[2]

    @property
    def products(self) -> int:
        """Each neuron's square, with what is beyond the border."""
        return self.post * self._side**2 * self.image[2]

    @property
    def synapses(self) -> int:
        """Each neuron's square within the image."""
        seen = [self._seen(size) for size in self.image[:2]]
        return math.prod(seen) * self.image[2] * self.layer.channels

    @property
    def _side(self) -> int:
        """Side of the square that a neuron sees: that of the kernel at all the positions which are pooled."""
        return self.layer.kernel + self.layer.stride * (self.layer.pool - 1)

    @cached_property
    def geometry(self) -> Geometry:
        """What the convolution sees."""
        return Geometry(self.image, self.shape, self._side, self._stride, self.layer.padding)

    @property
    def _stride(self) -> int:
        """From one neuron to the next [pixels]."""
        return self.layer.stride * self.layer.pool

    def _seen(self, size: int) -> int:
        """Pixels within the image that neurons see along an axis of this size, each as often as it is seen."""
        count = (size + 2 * self.layer.padding - self._side) // self._stride + 1
        starts = self._stride * np.arange(count) - self.layer.padding
        places = starts[:, None] + np.flatnonzero(np.any(self._taps, axis=1))
        return int(np.sum((places >= 0) & (places < size)))

    @cached_property
    def _taps(self) -> Float[np.ndarray, "side kernel"]:
        """The share of each weight of a kernel in each pixel of the square, along one axis."""
        taps = np.zeros((self._side, self.layer.kernel), np.float32)
        for shift in range(self.layer.pool):
            taps[shift * self.layer.stride + np.arange(self.layer.kernel), np.arange(self.layer.kernel)] += 1
        return taps / np.float32(self.layer.pool)

    def _kernel(self, weight: Float[Array, "units fan_in"]) -> Float[Array, "side side channels units"]:
        """What a neuron multiplies its square with: the mean over the shifts of a pool of the kernel."""
        layer, taps = self.layer, self._taps
        kernel = weight.reshape(layer.channels, layer.kernel, layer.kernel, -1).transpose(1, 2, 3, 0)
        return kernel if layer.pool == 1 else jnp.einsum("yk,xl,klio->yxio", taps, taps, kernel)

    def _by_pixel(self, presynaptic: Float[Array, "batch pre"]) -> Float[Array, "batch pre"]:
        """Channels last."""
        if not self.in_planes:
            return presynaptic
        height, width, channels = self.image
        return jnp.moveaxis(presynaptic.reshape(-1, channels, height, width), 1, 3).reshape(presynaptic.shape)

    def weighted(self, weight, presynaptic):
        """The convolution with the mean kernel."""
        return convolved(self.geometry, self._kernel(weight), self._by_pixel(presynaptic))

    def spread(self, bias):
        """That of its channel, at every position."""
        return jnp.broadcast_to(bias, self.shape).reshape(-1)

    def correlated(self, delta, presynaptic):
        """The transpose of `weighted` as a map of the weights."""
        weight = jax.ShapeDtypeStruct((self.units, self.fan_in), delta.dtype)
        kernel = kernel_gradient(self.geometry, delta, self._by_pixel(presynaptic))
        (found,) = jax.linear_transpose(self._kernel, weight)(kernel)
        return found

    def gathered(self, delta):
        """Over all positions of a channel."""
        return jnp.sum(delta.reshape(-1, self.units), axis=0)

    def transposed(self, weight, delta):
        """The transpose of `weighted` as a map of what comes in."""
        found = brought_back(self.geometry, self._kernel(weight), delta)
        if not self.in_planes:
            return found
        return jnp.moveaxis(found.reshape(-1, *self.image), 3, 1).reshape(found.shape)

    def pairs(self, post, pre):
        """Those within the square of each neuron."""
        sees = np.any(self._taps, axis=1)
        square = np.outer(sees, sees).astype(np.float32)[:, :, None, None]
        kernel = jnp.broadcast_to(square, (self._side, self._side, self.image[2], 1))
        count = convolved(self.geometry, kernel, self._by_pixel(pre))
        return jnp.sum(post.reshape(*count.shape, -1) * count[..., None], axis=(1, 2))
