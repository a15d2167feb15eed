"""A trial: all that one training needs but data and keys. What a search varies is a leaf, the rest is structure."""

import functools
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Int

from physdfa.arrays import Scalar, as_scalar
from physdfa.data.encoding import AbstractEncoding
from physdfa.data.event_samples import Sensor
from physdfa.devices.base import AbstractDevice
from physdfa.errors import InputError
from physdfa.network import ConvolutionalConnections, NetworkParameters, SpikingNetwork
from physdfa.network.event import EventNetwork
from physdfa.rules import AbstractRule, Objective, RatePenalty
from physdfa.training.forward_weights import checked_bits, with_rounded_weights
from physdfa.training.losses import AbstractLoss, CrossEntropy, SpikeCount
from physdfa.training.optimizer import AbstractOptimizer, Optimizer, as_optimizer


class Trial(eqx.Module):
    """One training as a value. Trials of the same structure stack along a leading axis and train as one program.

    **Arguments:**

    - `rule`: the learning rule, with the projection that brings the error back to its hidden layers.
    - `device`: the backward device of rules that need one; the others do not look at it.
    - `optimizer`: an `Optimizer`, or any transformation of optax.
    - `loss`: what is minimised; of an event network a `SpikeCount`.
    - `penalty`: what draws the hidden firing rates of an event network, or None.
    - `batch_size`: samples per update; what is left over at the end of an epoch waits for the next shuffle.
    - `dropout`, `input_dropout`: share of hidden neurons and inputs silenced per sample, 0 ... < 1.
    - `max_shift`: training images are shifted at random by up to so many pixels; needs `image_shape`.
    - `time_jitter`: standard deviation of random changes of the times of events in training [s]; acts with
      `has_time_jitter`. `sensor`: the grid of events that are shifted.
    - `full_scale`: data value that means 1.
    - `weight_bits`: of the weights with which a network in discrete time computes, a whole number from 2 to 32, or None
      for exact ones; see `forward_parameters`.
    - `matmul_precision`: of the products of training and evaluation, "default", "high" or "highest" as JAX has them.
      The default leaves it to `jax.default_matmul_precision`: without that, TF32 on a GPU, float32 on a processor.
    """

    network: SpikingNetwork | EventNetwork
    rule: AbstractRule
    encoding: AbstractEncoding
    device: AbstractDevice | None = None
    optimizer: AbstractOptimizer = eqx.field(converter=as_optimizer, default_factory=Optimizer)
    dropout: Scalar = eqx.field(converter=as_scalar, default=0.0)
    input_dropout: Scalar = eqx.field(converter=as_scalar, default=0.0)
    has_dropout: bool = eqx.field(static=True, default=False)
    has_input_dropout: bool = eqx.field(static=True, default=False)
    loss: AbstractLoss = eqx.field(default_factory=CrossEntropy)
    batch_size: int = eqx.field(static=True, default=128)
    max_shift: int = eqx.field(static=True, default=0)
    image_shape: tuple[int, int] | None = eqx.field(static=True, default=None)
    time_jitter: Scalar = eqx.field(converter=as_scalar, default=0.0)
    has_time_jitter: bool = eqx.field(static=True, default=False)
    sensor: Sensor | None = eqx.field(static=True, default=None)
    full_scale: float = eqx.field(static=True, default=1.0)
    penalty: RatePenalty | None = None
    matmul_precision: str = eqx.field(static=True, default="default")
    weight_bits: Scalar | None = eqx.field(
        converter=lambda bits: None if bits is None else as_scalar(bits), default=None
    )

    def __check_init__(self):
        if self.rule.needs_device and self.device is None:
            raise InputError(f"the rule '{self.rule.name}' needs a backward device; got none.")
        if self.rule.event_neurons != isinstance(self.network, EventNetwork):
            kind = "an EventNetwork" if self.rule.event_neurons else "a SpikingNetwork"
            raise InputError(f"the rule '{self.rule.name}' needs {kind}; got {type(self.network).__name__}.")
        if isinstance(self.network, EventNetwork) != isinstance(self.loss, SpikeCount):
            raise InputError("an EventNetwork has the loss SpikeCount, and no other network has it.")
        if isinstance(self.network, SpikingNetwork) and not isinstance(self.network.neuron, self.rule.neurons):
            raise InputError(
                f"the equations of the rule '{self.rule.name}' use the numbers of {self.rule.neurons.__name__} "
                f"neurons, not of {type(self.network.neuron).__name__}."
            )
        kernels = [layer for layer in self.network.connections if isinstance(layer, ConvolutionalConnections)]
        if kernels and not self.rule.takes_convolutions:
            raise InputError(
                f"the rule '{self.rule.name}' has fully connected layers only, not '{kernels[0].layer}'; give numbers "
                "of neurons; a rule of your own may multiply by `network.connections` and set `takes_convolutions`."
            )
        if any(layer.own is not None for layer in self.network.connections) and not self.rule.takes_recurrence:
            raise InputError(
                f"the rule '{self.rule.name}' has no update for recurrent weights; leave `recurrent` out; a rule of "
                "your own may give their gradient and set `takes_recurrence`."
            )
        if isinstance(self.network, EventNetwork) and (self.has_dropout or self.has_input_dropout):
            raise InputError("an event network has no dropout; leave `has_dropout` and `has_input_dropout` False.")
        if self.weight_bits is not None:
            checked_bits(self.weight_bits)
            if isinstance(self.network, EventNetwork):
                raise InputError("the weights of an event network are not rounded; leave `weight_bits` out.")
        if self.rule.projection is not None:
            *_, classes = self.network.layer_sizes
            for neurons in self.network.layer_sizes[1:-1]:
                self.rule.projection.check_sizes(neurons, classes)
        for name in ("dropout", "input_dropout"):
            share = getattr(self, name)
            if not np.all((np.asarray(share) >= 0) & (np.asarray(share) < 1)):
                raise InputError(f"`{name}` is a share and must lie in 0 ... < 1; got {share}.")
            if not getattr(self, f"has_{name}") and np.any(np.asarray(share) > 0):
                raise InputError(f"`{name}` = {share} acts only with has_{name}=True; set both.")
        if self.max_shift and self.image_shape is None:
            raise InputError("`max_shift` moves images, but this data set does not say its image shape; set it to 0.")

    def forward_parameters(self, parameters: NetworkParameters) -> NetworkParameters:
        """What the network computes with where training holds `parameters`: those, or their weights rounded.

        Rules are given them as well, so that feedback that is made of weights is made of rounded ones. The update goes
        to the exact parameters.
        """
        return parameters if self.weight_bits is None else with_rounded_weights(parameters, self.weight_bits)

    def objective(self, labels: Int[Array, " batch"]) -> Objective:
        """The loss of each sample as a function of the outputs."""
        wanted = (
            self.network.readout.wanted(self.network.num_steps) if isinstance(self.network, SpikingNetwork) else 1.0
        )
        return lambda outputs: self.loss.of_samples(outputs, labels, wanted)


def at_its_precision(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, of a trial and more, with its products of matrices as exact as the trial says."""

    @functools.wraps(function)
    def with_products(trial: Trial, *arguments: Any, **named: Any) -> Any:
        if trial.matmul_precision == "default":
            return function(trial, *arguments, **named)
        with jax.default_matmul_precision(trial.matmul_precision):
            return function(trial, *arguments, **named)

    return with_products
