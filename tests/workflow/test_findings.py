"""Each word that is owed, from numbers put in the place of those of one tiny training; and none where none is owed."""

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from physdfa.build import load_samples, split_rows
from physdfa.neurons import Lif
from physdfa.workflow import findings
from physdfa.workflow.findings import candidate_warnings, chance_bar, chance_warnings, class_warnings, training_warnings
from physdfa.workflow.members import train_members
from tests.workflow.tiny import make_config

CONFIG = make_config(kind="train")
SAMPLES = load_samples(CONFIG, None)
LABELS = SAMPLES.dataset.test_labels
STEPS, NEURONS = 4, 16


@pytest.fixture(scope="module")
def members():
    return train_members(CONFIG, SAMPLES, [3, 4])


def with_test(members, **values):
    return replace(members, test=members.test._replace(**{name: np.asarray(one) for name, one in values.items()}))


def warnings_of(members, config=CONFIG):
    return training_warnings(config, SAMPLES, members)


def test_a_training_that_learns_is_not_warned_of(members):
    assert warnings_of(members) == []


def rates(*spikes):
    """[seeds 1 layer] firing rates of so many spikes per sample from all neurons."""
    return np.array(spikes)[:, None] / (STEPS * NEURONS)


def test_a_layer_that_hardly_fires_is_named_with_its_spikes_and_its_seeds(members):
    (sentence,) = warnings_of(with_test(members, firing_rate=rates(20.0, 0.4)))
    assert sentence.startswith(
        "hidden layer 1 of 1 of 2 seeds (4) hardly fires: 0.4 spikes per test sample from all of"
    )
    assert "raise network.weight_scale" in sentence
    assert warnings_of(with_test(members, firing_rate=rates(20.0, 1.1))) == []


def test_a_layer_that_always_fires_is_told_with_what_its_rest_allows(members):
    always = with_test(members, firing_rate=rates(0.97 * STEPS * NEURONS, 20.0))
    (sentence,) = warnings_of(always)
    assert "is saturated: its neurons fire 97 % as often as they can" in sentence
    half = with_test(members, firing_rate=rates(0.49 * STEPS * NEURONS, 20.0))
    assert warnings_of(half) == []
    resting = replace(half, network=replace(half.network, neuron=Lif(refractory_steps=1)))
    assert "fire 98 % as often as they can" in warnings_of(resting)[0]


def test_a_seed_that_diverged_is_told_once(members):
    broken = with_test(members, firing_rate=rates(0.0, 20.0), accuracy=[0.1, members.test.accuracy[1]])
    (sentence,) = warnings_of(replace(broken, diverged={3: 2}))
    assert sentence == "seed 3 diverged in epoch 2: its loss is no finite number; lower training.learning_rate."


def test_one_dead_seed_of_several_is_named_and_what_it_answers(members):
    answers = np.stack([np.asarray(members.test.predictions[0]), np.full(len(LABELS), 7)])
    share = float(np.mean(LABELS == 7))
    dead = with_test(members, predictions=answers, accuracy=[members.test.accuracy[0], share])
    (sentence,) = warnings_of(dead)
    assert sentence.startswith(f"1 of 2 seeds (4) ended at chance: accuracy {100 * share:.4g} % on 360 samples, where")
    assert "It gives one answer, class 7, to all samples. The mean over the seeds counts them." in sentence
    assert "try another training.learning_rate (now 0.01), or train longer (training.epochs = 2)" in sentence


def test_requests_outside_of_the_measured_range_are_told_with_their_share(members):
    shares = np.array([[0.1], [0.96]])
    (sentence,) = warnings_of(replace(members, outside_range=shares))
    assert sentence.startswith("96 % of the requests of hidden layer 1 lie outside of the measured range of the device")
    assert "smaller drive_gain" in sentence
    assert warnings_of(replace(members, outside_range=shares[:, ::-1] * 0 + 0.55)) == []  # as measured_mzm, by intent


def occupied(members, monkeypatch, **values):
    real = findings.occupied_gain
    monkeypatch.setattr(findings, "occupied_gain", lambda *given: real(*given)._replace(**values))
    return warnings_of(members)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"clipped": {"dac": 0.8}},
            "stage `dac` of the device answers 80 % of the requests of hidden layer 1 by an end",
        ),
        (
            {"spread": 1e-3, "mean": 0.5, "largest": 0.6},
            "g is constant at the potentials of hidden layer 1 .*: 0.5 with",
        ),
        ({"spread": 0.0, "mean": 0.0, "largest": 0.0}, "g is 0 at all potentials of hidden layer 1"),
    ],
)
def test_a_device_that_tells_potentials_not_apart_is_told(members, monkeypatch, values, words):
    (sentence,) = occupied(members, monkeypatch, **values)
    assert re.search(words, sentence), sentence
    assert "90 % of its potentials lie in" in sentence


def test_a_device_that_varies_or_is_constant_by_declaration_is_not(members, monkeypatch):
    assert occupied(members, monkeypatch, clipped={"dac": 0.6}, spread=0.02, largest=1.0) == []
    monkeypatch.setattr(findings, "_is_constant", lambda device: True)
    assert occupied(members, monkeypatch, spread=0.0, mean=1.0, largest=1.0) == []


@pytest.mark.parametrize(
    ("mean", "spread", "told"),
    [
        (1.0, 0.049, "varies by 4.9 % of its mean"),
        (-1.0, 0.02, "varies by 2 % of its mean"),
        (1.0, 0.051, None),
        (0.0, 0.02, None),  # of no mean there is no share
        (1.0, 0.001, None),  # told as constant already
    ],
)
def test_a_best_device_whose_g_hardly_varies_is_called_flat(members, monkeypatch, mean, spread, told):
    real = findings.occupied_gain
    values = {"mean": mean, "spread": spread, "largest": 1.0}
    monkeypatch.setattr(findings, "occupied_gain", lambda *given: real(*given)._replace(**values))
    said = findings.flat_warnings(members)
    assert [sentence.startswith("the best device is flat") for sentence in said] == [True] * (told is not None)
    assert told is None or told in said[0]
    expected = spread / abs(mean) if mean else np.inf
    assert findings.spread_over_mean(members) == pytest.approx(expected)


def test_weights_that_thresholds_leave_alone_are_told(members):
    counts = members.counts._replace(weight_updates=3.0, ungated_updates=1e5)
    (sentence,) = warnings_of(replace(members, counts=counts))
    assert sentence.startswith("0.003 % of the weight updates were written: lower rule.error_threshold")
    assert warnings_of(replace(members, counts=counts._replace(weight_updates=2e3))) == []


def test_chance_is_the_most_frequent_class_and_what_a_binomial_makes_of_it():
    labels = np.arange(1000) % 10
    level, bar = chance_bar(labels)
    assert level == 0.1
    assert 0.01 < binom.sf(np.floor(1000 * bar), 1000, 0.1) < 0.035  # constant answers are let pass in 2.5 % of cases
    _, of_many = chance_bar(labels, draws=40)
    assert 1 - (1 - binom.sf(np.floor(1000 * of_many), 1000, 0.1)) ** 40 < 0.06  # the best of 40 hardly more often
    assert chance_bar(np.repeat([0, 1], [95, 5]))[0] == 0.95


def test_unbalanced_classes_have_a_higher_chance():
    labels = np.repeat([0, 1], [950, 50])
    (sentence,) = chance_warnings([0], [0.95], np.zeros((1, 1000), int), labels, "Try.")
    assert (
        "accuracy 95 % on 1000 samples, where the most frequent class alone gives 95 %. It gives one answer, class 0"
        in (sentence)
    )
    assert chance_warnings([0], [0.98], labels[None], labels, "Try.") == []
    assert chance_warnings([0], [1.0], np.zeros((1, 9), int), np.zeros(9, int), "Try.") == []  # one class is no chance


def test_a_search_without_a_candidate_above_chance_says_so():
    labels = np.arange(200) % 10
    (sentence,) = candidate_warnings([0.1, 0.12, 0.11], 0, "", labels, "search")
    assert sentence.startswith("none of the 3 candidates is better than chance: the best has 12 % on 200 validation")
    assert "Raise search.epochs" in sentence
    assert candidate_warnings([0.1, 0.3], 1, "diverged in epoch 1", labels, "sweep") == []


def test_a_sweep_most_of_which_failed_says_why():
    (sentence,) = candidate_warnings([0.1, 0.1, 0.9], 2, "diverged in epoch 1", np.arange(200) % 10, "sweep")
    assert sentence.startswith(
        "2 of the 3 candidates failed, the first because: diverged in epoch 1. Narrow the ranges"
    )


def test_classes_without_a_sample_to_train_on_are_named():
    small = make_config("data.train_size=8", "data.validation_size=0", "training.batch_size=2", kind="train")
    dataset = load_samples(small, None).dataset
    kept = set(dataset.train_labels.tolist())
    lacking = [label for label in range(10) if label not in kept]
    (sentence,) = class_warnings(dataset, split_rows(small, "train", dataset, 1))
    assert 2 <= len(lacking) <= 5
    assert sentence.startswith(
        f"{len(lacking)} of the 10 classes ({', '.join(map(str, lacking))}) have no sample among the 8 to train on"
    )
    assert class_warnings(SAMPLES.dataset, split_rows(CONFIG, "train", SAMPLES.dataset, 1)) == []
