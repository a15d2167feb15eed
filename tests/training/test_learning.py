"""Learning happens: on real digits, every rule that reaches the hidden layer beats the frozen one."""

from functools import cache

import jax
import numpy as np
import pytest

from physdfa.data import ENCODINGS, load_dataset
from physdfa.devices import make_device
from physdfa.network import Rate, SpikingNetwork
from physdfa.neurons import Lif
from physdfa.training import Data, Optimizer, Splits, Trainer, Trial
from tests.rules.all_rules import DISCRETE_RULES, RULE_ERRORS

pytestmark = pytest.mark.slow

SEEDS = 2


@cache
def accuracies(
    rule: str,
    device: str | None = None,
    *,
    num_steps: int = 4,
    hidden: int = 16,
    input_scale: float = 1.0,
    weight_scale: float = 2.0,
    learning_rate: float = 0.02,
    epochs: int = 6,
) -> np.ndarray:
    """Test accuracy per seed of a network with one hidden layer, trained on 600 digits."""
    digits = load_dataset("digits", train_size=600)
    neuron = Lif(0.9, 1.0)
    network = SpikingNetwork((64, hidden, 10), neuron, Rate(), num_steps, input_scale, weight_scale)
    trial = Trial(
        network,
        DISCRETE_RULES[rule](RULE_ERRORS[rule][0]),
        ENCODINGS["direct"](),
        device=None if device is None else make_device(device, {}),
        optimizer=Optimizer(learning_rate=learning_rate),
        batch_size=30,
        full_scale=digits.full_scale,
    )
    train = Data(jax.numpy.asarray(digits.train_images), jax.numpy.asarray(digits.train_labels))
    test = Data(jax.numpy.asarray(digits.test_images), jax.numpy.asarray(digits.test_labels))
    rows = np.broadcast_to(np.arange(600), (SEEDS, 600))
    splits = Splits(train=rows, validation=np.zeros((SEEDS, 0), dtype=int))
    trainer = Trainer(SEEDS)
    keys = [jax.random.key(seed) for seed in range(SEEDS)]
    population, _ = trainer.fit([trial] * SEEDS, keys, train, splits, epochs)
    test_rows = np.broadcast_to(np.arange(360), (SEEDS, 360))
    return np.asarray(trainer.score(population, test, test_rows, jax.random.key(0)).accuracy)


@pytest.mark.parametrize(
    ("rule", "device"),
    [
        ("adfa", "triangle"),
        ("dfa", None),
        *(
            pytest.param(rule, None, marks=pytest.mark.slow)
            for rule in ("bptt", "fdfa", "eprop", "erbp", "sign_concordant", "drtp")
        ),
    ],
)
def test_a_trained_hidden_layer_beats_a_frozen_one_by_more_than_the_spread_of_the_test(rule, device):
    trained, frozen = accuracies(rule, device), accuracies("readout_only")
    spread = np.sqrt(0.25 / 360)  # the most that 360 test samples can scatter, one standard deviation
    assert trained.mean() > frozen.mean() + 2 * spread


@pytest.mark.slow
def test_whole_spike_trains_teach_where_neurons_do_not_fire_at_every_step():
    fine = {"num_steps": 40, "input_scale": 0.3, "weight_scale": 1.0, "hidden": 64}
    trained, frozen = (accuracies(rule, **fine, learning_rate=2e-3, epochs=15) for rule in ("st_dfa", "readout_only"))
    assert trained.mean() > frozen.mean() + 2 * np.sqrt(0.25 / 360)


def test_even_the_frozen_layer_is_far_above_chance():
    assert accuracies("readout_only").min() > 0.4


def test_adfa_with_the_triangle_of_the_neurons_learns_what_dfa_learns():
    np.testing.assert_allclose(accuracies("adfa", "triangle"), accuracies("dfa"), atol=0.02)
