"""Sensitivity against closed forms: Ishigami's function, and functions whose effects are their coefficients."""

import math

import numpy as np
import pytest
from scipy.stats import qmc

from physdfa.analysis.sensitivity import morris_effects, sobol_effects
from physdfa.errors import InputError

KEYS = ("a", "b", "c")


def saltelli(function, n):
    units = qmc.Sobol(6, rng=0).random(n)
    first, second = units[:, :3], units[:, 3:]
    mixed = [function(np.where(np.arange(3) == i, second, first)) for i in range(3)]
    return function(first), function(second), np.stack(mixed)


def ishigami(units):
    x = np.pi * (2 * units - 1)
    return np.sin(x[..., 0]) + 7 * np.sin(x[..., 1]) ** 2 + 0.1 * x[..., 2] ** 4 * np.sin(x[..., 0])


def test_the_indices_of_ishigamis_function_are_met_within_their_intervals():
    # Sobol & Levitan (1999): with a = 7, b = 0.1,
    a, b = 7.0, 0.1
    variance = a**2 / 8 + b * math.pi**4 / 5 + b**2 * math.pi**8 / 18 + 1 / 2
    v1, v2 = (1 + b * math.pi**4 / 5) ** 2 / 2, a**2 / 8
    v13 = b**2 * math.pi**8 * (1 / 18 - 1 / 50)
    first = np.array([v1, v2, 0.0]) / variance
    total = np.array([v1 + v13, v2, v13]) / variance
    found = sobol_effects(KEYS, *saltelli(ishigami, 4096))
    assert [index.first.value for index in found] == pytest.approx(first, abs=0.02)
    assert [index.total.value for index in found] == pytest.approx(total, abs=0.02)
    for index, one, both in zip(found, first, total, strict=True):
        assert index.first.low < one < index.first.high
        assert index.total.low < both < index.total.high


def test_intervals_shrink_with_the_root_of_the_samples():
    widths = []
    for n in (256, 4096):
        first = sobol_effects(KEYS, *saltelli(ishigami, n))[0].first
        widths.append(first.high - first.low)
    assert widths[0] / widths[1] == pytest.approx(4.0, rel=0.3)


def trajectories(num, seed=0):
    """[num 4 3]: each parameter steps by +-1/3 once, in any order."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(num):
        point = random.choice([1 / 3, 2 / 3], 3)
        path = [point]
        for i in random.permutation(3):
            point = point.copy()
            point[i] += random.choice([-1 / 3, 1 / 3])
            path.append(point)
        made.append(path)
    return np.array(made)


def test_the_effects_of_a_linear_function_are_its_coefficients_without_spread():
    positions = trajectories(10)
    found = morris_effects(KEYS, positions, positions @ np.array([2.0, -3.0, 0.0]) + 0.5)
    assert [effect.mean.value for effect in found] == pytest.approx([2.0, -3.0, 0.0], abs=1e-9)
    assert [effect.mean_absolute.value for effect in found] == pytest.approx([2.0, 3.0, 0.0], abs=1e-9)
    assert [effect.spread.value for effect in found] == pytest.approx([0.0] * 3, abs=1e-9)
    assert found[1].mean.low == pytest.approx(-3.0)


def test_an_interaction_shows_in_the_spread_and_not_in_a_parameter_of_its_own():
    # y = a b on points half of which have b = -1 and half b = +1: the effect of a is b: mean 0,
    # mean absolute 1, spread 1.
    random = np.random.default_rng(0)
    b = np.tile([-1.0, 1.0], 200)
    a = random.uniform(0, 1, 400)
    positions = np.stack([np.stack([a, b], 1), np.stack([a + 0.5, b], 1), np.stack([a + 0.5, b * 0.5], 1)], axis=1)
    found = morris_effects(("a", "b"), positions, positions[..., 0] * positions[..., 1])[0]
    assert found.mean.value == pytest.approx(0.0, abs=1e-9)
    assert (found.mean.low, found.mean.high) == pytest.approx((-0.1, 0.1), abs=0.02)  # 1.96 / sqrt(400)
    assert found.mean_absolute.value == pytest.approx(1.0)
    assert found.spread.value == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_one_missing_number_refuses_all_indices_and_is_counted(bad):
    outputs = list(saltelli(ishigami, 64))
    outputs[2][1, 5] = bad
    with pytest.raises(InputError, match=r"1 of the 320 points failed or are missing"):
        sobol_effects(KEYS, *outputs)
    positions = trajectories(5)
    wrong = positions.sum(axis=2)
    wrong[0, 0] = wrong[3, 2] = bad
    with pytest.raises(InputError, match=r"2 of the 20 points failed or are missing"):
        morris_effects(KEYS, positions, wrong)


def test_what_is_no_design_is_refused():
    with pytest.raises(InputError, match="no variance"):
        sobol_effects(KEYS, *saltelli(lambda units: np.ones(units.shape[0]), 64))
    with pytest.raises(InputError, match="4 trajectories or more"):
        morris_effects(KEYS, trajectories(3), np.zeros((3, 4)))
    jumping = trajectories(5)
    jumping[0, 1] = jumping[0, 0] + 0.1
    with pytest.raises(InputError, match="exactly one parameter"):
        morris_effects(KEYS, jumping, np.zeros((5, 4)))
