"""The optimisers by name: which way a step goes, from optax, each number declared once and an array leaf.

A search therefore varies any of them within one compiled program. The learning rate, its schedule and the clipping of
gradients belong to `Optimizer`, and are the same for all.
"""

import abc
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import ArrayLike
from optax import GradientTransformation

from physdfa.arrays import Scalar, as_scalar
from physdfa.parts import ParameterValue, Registry, check_declared, option, parameter


class AbstractDirection(eqx.Module):
    """The direction of a step, w <- w - rate * direction: a transformation of optax without its learning rate.

    `slots`: arrays of the size of the parameters that it keeps from step to step.

    **Raises:** `InputError` (a `ValueError`) at construction, if a declared number leaves its range.
    """

    slots: ClassVar[int]

    def __check_init__(self):
        check_declared(self)

    @abc.abstractmethod
    def transformation(self) -> GradientTransformation:
        """What optax makes of a gradient."""


def _share(default: float, meaning: str, typical: tuple[float, float]) -> Any:
    """A share from 0 to 1, 1 excluded."""
    return parameter(default=default, unit="", low=0.0, high=1.0, high_open=True, typical=typical, meaning=meaning)


def _small(default: float, meaning: str) -> Any:
    """A number above 0 that keeps a quotient finite."""
    return parameter(
        default=default, unit="", low=0.0, low_open=True, typical=(default / 10, 10 * default), meaning=meaning
    )


def _decay() -> Any:
    return parameter(
        default=0.0, unit="", low=0.0, typical=(1e-5, 1e-1), meaning="the share of each weight added to its direction"
    )


def _nesterov() -> Any:
    return option(default="off", choices=("off", "on"), meaning="whether it looks a step ahead (Nesterov)")


class AbstractAdam(AbstractDirection):
    """The mean slope over the root of the mean squared slope: m_t / (sqrt(v_t) + eps).

    m_t = b1 m_(t-1) + (1 - b1) g_t, v_t = b2 v_(t-1) + (1 - b2) g_t^2, both divided by what they lack since their start
    at 0: 1 - b1^t and 1 - b2^t.

    **Arguments:**

    - `b1`, `b2`: shares of m and v that are kept at each step, 0 ... < 1.
    - `eps`: > 0.
    - `nesterov`: "on" or "off".
    - `new_mean`, `new_square`: 1 - b1 and 1 - b2, taken before they are rounded: 1 - 0.999 in float32 is off by 1e-5.
    """

    slots: ClassVar[int] = 2

    b1: ParameterValue = _share(0.9, "the share of the mean slope kept at each step", (0.8, 0.99))
    b2: ParameterValue = _share(0.999, "the share of the mean squared slope kept at each step", (0.9, 0.9999))
    eps: ParameterValue = _small(1e-8, "the number added to the root of the mean squared slope")
    nesterov: str = _nesterov()
    new_mean: Scalar = eqx.field(converter=as_scalar, default=0.0)
    new_square: Scalar = eqx.field(converter=as_scalar, default=0.0)

    def __post_init__(self):
        self.new_mean, self.new_square = _rest(self.b1), _rest(self.b2)  # not yet rounded: fields convert after this

    def _scaled(self) -> GradientTransformation:
        def init(params):
            zeros = jax.tree.map(jnp.zeros_like, params)
            return optax.ScaleByAdamState(jnp.int32(0), zeros, zeros)

        def update(updates, state, params=None):
            del params
            mean = jax.tree.map(lambda g, m: self.new_mean * g + self.b1 * m, updates, state.mu)
            square = jax.tree.map(lambda g, v: self.new_square * g**2 + self.b2 * v, updates, state.nu)
            count = optax.safe_increment(state.count)
            if self.nesterov == "on":
                ahead = optax.tree.bias_correction(mean, self.b1, optax.safe_increment(count))
                now = optax.tree.bias_correction(updates, self.b1, count)
                full_mean = jax.tree.map(lambda m, g: self.b1 * m + self.new_mean * g, ahead, now)
            else:
                full_mean = optax.tree.bias_correction(mean, self.b1, count)
            full_square = optax.tree.bias_correction(square, self.b2, count)
            direction = jax.tree.map(lambda m, v: m / (jnp.sqrt(v) + self.eps), full_mean, full_square)
            return direction, optax.ScaleByAdamState(count, mean, square)

        return GradientTransformation(init, update)


def _rest(share: ArrayLike) -> Scalar:
    return as_scalar(1 - np.float64(share) if isinstance(share, (int, float)) else 1 - as_scalar(share))


class Adam(AbstractAdam):
    """Adaptive moment estimation: the mean slope over the root of the mean squared slope.

    The equation and the numbers are those of `AbstractAdam`.

    **Source:** Kingma & Ba, ICLR 2015; `nesterov`: Dozat, ICLR 2016 (workshop), as optax has it.
    """

    def transformation(self) -> GradientTransformation:
        """The mean slope over the root of the mean squared slope."""
        return self._scaled()


class AdamW(AbstractAdam):
    """The direction of Adam, plus `weight_decay` times the weight as it stands.

    The equation and the other numbers are those of `AbstractAdam`.

    **Source:** Loshchilov & Hutter, ICLR 2019.
    """

    weight_decay: ParameterValue = _decay()

    def transformation(self) -> GradientTransformation:
        """Adam's direction, plus the decay of the weight."""
        return optax.chain(self._scaled(), optax.add_decayed_weights(self.weight_decay))


class Sgd(AbstractDirection):
    """d_t = g_t + momentum d_(t-1): the slope itself, or the sum of the slopes so far, older ones weaker.

    **Arguments:**

    - `momentum`: share of the last direction that is kept, 0 ... < 1.
    - `nesterov`: "on" or "off".
    """

    slots: ClassVar[int] = 1

    momentum: ParameterValue = _share(0.0, "the share of the last direction kept", (0.5, 0.95))
    nesterov: str = _nesterov()

    def transformation(self) -> GradientTransformation:
        """The sum of the slopes."""
        return optax.trace(decay=self.momentum, nesterov=self.nesterov == "on")  # pyright: ignore[reportArgumentType]


class RmsProp(AbstractDirection):
    """g_t / sqrt(v_t + eps), v the running mean of the squared slope; with momentum as `Sgd`.

    **Source:** Tieleman & Hinton, "Lecture 6.5, RMSProp" (2012).
    """

    slots: ClassVar[int] = 2

    decay: ParameterValue = _share(0.9, "the share of the mean squared slope kept at each step", (0.8, 0.99))
    eps: ParameterValue = _small(1e-8, "the number added to the mean squared slope")
    momentum: ParameterValue = _share(0.0, "the share of the last direction kept", (0.5, 0.95))

    def transformation(self) -> GradientTransformation:
        """The slope over its root mean square, then momentum."""
        scaled = optax.scale_by_rms(decay=self.decay, eps=self.eps)  # pyright: ignore[reportArgumentType]
        return optax.chain(scaled, optax.trace(decay=self.momentum))  # pyright: ignore[reportArgumentType]


class Lion(AbstractDirection):
    """The sign of the mean slope, plus the decay of the weight.

    sign(b1 m + (1 - b1) g) + weight_decay w, then m <- b2 m + (1 - b2) g

    **Source:** Chen et al., NeurIPS 2023 (arXiv:2302.06675).
    """

    slots: ClassVar[int] = 1

    b1: ParameterValue = _share(0.9, "the share of the mean slope in the direction", (0.8, 0.99))
    b2: ParameterValue = _share(0.99, "the share of the mean slope kept at each step", (0.9, 0.999))
    weight_decay: ParameterValue = _decay()

    def transformation(self) -> GradientTransformation:
        """The sign of the mean slope, plus the decay of the weight."""
        signs = optax.scale_by_lion(self.b1, self.b2)  # pyright: ignore[reportArgumentType]
        return optax.chain(signs, optax.add_decayed_weights(self.weight_decay))


class Adagrad(AbstractDirection):
    """g_t / sqrt(a + sum of all squared slopes so far + eps).

    **Source:** Duchi, Hazan & Singer, J. Mach. Learn. Res. 12 (2011).
    """

    slots: ClassVar[int] = 1

    initial_accumulator: ParameterValue = _small(0.1, "the sum of squared slopes before the first step")
    eps: ParameterValue = _small(1e-7, "the number added to the sum of squared slopes")

    def transformation(self) -> GradientTransformation:
        """The slope over the root of the sum of its squares."""
        return optax.scale_by_rss(self.initial_accumulator, self.eps)  # pyright: ignore[reportArgumentType]


OPTIMIZERS = Registry(
    "optimizer",
    AbstractDirection,
    {"adam": Adam, "adamw": AdamW, "sgd": Sgd, "rmsprop": RmsProp, "lion": Lion, "adagrad": Adagrad},
)
"""The optimisers by name."""
