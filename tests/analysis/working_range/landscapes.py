"""Accuracies over a box whose working range is known in closed form."""

import numpy as np

from physdfa.analysis.working_range import Axis, CrossValidation, EvaluatedPoints, fit_surrogate, spread_over_box

RADIUS = 0.3
"""Of the disc around the middle of the unit box inside which `disc_accuracy` is above `LEVEL`: an area of 0.2827."""
LEVEL = 0.9

BIAS = Axis(key="device.v_bias", low=0.0, high=10.0, unit="V")
GAIN = Axis(key="device.drive_gain", low=0.1, high=10.0, scale="log")


def disc_accuracy(positions: np.ndarray) -> np.ndarray:
    """0.9 + (0.3^2 - r^2) / 2, r the distance from the middle: 0.945 there, 0.695 in the corners."""
    square = np.sum((positions - 0.5) ** 2, axis=1)
    return LEVEL + (RADIUS**2 - square) / 2


def make_points(accuracy=disc_accuracy, *, axes=(BIAS, GAIN), num=64, design="uniform", positions=None, failed=None):
    """Points of a Sobol design with an accuracy given by a function of [points axes]."""
    positions = spread_over_box(axes, num, seed=3) if positions is None else positions
    failed = np.zeros(len(positions), bool) if failed is None else failed
    measured = np.where(failed, np.nan, accuracy(positions))
    return EvaluatedPoints(axes=axes, positions=positions, accuracy=measured, failed=failed, seeds=1, design=design)


def fitted(points):
    """The surrogate of noiseless points of a ten-class problem with 1000 validation samples."""
    return fit_surrogate(points, chance=0.1, resolution=1e-3)


def noisy_points(num=192, std=0.01, seed=0):
    """Points of the disc, each measured with normal noise of a known standard deviation."""
    random = np.random.default_rng(seed)
    return make_points(lambda x: disc_accuracy(x) + random.normal(0, std, len(x)), num=num)


def told(predicted, measured, *, folds=2):
    """Cross-validation of points that were all known, dealt out to folds in turn."""
    num = len(measured)
    return CrossValidation(
        predicted=predicted,
        measured=measured,
        score_std=(0.1,) * num,
        known=(True,) * num,
        fold=tuple(i % folds for i in range(num)),
    )
