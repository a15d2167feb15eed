"""Accuracy surfaces that agree with counted points: a Gaussian process, its hyperparameters sampled and not fitted."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.linalg import cholesky, get_lapack_funcs, solve_triangular
from scipy.special import expit, logit, xlog1py, xlogy

dpotrf, dpotrs = get_lapack_funcs(("potrf", "potrs"), dtype=np.float64)

NEWTON_STEPS, HALVINGS, CONVERGED = 30, 6, 1e-3
JITTER = 1e-6
"""Of the variance of the process, on the diagonal of its covariance, so that this can be factored."""
MEAN_STD = 2.0
"""Standard deviation of the mean of the latent process."""
LEAST = 1e-9
"""Distance from 0 and 1 at which accuracies are held."""
ROUGHNESS_STEP = 0.43
"""A standard normal number is below, within and above this distance of 0 equally often: one kernel for each."""
LATENT_BURN_IN, LATENT_STEP = 8, 3
NARROWEST = 1e-4
BEND_STD = 0.5
"""A ramp with edges is a link bent by 1 at both ends, the complementary log-log one by 0.4 at the top."""
LEAST_BEND, MOST_BENT = 1e-4, 20.0
"""The link is straight below the first, and flat where the exponent is above the second."""
DISPERSIONS = (-6.0, 8.0)
"""Ends of the logarithm of the dispersion."""


@dataclass(frozen=True)
class Link:
    """Accuracy of a latent value h, and the variance with which it is measured.

    p = bottom + (top - bottom) / (1 + exp(-f(h))),   variance = dispersion p (1 - p) / images

    A training saturates at a best accuracy, and falls to that of a guess: both are found from the points, and so is how
    sharply it comes to them. Dispersion 1 is the counting of independent images; seeds that scatter more lift it, a
    validation split that all share lowers it.

    f(h) = (exp(r |h|) - 1) / r for r > 0, ln(1 + |r| |h|) / |r| for r < 0, with the sign of h; f(h) = h for r = 0

    - `above`, `below`: r where h > 0 and where h < 0; the larger, the sharper the edge of the top and of the bottom.

    **Source:** Stukel, J. Am. Stat. Assoc. 83, 426 (1988), for f.
    """

    bottom: float
    top: float
    dispersion: float
    above: float = 0.0
    below: float = 0.0

    def accuracy(self, latent: np.ndarray) -> np.ndarray:
        """Mean accuracy at latent values."""
        return self.bottom + (self.top - self.bottom) * expit(self._bent(latent)[0])

    def slope(self, latent: np.ndarray) -> np.ndarray:
        """Derivative of the accuracy."""
        bent, steepness = self._bent(latent)
        part = expit(bent)
        return (self.top - self.bottom) * part * (1 - part) * steepness

    def _bent(self, latent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """f(h) and its derivative."""
        if self.above == self.below == 0:
            return latent, np.ones_like(latent)
        size, rate = np.abs(latent), np.where(latent > 0, self.above, self.below)
        rate = np.where(np.abs(rate) < LEAST_BEND, LEAST_BEND, rate)
        grown = np.exp(np.minimum(np.maximum(rate, 0.0) * size, MOST_BENT))
        slowed = 1 + np.maximum(-rate, 0.0) * size
        return np.copysign((grown - 1 - np.log(slowed)) / rate, latent), grown / slowed


class Approximation(NamedTuple):
    """A normal distribution near that of the latent values at the points, given the hyperparameters.

    - `log_evidence`: of the points. `latent`: its mean, kernel times `alpha`.
    - `precision`: added by each measurement; `factor`: of the identity plus the kernel, weighted by its roots.
    """

    log_evidence: float
    latent: np.ndarray
    alpha: np.ndarray
    precision: np.ndarray
    factor: np.ndarray


@dataclass(frozen=True)
class LatentProcess:
    """A Gaussian process h(x) behind counted shares, such as accuracies, or failures (0 or 1).

    h ~ GP(0, amplitude^2 k(x, x') + 2^2),   k: squared exponential, Matérn 5/2 or 3/2, a length scale per feature

    Its hyperparameters theta have normal distributions before anything is measured: the logarithms of length scales and
    amplitude, which kernel, and (unless `binary`) the link's two bends, its top, bottom and dispersion.

    **Arguments:**

    - `columns`: features [points features]; `share`: measured [points], each of `num_images` images.
    - `binary`: each point counts once, and the link has nothing to be found.

    **Source:** Rasmussen & Williams, *Gaussian Processes for Machine Learning* (2006), algorithm 3.1 (Laplace, here
    with Fisher's information); slice sampling: Neal, Ann. Stat. 31, 705 (2003); elliptical: Murray et al., AISTATS
    (2010); quasi-likelihood: Nelder & Pregibon, Biometrika 74, 221 (1987). The link and the distributions of theta
    are ours.
    """

    columns: np.ndarray
    share: np.ndarray
    num_images: float
    binary: bool = False

    @property
    def num_features(self) -> int:
        """The number of length scales."""
        return self.columns.shape[1]

    def prior(self) -> tuple[np.ndarray, np.ndarray]:
        """Means and standard deviations of theta.

        Of the unit box, a length scale is half a side, and more among many parameters, within a factor e; the latent
        amplitude 3 within e^1.2. The top lies near the best quarter of the points, the bottom near the worst, and the
        way from one to the other is about logistic.
        """
        num = self.num_features
        mean, std = [math.log(0.5 * math.sqrt(num))] * num + [math.log(3.0), 0.0], [1.0] * num + [1.2, 1.0]
        if not self.binary:
            low, high = np.quantile(self.share, [0.05, 0.75]).tolist()
            high = min(max(high, 0.02), 1 - 0.25 / self.num_images)
            part = min(max(low / high, 0.02), 0.97)
            mean += [0.0, 0.0, float(logit(high)) + 0.8, float(logit(part)) - 0.5, 0.0]
            std += [BEND_STD, BEND_STD, 2.0, 1.5, 1.0]
        return np.array(mean), np.array(std)

    def link(self, theta: np.ndarray) -> Link:
        """The link of hyperparameters."""
        if self.binary:
            return Link(0.0, 1.0, 1.0)
        *bends, high, low, spread = theta[self.num_features + 2 :].tolist()  # no bends in ranges kept by 0.1.0
        top, dispersion = float(expit(high)), math.exp(float(np.clip(spread, *DISPERSIONS)))
        return Link(top * float(expit(low)), top, dispersion, *bends)

    def kernel(self, theta: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Covariance of the latent values at [m features] and [n features]."""
        num = self.num_features
        scales = np.exp(theta[:num])
        return math.exp(2 * theta[num]) * correlation(one / scales, other / scales, theta[num + 1]) + MEAN_STD**2

    def nugget(self, theta: np.ndarray) -> float:
        """What is added to the diagonal of a covariance."""
        return JITTER * (math.exp(2 * theta[self.num_features]) + MEAN_STD**2)

    def own_kernel(self, theta: np.ndarray) -> np.ndarray:
        """Covariance of the latent values at the points."""
        return self.kernel(theta, self.columns, self.columns) + self.nugget(theta) * np.eye(len(self.columns))

    def log_likelihood(self, link: Link, latent: np.ndarray) -> float:
        """Logarithm of the quasi-likelihood, without what no hyperparameter changes."""
        p, a = np.clip(link.accuracy(latent), LEAST, 1 - LEAST), self.share
        height = float(a @ np.log(p) + (1 - a) @ np.log1p(-p)) - self._most
        return height * self.num_images / link.dispersion - 0.5 * len(a) * math.log(link.dispersion)

    @cached_property
    def _most(self) -> float:
        """The logarithm of the likelihood of one image per point, where each is at what was measured."""
        return float(np.sum(xlogy(self.share, self.share) + xlog1py(1 - self.share, -self.share)))

    def approximated(
        self, theta: np.ndarray, kernel: np.ndarray | None = None, alpha: np.ndarray | None = None
    ) -> Approximation:
        """Laplace's approximation; `alpha` of a similar theta makes it faster."""
        kernel = self.own_kernel(theta) if kernel is None else kernel
        link = self.link(theta)
        coefficients = np.zeros(len(kernel)) if alpha is None else alpha
        latent = kernel @ coefficients
        height = self.log_likelihood(link, latent) - 0.5 * coefficients @ latent
        for _ in range(NEWTON_STEPS):
            gradient, precision, factor = self._curvature(link, latent, kernel)
            root = np.sqrt(precision)
            wanted = precision * latent + gradient
            target = wanted - root * dpotrs(factor, root * (kernel @ wanted), lower=True)[0]
            step, rise = 1.0, -math.inf
            for _ in range(HALVINGS):
                tried = coefficients + step * (target - coefficients)
                tried_latent = kernel @ tried
                rise = self.log_likelihood(link, tried_latent) - 0.5 * tried @ tried_latent - height
                if rise >= 0:
                    coefficients, latent, height = tried, tried_latent, height + rise
                    break
                step /= 2
            if rise < CONVERGED:
                break
        _, precision, factor = self._curvature(link, latent, kernel)
        evidence = float(height - np.log(np.diag(factor)).sum())
        return Approximation(evidence, latent, coefficients, precision, factor)

    def _curvature(
        self, link: Link, latent: np.ndarray, kernel: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Gradient of the log likelihood, Fisher's information, and the factor that goes with it."""
        p, slope = np.clip(link.accuracy(latent), LEAST, 1 - LEAST), link.slope(latent)
        variance = p * (1 - p) * link.dispersion / self.num_images
        precision = slope**2 / variance
        root = np.sqrt(precision)
        weighted = root[:, None] * kernel * root
        weighted.flat[:: len(root) + 1] += 1
        factor, _ = dpotrf(weighted, lower=True, overwrite_a=True)
        return (self.share - p) * slope / variance, precision, factor

    def sampled_theta(self, random: np.random.Generator, num: int, burn_in: int) -> np.ndarray:
        """Hyperparameters [num theta] as the points leave them, by slices along one after the other."""
        mean, std = self.prior()

        def height_of(theta: np.ndarray, alpha: np.ndarray | None) -> tuple[float, np.ndarray]:
            found = self.approximated(theta, alpha=alpha)
            return found.log_evidence - 0.5 * float(np.sum(((theta - mean) / std) ** 2)), found.alpha

        theta, kept = mean.copy(), []
        height, alpha = height_of(theta, None)
        for sweep in range(num + burn_in):
            for i in random.permutation(len(theta)):
                wanted, own = height + math.log(1 - random.random()), theta[i]
                low = own - 2 * std[i] * random.random()
                high = low + 2 * std[i]
                while True:
                    theta[i] = random.uniform(low, high)
                    tried, tried_alpha = height_of(theta, alpha)
                    if tried >= wanted:
                        height, alpha = tried, tried_alpha
                        break
                    low, high = (theta[i], high) if theta[i] < own else (low, theta[i])
                    if high - low < NARROWEST:
                        theta[i] = own
                        break
            if sweep >= burn_in:
                kept.append(theta.copy())
        return np.array(kept)

    def sampled_latent(self, theta: np.ndarray, random: np.random.Generator, num: int) -> tuple[np.ndarray, np.ndarray]:
        """Latent values [num points] given theta, and the factor of the kernel.

        By slices along ellipses of Laplace's approximation, which need not be right: on a flat top it is not.
        """
        kernel, link = self.own_kernel(theta), self.link(theta)
        near = self.approximated(theta, kernel)
        kernel_factor = cholesky(kernel, lower=True, check_finite=False)
        root = np.sqrt(near.precision)

        def drawn() -> np.ndarray:
            """A draw of the approximation, less its mean."""
            prior = kernel_factor @ random.standard_normal(len(root))
            seen = root * prior + random.standard_normal(len(root))
            return prior - kernel @ (root * dpotrs(near.factor, seen, lower=True)[0])

        def height_of(away: np.ndarray) -> float:
            """Logarithm of the true density over that of the approximation."""
            true = self.log_likelihood(link, near.latent + away) - float(near.alpha @ away)
            return true + 0.5 * float(near.precision @ away**2)

        away, kept = np.zeros(len(root)), []
        height = height_of(away)
        for step in range(LATENT_BURN_IN + num * LATENT_STEP):
            other, wanted = drawn(), height + math.log(1 - random.random())
            angle = random.uniform(0, 2 * math.pi)
            low, high = angle - 2 * math.pi, angle
            while True:
                tried = away * math.cos(angle) + other * math.sin(angle)
                tried_height = height_of(tried)
                if tried_height >= wanted or high - low < NARROWEST:
                    break
                low, high = (angle, high) if angle < 0 else (low, angle)
                angle = random.uniform(low, high)
            away, height = tried, tried_height
            if step >= LATENT_BURN_IN and (step - LATENT_BURN_IN) % LATENT_STEP == 0:
                kept.append(near.latent + away)
        return np.array(kept), kernel_factor

    def predicted(
        self, theta: np.ndarray, latent: np.ndarray, kernel_factor: np.ndarray, places: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Means [draws places] and standard deviation [places] of the process, given values at the points."""
        half = self._half(theta, kernel_factor, places)
        mean = solve_triangular(kernel_factor, latent.T, lower=True, check_finite=False).T @ half
        whole = math.exp(2 * theta[self.num_features]) + MEAN_STD**2
        return mean, np.sqrt(np.maximum(whole - np.sum(half**2, axis=0), 0.0))

    def continued(
        self,
        theta: np.ndarray,
        latent: np.ndarray,
        kernel_factor: np.ndarray,
        places: np.ndarray,
        random: np.random.Generator,
    ) -> np.ndarray:
        """Joint draws of the latent process at places [draws places], given those at the points [draws points]."""
        half = self._half(theta, kernel_factor, places)
        mean = solve_triangular(kernel_factor, latent.T, lower=True, check_finite=False).T @ half
        covariance = self.kernel(theta, places, places) - half.T @ half
        nugget = self.nugget(theta)
        while True:
            try:
                factor = cholesky(covariance + nugget * np.eye(len(places)), lower=True, check_finite=False)
                return mean + random.standard_normal(mean.shape) @ factor.T
            except np.linalg.LinAlgError:
                nugget *= 10

    def _half(self, theta: np.ndarray, kernel_factor: np.ndarray, places: np.ndarray) -> np.ndarray:
        across = self.kernel(theta, self.columns, places)
        return solve_triangular(kernel_factor, across, lower=True, check_finite=False)

    def left_out(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Means and standard deviations of the latent value at each point without its own measurement, [points].

        What the measurement adds to Laplace's approximation is taken off again; the hyperparameters stay.

        **Source:** Rasmussen & Williams (2006), eqs. 3.67, 3.68 (cavity), 3.27.
        """
        kernel, link = self.own_kernel(theta), self.link(theta)
        near = self.approximated(theta, kernel)
        gradient, precision, factor = self._curvature(link, near.latent, kernel)
        half = solve_triangular(factor, np.sqrt(precision)[:, None] * kernel, lower=True, check_finite=False)
        variance = np.maximum(np.diag(kernel) - np.sum(half**2, axis=0), LEAST)
        left = np.maximum(1 / variance - precision, 1 / np.diag(kernel))
        mean = (near.latent / variance - precision * near.latent - gradient) / left
        return mean, np.sqrt(1 / left)


def correlation(one: np.ndarray, other: np.ndarray, roughness: float) -> np.ndarray:
    """Kernel of [m features] and [n features] in units of their length scales; rougher where `roughness` is larger."""
    square = np.sum(one**2, axis=1)[:, None] + np.sum(other**2, axis=1) - 2 * one @ other.T
    square = np.maximum(square, 0.0)
    if roughness < -ROUGHNESS_STEP:
        return np.exp(-square / 2)
    if roughness < ROUGHNESS_STEP:
        distance = np.sqrt(5 * square)
        return (1 + distance + distance**2 / 3) * np.exp(-distance)
    distance = np.sqrt(3 * square)
    return (1 + distance) * np.exp(-distance)
