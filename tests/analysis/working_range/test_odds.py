"""Verdicts by probability."""

import numpy as np
import pytest

from physdfa.analysis.working_range import checked_confidence
from physdfa.analysis.working_range.odds import states_of
from physdfa.errors import InputError


def test_states_follow_the_probability_and_what_is_known():
    probability = np.array([0.9, 0.8, 0.79, 0.5, 0.21, 0.2, 0.1, 0.99])
    known = np.array([True] * 7 + [False])
    told = ["inside", "inside", "too_close", "too_close", "too_close", "outside", "outside", "unknown"]
    assert states_of(probability, known, 0.8).tolist() == told


@pytest.mark.parametrize("confidence", [0.5, 1.0, 0.2, 80.0, -1.0, float("nan")])
def test_what_is_no_confidence_is_refused(confidence):
    with pytest.raises(InputError, match=r"above 0.5 and below 1; got .* Write 0.8 for 80 %"):
        checked_confidence(confidence)
    assert checked_confidence(0.51) == 0.51
