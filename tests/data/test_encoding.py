from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physdfa.data import ENCODINGS, Dataset, EventDataset, check_encoding
from physdfa.data.event_samples import event_samples
from physdfa.errors import DataError

NUM_STEPS = 20
OF_PIXELS = [name for name, encoding in ENCODINGS.items() if not encoding.gives_events]


def make_pixels() -> jax.Array:
    pixels = np.random.default_rng(1).random((8, 30), dtype=np.float32)
    pixels[0, :2] = 0.0, 1.0
    return jnp.asarray(pixels)


@partial(jax.jit, static_argnums=(0, 2))
def run(name: str, pixels, num_steps: int = NUM_STEPS):
    """Input at every step: [time batch inputs]."""
    encode = ENCODINGS[name]().encode
    return jax.lax.map(lambda step: encode(pixels, step, num_steps, jax.random.key(0)), jnp.arange(num_steps))


def make_dataset(low: float, high: float, full_scale: float = 1.0) -> Dataset:
    images = np.array([[low, high], [high, low]], np.float32)
    labels = np.array([0, 1], np.int32)
    return Dataset(
        name="made",
        train_images=images,
        train_labels=labels,
        test_images=images,
        test_labels=labels,
        image_shape=None,
        num_classes=2,
        full_scale=full_scale,
    )


@pytest.mark.parametrize("name", OF_PIXELS)
def test_shape_and_type_are_kept_under_jit(name):
    pixels = make_pixels()
    encode = jax.jit(ENCODINGS[name]().encode, static_argnums=2)
    out = encode(pixels, jnp.asarray(3), NUM_STEPS, jax.random.key(0))
    assert (out.shape, out.dtype) == (pixels.shape, pixels.dtype)
    assert jnp.isfinite(out).all()


@pytest.mark.parametrize("name", OF_PIXELS)
def test_the_encoding_itself_can_be_a_static_argument(name):
    encode = jax.jit(lambda encoding, pixels: encoding.encode(pixels, 0, 5, jax.random.key(0)), static_argnums=0)
    encode(ENCODINGS[name](), make_pixels())
    encode(ENCODINGS[name](), make_pixels())
    assert encode._cache_size() == 1


@pytest.mark.parametrize("name", OF_PIXELS)
def test_static_means_the_same_input_at_every_step(name):
    out = run(name, make_pixels())
    assert bool((out == out[:1]).all()) == ENCODINGS[name]().is_static


@pytest.mark.parametrize("name", ["rate", "latency"])
def test_spikes_are_zero_or_one(name):
    assert set(np.unique(run(name, make_pixels()))) == {0.0, 1.0}


def test_direct_is_the_pixel_itself():
    pixels = make_pixels()
    np.testing.assert_array_equal(run("direct", pixels)[7], pixels)


def test_rate_has_the_mean_and_the_variance_of_bernoulli_spikes():
    """10^5 spikes per probability p: the mean within 4 sqrt(p (1 - p) / n); no correlation from step to step."""
    probabilities = jnp.array([0.0, 0.1, 0.5, 0.9, 1.0])
    num_steps, copies = 100, 1000
    spikes = np.asarray(run("rate", jnp.tile(probabilities[None], (copies, 1)), num_steps))
    num = num_steps * copies
    expected = np.asarray(probabilities)
    std = np.sqrt(expected * (1 - expected) / num)
    assert np.all(np.abs(spikes.mean((0, 1)) - expected) <= 4 * std + 1e-7)
    half = spikes[:, :, 2] - 0.5
    correlation = (half[1:] * half[:-1]).mean() / 0.25
    assert abs(correlation) < 4 / np.sqrt(num)


def test_rate_repeats_with_the_same_key_and_step_only():
    pixels = jnp.full((4, 50), 0.5)
    encode, key = jax.jit(ENCODINGS["rate"]().encode, static_argnums=2), jax.random.key(3)
    first = encode(pixels, 2, NUM_STEPS, key)
    np.testing.assert_array_equal(first, encode(pixels, jnp.asarray(2), NUM_STEPS, key))
    assert not np.array_equal(first, encode(pixels, 3, NUM_STEPS, key))
    assert not np.array_equal(first, encode(pixels, 2, NUM_STEPS, jax.random.key(4)))


def test_rate_without_a_key_is_refused():
    with pytest.raises(ValueError, match="needs a `key`"):
        ENCODINGS["rate"]().encode(make_pixels(), 0, NUM_STEPS, None)


@pytest.mark.parametrize("num_steps", [1, 2, 20])
def test_latency_gives_one_spike_to_every_pixel_above_zero(num_steps):
    pixels = make_pixels()
    np.testing.assert_array_equal(run("latency", pixels, num_steps).sum(0), (pixels > 0).astype(jnp.float32))


def test_latency_of_known_pixels():
    """T = 5: t = round(4 (1 - x)); 0.9 is nearer to step 0, 0.8 to step 1, and black never fires."""
    pixels = jnp.array([[1.0, 0.9, 0.8, 0.75, 0.5, 0.25, 0.01, 0.0]])
    spikes = np.asarray(run("latency", pixels, 5))[:, 0]
    assert [list(np.flatnonzero(column)) for column in spikes.T] == [[0], [0], [1], [1], [2], [3], [4], []]


@settings(max_examples=40, deadline=None)
@given(st.floats(2**-8, 1, width=32), st.floats(2**-8, 1, width=32))
def test_latency_is_earlier_for_the_brighter_pixel(one, two):
    spikes = np.asarray(run("latency", jnp.array([[max(one, two), min(one, two)]])))[:, 0]
    bright, faint = spikes.argmax(0)
    assert bright <= faint


@pytest.mark.parametrize("name", ["rate", "latency"])
@pytest.mark.parametrize(("low", "high"), [(-0.1, 1.0), (0.0, 1.1)])
def test_pixels_that_are_no_probabilities_are_refused(name, low, high):
    with pytest.raises(DataError, match=rf"`{name}` encoding needs pixels in 0 to 1.*'direct'"):
        check_encoding(make_dataset(low, high), ENCODINGS[name]())


@pytest.mark.parametrize("name", OF_PIXELS)
def test_pixels_up_to_the_full_scale_are_accepted(name):
    check_encoding(make_dataset(0.0, 16.0, full_scale=16.0), ENCODINGS[name]())


def test_direct_takes_any_range():
    check_encoding(make_dataset(-5.0, 7.0), ENCODINGS["direct"]())


def make_event_dataset() -> EventDataset:
    samples = event_samples([np.array([0.1], np.float32)] * 2, [np.array([0], np.uint16)] * 2, 1)
    labels = np.array([0, 1], np.int32)
    return EventDataset(
        name="made",
        train_samples=samples,
        train_labels=labels,
        test_samples=samples,
        test_labels=labels,
        num_classes=2,
    )


def test_events_are_taken_as_they_are_and_by_nothing_else():
    check_encoding(make_event_dataset(), ENCODINGS["events"]())
    for name in OF_PIXELS:
        with pytest.raises(DataError, match=rf"`{name}` encoding makes inputs of pixels.*'events'"):
            check_encoding(make_event_dataset(), ENCODINGS[name]())


def test_pixels_are_no_events():
    with pytest.raises(DataError, match=r"`events` encoding takes samples that are spikes.*'direct'"):
        check_encoding(make_dataset(0.0, 1.0), ENCODINGS["events"]())
