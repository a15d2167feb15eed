"""Scores of g against f' whose values have closed forms."""

import numpy as np
import pytest

from physdfa.analysis.quality import LayerQuality, device_quality, gain_quality
from physdfa.devices import Constant, make_device
from physdfa.neurons import Lif

# An even grid around the threshold 1 of a triangle of width 1: half of the potentials have f' > 0.
POTENTIALS = np.linspace(-1.0, 3.0, 4001)
TRIANGLE = np.maximum(0.0, 1.0 - np.abs(POTENTIALS - 1.0))


def test_the_derivative_itself_is_perfect_and_its_negative_the_opposite():
    assert gain_quality(TRIANGLE, TRIANGLE).correlation == pytest.approx(1.0)
    assert gain_quality(TRIANGLE, TRIANGLE).sign_agreement == 1.0
    assert gain_quality(-TRIANGLE, TRIANGLE).correlation == pytest.approx(-1.0)
    assert gain_quality(-TRIANGLE, TRIANGLE).sign_agreement == 0.0


def test_mean_over_spread_of_the_triangle():
    # over -1 ... 3: mean 1/4, mean square 2 (1/3) / 4 = 1/6, variance 1/6 - 1/16 = 5/48
    assert gain_quality(TRIANGLE, TRIANGLE).mean_over_spread == pytest.approx(0.25 / np.sqrt(5 / 48), rel=1e-3)


def test_scale_and_level_do_not_change_the_correlation():
    assert gain_quality(3.0 * TRIANGLE - 7.0, TRIANGLE).correlation == pytest.approx(1.0)


def test_an_even_derivative_has_no_correlation_with_an_odd_gain():
    odd = gain_quality(POTENTIALS - 1.0, TRIANGLE)
    assert odd.correlation == pytest.approx(0.0, abs=1e-12)
    assert odd.mean_over_spread == pytest.approx(0.0, abs=1e-12)
    assert odd.sign_agreement == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (0.0, LayerQuality(0.0, 0.0, 0.0)),
        (0.3, LayerQuality(0.0, np.inf, 1.0)),
        (-0.3, LayerQuality(0.0, -np.inf, 0.0)),
    ],
)
def test_a_constant_gain_has_defined_scores(level, expected):
    assert gain_quality(np.full(POTENTIALS.size, level), TRIANGLE) == expected
    rounded = np.full(POTENTIALS.size, level) * (1 + 1e-7 * np.sign(np.sin(1e3 * POTENTIALS)))
    assert gain_quality(rounded, TRIANGLE) == expected


def test_where_no_derivative_is_nothing_agrees():
    assert gain_quality(POTENTIALS, np.zeros_like(POTENTIALS)) == LayerQuality(
        0.0, pytest.approx(1.0 / np.sqrt(4.0 / 3.0), rel=1e-3), 0.0
    )


def test_every_layer_of_a_network_has_its_scores():
    # the preset `triangle` is the neuron's own surrogate derivative
    layers = [POTENTIALS.reshape(1, 1, -1), np.linspace(0.2, 0.9, 30)]
    scores = device_quality(make_device("triangle", {}), Lif(0.9, 1.0), layers)
    assert [score.correlation for score in scores] == pytest.approx([1.0, 1.0])
    constant = device_quality(Constant(), Lif(0.9, 1.0), layers)
    assert constant == [LayerQuality(0.0, np.inf, 1.0)] * 2
