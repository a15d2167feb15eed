import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.data.events import CHUNK_EVENTS, first_spikes
from physdfa.network.event import event_currents, event_gradient


def dense_inputs(values, levels: int, num_steps: int) -> np.ndarray:
    """0 or 1 per step, sample and input."""
    steps = np.round((1 - np.asarray(values)) * levels).astype(int)
    return (steps[None] == np.arange(num_steps)[:, None, None]) & (np.asarray(values) > 0)[None]


def in_blocks(values, block: int) -> np.ndarray:
    """[steps batch neurons] -> [blocks steps block neurons]"""
    return np.stack([values[:, start : start + block] for start in range(0, values.shape[1], block)])


CASES = pytest.mark.parametrize(
    ("batch", "inputs", "block"), [(3, 5, 3), (40, 60, 10)], ids=["one chunk", "several chunks and blocks"]
)


def make_case(batch: int, inputs: int, seed: int = 0):
    random = np.random.default_rng(seed)
    values = random.uniform(0.01, 1.0, (batch, inputs)) * (random.uniform(size=(batch, inputs)) < 0.9)
    return jnp.asarray(values, jnp.float32), jnp.asarray(random.normal(size=(7, inputs)), jnp.float32)


@CASES
def test_the_currents_are_the_product_of_weights_and_dense_inputs(batch, inputs, block):
    values, weight = make_case(batch, inputs)
    events = first_spikes(values, 6)
    assert batch < 40 or int(events.num_events) > CHUNK_EVENTS
    expected = dense_inputs(values, 6, 9) @ np.asarray(weight, dtype=float).T
    found = event_currents(weight, events, 9, block)
    np.testing.assert_allclose(found, in_blocks(expected, block), atol=1e-5)


@CASES
def test_the_gradient_is_the_product_of_traces_and_dense_inputs(batch, inputs, block):
    values, _ = make_case(batch, inputs)
    traces = np.random.default_rng(1).normal(size=(7, batch, 4)).astype(np.float32)
    expected = np.einsum("tbn,tbi->ni", traces, dense_inputs(values, 6, 7).astype(float))
    found = event_gradient(jnp.asarray(in_blocks(traces, block)), first_spikes(values, 6), inputs)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_batch_without_any_event_gives_no_current_and_no_gradient():
    events = first_spikes(jnp.zeros((2, 3)), 6)
    assert not np.any(event_currents(jnp.ones((4, 3)), events, 9, 2))
    assert not np.any(event_gradient(jnp.ones((1, 7, 2, 4)), events, 3))
