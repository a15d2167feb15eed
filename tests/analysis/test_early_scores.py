"""The compiled scores are those of their definitions, and stay away where there is nothing to score."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.analysis.alignment import update_angles
from physdfa.analysis.early_scores import early_scores, gain_scores, mean_update_angle
from physdfa.analysis.quality import device_quality, gain_quality
from physdfa.devices import Constant, SurrogateResponse
from physdfa.training import Trainer
from physdfa.training.step import CALIBRATION_SAMPLES, layer_potentials, start_training
from tests.training.trials import make_data, make_keys, make_sine, make_splits, make_trial

RANDOM = np.random.default_rng(0)
ROWS, KEY = jnp.arange(20), jax.random.key(0)


def started(trial):
    return start_training(trial, make_data(), ROWS, jax.random.key(1))


def scored(trial, state):
    return jax.jit(early_scores)(trial, state, make_data(), ROWS, KEY)


@pytest.mark.parametrize(
    ("gain", "derivative"),
    [
        (RANDOM.normal(0.3, 2.0, 500), RANDOM.uniform(size=500)),
        (np.linspace(-5.0, 1.0, 500), np.linspace(0.0, 1.0, 500)),
        (1.0 + 1e-3 * RANDOM.normal(size=500), RANDOM.uniform(size=500)),
        (np.zeros(500), RANDOM.uniform(size=500)),
        (np.full(500, -0.3), RANDOM.uniform(size=500)),
        (np.full(500, 0.3), np.zeros(500)),
        (RANDOM.normal(size=500), np.zeros(500)),
    ],
    ids=["noise", "lines", "small spread", "nothing", "negative constant", "two constants", "no derivative"],
)
def test_the_compiled_scores_of_g_are_those_of_gain_quality(gain, derivative):
    g, wanted = jnp.asarray(gain, jnp.float32), jnp.asarray(derivative, jnp.float32)
    expected = gain_quality(np.asarray(g), np.asarray(wanted))
    mean_over_spread, correlation = jax.jit(gain_scores)(g, wanted)
    assert float(mean_over_spread) == pytest.approx(expected.mean_over_spread, rel=1e-4)
    assert float(correlation) == pytest.approx(expected.correlation, abs=1e-5)


def test_the_scores_are_means_over_the_hidden_layers():
    trial = make_trial(hidden=(9, 8), num_steps=3)
    state = started(trial)
    found = scored(trial, state)
    layers = layer_potentials(trial, state.parameters, make_data(), ROWS[:CALIBRATION_SAMPLES], KEY)
    qualities = device_quality(trial.device, trial.network.neuron, [np.asarray(layer) for layer in layers])
    assert float(found.g_correlation) == pytest.approx(np.mean([q.correlation for q in qualities]), abs=1e-5)
    assert float(found.g_mean_over_spread) == pytest.approx(np.mean([q.mean_over_spread for q in qualities]), rel=1e-4)
    powers = [np.mean(np.asarray(trial.device.respond(layer.reshape(-1, 1))) ** 2) for layer in layers]
    assert float(found.g_rms) == pytest.approx(np.mean(np.sqrt(powers)), rel=1e-5)


def test_the_derivative_itself_correlates_fully():
    trial = make_trial(device=SurrogateResponse(kind="triangle", threshold=1.0, width=1.0))
    assert float(scored(trial, started(trial)).g_correlation) == pytest.approx(1.0, abs=1e-5)


def test_a_constant_g_has_no_correlation_and_no_finite_mean_over_spread():
    trial = make_trial(device=Constant(1.0))
    found = scored(trial, started(trial))
    assert float(found.g_correlation) == 0.0
    assert float(found.g_mean_over_spread) == np.inf


@pytest.mark.slow
def test_the_angle_is_that_of_the_first_batch_and_the_mean_over_the_hidden_layers():
    trial = make_trial(hidden=(9, 8), num_steps=3)
    state = started(trial)
    first, second = update_angles(trial, state, make_data(), ROWS[: trial.batch_size], KEY).degrees
    found = jax.jit(mean_update_angle)(trial, state, make_data(), ROWS, KEY)
    assert float(found) == pytest.approx((float(first) + float(second)) / 2, rel=1e-5)


@pytest.mark.slow
def test_a_rule_without_a_device_has_no_score_of_it_and_one_that_does_not_learn_has_no_angle():
    has_angle = {}
    for rule in ("dfa", "bptt", "readout_only"):
        trial = make_trial(rule)
        state = started(trial)._replace(device=None)
        assert all(jnp.isnan(value) for value in scored(trial, state))
        has_angle[rule] = bool(jnp.isfinite(mean_update_angle(trial, state, make_data(), ROWS, KEY)))
    assert has_angle == {"dfa": True, "bptt": True, "readout_only": False}


@pytest.mark.usefixtures("fresh_programs")
@pytest.mark.parametrize("mode", ["side by side", "one by one"])
def test_a_population_of_devices_is_scored_by_one_program(mode, monkeypatch):
    if mode == "one by one":
        monkeypatch.setattr("physdfa.training.spread.SIDE_BY_SIDE_BYTES", 0)
    trainer, data, splits = Trainer(3), make_data(), make_splits(2)
    trials = [make_trial(device=make_sine(period)) for period in (1.5, 6.0)]
    population = trainer.start(trials, make_keys(2), data, splits)
    found = trainer.measure("early_scores", early_scores, population, data, splits.train)
    for index, trial in enumerate(trials):
        state = start_training(trial, data, ROWS, make_keys(2)[index])
        for value, expected in zip(found, scored(trial, state), strict=True):
            assert value.shape == (2,)
            assert value[index] == pytest.approx(float(expected), rel=1e-4)
    changed = [make_trial(device=make_sine(period)) for period in (2.0, 3.0, 4.0)]
    population = trainer.start(changed, make_keys(3), data, make_splits(3))
    trainer.measure("early_scores", early_scores, population, data, make_splits(3).train)
    assert trainer.num_compilations == 2  # the start and the scores
