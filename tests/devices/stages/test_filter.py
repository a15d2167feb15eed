import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import Cascade, Encode, MachZehnderModulator, Photodiode, TimeMultiplexing


def make_filter(share_of_symbol_rate):
    """f_3dB as a share of the symbol rate, 1 GBd."""
    return TimeMultiplexing(bandwidth=share_of_symbol_rate * 1e9, symbol_rate=1e9)


def by_a_loop(signal, decay):
    answer = signal.astype(np.float64)
    for neuron in range(1, signal.shape[-1]):
        answer[..., neuron] = decay * answer[..., neuron - 1] + (1 - decay) * signal[..., neuron]
    return answer


@pytest.mark.parametrize("share", [1e-6, 1e-3, 0.05, 0.2, 0.5, 1.0, 10.0, 1e6])
@pytest.mark.parametrize("length", [1, 2, 31, 32, 33, 64, 800, 1100])
def test_it_is_the_recursion_from_neuron_to_neuron(share, length):
    device = make_filter(share)
    signal = np.random.default_rng(length).normal(size=(3, length)).astype(np.float32)
    decay = np.exp(-2 * np.pi * np.float64(device.bandwidth) / np.float64(device.symbol_rate))
    assert np.asarray(device.respond(jnp.asarray(signal))) == pytest.approx(by_a_loop(signal, decay), abs=1e-6)


def test_long_layers_are_exact_too():
    signal = np.random.default_rng(0).normal(size=40_000).astype(np.float32)
    expected = by_a_loop(signal, np.exp(-2 * np.pi * np.float64(np.float32(1e6)) / 1e9))
    assert np.asarray(make_filter(1e-3).respond(jnp.asarray(signal))) == pytest.approx(expected, abs=2e-6)


def test_a_neuron_after_a_strong_one_is_not_rounded_away():
    signal = jnp.zeros(200).at[0].set(1e20).at[150].set(1.0)
    assert float(make_filter(1.0).respond(signal)[150]) == pytest.approx(1 - np.exp(-2 * np.pi), rel=1e-6)


def test_each_sample_starts_at_its_first_neuron():
    signal = jax.random.normal(jax.random.key(0), (4, 5, 70))
    together = make_filter(0.1).respond(signal)
    assert (together[..., 0] == signal[..., 0]).all()
    alone = jnp.stack([jnp.stack([make_filter(0.1).respond(row) for row in rows]) for rows in signal])
    assert np.asarray(together) == pytest.approx(np.asarray(alone), abs=1e-6)


def test_a_constant_stays():
    assert np.asarray(make_filter(0.01).respond(jnp.full((2, 800), 0.7))) == pytest.approx(0.7, rel=1e-6)


@pytest.mark.parametrize("shape", [(), (9, 1), (0,), (3, 0)])
def test_without_a_neuron_before_it_a_signal_passes_unchanged(shape):
    signal = jax.random.normal(jax.random.key(1), shape)
    assert (make_filter(0.01).respond(signal) == signal).all()


def test_the_slowest_stage_of_the_chain_sets_the_memory():
    chain = Cascade(
        {
            "encode": Encode(),
            "mach_zehnder": MachZehnderModulator(),
            "photodiode": Photodiode(bandwidth=1e8),
            "filter": make_filter(10.0),
        }
    )
    step = jnp.array([0.0, 1.0, 1.0])
    assert float(chain["filter"].respond(step)[1]) == pytest.approx(1 - np.exp(-2 * np.pi * 0.1), rel=1e-5)


def test_a_chain_knows_that_it_has_memory():
    assert Cascade({"encode": Encode(), "filter": make_filter(1.0)}).has_memory
    assert not Cascade({"encode": Encode()}).has_memory


def test_it_is_finite_for_the_largest_signals():
    largest = float(jnp.finfo(jnp.float32).max)
    signal = jnp.tile(jnp.array([largest, -largest, 0.0]), 50)
    assert jnp.isfinite(make_filter(1e-3).respond(signal)).all()
    assert jnp.isfinite(make_filter(1e-3).respond(jnp.full((800,), largest))).all()
