"""Candidates that differ by their seeds alone, and such that do not."""

import numpy as np
import pytest

from physdfa.analysis.alike import DOUBT, alikeness


def test_the_ratio_of_variances_is_fishers_by_hand():
    # var(0, 2, 2, 0) = 4/3, pooled s^2 = 1 with 2 + 2 degrees of freedom: F = 4/3, below 6.59, the 5 % bound of F(3, 4)
    found = alikeness([0.0, 2.0, 2.0, 0.0], 1, [[1.0, 2.0, 3.0], [5.0, 6.0, 7.0]])
    assert found is not None
    assert (found.num_candidates, found.std, found.seed_std) == (4, pytest.approx((4 / 3) ** 0.5), pytest.approx(1.0))
    assert found.is_alike
    of_four_seeds = alikeness([0.0, 2.0, 2.0, 0.0], 4, [[1.0, 2.0, 3.0]])
    assert of_four_seeds is not None
    assert of_four_seeds.seed_std == pytest.approx(0.5)


def test_seeds_alone_are_called_a_difference_once_in_twenty():
    rng = np.random.default_rng(1)
    found = [alikeness(rng.normal(size=8).tolist(), 1, rng.normal(size=(3, 5)).tolist()) for _ in range(2000)]
    share = np.mean([one is not None and not one.is_alike for one in found])
    assert share == pytest.approx(DOUBT, abs=0.015)  # three standard deviations of 2000 draws


def test_too_few_of_either_tell_nothing_and_no_spread_at_all_is_alike():
    assert alikeness([0.1, 0.2, 0.3], 1, [[0.1, 0.2]]) is None
    assert alikeness([0.1, 0.2, 0.3, 0.4], 1, [[0.1]]) is None
    same = alikeness([0.5] * 4, 1, [[0.5, 0.5]])
    assert same is not None
    assert same.is_alike
    differ = alikeness([0.5, 0.5, 0.5, 0.6], 1, [[0.5, 0.5]], resolution=0.01)
    assert differ is not None
    assert not differ.is_alike
