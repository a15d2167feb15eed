"""Section 10 of the specification: fixed weights, many batches, and what the feedback becomes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.data.events import first_spikes
from physdfa.feedback import LearnedProjection
from physdfa.network import NetworkParameters
from tests.network.event.networks import make_event_network, run_network

pytestmark = pytest.mark.slow

BATCH = 50


def cosine(left, right) -> float:
    left, right = np.ravel(left), np.ravel(right)
    return float(left @ right / np.linalg.norm(left) / np.linalg.norm(right))


def make_parameters(network, seed=0, mean=0.0):
    """Strong excitatory inputs, so that every hidden neuron fires; normal weights of `mean` behind."""
    keys = jax.random.split(jax.random.key(seed), len(network.layer_sizes))
    first, *others = zip(keys[1:], network.layer_sizes[:-1], network.layer_sizes[1:], strict=True)
    weights = [jax.random.uniform(first[0], (first[2], first[1]), minval=0.0, maxval=1.0)]
    weights += [mean + jax.random.normal(key, (post, pre)) for key, pre, post in others]
    return NetworkParameters(tuple(weights), tuple(jnp.zeros(weight.shape[0]) for weight in weights))


def learn(network, parameters, batches, rate):
    """The feedback after so many batches, and rho [hidden layer][neuron, output]: how often a first spike arrives."""
    sizes = network.layer_sizes[1:-1]
    blank = tuple(LearnedProjection(rate=rate).drawn(jax.random.key(0), n, 3, jnp.asarray(1.0)) for n in sizes)
    start = tuple(
        projection.__class__(rate=rate, matrix=jnp.zeros((size, network.layer_sizes[-1])))
        for projection, size in zip(blank, sizes, strict=True)
    )

    def step(feedback, key):
        pixel_key, *keys = jax.random.split(key, len(sizes) + 1)
        events = first_spikes(jax.random.uniform(pixel_key, (BATCH, network.layer_sizes[0])), network.num_levels)
        perturbations = tuple(jax.random.normal(k, (BATCH, size)) for k, size in zip(keys, sizes, strict=True))
        shown = run_network(network, parameters, events, perturbations)
        index = jnp.arange(network.num_steps + 1)[:, None, None]
        last = jnp.max(jnp.where(shown.layers[-1].phases > 0, index, -1), axis=0)
        first = [jnp.min(jnp.where(layer.phases > 0, index, 10**6), axis=0) for layer in shown.layers[:-1]]
        reached = [jnp.sum(one[:, :, None] < last[:, None, :], axis=0) for one in first]
        times_fired = [jnp.sum(one < 10**6, axis=0) for one in first]
        feedback = tuple(
            projection.learned(p, (layer.counts > 0).astype(p.dtype), shown.delivered)
            for projection, p, layer in zip(feedback, perturbations, shown.layers[:-1], strict=True)
        )
        return feedback, (reached, times_fired)

    keys = jax.random.split(jax.random.key(9), batches)
    feedback, (reached, times_fired) = jax.jit(lambda: jax.lax.scan(step, start, keys))()
    shares = [
        np.sum(r, axis=0) / np.maximum(np.sum(n, axis=0), 1)[:, None] for r, n in zip(reached, times_fired, strict=True)
    ]
    return [np.asarray(projection.matrix) for projection in feedback], shares


def test_feedback_converges_to_the_transposed_output_weights():
    network = make_event_network(inputs=20, hidden=(30,), classes=5, threshold=0.25, output_threshold=0.05)
    parameters = make_parameters(network, mean=0.3)
    (feedback,), (share,) = learn(network, parameters, 100, 3e-2)
    assert np.mean(share) > 0.95
    assert cosine(feedback, parameters.weights[1].T) > 0.9


def test_where_outputs_stay_partly_silent_it_converges_to_the_weights_times_the_share_delivered():
    network = make_event_network(inputs=20, hidden=(30,), classes=5, threshold=0.25, output_threshold=0.5)
    parameters = make_parameters(network, mean=0.1)
    (feedback,), (share,) = learn(network, parameters, 300, 1e-2)
    expected = share * np.asarray(parameters.weights[1]).T
    assert np.mean(share) < 0.9
    assert cosine(feedback, expected) > 0.97
    assert cosine(feedback, expected) > cosine(feedback, parameters.weights[1].T) + 0.02


def test_through_two_hidden_layers_it_converges_to_the_products_of_the_weights_on_all_paths():
    network = make_event_network(inputs=10, hidden=(15, 12), classes=4, threshold=0.125, output_threshold=0.05)
    parameters = make_parameters(network, mean=0.5)
    (first, second), _ = learn(network, parameters, 300, 1e-2)
    _, middle, last = (np.asarray(weight) for weight in parameters.weights)
    assert cosine(second, last.T) > 0.9
    assert cosine(first, (last @ middle).T) > 0.9


def test_neurons_that_do_not_fire_keep_their_feedback():
    projection = LearnedProjection(rate=0.5, matrix=jnp.ones((2, 3)))
    fired = jnp.array([[1.0, 0.0], [0.0, 0.0]])
    perturbation, delivered = jnp.array([[2.0, 9.0], [9.0, 9.0]]), jnp.array([[1.0, 2.0, 3.0], [9.0, 9.0, 9.0]])
    found = projection.learned(perturbation, fired, delivered).matrix
    np.testing.assert_allclose(found, [[1.5, 2.5, 3.5], [1.0, 1.0, 1.0]])  # (1 + 2 Gamma) / 2 for the first


def test_the_adam_form_takes_steps_of_its_rate_towards_the_mean():
    projection = LearnedProjection(rate=0.01, optimizer="adam").drawn(jax.random.key(0), 1, 2, jnp.asarray(1.0))
    delivered = jnp.array([[3.0, -0.5]])
    found = projection.learned(jnp.ones((1, 1)), jnp.ones((1, 1)), delivered).matrix
    np.testing.assert_allclose(found, [[0.01, -0.01]], rtol=1e-4)  # the first Adam step has the size of its rate


@pytest.mark.parametrize("rate", [-0.1, 1.1])
def test_a_rate_that_is_no_share_is_refused(rate):
    with pytest.raises(ValueError, match="`rate`"):
        LearnedProjection(rate=rate)
