"""Feedback and updates of each rule, counted by hand for 64-16-12-10 and 5 steps."""

import pytest

from physdfa.config import read_config
from physdfa.reproduce.costs import floats_fed_back, weight_updates

SIZES = (64, 16, 12, 10)


def make_config(rule, *overrides, **tables):
    table = {
        "experiment": {"name": "costs"},
        "data": {"name": "digits"},
        "network": {"hidden": [16, 12]},
        "rule": {"name": rule},
    }
    return read_config({**table, **tables}, overrides=overrides, kind="train")


@pytest.mark.parametrize(
    ("rule", "overrides", "expected"),
    [
        ("dfa", (), 10 * 16 + 10 * 12),
        ("dfa", ("rule.error=online",), 5 * (10 * 16 + 10 * 12)),
        ("dfa", ("feedback.kind=sparse", "feedback.share=0.1"), 0.1 * (10 * 16 + 10 * 12)),
        ("drtp", (), 16 + 12),
        ("eprop", ("rule.error=online",), 5 * (10 * 16 + 10 * 12)),
        ("sign_concordant", (), 10 * 16 + 10 * 12),
        ("bptt", (), 5 * 16 * 12 + 12 * 10),
        ("bptt", ("network.readout=count",), 5 * (16 * 12 + 12 * 10)),
        ("readout_only", (), 0.0),
    ],
)
def test_numbers_fed_back_in_discrete_time(rule, overrides, expected):
    config = make_config(rule, "network.num_steps=5", *overrides)
    assert floats_fed_back(config, SIZES, [0.0, 0.0]) == pytest.approx(expected)


def test_event_neurons_get_one_error_or_one_per_spike():
    latency = "data.encoding=latency"
    assert floats_fed_back(make_config("sfdfa", latency), SIZES, [2.0, 3.0]) == 10 * 16 + 10 * 12
    exact = make_config("sfdfa", latency, "rule.gradient=bp")
    assert floats_fed_back(exact, SIZES, [2.0, 3.0]) == 2.0 * 16 * 12 + 3.0 * 12 * 10


def test_all_layers_are_updated_but_for_a_readout_alone():
    assert weight_updates(make_config("dfa"), SIZES) == 64 * 16 + 16 * 12 + 12 * 10
    assert weight_updates(make_config("readout_only"), SIZES) == 12 * 10


def test_of_hidden_weights_the_share_counts_that_passes_the_thresholds():
    config = make_config("sparse_dfa", "rule.local_factor=surrogate", "rule.error_threshold=0.1")
    assert weight_updates(config, SIZES, 0.25) == 0.25 * (64 * 16 + 16 * 12) + 12 * 10
