"""Accuracy between the evaluated points: a Gaussian process that states its error and where it knows nothing."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Kernel, Matern, WhiteKernel
from threadpoolctl import threadpool_limits

from physdfa.analysis.working_range.axes import Axis, distances, features, inside_box
from physdfa.analysis.working_range.points import EvaluatedPoints

NUM_FOLDS = 10
MOST_POINTS = 1200
"""Points that the surrogate learns from, drawn at random from more. Its time grows as their cube."""
MOST_UNCERTAIN = 0.5
"""The surrogate does not know where its standard deviation is above this share of the spread of what was measured."""
MOST_ALONE = 2.0
"""Largest distance to the nearest point, in units of the usual one, at which the surrogate still knows."""
LENGTH_SCALES = (0.03, 30.0)
"""Bounds of the Matérn kernel's length scale, from a thirtieth of a range to no effect at all."""
NOISES = (1e-6, 1.0)
STARTS = ((0.5, 0.05), (0.15, 0.01), (1.5, 0.3))
"""Length scale and noise from which a fit begins: points that crowd near a level have other maxima beside the best."""
LEAST_EXPLAINED = 0.3
"""Share of the variance of unseen points, below which the surrogate is not trusted."""
MOST_FITTED = 400
"""Points by which the hyperparameters are fitted; more hardly move them."""
SHARE_NEAR, LEAST_NEAR = 0.25, 32
"""Points near a level: a quarter of all, and so many at least."""
CHUNK = 4096

Process = Any
"""A `GaussianProcessRegressor`, whose types scikit-learn does not say."""
NO_FIT: Any = None


class Prediction(NamedTuple):
    """Answers of the surrogate at [points].

    - `accuracy`: of a training there, fraction; `std`: standard deviation of the mean accuracy there, measurement noise
      left out; `known`: whether it claims to know; `positions`: [points axes].
    - `score`, `score_std`: of one measurement there, noise included, as `scores` counts accuracies.
    """

    accuracy: np.ndarray
    std: np.ndarray
    known: np.ndarray
    score: np.ndarray
    score_std: np.ndarray
    positions: np.ndarray


@dataclass(frozen=True, kw_only=True)
class CrossValidation:
    """Predictions of unseen points, fold by fold, with every hyperparameter fitted anew.

    - `predicted`, `measured`: accuracies as fractions; `score_std`: of one measurement, as stated (see `Prediction`).
    - `known`: whether the surrogate of the other folds claimed to know; `fold`: the number of the point's own fold.
    """

    predicted: tuple[float, ...]
    measured: tuple[float, ...]
    score_std: tuple[float, ...]
    known: tuple[bool, ...]
    fold: tuple[int, ...]

    @property
    def folds(self) -> int:
        """The number of folds."""
        return len(set(self.fold))

    @property
    def rmse(self) -> float:
        """Root mean square error, as a fraction."""
        return float(np.sqrt(np.mean((np.array(self.predicted) - self.measured) ** 2)))

    def rmse_near(self, level: float, width: float) -> float | None:
        """Root mean square error over the points measured within `width` of the level; None without any."""
        near = np.abs(np.array(self.measured) - level) <= width
        gaps = (np.array(self.predicted) - self.measured)[near]
        return float(np.sqrt(np.mean(gaps**2))) if near.any() else None

    def right(self, level: float) -> float:
        """Share of the points told apart rightly into inside and outside."""
        return float(np.mean((np.array(self.predicted) >= level) == (np.array(self.measured) >= level)))

    def right_alike(self, level: float) -> float:
        """Share of the points that would be told rightly by calling all of them alike."""
        inside = float(np.mean(np.array(self.measured) >= level))
        return max(inside, 1 - inside)

    @property
    def explained(self) -> float:
        """Share of the measured variance that the predictions explain; negative where they add to it."""
        variance = float(np.var(self.measured))
        return 1 - self.rmse**2 / variance if variance > 0 else 0.0

    def trusted(self, level: float) -> bool:
        """Whether the surrogate tells more than calling all points alike. At most 3/4 as many are wrong, and at most 25
        %.

        It must also explain part of the variance: of few points, many are told rightly by luck. Where all points are on
        one side, 5 % wrong are allowed, and there may be no variance to explain.
        """
        alike, wrong = 1 - self.right_alike(level), 1 - self.right(level)
        return wrong <= 0.05 if alike == 0 else wrong <= min(0.25, 0.75 * alike) and self.explained >= LEAST_EXPLAINED


@dataclass(frozen=True, kw_only=True)
class Surrogate:
    """Gaussian-process regression of z = ln(a / (1 - a)) for the accuracy a. It is held half a `resolution` away from 0
    and 1.

    z(x) ~ GP(mean, spread^2 [amplitude k(x, x') + noise delta]),   k Matérn 5/2 with a length scale per feature

    In z the noise of a counted accuracy is nearly the same near 10 % as near 98 %, and a step from 97 to 98 % counts as
    it should; standard deviations are taken back to accuracy by da/dz = a (1 - a).

    **Source:** Rasmussen & Williams, *Gaussian Processes for Machine Learning* (2006), eqs. 2.25, 2.26 and 4.17, by
    `sklearn.gaussian_process`; the transform and the rules of not knowing are ours.
    """

    axes: tuple[Axis, ...]
    positions: tuple[tuple[float, ...], ...]
    accuracy: tuple[float, ...]
    resolution: float
    amplitude: float
    length_scales: tuple[float, ...]
    noise: float
    alone: float
    cross_validation: CrossValidation

    def predict(self, positions: np.ndarray) -> Prediction:
        """Accuracy at [points axes]."""
        parts = [self._predict(positions[start : start + CHUNK]) for start in range(0, len(positions), CHUNK)]
        return Prediction(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _predict(self, positions: np.ndarray) -> Prediction:
        mean, std = self._process.predict(features(self.axes, positions), return_std=True)
        latent = np.sqrt(np.maximum(std**2 - self.noise, 0.0))
        accuracy = self._accuracy(mean)
        known = (latent <= MOST_UNCERTAIN) & _is_near(self.axes, positions, np.array(self.positions), self.alone)
        known &= inside_box(self.axes, positions)
        score = self._scores.mean() + self._spread * mean
        std = latent * self._spread * accuracy * (1 - accuracy)
        return Prediction(accuracy, std, known, score, self._spread * np.hypot(latent, np.sqrt(self.noise)), positions)

    def miss_scale(self, level: float) -> float:
        """Root mean square miss of the unseen points predicted nearest to the level, in units of the stated error."""
        predicted, misses = self.misses
        (wanted,) = scores(np.array([level]), self.resolution)
        num = max(LEAST_NEAR, round(SHARE_NEAR * len(misses)))
        near = misses[np.argsort(np.abs(predicted - wanted), kind="stable")[:num]]
        return float(np.sqrt(np.mean(near**2)))

    @cached_property
    def misses(self) -> tuple[np.ndarray, np.ndarray]:
        """Predicted scores of the points of cross-validation, and their misses in units of the stated error."""
        said = self.cross_validation
        predicted, measured = (scores(np.array(part), self.resolution) for part in (said.predicted, said.measured))
        return predicted, (measured - predicted) / np.array(said.score_std)

    def joint(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        """Scores at [points axes] together: mean, covariance without the noise, and the noise's variance."""
        mean, covariance = self._process.predict(features(self.axes, positions), return_cov=True)
        covariance = self._spread**2 * (covariance - self.noise * np.eye(len(mean)))
        return self._scores.mean() + self._spread * mean, covariance, self._spread**2 * self.noise

    @cached_property
    def _scores(self) -> np.ndarray:
        return scores(np.array(self.accuracy), self.resolution)

    @property
    def _spread(self) -> float:
        return float(self._scores.std()) or 1.0

    @cached_property
    def _process(self) -> Process:
        """The process with its hyperparameters as they are, conditioned on the points."""
        kernel = make_kernel(self.amplitude, self.length_scales, self.noise)
        process: Process = GaussianProcessRegressor(kernel, alpha=1e-10, optimizer=NO_FIT)
        points = features(self.axes, np.array(self.positions))
        return process.fit(points, (self._scores - self._scores.mean()) / self._spread)

    def _accuracy(self, standardised: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-(self._scores.mean() + self._spread * standardised)))


@threadpool_limits.wrap(limits=1)  # matrices of some hundred rows: threads that share the cores made it 20 times slower
def fit_surrogate(points: EvaluatedPoints, *, chance: float, resolution: float, seed: int = 0) -> Surrogate:
    """The surrogate of the evaluated points, cross-validated.

    **Arguments:**

    - `chance`: accuracy of a guess, at which failed points enter; fraction.
    - `resolution`: smallest step of the accuracy, 1 / number of validation samples.
    - `seed`: of the folds, and of the choice among more than `MOST_POINTS` points.
    """
    random = np.random.default_rng(seed)
    chosen = np.arange(len(points.accuracy))
    if len(chosen) > MOST_POINTS:
        chosen = np.sort(random.choice(chosen, MOST_POINTS, replace=False))
    positions, accuracy = points.positions[chosen], points.entered(chance)[chosen]
    columns, axes = features(points.axes, positions), tuple(points.axes)
    whole = _fitted(columns, scores(accuracy, resolution), random)
    amplitude, length_scales, noise = _hyperparameters(whole)
    folds = min(NUM_FOLDS, len(accuracy))
    alone = _usual_distance(axes, positions)
    predicted, score_std = np.empty(len(accuracy)), np.empty(len(accuracy))
    claimed, fold = np.empty(len(accuracy), bool), np.empty(len(accuracy), int)
    for number, held_out in enumerate(np.array_split(random.permutation(len(accuracy)), folds)):
        kept = np.setdiff1d(np.arange(len(accuracy)), held_out)
        known = scores(accuracy[kept], resolution)
        process = _fitted(columns[kept], known, random, whole.kernel_)
        mean, std = process.predict(columns[held_out], return_std=True)
        spread, latent = known.std() or 1.0, np.sqrt(np.maximum(std**2 - _hyperparameters(process)[2], 0.0))
        predicted[held_out] = 1 / (1 + np.exp(-(known.mean() + spread * mean)))
        score_std[held_out] = spread * std
        claimed[held_out] = (latent <= MOST_UNCERTAIN) & _is_near(axes, positions[held_out], positions[kept], alone)
        fold[held_out] = number
    return Surrogate(
        axes=axes,
        positions=tuple(map(tuple, positions.tolist())),
        accuracy=tuple(accuracy.tolist()),
        resolution=resolution,
        amplitude=amplitude,
        length_scales=length_scales,
        noise=noise,
        alone=alone,
        cross_validation=CrossValidation(
            predicted=tuple(predicted.tolist()),
            measured=tuple(accuracy.tolist()),
            score_std=tuple(score_std.tolist()),
            known=tuple(claimed.tolist()),
            fold=tuple(fold.tolist()),
        ),
    )


def scores(accuracy: np.ndarray, resolution: float) -> np.ndarray:
    """The logit ln(a / (1 - a)) of accuracies. They are held at least half a validation sample away from 0 and 1."""
    held = np.clip(accuracy, resolution / 2, 1 - resolution / 2)
    return np.log(held / (1 - held))


def make_kernel(amplitude: float, length_scales: Sequence[float], noise: float) -> Kernel:
    """amplitude * Matérn 5/2 + noise, over standardised scores."""
    scales: Any = list(length_scales)
    matern = Matern(scales, length_scale_bounds=LENGTH_SCALES, nu=2.5)
    return ConstantKernel(amplitude, (1e-2, 1e2)) * matern + WhiteKernel(noise, NOISES)


def _fitted(
    columns: np.ndarray, known: np.ndarray, random: np.random.Generator, start: Kernel | None = None
) -> Process:
    """The process of largest marginal likelihood, from a start or from each of `STARTS`."""
    starts = [make_kernel(1.0, [scale] * columns.shape[1], noise) for scale, noise in STARTS]
    standardised = (known - known.mean()) / (known.std() or 1.0)
    some = random.permutation(len(known))[:MOST_FITTED]
    found: list[Process] = []
    with warnings.catch_warnings():
        # A length scale at its bound is a parameter without effect, which is a finding and no failure.
        warnings.simplefilter("ignore", ConvergenceWarning)
        for each in starts if start is None else [start]:
            process: Process = GaussianProcessRegressor(each, alpha=1e-10)
            found.append(process.fit(columns[some], standardised[some]))
    process = max(found, key=lambda one: one.log_marginal_likelihood_value_)
    if len(some) == len(known):
        return process
    return GaussianProcessRegressor(process.kernel_, alpha=1e-10, optimizer=NO_FIT).fit(columns, standardised)


def _hyperparameters(process: Process) -> tuple[float, tuple[float, ...], float]:
    found = process.kernel_.get_params()
    length_scales = np.atleast_1d(found["k1__k2__length_scale"]).astype(float)
    return float(found["k1__k1__constant_value"]), tuple(length_scales.tolist()), float(found["k2__noise_level"])


def _is_near(axes: Sequence[Axis], positions: np.ndarray, points: np.ndarray, alone: float) -> np.ndarray:
    """Whether each of [positions axes] has a point about as near as the points have one."""
    return distances(axes, positions, points).min(axis=1) <= MOST_ALONE * alone


def _usual_distance(axes: Sequence[Axis], positions: np.ndarray) -> float:
    """The distance to the nearest other point that 95 % of the points stay within."""
    between = distances(axes, positions, positions)
    np.fill_diagonal(between, np.inf)
    return float(np.quantile(between.min(axis=1), 0.95))
