"""Feedback of each rule, counted by hand for 64-16-12-10 and 5 steps; and weights changed in a trained network."""

import numpy as np
import pytest

from physdfa.build import build_trial, load_samples, split_rows
from physdfa.config import read_config
from physdfa.network import NetworkParameters
from physdfa.workflow.reproduce.costs import (
    COUNTED_AFTER,
    COUNTED_SAMPLES,
    WEIGHTS_CHANGED,
    count_weights_changed,
)
from physdfa.workflow.train import train
from tests.network.by_hand import simulate


def make_config(rule, *overrides, **tables):
    table = {
        "experiment": {"name": "costs"},
        "data": {"name": "digits"},
        "network": {"hidden": [16, 12]},
        "rule": {"name": rule},
    }
    return read_config({**table, **tables}, overrides=overrides, kind="train")


def fed_back(config, spikes):
    trial = build_trial(config, load_samples(config, None).dataset, 0)
    assert trial.network.layer_sizes == (64, 16, 12, 10)
    return trial.rule.floats_fed_back(trial.network, spikes)


@pytest.mark.parametrize(
    ("rule", "overrides", "expected"),
    [
        ("dfa", (), 10 * 16 + 10 * 12),
        ("dfa", ("rule.error=online",), 5 * (10 * 16 + 10 * 12)),
        ("dfa", ("feedback.kind=sparse", "feedback.share=0.1"), 0.1 * (10 * 16 + 10 * 12)),
        ("drtp", (), 16 + 12),
        ("eprop", ("rule.error=online",), 5 * (10 * 16 + 10 * 12)),
        ("ottt", ("rule.error=online",), 5 * (16 * 12 + 12 * 10)),
        ("sign_concordant", (), 10 * 16 + 10 * 12),
        ("bptt", (), 5 * 16 * 12 + 12 * 10),
        ("bptt", ("network.readout=count",), 5 * (16 * 12 + 12 * 10)),
        ("readout_only", (), 0.0),
    ],
)
def test_numbers_fed_back_in_discrete_time(rule, overrides, expected):
    config = make_config(rule, "network.num_steps=5", *overrides)
    assert fed_back(config, [0.0, 0.0]) == pytest.approx(expected)


def test_event_neurons_get_one_error_or_one_per_spike():
    latency = "data.encoding=latency"
    assert fed_back(make_config("sfdfa", latency), [2.0, 3.0]) == 10 * 16 + 10 * 12
    exact = make_config("sfdfa", latency, "rule.gradient=bp")
    assert fed_back(exact, [2.0, 3.0]) == 2.0 * 16 * 12 + 3.0 * 12 * 10


def test_changed_weights_are_counted_in_the_trained_network_of_a_run(tmp_path):
    small = ("network.hidden=[16]", "network.num_steps=4", "data.train_size=480", "training.epochs=1")
    config = make_config("readout_only", *small, "training.batch_size=32")
    run, samples = train(config, out_dir=tmp_path, num_seeds=1), load_samples(config, None)
    record = count_weights_changed(run, config, samples)
    # Frozen hidden layers: of the 10 weights of each hidden neuron those of the neurons that fire are written, all 10.
    arrays, _ = run.load_tree("final")
    network = build_trial(config, samples.dataset, 0).network
    parameters = NetworkParameters(*(tuple(arrays[f"{part}/{n}"][0] for n in (0, 1)) for part in ("weights", "biases")))
    rows = split_rows(config, "train", samples.dataset, 1).train[0][:COUNTED_SAMPLES]
    values = np.asarray(samples.train.samples)[rows] / 16
    spikes = simulate(network, parameters, np.repeat(values[None], network.num_steps, axis=0)).spikes[0]
    fired = np.any(spikes, axis=0).sum(axis=1)
    assert 0 < fired.mean() < 16
    assert record == {WEIGHTS_CHANGED: pytest.approx(10 * fired.mean()), COUNTED_AFTER: 1}
