import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.data import random_shift
from physdfa.data.augmentation import shift_images
from physdfa.errors import InputError

SHAPE = (5, 7)

# Jitted: run one by one, their operations compile for seconds.
jitted_random_shift = jax.jit(random_shift, static_argnums=(1, 2))
jitted_shift_images = jax.jit(shift_images, static_argnums=1, static_argnames="max_shift")


def make_images(batch: int, dtype=np.uint8) -> jax.Array:
    """No pixel is 0, so that what moved in can be told from what was there."""
    return jnp.asarray(np.random.default_rng(2).integers(1, 256, (batch, 35)).astype(dtype))


def shifted(image: np.ndarray, dy: int, dx: int) -> np.ndarray:
    """The definition, pixel by pixel."""
    out = np.zeros_like(image)
    for i in range(SHAPE[0]):
        for j in range(SHAPE[1]):
            if 0 <= i - dy < SHAPE[0] and 0 <= j - dx < SHAPE[1]:
                out[i, j] = image[i - dy, j - dx]
    return out


@pytest.mark.parametrize(("max_shift", "dtype"), [(1, np.float32), (2, np.uint8), (4, np.uint8)])
def test_every_shift_moves_the_pixels_and_fills_with_zero(max_shift, dtype):
    steps = range(-max_shift, max_shift + 1)
    shifts = np.array([(dy, dx) for dy in steps for dx in steps])
    images = make_images(len(shifts), dtype)
    out = jitted_shift_images(images, SHAPE, jnp.asarray(shifts), max_shift=max_shift)
    expected = [
        shifted(np.asarray(image).reshape(SHAPE), dy, dx) for image, (dy, dx) in zip(images, shifts, strict=True)
    ]
    assert out.dtype == dtype
    np.testing.assert_array_equal(out, np.stack(expected).reshape(len(shifts), -1))


def test_shifts_are_uniform_and_independent_in_both_directions():
    """25 shifts, 20000 images: chi-squared with 24 degrees of freedom stays below its 0.9999 quantile, 59.3."""
    num, max_shift = 20000, 2
    images = np.zeros((num, *SHAPE), np.uint8)
    images[:, 2, 3] = 1
    out = np.asarray(jitted_random_shift(jnp.asarray(images.reshape(num, 35)), SHAPE, max_shift, key=jax.random.key(0)))
    assert np.all(out.sum(1) == 1)
    counts = out.sum(0, dtype=int).reshape(SHAPE)[:, 1:6]
    assert counts.sum() == num
    assert ((counts - num / 25) ** 2 / (num / 25)).sum() < 59.3


def test_the_same_key_gives_the_same_images_and_another_key_others():
    images = make_images(16)
    first, again, other = (jitted_random_shift(images, SHAPE, 2, key=jax.random.key(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_no_shift_leaves_the_images_alone():
    images = make_images(4)
    np.testing.assert_array_equal(random_shift(images, None, 0, key=jax.random.key(0)), images)


def test_a_population_of_keys_is_the_loop_over_keys():
    images, keys = make_images(16), jax.random.split(jax.random.key(0), 3)
    together = jax.jit(jax.vmap(lambda key: random_shift(images, SHAPE, 2, key=key)))(keys)
    np.testing.assert_array_equal(together, np.stack([jitted_random_shift(images, SHAPE, 2, key=key) for key in keys]))


@pytest.mark.parametrize("max_shift", [-1, 5])
def test_a_shift_that_leaves_the_image_is_refused(max_shift):
    with pytest.raises(InputError, match=rf"max_shift = {max_shift} does not fit images of 5 x 7 pixels. Give 0 to 4"):
        random_shift(make_images(2), SHAPE, max_shift, key=jax.random.key(0))


def test_inputs_that_are_no_image_are_refused():
    with pytest.raises(InputError, match="no image shape"):
        random_shift(make_images(2), None, 1, key=jax.random.key(0))
