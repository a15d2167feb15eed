"""Random changes of training images, made inside the compiled training step."""

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Int, PRNGKeyArray, Real

from physdfa.errors import InputError


def random_shift(
    images: Real[Array, "batch inputs"], image_shape: tuple[int, int] | None, max_shift: int, *, key: PRNGKeyArray
) -> Real[Array, "batch inputs"]:
    """Each image moved by its own random number of whole pixels down and right. Uncovered pixels become 0.

    out[i, j] = image[i - dy, j - dx],   dy, dx ~ U{-max_shift, ..., max_shift}, independent

    Bytes stay bytes: shift before the conversion to float, it moves a quarter of the memory.

    **Arguments:**

    - `images`: row-major images, any real type.
    - `image_shape`: (height, width) [pixels], static.
    - `max_shift`: largest shift [pixels], static, 0 to min(height, width) - 1; 0 returns the images as they are.

    **Raises:** `InputError`, if `max_shift` leaves its range or the inputs are not an image.
    """
    if max_shift == 0:
        return images
    image_shape = checked_image_shape("max_shift", max_shift, image_shape)
    shifts = jax.random.randint(key, (images.shape[0], 2), -max_shift, max_shift + 1)
    return shift_images(images, image_shape, shifts, max_shift=max_shift)


def checked_image_shape(what: str, max_shift: int, image_shape: tuple[int, int] | None) -> tuple[int, int]:
    """The (height, width) of images that can be shifted by up to `max_shift` pixels.

    **Raises:** `InputError`, which says `what` leaves its range, or that the inputs are no images.
    """
    if image_shape is None:
        raise InputError(
            f"{what} = {max_shift}: the samples of this data set have no image shape to be shifted in; set it to 0, or "
            "give images as [samples, height, width], or data.sensor_size of events."
        )
    if not 0 <= max_shift < min(image_shape):
        raise InputError(
            f"{what} = {max_shift} does not fit images of {image_shape[0]} x {image_shape[1]} pixels. "
            f"Give 0 to {min(image_shape) - 1}."
        )
    return image_shape


def shift_images(
    images: Real[Array, "batch inputs"], image_shape: tuple[int, int], shifts: Int[Array, "batch 2"], *, max_shift: int
) -> Real[Array, "batch inputs"]:
    """Each image moved by its own `shifts` = (dy, dx) [pixels], each -max_shift to max_shift; zeros move in."""
    # Of six ways, timed inside a scan at [128, 784] and max_shift 2 on 2 cores: this 0.18 ms, take_along_axis per axis
    # 0.19 ms (0.31 under a vmapped key), a select among the 2 x 5 shifted copies 0.36-0.51 ms; one-hot products more.
    margin = (max_shift, max_shift)
    padded = jnp.pad(images.reshape(-1, *image_shape), ((0, 0), margin, margin))
    corners = max_shift - shifts

    def cut(image, corner):
        return lax.dynamic_slice(image, (corner[0], corner[1]), image_shape)

    return jax.vmap(cut)(padded, corners).reshape(images.shape)
