"""Paired tests: published tables and hand-computed cases."""

import numpy as np
import pytest
from scipy import stats

from physdfa.analysis.paired_tests import holm, paired_gain, paired_tests, smallest_wilcoxon


def over_seeds(*values):
    return dict(enumerate(values))


def test_holm_corrects_by_hand():
    # Sorted 0.01, 0.02, 0.04: times 3, 2, 1, none below the one before.
    assert holm([0.04, 0.01, None, 0.02]) == pytest.approx([0.04, 0.03, None, 0.04])
    assert holm([0.6, 0.7]) == [1.0, 1.0]


def test_a_pair_has_the_paired_t_test_of_scipy_and_the_sign_of_its_difference():
    a, b = [0.98, 0.97, 0.99, 0.98, 0.985], [0.97, 0.965, 0.97, 0.975, 0.98]
    (test,) = paired_tests({"a": over_seeds(*a), "b": over_seeds(*b)})
    assert test.difference == pytest.approx(np.mean(a) - np.mean(b))
    assert test.t_test == pytest.approx(stats.ttest_rel(a, b).pvalue)


@pytest.mark.parametrize("num_seeds", [1, 3, 5, 6])
def test_a_rule_that_wins_under_every_seed_has_the_least_p_that_signed_ranks_allow(num_seeds):
    better = {seed: 0.9 + 0.01 * seed for seed in range(num_seeds)}
    (test,) = paired_tests({"a": better, "b": dict.fromkeys(range(num_seeds), 0.5)})
    assert test.wilcoxon == pytest.approx(smallest_wilcoxon(num_seeds))
    assert smallest_wilcoxon(5) == 0.0625


def test_without_ties_signed_ranks_are_those_of_scipy():
    a, b = [0.91, 0.93, 0.90, 0.98, 0.95, 0.92], [0.90, 0.95, 0.87, 0.94, 0.90, 0.98]
    (test,) = paired_tests({"a": over_seeds(*a), "b": over_seeds(*b)})
    assert test.wilcoxon == pytest.approx(stats.wilcoxon(a, b, method="exact").pvalue)


def test_equal_rules_do_not_differ_and_a_constant_difference_has_no_t_test():
    same, other = over_seeds(0.9, 0.8, 0.7), over_seeds(0.8, 0.7, 0.6)
    equal, constant, _ = paired_tests({"a": same, "b": same, "c": other})
    assert (equal.difference, equal.t_test, equal.wilcoxon) == (0.0, 1.0, 1.0)
    assert constant.t_test is None


def test_only_common_seeds_are_compared():
    (test,) = paired_tests({"a": {0: 0.9, 1: 0.8, 7: 0.1}, "b": {0: 0.8, 1: 0.9}, "c": {9: 0.5}})
    assert (test.first, test.second, test.num_seeds) == ("a", "b", 2)
    assert test.difference == pytest.approx(0.0)


def test_against_one_rule_only_its_pairs_are_tested_and_corrected_for():
    rules = {
        "a": over_seeds(0.9, 0.8),
        "b": over_seeds(0.7, 0.75),
        "c": over_seeds(0.6, 0.5),
        "d": over_seeds(0.5, 0.6),
    }
    tests = paired_tests(rules, against="b")
    assert [(test.first, test.second) for test in tests] == [("a", "b"), ("c", "b"), ("d", "b")]
    alone = {test.first: paired_tests({test.first: rules[test.first], "b": rules["b"]})[0].t_test for test in tests}
    assert [test.t_test for test in tests] == holm(list(alone.values()))


def test_a_gain_has_the_interval_of_students_t_by_hand():
    # d = 1, 2, 3 points: mean 2, s = 1, s / sqrt(3) = 0.57735; t_2(0.975) = 4.302653;
    # T_2(t) = 1/2 + t / (2 sqrt(2 + t^2))
    gain = paired_gain([0.91, 0.82, 0.73], [0.90, 0.80, 0.70])
    assert gain is not None
    assert gain.mean == pytest.approx(0.02)
    assert (gain.low, gain.high) == pytest.approx((0.02 - 0.0248413, 0.02 + 0.0248413), abs=1e-6)
    t = 2 * 3**0.5
    assert gain.confidence == pytest.approx(0.5 + t / (2 * (2 + t**2) ** 0.5))
    assert gain.num_seeds == 3


def test_seeds_that_agree_are_no_certainty_where_accuracies_are_rounded():
    same = [0.9, 0.8, 0.7]
    assert paired_gain(same, same) == (0.0, 0.0, 0.0, 0.5, 3)
    gain = paired_gain(same, same, resolution=0.01)
    assert gain is not None
    # s = 0.01 / sqrt(6), over sqrt(3), times 4.302653
    assert (gain.low, gain.high) == pytest.approx((-0.0101415, 0.0101415), abs=1e-6)
    assert gain.confidence == 0.5
    assert paired_gain([0.9], [0.8]) is None


def test_95_of_100_intervals_hold_the_true_gain():
    rng = np.random.default_rng(0)
    draws = rng.normal(0.0, 0.01, (2000, 2, 4)).tolist()
    found = [paired_gain([0.03 + value for value in first], second) for first, second in draws]
    held = np.mean([gain is not None and gain.low < 0.03 < gain.high for gain in found])
    assert held == pytest.approx(0.95, abs=0.015)  # three standard deviations of 2000 draws
