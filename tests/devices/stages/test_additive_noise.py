import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices.stages.additive_noise import AdditiveNoise


def test_without_a_key_or_without_strength_the_signal_passes_as_it_is():
    signal = jnp.linspace(-1.0, 1.0, 5)
    assert (AdditiveNoise(noise_std=0.5).respond(signal) == signal).all()
    assert (AdditiveNoise().respond(signal, key=jax.random.key(0)) == signal).all()


def test_the_noise_has_the_stated_deviation_around_the_signal():
    samples = 100_000
    noisy = AdditiveNoise(noise_std=2e-5).respond(jnp.full(samples, 1e-3), key=jax.random.key(1))
    noise = np.asarray(noisy, np.float64) - 1e-3
    # Four standard deviations of a mean and of a standard deviation of normal numbers.
    assert abs(noise.mean()) < 4 * 2e-5 / samples**0.5
    assert noise.std() == pytest.approx(2e-5, rel=4 / (2 * samples) ** 0.5)
    neighbours = np.corrcoef(noise[1:], noise[:-1])[0, 1]
    assert abs(neighbours) < 4 / samples**0.5
