"""Paired tests: published tables and hand-computed cases."""

import numpy as np
import pytest
from scipy import stats

from physdfa.analysis.paired_tests import holm, paired_tests, smallest_wilcoxon


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
