"""Features of the network: every training changes a key that acts, and the table says what failed."""

import pytest

from physdfa.config import inactive_reason, with_values
from physdfa.workflow.reproduce.entries.network_features import (
    BASE,
    LEARNING_RATES,
    NETWORK_FEATURES,
    cell,
    features,
    networks_of,
    read_row,
)
from physdfa.workflow.reproduce.figures.features import RULES, Line, over_features

CONFIG = read_row("threshold", "full")


def evaluations(*accuracies):
    """The evaluations of one network, an accuracy per seed; None failed."""
    return [
        {"validation_accuracy": value, "status": "failed" if value is None else "ok", "reason": "diverged"}
        for value in accuracies
    ]


@pytest.mark.parametrize(("name", "feature"), list(features(CONFIG).items()))
def test_each_network_is_trained_once_and_differs_from_the_base_in_a_key_that_acts(name, feature):
    networks = networks_of(CONFIG, feature)
    named = [(one["rule"], one["change"]) for _, one in networks]
    assert len(set(named)) == len(named) == len(feature.values) * len(feature.rules)
    assert [rule for rule, change in named if change == BASE] == list(feature.rules)
    for values, one in networks:
        changed = with_values(CONFIG, values)
        assert changed.training.learning_rate == LEARNING_RATES[one["rule"]]
        assert (changed.network, changed.data) != (CONFIG.network, CONFIG.data) or one["change"] == BASE
        assert all(inactive_reason(changed, key) is None for key in values)


def test_every_feature_is_a_row():
    assert [row.name for row in NETWORK_FEATURES.rows] == list(features(CONFIG))


def test_a_cell_shows_mean_and_spread_what_failed_and_what_was_not_run():
    assert cell(evaluations(0.94, 0.96)) == "95.00 ± 1.41 %"  # the deviation of two numbers: their distance / sqrt(2)
    assert cell(evaluations(0.94)) == "94.00 %"
    assert cell(evaluations(0.95, None)) == "failed: diverged"
    assert cell(evaluations()) == "not run"


def test_the_figure_has_a_point_for_each_network_that_trained():
    results = {rule: evaluations(0.9, 0.92) for rule in RULES}
    lines = [
        Line("reset", "zero", True, results),
        Line("reset", "subtract", False, {**results, "bptt": evaluations(None)}),
    ]
    panel = over_features(lines)
    assert "subtract" in panel.svg
    assert panel.data["mean"].isna().sum() == 1
    assert panel.data["mean"].max() == pytest.approx(91.0)
