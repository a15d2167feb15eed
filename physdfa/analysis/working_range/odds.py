"""Verdicts: what is called of a device whose probability to work is known."""

from typing import Literal

import numpy as np

from physdfa.errors import InputError

DEFAULT_CONFIDENCE = 0.8
"""Probability of being right from which on a device is called inside or outside: four times as likely as not."""

State = Literal["inside", "outside", "too_close", "unknown"]
"""Works; does not; the probabilities of both are below the confidence that is asked for; nothing is known."""


def checked_confidence(confidence: float) -> float:
    """The confidence that is asked of a verdict.

    **Raises:** `InputError` if it is no probability above one half.
    """
    if not 0.5 < confidence < 1.0:
        raise InputError(
            f"the confidence of a verdict is above 0.5 and below 1; got {confidence:g}. Write 0.8 for 80 %."
        )
    return confidence


def states_of(probability: np.ndarray, known: np.ndarray, confidence: float) -> np.ndarray:
    """The verdict on each point, an array of `State`."""
    called = np.where(
        probability >= confidence, "inside", np.where(1 - probability >= confidence, "outside", "too_close")
    )
    return np.where(known, called, "unknown")
