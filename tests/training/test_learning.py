"""Learning happens: on real digits, every rule that reaches the hidden layer beats the frozen one."""

from functools import cache

import jax
import numpy as np
import pytest

from physdfa.data import ENCODINGS, load_dataset
from physdfa.devices import make_device
from physdfa.network import Readout, SpikingNetwork
from physdfa.neurons import Lif
from physdfa.rules import RULES
from physdfa.training import Data, Optimizer, Splits, Trainer, Trial

SEEDS, EPOCHS = 2, 6


@cache
def accuracies(rule: str, device: str | None = None) -> np.ndarray:
    """Test accuracy per seed of 64-16-10, 4 steps, trained on 600 digits."""
    digits = load_dataset("digits", train_size=600)
    neuron = Lif(0.9, 1.0)
    network = SpikingNetwork((64, 16, 10), neuron, Readout("rate", neuron), 4, weight_scale=2.0)
    trial = Trial(
        network,
        RULES[rule]("final"),
        ENCODINGS["direct"],
        device=None if device is None else make_device(device, {}),
        optimizer=Optimizer(learning_rate=0.02),
        batch_size=30,
        full_scale=digits.full_scale,
    )
    train = Data(jax.numpy.asarray(digits.train_images), jax.numpy.asarray(digits.train_labels))
    test = Data(jax.numpy.asarray(digits.test_images), jax.numpy.asarray(digits.test_labels))
    rows = np.broadcast_to(np.arange(600), (SEEDS, 600))
    splits = Splits(train=rows, validation=np.zeros((SEEDS, 0), dtype=int))
    trainer = Trainer(SEEDS)
    keys = [jax.random.key(seed) for seed in range(SEEDS)]
    population, _ = trainer.fit([trial] * SEEDS, keys, train, splits, EPOCHS)
    test_rows = np.broadcast_to(np.arange(360), (SEEDS, 360))
    return np.asarray(trainer.score(population, test, test_rows, jax.random.key(0)).accuracy)


@pytest.mark.parametrize(("rule", "device"), [("bptt", None), ("dfa", None), ("adfa", "triangle")])
def test_a_trained_hidden_layer_beats_a_frozen_one_by_more_than_the_spread_of_the_test(rule, device):
    trained, frozen = accuracies(rule, device), accuracies("readout_only")
    spread = np.sqrt(0.25 / 360)  # the most that 360 test samples can scatter, one standard deviation
    assert trained.mean() > frozen.mean() + 2 * spread


def test_even_the_frozen_layer_is_far_above_chance():
    assert accuracies("readout_only").min() > 0.4


def test_adfa_with_the_triangle_of_the_neurons_learns_what_dfa_learns():
    np.testing.assert_allclose(accuracies("adfa", "triangle"), accuracies("dfa"), atol=0.02)
