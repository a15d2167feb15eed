"""Losses per sample, from the outputs and the labels."""

import abc
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from physdfa.parts import ParameterValue, Registry, check_declared, parameter


class AbstractLoss(eqx.Module):
    """What is minimised: one number per sample.

    Its numbers are declared with `parameter(...)` and `option(...)`.

    **Raises:** `InputError` at construction, if a declared number leaves its range.
    """

    name: ClassVar[str] = "own"

    def __check_init__(self):
        check_declared(self)

    @abc.abstractmethod
    def of_samples(
        self, outputs: Float[Array, "batch classes"], labels: Int[Array, " batch"], wanted: float
    ) -> Float[Array, " batch"]:
        """The loss of each sample; `wanted` is the output that the readout gives a class of which it is certain."""


class CrossEntropy(AbstractLoss):
    """-(1 - a) log softmax(o)_label - a mean over the classes of log softmax(o), the outputs taken as logits.

    **Arguments:**

    - `label_smoothing`: a, the share of the target that is spread evenly over all classes, 0 ... < 1.

    **Source:** smoothing: Szegedy et al., CVPR 2016, section 7.
    """

    name: ClassVar[str] = "cross_entropy"

    label_smoothing: ParameterValue = parameter(
        default=0.0,
        unit="",
        low=0.0,
        high=1.0,
        high_open=True,
        typical=(0.0, 0.3),
        meaning="the share of the target that is spread evenly over all classes",
    )

    def of_samples(self, outputs, labels, wanted):
        """Of each sample."""
        del wanted
        log_shares = jax.nn.log_softmax(outputs, axis=-1)
        classes = outputs.shape[-1]
        # As one sum of products; a gather of the label's own, beside the mean, compiled 0.2 s longer.
        is_label = jax.nn.one_hot(labels, classes, dtype=outputs.dtype)
        target = (1 - self.label_smoothing) * is_label + self.label_smoothing / classes
        return -jnp.sum(target * log_shares, axis=-1)


class MeanSquaredError(AbstractLoss):
    """mean over the classes of (o - wanted * onehot(label))^2."""

    name: ClassVar[str] = "mse"

    def of_samples(self, outputs, labels, wanted):
        """Of each sample."""
        target = wanted * jax.nn.one_hot(labels, outputs.shape[-1], dtype=outputs.dtype)
        return jnp.mean((outputs - target) ** 2, axis=-1)


class SpikeCount(AbstractLoss):
    """half the sum over the classes of (o - wanted)^2, o spike counts: the loss of event networks.

    **Arguments:**

    - `wanted_true`, `wanted_false`: spikes wanted of the output neuron of the label and of the others, >= 0.

    **Source:** Bacho & Chu, arXiv:2403.08804, eq. 10; the factor 1/2 as in the authors' programs.
    """

    name: ClassVar[str] = "spike_count"

    wanted_true: ParameterValue = parameter(
        default=15.0, unit="", low=0, meaning="the spikes wanted of the output neuron of the class"
    )
    wanted_false: ParameterValue = parameter(
        default=3.0, unit="", low=0, meaning="the spikes wanted of the other output neurons"
    )

    def of_samples(self, outputs, labels, wanted):
        """Of each sample."""
        del wanted
        is_label = labels[:, None] == jnp.arange(outputs.shape[-1])[None]
        return 0.5 * jnp.sum((outputs - jnp.where(is_label, self.wanted_true, self.wanted_false)) ** 2, axis=-1)


LOSSES = Registry("loss", AbstractLoss, {loss.name: loss for loss in (CrossEntropy, MeanSquaredError)})
"""Losses of networks in discrete time by name."""
