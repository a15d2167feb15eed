import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.data import ENCODINGS
from physdfa.data.event_samples import event_samples
from physdfa.data.events import first_spikes
from physdfa.errors import InputError
from physdfa.network.event import EventNetwork, ages
from physdfa.network.event import network as module
from physdfa.neurons.event_lif import EventLif
from tests.network.event.networks import make_event_network, make_pixels, make_weights, run_network
from tests.neurons.event_reference import closed_form, of
from tests.neurons.test_event_lif import times_of

LEVELS = 50


def spike_times(network, parameters, values):
    """[layers][samples][neurons] lists of spike times, and the run."""
    shown = run_network(network, parameters, first_spikes(values, network.num_levels))
    dt = float(network.window) / network.num_levels
    times = [
        [
            [times_of(network.neuron(n), layer, sample, index, dt) for index in range(layer.counts.shape[1])]
            for sample in range(values.shape[0])
        ]
        for n, layer in enumerate(shown.layers)
    ]
    return times, shown


@pytest.mark.parametrize(("levels", "median", "worst"), [(51, 3e-4, 1 / 51 * 0.4), (255, 6e-5, 1e-3)])
def test_the_spikes_of_deeper_layers_are_those_from_event_to_event_up_to_the_grid(levels, median, worst):
    """Errors in units of tau_mem. At 51 levels the bound is the step of the grid, 0.4 tau_mem / 51."""
    network = make_event_network(hidden=(6, 5), levels=levels, steps=2 * levels, max_spikes=100, output_max_spikes=100)
    values = jnp.round(jax.random.uniform(jax.random.key(3), (6, 8)) * levels) / levels
    parameters = make_weights(network, low=-0.5, high=1.2)
    with jax.enable_x64(True):
        times, _ = spike_times(network, parameters, values)
    tau_mem, errors = 0.25, []
    for layer in (1, 2):
        weight, neuron = np.asarray(parameters.weights[layer], dtype=float), of(network.neuron(layer))
        for sample in range(values.shape[0]):
            before = times[layer - 1][sample]
            arrivals = np.concatenate([np.array(one) for one in before])
            sources = np.concatenate([np.full(len(one), n) for n, one in enumerate(before)]).astype(int)
            for index, found in enumerate(times[layer][sample]):
                expected = closed_form(neuron, arrivals, weight[index, sources], 0.2)
                assert len(found) == len(expected)
                errors += list(np.abs(np.subtract(found, expected)) / tau_mem)
    assert len(errors) > 100
    assert np.median(errors) < median
    assert np.max(errors) < worst


def test_grades_never_change_a_spike():
    network, values = make_event_network(hidden=(6, 5)), make_pixels(make_event_network())
    parameters, events = make_weights(network), first_spikes(values, LEVELS)
    perturbations = tuple(jnp.ones((4, size)) for size in (6, 5))
    bare, graded = run_network(network, parameters, events), run_network(network, parameters, events, perturbations)
    for left, right in zip(bare.layers, graded.layers, strict=True):
        np.testing.assert_array_equal(left.phases, right.phases)
        np.testing.assert_array_equal(left.quadratics, right.quadratics)


@pytest.mark.parametrize(("batch", "block"), [(50, 10), (500, 10), (6, 6), (7, 7), (11, 11), (26, 26)])
def test_a_block_is_a_share_of_the_batch_whose_state_fits_the_cache_unless_none_is_of_use(batch, block):
    """784-800-10: at most 12 samples are 10,000 neurons, and 26 has no divisor between 2 and 13."""
    assert EventNetwork((784, 800, 10), EventLif(), EventLif()).block_size(batch) == block


@pytest.mark.slow
def test_samples_spike_in_blocks_as_they_do_together():
    network = make_event_network(hidden=(6, 5))
    values, parameters = make_pixels(network, batch=6), make_weights(network)
    events = first_spikes(values, LEVELS)
    perturbations = tuple(jax.random.normal(jax.random.key(2), (6, size)) for size in (6, 5))
    together = run_network(network, parameters, events, perturbations)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK_NEURONS", 12)  # two samples of the widest layer
        assert network.block_size(6) == 2
        apart = run_network.__wrapped__(network, parameters, events, perturbations)
        shown = network.present(parameters, ENCODINGS["latency"](), values, jax.random.key(0))
    for left, right in zip(jax.tree.leaves(together), jax.tree.leaves(apart), strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(shown.outputs, together.layers[-1].counts)


def test_the_delivered_grades_are_the_weights_of_first_spikes_that_come_before_the_last_output_spike():
    network, values = make_event_network(), make_pixels(make_event_network())
    parameters = make_weights(network)
    perturbation = jax.random.normal(jax.random.key(5), (4, 6))
    times, _ = spike_times(network, parameters, values)
    shown = run_network(network, parameters, first_spikes(values, LEVELS), (perturbation,))
    expected, reached = np.zeros((4, 3)), 0
    for sample in range(4):
        for o, output in enumerate(times[1][sample]):
            for i, hidden in enumerate(times[0][sample]):
                # On the grid a spike arrives at the end of its step.
                if hidden and output and np.floor(hidden[0] / 0.002) < np.floor(output[-1] / 0.002 + 1e-6):
                    expected[sample, o] += parameters.weights[1][o, i] * perturbation[sample, i]
                    reached += 1
    assert reached > 10
    np.testing.assert_allclose(shown.delivered, expected, atol=1e-5)


def test_a_spike_carries_on_what_came_since_the_last_one_through_all_layers():
    """Grades spike by spike: each has the grades that came since the neuron's spike before, the first one p, too."""
    network, values = make_event_network(hidden=(6, 5)), make_pixels(make_event_network())
    parameters = make_weights(network, low=-0.4, high=1.2)
    perturbations = tuple(jax.random.normal(jax.random.key(size), (4, size)) for size in (6, 5))
    shown = run_network(network, parameters, first_spikes(values, LEVELS), perturbations)
    fires = [np.asarray(layer.phases) > 0 for layer in shown.layers]
    first = (*(np.asarray(one) for one in perturbations), np.zeros((4, 3)))
    grades = [np.zeros(one.shape) for one in fires]
    for layer, weight in enumerate((None, *(np.asarray(one) for one in parameters.weights[1:]))):
        held = np.zeros(first[layer].shape)
        for step, fired in enumerate(fires[layer]):
            if weight is not None and step > 0:
                held += grades[layer - 1][step - 1] @ weight.T
            own = np.where(fires[layer][:step].any(axis=0), 0.0, first[layer])
            grades[layer][step] = np.where(fired, held + own, 0.0)
            held[fired] = 0.0
    expected = grades[2].sum(axis=0)
    assert np.count_nonzero(expected) > 6
    np.testing.assert_allclose(shown.delivered, expected, atol=1e-4)


def test_an_arriving_spike_has_the_age_that_is_left_of_its_step():
    network, values = make_event_network(), make_pixels(make_event_network())
    shown = run_network(network, make_weights(network), first_spikes(values, LEVELS))
    found = np.asarray(ages(shown.layers[0].phases, network.decay))
    has_spike = np.asarray(shown.layers[0].phases) > 0
    assert np.array_equal(found > 0, has_spike)
    assert np.all(found[has_spike] <= 1 + 1e-6)
    assert np.all(found[has_spike] >= float(network.decay) ** 2 - 1e-6)


def test_the_forward_pass_gives_counts_and_mean_rates():
    network, values = make_event_network(hidden=(6, 5)), make_pixels(make_event_network())
    parameters = make_weights(network)
    result = network.present(parameters, ENCODINGS["latency"](), values, jax.random.key(0))
    times, _ = spike_times(network, parameters, values)
    np.testing.assert_array_equal(result.outputs, [[len(one) for one in sample] for sample in times[2]])
    rates = [[np.mean([len(one) for one in times[layer][n]]) / 100 for layer in (0, 1)] for n in range(4)]
    np.testing.assert_allclose(result.firing_rate, rates, rtol=1e-6)


def test_initial_weights_are_uniform_between_plus_and_minus_the_scale():
    network = EventNetwork((100, 80, 10), EventLif(), EventLif(), weight_scale=0.5)
    weight = np.asarray(network.initial_parameters(jax.random.key(0)).weights[0])
    assert weight.shape == (80, 100)
    assert np.max(np.abs(weight)) <= 0.5
    assert np.std(weight) == pytest.approx(0.5 / np.sqrt(3), rel=0.02)
    assert np.mean(weight) == pytest.approx(0.0, abs=0.02)


def test_initial_weights_of_the_output_have_a_range_of_their_own():
    """U(-0.9, 1.1): the output layer of SHD in the authors' programs."""
    network = EventNetwork((100, 80, 10), EventLif(), EventLif(), output_weight_mean=0.1)
    hidden, output = (np.asarray(one) for one in network.initial_parameters(jax.random.key(0)).weights)
    assert (np.min(output), np.max(output)) == (pytest.approx(-0.9, abs=0.02), pytest.approx(1.1, abs=0.02))
    assert np.mean(hidden) == pytest.approx(0.0, abs=0.02)


def test_hidden_and_output_neurons_have_their_own_most_spikes():
    network = make_event_network(hidden=(6, 5), max_spikes=2, output_max_spikes=3)
    shown = run_network(network, make_weights(network, low=0.5), first_spikes(make_pixels(network), LEVELS))
    assert [int(np.max(layer.counts)) for layer in shown.layers] == [2, 2, 3]


def test_samples_that_are_events_give_the_spikes_of_the_same_events_as_pixels():
    """Pixels on the grid fire at 0.1 (1 - v): the same times as events must give the same answer."""
    network = make_event_network()
    values = np.asarray(make_pixels(network))
    fires = values > 0
    samples = event_samples(
        [(0.1 * (1 - row[on])).astype(np.float32) for row, on in zip(values, fires, strict=True)],
        [np.flatnonzero(on).astype(np.uint16) for on in fires],
        network.layer_sizes[0],
    )
    parameters, key = make_weights(network), jax.random.key(0)
    of_pixels = network.present(parameters, ENCODINGS["latency"](), jnp.asarray(values), key)
    of_events = network.present(parameters, ENCODINGS["events"](), jax.tree.map(jnp.asarray, samples), key)
    assert np.sum(of_pixels.outputs) > 5
    np.testing.assert_array_equal(of_pixels.outputs, of_events.outputs)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"layer_sizes": (4, 3)}, "at least one hidden layer"),
        ({"num_levels": 9, "num_steps": 8}, "ends within the presentation"),
        ({"max_spikes": 0}, "counts spikes"),
        ({"output_max_spikes": 0}, "`output_max_spikes` counts spikes"),
        ({"window": 0.0}, "must be > 0 s"),
        ({"output": EventLif(0.2)}, "share their time constants"),
    ],
)
def test_a_network_that_cannot_be_is_refused(values, message):
    good = {"layer_sizes": (4, 3, 2), "hidden": EventLif(), "output": EventLif()}
    with pytest.raises(InputError, match=message):
        EventNetwork(**(good | values))
