"""Accuracies over a unit box, each given by a formula: where they are at a level is known without training."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import qmc

from physdfa.analysis.working_range import Axis, EvaluatedPoints, spread_over_box

CHANCE = 0.1
"""Accuracy of a guess among ten classes."""
TOP = 0.96
TRUTH_POINTS = 2**15
"""Points of the box at which a true share is counted: to 0.3 % or better."""

Accuracy = Callable[[np.ndarray], np.ndarray]
"""Mean accuracy of trainings at [points axes] of the unit box; NaN where they fail."""


RIMS = (
    expit,
    lambda x: np.clip(0.5 + x / 4, 0.0, 1.0),
    lambda x: 1 - np.exp(-np.exp(np.minimum(x, 5.0))),
)
"""Ways to fall from the top: as a logistic curve, as a ramp with edges, and more steeply above."""


@dataclass(frozen=True, kw_only=True)
class Landscape:
    """A family of landscapes, and the way its points are measured.

    **Arguments:**

    - `make`: one landscape of the family, its geometry drawn by a generator, for so many axes.
    - `num_axes`, `num_points`: of a Sobol design; `seeds`: trainings per point.
    - `scatter`: standard deviation of a training's accuracy from seed to seed.
    - `level`: accuracy that counts as working, where an absolute one is asked for.
    - `may_refuse`: whether no answer is as good as a right one.
    """

    make: Callable[[np.random.Generator, int], Accuracy]
    num_axes: int = 2
    num_points: int = 64
    seeds: int = 1
    scatter: float = 0.0
    level: float = 0.9
    may_refuse: bool = False


def plateau(active: int | None = None, share: float = 0.4) -> Callable[[np.random.Generator, int], Accuracy]:
    """A flat top around a random centre, which falls to a guess over a rim. Only the first `active` axes count."""

    def make(random: np.random.Generator, num_axes: int) -> Accuracy:
        acting = num_axes if active is None else active
        centre = random.uniform(0.3, 0.7, acting)
        stretch = random.uniform(0.7, 1.4, acting)
        around = np.linalg.norm((random.random((4096, acting)) - centre) * stretch, axis=1)
        radius, rim = float(np.quantile(around, share)), random.uniform(0.03, 0.07)
        shape = RIMS[int(random.integers(len(RIMS)))]

        def accuracy(positions: np.ndarray) -> np.ndarray:
            away = np.linalg.norm((positions[:, :acting] - centre) * stretch, axis=1)
            return CHANCE + (TOP - CHANCE) * shape((radius - away) / rim)

        return accuracy

    return make


def dome(random: np.random.Generator, num_axes: int) -> Accuracy:
    """A paraboloid without a flat top."""
    centre, curvature = random.uniform(0.3, 0.7, num_axes), random.uniform(0.15, 0.5, num_axes)
    return lambda positions: TOP - ((positions - centre) ** 2) @ curvature


def ripple(random: np.random.Generator, num_axes: int) -> Accuracy:
    """Waves along the first axis, as of a modulator driven over several half-wave voltages, on a slope."""
    phase, periods = random.uniform(0, 2 * np.pi), random.uniform(1.5, 3.0)
    slope = random.uniform(0.02, 0.06, num_axes)

    def accuracy(positions: np.ndarray) -> np.ndarray:
        wave = 0.035 * np.cos(2 * np.pi * periods * positions[:, 0] + phase)
        return 0.915 + wave - (np.abs(positions - 0.5)) @ slope

    return accuracy


def hard_step(random: np.random.Generator, num_axes: int) -> Accuracy:
    """Two constant accuracies on the sides of a slanted line."""
    normal = random.standard_normal(num_axes)
    normal /= np.linalg.norm(normal)
    edge = random.uniform(-0.2, 0.2)
    return lambda positions: np.where((positions - 0.5) @ normal < edge, TOP, 0.6)


def half_failed(random: np.random.Generator, num_axes: int) -> Accuracy:
    """A dome of which nothing trains on one side of a slanted line through the middle."""
    top, normal = dome(random, num_axes), random.standard_normal(num_axes)
    return lambda positions: np.where((positions - 0.5) @ normal < 0, top(positions), np.nan)


def narrow_valley(random: np.random.Generator, num_axes: int) -> Accuracy:
    """A bent strip in which training works, narrower than the points lie apart."""
    bend, shift, width = random.uniform(-1.0, 1.0), random.uniform(0.35, 0.65), random.uniform(0.008, 0.02)

    def accuracy(positions: np.ndarray) -> np.ndarray:
        away = positions[:, 1] - shift - bend * (positions[:, 0] - 0.5) ** 2
        return 0.6 + (TOP - 0.6) * np.exp(-((away / width) ** 2) / 2)

    return accuracy


LANDSCAPES: Mapping[str, Landscape] = {
    "plateau, 32 points": Landscape(make=plateau(), num_points=32),
    "plateau, 64 points": Landscape(make=plateau()),
    "plateau, 256 points": Landscape(make=plateau(), num_points=256),
    "plateau, 3 axes": Landscape(make=plateau(), num_axes=3),
    "plateau, 6 axes (3 active)": Landscape(make=plateau(3), num_axes=6, num_points=128),
    "plateau, 8 axes": Landscape(make=plateau(), num_axes=8, num_points=128),
    "dome": Landscape(make=dome, level=0.92),
    "ripple": Landscape(make=ripple),
    "hard step": Landscape(make=hard_step),
    "half the box failed": Landscape(make=half_failed, level=0.92),
    "noisy seeds": Landscape(make=dome, scatter=0.015, level=0.92),
    "three noisy seeds": Landscape(make=dome, scatter=0.015, seeds=3, level=0.92),
    "narrow valley": Landscape(make=narrow_valley, may_refuse=True),
}
"""The landscapes of the study, by name."""


def axes_of(num_axes: int) -> tuple[Axis, ...]:
    """The axes of a unit box."""
    return tuple(Axis(key=f"x{number}") for number in range(num_axes))


def drawn_points(
    landscape: Landscape, accuracy: Accuracy, num_images: int, random: np.random.Generator
) -> EvaluatedPoints:
    """The points of a scrambled Sobol design, each measured on so many validation images by each of its seeds."""
    axes = axes_of(landscape.num_axes)
    positions = spread_over_box(axes, landscape.num_points, seed=int(random.integers(2**31)))
    mean = accuracy(positions)
    return EvaluatedPoints(
        axes=axes,
        positions=positions,
        accuracy=measured(landscape, mean, num_images, random),
        failed=np.isnan(mean),
        seeds=landscape.seeds,
        design="uniform",
    )


def measured(landscape: Landscape, mean: np.ndarray, num_images: int, random: np.random.Generator) -> np.ndarray:
    """Accuracies of trainings with these means, as counted on the validation images, its seeds averaged; NaN fails."""
    shape = (landscape.seeds, len(mean))
    trained = np.clip(np.nan_to_num(mean) + landscape.scatter * random.standard_normal(shape), 0.0, 1.0)
    counted = random.binomial(num_images, trained).mean(axis=0) / num_images
    return np.where(np.isnan(mean), np.nan, counted)


def true_best(accuracy: Accuracy, num_axes: int) -> float:
    """The largest mean accuracy over the box."""
    units = qmc.Sobol(num_axes, rng=0).random(TRUTH_POINTS)
    best = units[int(np.nanargmax(accuracy(units)))]
    reach = 0.1
    random = np.random.default_rng(0)
    for _ in range(40):
        near = np.clip(best + reach * random.uniform(-1, 1, (256, num_axes)), 0.0, 1.0)
        near = np.concatenate([best[None], near])
        best, reach = near[int(np.nanargmax(accuracy(near)))], 0.8 * reach
    return float(accuracy(best[None])[0])


def true_share(accuracy: Accuracy, num_axes: int, level: float) -> float:
    """The share of the box whose mean accuracy is at least the level; what fails does not work."""
    units = qmc.Sobol(num_axes, rng=1).random(TRUTH_POINTS)
    return float(np.mean(np.nan_to_num(accuracy(units)) >= level))
