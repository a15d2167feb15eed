"""The honest floor: hidden layers stay as they started, only the readout learns."""

from functools import cache

from physdfa.rules.base import LearningRule
from physdfa.rules.direct_feedback import direct_feedback


@cache
def readout_only(error: str = "final") -> LearningRule:
    """Gradient 0 in every hidden layer, the exact gradient in the output layer: does the device help at all?"""
    return direct_feedback("readout_only", None, error)
