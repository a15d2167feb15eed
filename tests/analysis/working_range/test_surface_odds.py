"""Odds over surfaces: against the normal distribution, and against what fails."""

import dataclasses

import numpy as np
import pytest
from scipy.stats import norm

from physdfa.analysis.working_range import agreeing_landscapes
from physdfa.analysis.working_range.latent import Link
from physdfa.analysis.working_range.surface_odds import reaching
from tests.analysis.working_range.landscapes import LEVEL, make_points


def test_without_doubt_of_the_mean_the_odds_are_those_of_counting():
    link = Link(0.0, 1.0, 1.0)
    mean = np.array([[0.0]])  # an accuracy of one half, of 100 images: 0.05
    for level in (0.4, 0.5, 0.55):
        told = reaching(link, mean, np.zeros(1), (level,), 100.0)[0, 0]
        assert told == pytest.approx(norm.cdf((0.5 - level) / 0.05))


def test_two_levels_are_averaged_and_doubt_draws_towards_one_half():
    link, mean = Link(0.0, 1.0, 1.0), np.array([[1.0]])
    one, other, both = (reaching(link, mean, np.zeros(1), levels, 50.0) for levels in ((0.7,), (0.8,), (0.7, 0.8)))
    assert both == pytest.approx((one + other) / 2)
    sure, unsure = (reaching(link, mean, np.array([std]), (0.6,), 1e4)[0, 0] for std in (0.01, 3.0))
    assert sure > 0.99
    assert unsure == pytest.approx(norm.cdf((1 - np.log(0.6 / 0.4)) / 3), abs=0.03)


def test_a_place_where_training_fails_does_not_work():
    points = make_points(lambda x: np.full(len(x), 0.95))
    failed = points.positions[:, 0] > 0.5
    some = dataclasses.replace(points, accuracy=np.where(failed, np.nan, points.accuracy), failed=failed)
    odds = agreeing_landscapes(some, 1e-3).odds
    works, fails = odds.probability(np.array([[0.1, 0.5], [0.9, 0.5]]), (LEVEL,))
    assert works > 0.9
    assert fails < 0.1


def test_the_odds_are_the_same_in_one_call_as_in_many():
    odds = agreeing_landscapes(make_points(num=32), 1e-3).odds
    places = np.random.default_rng(0).random((1100, 2))
    whole = odds.probability(places, (LEVEL,))
    assert odds.probability(places[1050:], (LEVEL,)) == pytest.approx(whole[1050:], abs=1e-12)
    assert len(odds.probability(places[:0], (LEVEL,))) == 0
