"""What landscapes that agree with the points say together: the share that works, and the best accuracy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr
from threadpoolctl import threadpool_limits

from physdfa.analysis.working_range.axes import features, spread_over_box
from physdfa.analysis.working_range.deconvolved import Deconvolved, deconvolved
from physdfa.analysis.working_range.latent import LatentProcess, Link
from physdfa.analysis.working_range.level import LevelRule
from physdfa.analysis.working_range.points import EvaluatedPoints, owned_parts
from physdfa.analysis.working_range.surface_odds import SurfaceOdds, Surfaces, reaching

NUM_THETA, BURN_IN = 24, 12
"""Choices of hyperparameters that are kept, and those before them."""
DRAWS_EACH = 4
"""Surfaces for each of them."""
NUM_PLACES = 512
"""Places of the box at which each surface is drawn, others for each choice of hyperparameters."""
STRIDE = 3
"""Of the choices of hyperparameters, every third is kept for the odds of a place."""
MOST_POINTS = 1200
"""Points by which a landscape is known, drawn at random from more. Its time grows as their cube."""
MOST_FITTED = 200
"""Points by which the hyperparameters are sampled, drawn at random from more."""
COUNTED, COUNTED_NEAR_BEST = 0.25, 0.4
"""Weights of what is counted without any surface between the points, the surfaces having the rest.

At a stated level; and where the level refers to the best accuracy: surfaces err more at the top of a landscape.
"""
FAR_ABOVE, MEDIAN_OF_NORMAL = 6.0, 0.6745
"""See `Landscapes.num_alone`; and the median size of a standard normal number."""
LEAST_ACCURACY = 1e-3
NUM_LEVELS = 9
"""Levels at which errors are counted, where the level is uncertain."""
NUM_SAMPLES = 31
"""Samples of the points, for the best accuracy of a flat top."""
MOST_LUCK = 3.0
"""Standard deviations, over all draws, by which the landscapes may be too high at their best point."""
CONFIDENCE = 0.95
"""Of every interval."""


@dataclass(frozen=True)
class Pool:
    """Draws of a number with their weights."""

    draws: np.ndarray
    weights: np.ndarray

    def quantiles(self, parts: np.ndarray | list[float]) -> np.ndarray:
        """The draws below which these parts of the weight lie."""
        order = np.argsort(self.draws)
        below = np.cumsum(self.weights[order]) / self.weights.sum()
        return self.draws[order][np.minimum(np.searchsorted(below, parts), len(order) - 1)]

    def interval(self) -> tuple[float, float, float]:
        """Lower end of the middle 95 %, median, upper end."""
        low, middle, high = self.quantiles([(1 - CONFIDENCE) / 2, 0.5, (1 + CONFIDENCE) / 2]).tolist()
        return low, middle, high


class Unseen(NamedTuple):
    """Latent values at points, each without its own measurement: mean and std [points]; `stays`: does not fail."""

    link: Link
    mean: np.ndarray
    std: np.ndarray
    stays: np.ndarray


@dataclass(frozen=True)
class Sample:
    """What a landscape is drawn by: the processes of accuracy and of failing, and their hyperparameters.

    - `chosen`: the points that it knows; `trained`: those of them that did not fail. `odds`: of reaching a level.
    """

    accuracies: LatentProcess
    failures: LatentProcess | None
    thetas: np.ndarray
    failure_thetas: np.ndarray
    chosen: np.ndarray
    trained: np.ndarray
    odds: SurfaceOdds

    @cached_property
    def _left_out(self) -> list[Unseen]:
        """Each point without its own measurement, by every choice of hyperparameters that the odds have."""
        surfaces, found = self.odds.accuracy, list[Unseen]()
        for choice, theta in enumerate(np.array(surfaces.theta)):
            mean, std = np.empty((2, len(self.trained)))
            mean[self.trained], std[self.trained] = self.accuracies.left_out(theta)
            stays = np.ones(len(self.trained))
            if self.failures is not None:
                _, means, std[~self.trained] = surfaces.predicted(choice, self.failures.columns[~self.trained])
                mean[~self.trained] = means.mean(axis=0)
                failing, doubt = self.failures.left_out(self.failure_thetas[::STRIDE][choice])
                stays = ndtr(-failing / doubt)
            found.append(Unseen(self.accuracies.link(theta), mean, std, stays))
        return found

    def unseen_probability(self, levels: Sequence[float]) -> np.ndarray:
        """See `Landscapes.unseen_probability`."""
        images = self.odds.accuracy.num_images
        reached = [one.stays * reaching(one.link, one.mean, one.std, levels, images) for one in self._left_out]
        return self.odds.never_certain(np.mean(reached, axis=0))


@dataclass(frozen=True)
class Landscapes:
    """Surfaces that agree with the points, and beside them how often these were right about points unseen.

    Two accounts are pooled. *Surfaces*: joint draws of the accuracy over the box, whose hyperparameters are drawn as
    well; they are sharp, and wrong where the landscape is unlike a smooth process. *Counted*: the errors of the
    surfaces at points spread over the box, each without its own measurement; wide, and right for any landscape.

    - `accuracy`: of the surfaces [draws places], `at_points`: [draws points]; 0 where a training fails.
    - `measured`: accuracies of the points, 0 where they failed, [points].
    - `mass`: the part of the box that each point owns, [points]; None where they are not spread over it.
    - `num_images`: behind each measured accuracy, its seeds together.
    - `dispersion`: of the measured accuracies, 1 for independent images; median.
    """

    accuracy: np.ndarray
    at_points: np.ndarray
    measured: np.ndarray
    mass: np.ndarray | None
    num_images: float
    dispersion: float
    seed: int
    sample: Sample | None = None

    @cached_property
    def _deconvolved(self) -> Deconvolved:
        assert self.mass is not None, "asked for where points are counted"
        random = np.random.default_rng([self.seed, 0])
        variance = self.dispersion / self.num_images
        return deconvolved(self.measured, self.mass, variance, random, NUM_SAMPLES)

    def best(self) -> Pool:
        """The best accuracy of the box.

        Surfaces: the largest of each draw. Counted: that of a flat top, the noise of the points taken out; or that of
        the point with the largest mean of all draws, and beyond it (m_1 - m_2) (1 - u) / u, with the two largest means
        and u uniform: what lies between the points.

        **Source:** Robson & Whitlock, Biometrika 51, 33 (1964), for the end of a distribution.
        """
        num = len(self.accuracy)
        surfaces = np.maximum(self.accuracy.max(axis=1), self.at_points.max(axis=1))
        if self.mass is None:
            return Pool(surfaces, np.ones(num))
        mean = self.at_points.mean(axis=0)
        order = np.argsort(-mean)
        uniform = 1 - np.random.default_rng([self.seed, 1]).random(num)
        beyond = (mean[order[0]] - mean[order[1]]) * (1 - uniform) / uniform
        peaked, top = np.minimum(self.at_points[:, order[0]] + beyond, 1.0), float(mean[order[0]])
        lucky = MOST_LUCK * float(self.at_points[:, order[0]].std())
        flat = np.resize(self._deconvolved.best, num)
        flat = np.where(flat >= top - lucky, flat, surfaces)  # a top that is far lower is none of this landscape
        surfaces = np.where(np.arange(num) % 2 == 0, surfaces, flat)
        return _pooled(surfaces, np.where(np.arange(num) % 2 == 0, peaked, flat), COUNTED_NEAR_BEST)

    def levels(self, rule: LevelRule, baseline: float | None) -> Pool:
        """The accuracy that counts as working; as uncertain as the best one where it refers to that."""
        if rule.kind == "best":
            best = self.best()
            return Pool(best.draws - rule.value / 100, best.weights)
        stated = np.full(len(self.accuracy), rule.accuracy(best=1.0, baseline=baseline))
        return Pool(stated, np.ones(len(stated))) if self.mass is None else _pooled(stated, stated, COUNTED)

    def share(self, levels: Pool) -> Pool:
        """The share of the box at the level.

        Surfaces: of each draw. Counted: what the surfaces say together, and what they missed less what they claimed in
        vain, at the n points spread over the box, each without its own measurement. Either is Beta(k + 1/2, n - k +
        1/2) for k of n (Jeffreys' distribution of a share). Useless surfaces say one half everywhere: then it is the
        points that are counted.

        **Source:** Angelopoulos et al., Science 382, 669 (2023), for predictions rectified by measurements; the
        distributions are ours.
        """
        num = len(self.accuracy)
        surfaces = np.mean(self.accuracy >= levels.draws[:num, None], axis=1)
        if self.mass is None:
            return Pool(surfaces, np.ones(num))
        own = levels.draws[num:]
        steps = np.unique(Pool(own, levels.weights[num:]).quantiles((np.arange(NUM_LEVELS) + 0.5) / NUM_LEVELS))
        nearest = np.argmin(np.abs(own[:, None] - steps), axis=1)
        random = np.random.default_rng([self.seed, 2])
        counted = np.empty(num)
        mass, effective = self.mass / self.mass.sum(), float(self.mass.sum() ** 2 / (self.mass @ self.mass))
        for place, level in enumerate(steps.tolist()):
            mine = nearest == place
            said, works = self.unseen_probability([level]), self.measured >= level
            missed, vain = (
                random.beta(part * effective + 0.5, (1 - part) * effective + 0.5, int(mine.sum()))
                for part in (float(mass @ (works * (1 - said))), float(mass @ (~works * said)))
            )
            counted[mine] = np.mean(self.accuracy >= level) + missed - vain
        return Pool(np.concatenate([surfaces, np.clip(counted, 0.0, 1.0)]), levels.weights)

    @property
    def _sampled_by(self) -> Sample:
        assert self.sample is not None, "landscapes of points have what they were drawn by"
        return self.sample

    @property
    def odds(self) -> SurfaceOdds:
        """The odds of reaching a level, at any place."""
        return self._sampled_by.odds

    @property
    def chosen(self) -> np.ndarray:
        """Places of the points by which the landscapes are known, among all."""
        return self._sampled_by.chosen

    def unseen_probability(self, levels: Sequence[float]) -> np.ndarray:
        """Probability of each chosen point to reach the level, without what was measured there, [points]."""
        return self._sampled_by.unseen_probability(levels)

    def num_alone(self, level: float) -> int:
        """Points measured at the level, far above every surface there: what works is narrower than points lie apart.

        Far is `FAR_ABOVE` times the usual distance of a measurement from the surfaces, by the median of all.
        """
        trained = self.measured > 0
        mean = np.clip(self.at_points.mean(axis=0)[trained], LEAST_ACCURACY, 1 - LEAST_ACCURACY)
        away = (self.measured[trained] - mean) / np.sqrt(mean * (1 - mean))
        usual = float(np.median(np.abs(away))) / MEDIAN_OF_NORMAL
        far = FAR_ABOVE * max(usual, self.num_images**-0.5)
        return int(np.sum((away > far) & (self.measured[trained] >= level)))

    def scatter(self, accuracy: float) -> float:
        """Standard deviation of one measured accuracy, its seeds averaged, of a device whose mean this is."""
        return float(np.sqrt(self.dispersion * accuracy * (1 - accuracy) / self.num_images))


def _pooled(surfaces: np.ndarray, counted: np.ndarray, part: float) -> Pool:
    """Draws of both accounts, the counted ones with this part of the weight."""
    return Pool(np.concatenate([surfaces, counted]), np.repeat([1 - part, part], [len(surfaces), len(counted)]))


@threadpool_limits.wrap(limits=1)  # as in `fit_surrogate`
def agreeing_landscapes(points: EvaluatedPoints, resolution: float, *, seed: int = 0) -> Landscapes:
    """Landscapes that agree with the points.

    **Arguments:**

    - `resolution`: smallest step of one accuracy, 1 / number of validation images.
    - `seed`: of the sample.
    """
    random = np.random.default_rng(seed)
    chosen = np.sort(random.permutation(len(points.accuracy))[:MOST_POINTS])
    if len(chosen) < len(points.accuracy):
        parts = {name: getattr(points, name)[chosen] for name in ("positions", "accuracy", "failed")}
        points = replace(points, **parts, even=None if points.even is None else points.even[chosen])
    columns, trained = features(points.axes, points.positions), ~points.failed
    accuracies = LatentProcess(columns[trained], points.accuracy[trained], points.seeds / resolution)
    thetas = _sampled(accuracies, random)
    failures: LatentProcess | None = None
    failure_thetas = thetas
    if points.failed.any():
        failures = LatentProcess(columns, points.failed.astype(float), 1.0, binary=True)
        failure_thetas = _sampled(failures, random)
    surfaces, at_points = [], []
    latents, failure_latents = [], []
    for theta, failure_theta in zip(thetas, failure_thetas, strict=True):
        places = features(points.axes, spread_over_box(points.axes, NUM_PLACES, seed=int(random.integers(2**31))))
        link = accuracies.link(theta)
        latent, factor = accuracies.sampled_latent(theta, random, DRAWS_EACH)
        latents.append(latent)
        own = np.zeros((DRAWS_EACH, len(columns)))
        own[:, trained] = link.accuracy(latent)
        surface = link.accuracy(accuracies.continued(theta, latent, factor, places, random))
        if failures is not None:
            latent, factor = failures.sampled_latent(failure_theta, random, DRAWS_EACH)
            failure_latents.append(latent)
            surface[failures.continued(failure_theta, latent, factor, places, random) > 0] = 0.0
        surfaces.append(surface)
        at_points.append(own)
    axes, positions = points.axes, points.positions
    kept = np.array(latents)[::STRIDE]
    odds = SurfaceOdds(
        accuracy=Surfaces.of(axes, positions[trained], accuracies, thetas[::STRIDE], kept),
        failures=None
        if failures is None
        else Surfaces.of(axes, positions, failures, failure_thetas[::STRIDE], np.array(failure_latents)[::STRIDE]),
    )
    return Landscapes(
        sample=Sample(accuracies, failures, thetas, failure_thetas, chosen, trained, odds),
        accuracy=np.concatenate(surfaces),
        at_points=np.concatenate(at_points),
        measured=np.where(trained, np.nan_to_num(points.accuracy), 0.0),
        mass=None if points.design == "uneven" else owned_parts(points),
        num_images=accuracies.num_images,
        dispersion=float(np.median([accuracies.link(theta).dispersion for theta in thetas])),
        seed=seed,
    )


def _sampled(process: LatentProcess, random: np.random.Generator) -> np.ndarray:
    """Hyperparameters, by some of the points where they are many."""
    chosen = random.permutation(len(process.share))[:MOST_FITTED]
    some = LatentProcess(process.columns[chosen], process.share[chosen], process.num_images, process.binary)
    return some.sampled_theta(random, NUM_THETA, BURN_IN)
