"""The forward pass equals the same network stepped in plain NumPy, with and without every shortcut."""

import sys
from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.data import ENCODINGS
from physdfa.data.event_samples import event_samples
from physdfa.errors import InputError
from physdfa.network import (
    UNROLL_STEPS,
    SpikingNetwork,
    Stimulus,
    first_layer,
    forward,
    mean_rates,
    run,
    steps_per_kernel,
)
from physdfa.tuning import TUNED_FOR
from tests.network.by_hand import simulate
from tests.rules.networks import make_batch, make_network, make_parameters

READOUTS = [("rate", "mean"), ("membrane", "mean"), ("membrane", "last"), ("count", "mean")]


def run_forward(network, parameters, stimulus, masks=None):
    return jax.jit(lambda p: forward(network, p, stimulus, masks))(parameters)


def inputs_of(network, stimulus) -> np.ndarray:
    return np.array([stimulus.at(jnp.int32(step)) for step in range(network.num_steps)])


@pytest.mark.parametrize("static", [True, False], ids=["direct", "spikes"])
@pytest.mark.parametrize(("readout", "reduction"), READOUTS)
def test_outputs_and_firing_rates_equal_those_of_single_steps(readout, reduction, static):
    network = make_network(hidden=(9, 8), num_steps=4, readout=readout, reduction=reduction)
    parameters, stimulus = make_parameters(network), make_batch(network, static=static).stimulus
    result = run_forward(network, parameters, stimulus)
    expected = simulate(network, parameters, inputs_of(network, stimulus))
    np.testing.assert_allclose(result.outputs, expected.outputs, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        result.firing_rate, np.stack([spikes.mean(axis=(0, 2)) for spikes in expected.spikes], axis=1), rtol=1e-6
    )
    assert np.all((result.firing_rate.mean(axis=0) > 0) & (result.firing_rate.mean(axis=0) < 1))


@pytest.mark.parametrize(("reset", "refractory_steps"), [("subtract", 0), ("zero", 2), ("subtract", 2)])
def test_resets_and_rest_act_at_every_step_of_every_layer(reset, refractory_steps):
    network = make_network(hidden=(9, 8), reset=reset, refractory_steps=refractory_steps)
    parameters, stimulus = make_parameters(network), make_batch(network).stimulus
    layers = jax.jit(lambda p: run(network, p, stimulus, lambda kept, step, shown: (kept, shown), None)[1])(parameters)
    expected = simulate(network, parameters, inputs_of(network, stimulus))
    for layer, potentials, spikes in zip(layers, expected.potentials, expected.spikes, strict=True):
        np.testing.assert_allclose(layer.potential, potentials, rtol=1e-4, atol=1e-5)
        np.testing.assert_array_equal(layer.spikes, spikes)
        assert spikes.any()


def test_the_static_input_current_equals_the_one_computed_anew_at_every_step():
    network = make_network(hidden=(9, 8))
    parameters, stimulus = make_parameters(network), make_batch(network).stimulus
    once = run_forward(network, parameters, stimulus)
    every_step = run_forward(network, parameters, Stimulus(False, stimulus.at))
    np.testing.assert_allclose(once.outputs, every_step.outputs, rtol=1e-6)
    np.testing.assert_array_equal(once.firing_rate, every_step.firing_rate)


def test_dropout_masks_multiply_the_spikes_that_go_on_at_every_step():
    network = make_network(hidden=(9, 8), readout="membrane")
    parameters, stimulus = make_parameters(network), make_batch(network).stimulus
    random = np.random.default_rng(0)
    masks = tuple(jnp.asarray(2.0 * random.integers(0, 2, size=(5, n)), dtype=jnp.float32) for n in (9, 8))
    expected = simulate(network, parameters, inputs_of(network, stimulus), masks)
    result = run_forward(network, parameters, stimulus, masks)
    np.testing.assert_allclose(result.outputs, expected.outputs, rtol=1e-5, atol=1e-6)
    unmasked = run_forward(network, parameters, stimulus)
    assert not np.allclose(result.outputs, unmasked.outputs)


def test_a_layer_step_shows_what_came_in_and_what_goes_on():
    network = make_network(hidden=(9, 8), num_steps=3)
    parameters, stimulus = make_parameters(network), make_batch(network).stimulus
    first, second = jax.jit(lambda p: run(network, p, stimulus, lambda kept, step, shown: (kept, shown), None)[1])(
        parameters
    )
    scaled = float(network.input_scale) * inputs_of(network, stimulus)
    np.testing.assert_allclose(first.presynaptic, scaled, rtol=1e-6)
    np.testing.assert_array_equal(second.presynaptic, first.spikes)


def test_accumulate_is_called_with_the_steps_in_order_and_keeps_its_carry():
    network = make_network(num_steps=4)
    parameters, stimulus = make_parameters(network), make_batch(network).stimulus

    def digits(kept, step, layers):
        return 10 * kept + step, step

    total, shown = jax.jit(lambda p: run(network, p, stimulus, digits, jnp.int32(0)))(parameters)
    assert int(total) == 123  # steps 0, 1, 2, 3
    assert shown.tolist() == [0, 1, 2, 3]


def test_more_steps_than_are_unrolled_at_once_change_nothing(monkeypatch):
    network = make_network(num_steps=7)
    parameters, stimulus = make_parameters(network), make_batch(network).stimulus
    unrolled = run_forward(network, parameters, stimulus)
    # by the module itself: in its package, the name `forward` is the function
    monkeypatch.setattr(sys.modules["physdfa.network.forward"], "UNROLL_STEPS", 3)
    in_chunks = run_forward(network, parameters, stimulus)
    np.testing.assert_allclose(in_chunks.outputs, unrolled.outputs, rtol=1e-6)


def test_on_an_accelerator_the_steps_are_one_kernel_or_equal_ones_and_no_loop_is_left(monkeypatch):
    network = make_network(num_steps=12)
    parameters, stimulus = make_parameters(network), make_batch(network).stimulus

    def loops() -> int:
        counted = jax.jit(lambda p: run(network, p, stimulus, lambda kept, *shown: (kept + 1, None), 0)[0])
        return counted.lower(parameters).as_text().count("stablehlo.while")

    assert (loops(), steps_per_kernel(12), steps_per_kernel(12, 1), steps_per_kernel(3)) == (1, UNROLL_STEPS, 1, 3)
    monkeypatch.setenv(TUNED_FOR, "accelerator")
    assert loops() == 0
    assert [steps_per_kernel(steps, 1) for steps in (1, 25, 32, 33, 70, 100)] == [1, 25, 32, 17, 24, 25]


def test_the_mean_rate_is_the_share_of_neurons_and_steps_that_spike():
    # 6 neurons, 5 steps: 3 spikes in 2 x 3 counts is 3 / 6 spikes per neuron, a tenth per step
    counts = [jnp.array([[1.0, 0.0, 2.0], [0.0, 0.0, 0.0]]), jnp.full((2, 1), 5.0)]
    np.testing.assert_allclose(mean_rates(counts, 5), [0.1, 1.0], rtol=1e-6)


def test_networks_that_differ_in_their_numbers_share_one_program():
    traces = 0
    batch = make_batch(make_network(num_steps=2))

    @jax.jit
    def outputs(network, parameters):
        nonlocal traces
        traces += 1
        return forward(network, parameters, batch.stimulus).outputs

    first, second = make_network(num_steps=2, decay_mem=0.9), make_network(num_steps=2, decay_mem=0.2)
    second = replace(second, input_scale=jnp.asarray(3.0))
    answers = [outputs(network, make_parameters(first)) for network in (first, second)]
    assert traces == 1
    assert not np.array_equal(*answers)


@pytest.mark.parametrize(
    ("layer_sizes", "num_steps", "message"),
    [
        ((7, 3), 4, r"at least one hidden layer.*got \[7, 3\]"),
        ((7, 0, 3), 4, r"all >= 1; got \[7, 0, 3\]"),
        ((7, 5, 3), 0, "`num_steps` must be >= 1; got 0"),
    ],
)
def test_a_network_without_layers_neurons_or_steps_is_refused(layer_sizes, num_steps, message):
    nominal = make_network()
    with pytest.raises(InputError, match=message):
        SpikingNetwork(layer_sizes, nominal.neuron, nominal.readout, num_steps)


def test_samples_that_are_events_enter_as_their_number_in_each_step():
    network = make_network(num_steps=4)
    times = [np.array([0.0, 0.1, 0.1, 0.99, 1.5], np.float32), np.array([], np.float32)]
    inputs = [np.array([0, 2, 2, 1, 1], np.uint16), np.array([], np.uint16)]
    samples = jax.tree.map(jnp.asarray, event_samples(times, inputs, network.layer_sizes[0]))
    stimulus = network.stimulus(ENCODINGS["events"](), samples, jax.random.key(0))
    expected = np.zeros((4, 2, network.layer_sizes[0]))
    expected[0, 0, 0], expected[0, 0, 2], expected[3, 0, 1] = 1, 2, 1  # 1.5 s lies after the window of 1 s
    assert not stimulus.is_static
    np.testing.assert_array_equal(inputs_of(network, stimulus), expected)


@pytest.mark.parametrize("static", [True, False], ids=["direct", "spikes"])
def test_the_first_layer_multiplied_for_all_steps_at_once_gives_what_it_gives_step_by_step(static):
    network = make_network(hidden=(9, 8), num_steps=7)
    parameters, batch = make_parameters(network), make_batch(network, static=static)

    def potentials(first):
        def show(kept, step, layers):
            return kept, [(layer.presynaptic, layer.potential) for layer in layers]

        return run(network, parameters, batch.stimulus, show, None, first=first)[1]

    entering = first_layer(network, parameters, batch.stimulus)
    jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-6), potentials(entering), potentials(None))


@pytest.mark.parametrize("num_steps", [2 * UNROLL_STEPS + 2, 2 * UNROLL_STEPS, UNROLL_STEPS - 2])
def test_kernels_that_are_computed_anew_change_neither_outputs_nor_gradients(num_steps):
    network = make_network(num_steps=num_steps, readout="membrane")
    parameters, batch = make_parameters(network), make_batch(network)

    def total(parameters, saves_memory):
        def add(kept, step, layers):
            return kept + jnp.sum(layers[0].spikes * layers[0].potential), layers[0].spikes

        return run(network, parameters, batch.stimulus, add, jnp.zeros(()), saves_memory=saves_memory)

    def value(parameters, saves_memory):
        kept, shown = total(parameters, saves_memory)
        return kept + jnp.sum(shown[-1])

    assert total(parameters, True)[1].shape == total(parameters, False)[1].shape
    both = [jax.value_and_grad(value)(parameters, saves_memory) for saves_memory in (True, False)]
    jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-6), *both)
    assert float(jnp.max(jnp.abs(both[0][1].weights[0]))) > 0
