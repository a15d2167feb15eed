"""The probability that a training reaches the level, over accuracy surfaces that agree with the points."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import cholesky
from scipy.special import ndtr, ndtri

from physdfa.analysis.working_range.axes import Axis, features
from physdfa.analysis.working_range.latent import LatentProcess, Link

NUM_NODES = 21
"""Equally likely values of a normal number: few of a Gauss-Hermite rule miss a step by a tenth, these by 1 / 42."""
CHUNK = 1024
DIGITS = 5
"""Decimals of what is kept of a surface."""
LEAST_STD = 1e-6


@dataclass(frozen=True, kw_only=True)
class Surfaces:
    """Draws of a latent process at its points, by which it is known everywhere: hyperparameters and latent values.

    - `positions`: [points axes]; `theta`: [choices hyperparameters]; `latent`: [choices draws points].
    """

    axes: tuple[Axis, ...]
    positions: tuple[tuple[float, ...], ...]
    theta: tuple[tuple[float, ...], ...]
    latent: tuple[tuple[tuple[float, ...], ...], ...]
    num_images: float
    binary: bool

    @classmethod
    def of(
        cls, axes: Sequence[Axis], positions: np.ndarray, process: LatentProcess, theta: np.ndarray, latent: np.ndarray
    ) -> "Surfaces":
        """What is kept of draws, rounded."""
        return cls(
            axes=tuple(axes),
            positions=tuple(map(tuple, positions.tolist())),
            theta=tuple(map(tuple, theta.tolist())),
            latent=tuple(tuple(map(tuple, draws)) for draws in np.round(latent, DIGITS).tolist()),
            num_images=process.num_images,
            binary=process.binary,
        )

    @cached_property
    def process(self) -> LatentProcess:
        """The process, its points without what was measured there."""
        columns = features(self.axes, np.array(self.positions))
        return LatentProcess(columns, np.zeros(len(columns)), self.num_images, self.binary)

    @cached_property
    def _factors(self) -> list[np.ndarray]:
        return [cholesky(self.process.own_kernel(np.array(theta)), lower=True) for theta in self.theta]

    def predicted(self, choice: int, columns: np.ndarray) -> tuple[Link, np.ndarray, np.ndarray]:
        """Link, means [draws places] and standard deviation [places] of one choice of hyperparameters."""
        theta, latent = np.array(self.theta[choice]), np.array(self.latent[choice])
        mean, std = self.process.predicted(theta, latent, self._factors[choice], columns)
        return self.process.link(theta), mean, std


@dataclass(frozen=True, kw_only=True)
class SurfaceOdds:
    """Probability that one training like the range's own (its seeds averaged) does not fail and reaches the level.

    P = mean of Phi((p(h) - L) / s) Phi(-f / s_f),   s^2 = dispersion p (1 - p) / images

    The mean goes over surfaces h of the accuracy, over their doubt at the place, and over equally likely levels L;
    `f` is the latent value of failing.
    """

    accuracy: Surfaces
    failures: Surfaces | None

    def probability(self, positions: np.ndarray, levels: Sequence[float]) -> np.ndarray:
        """P at [places axes]."""
        columns = features(self.accuracy.axes, positions)
        parts = [self._probability(columns[start : start + CHUNK], levels) for start in range(0, len(columns), CHUNK)]
        return np.concatenate(parts) if parts else np.empty(0)

    def _probability(self, columns: np.ndarray, levels: Sequence[float]) -> np.ndarray:
        total = np.zeros(len(columns))
        for choice in range(len(self.accuracy.theta)):
            link, mean, std = self.accuracy.predicted(choice, columns)
            reached = reaching(link, mean, std, levels, self.accuracy.num_images)
            if self.failures is not None:
                _, failing, doubt = self.failures.predicted(choice, columns)
                reached = reached * ndtr(-failing / np.maximum(doubt, LEAST_STD))
            total += reached.mean(axis=0)
        return self.never_certain(total / len(self.accuracy.theta))

    def never_certain(self, probability: np.ndarray) -> np.ndarray:
        """Probabilities as n surfaces tell them.

        (1/2 + n P) / (n + 1): none within 1 / 2(n + 1) of 0 or 1."""
        num = len(self.accuracy.theta) * len(self.accuracy.latent[0])
        return (0.5 + num * probability) / (num + 1)


def reaching(link: Link, mean: np.ndarray, std: np.ndarray, levels: Sequence[float], num_images: float) -> np.ndarray:
    """Probability of a measurement at the level, of normal latent values; the shape of `mean`."""
    total = np.zeros_like(mean)
    for node in ndtri((np.arange(NUM_NODES) + 0.5) / NUM_NODES):
        p = link.accuracy(mean + node * std)
        noise = np.sqrt(np.maximum(link.dispersion * p * (1 - p) / num_images, LEAST_STD**2))
        for level in levels:
            total += ndtr((p - level) / noise)
    return total / (NUM_NODES * len(levels))
