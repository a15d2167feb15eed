"""A trial: all that one training needs but data and keys. What a search varies is a leaf, the rest is structure."""

import equinox as eqx
import numpy as np
from jaxtyping import Array, Int

from physdfa.arrays import Scalar, as_scalar
from physdfa.data.encoding import Encoding
from physdfa.devices.base import AbstractDevice
from physdfa.errors import InputError
from physdfa.network import SpikingNetwork
from physdfa.network.event import EventNetwork
from physdfa.rules import AbstractRule, Objective, RatePenalty
from physdfa.training.losses import LOSSES, spike_count
from physdfa.training.optimizer import AbstractOptimizer, Optimizer, as_optimizer


class Trial(eqx.Module):
    """One training as a value. Trials of the same structure stack along a leading axis and train as one program.

    **Arguments:**

    - `rule`: the learning rule, with the projection that brings the error back to its hidden layers.
    - `device`: the backward device of rules that need one; the others do not look at it.
    - `optimizer`: an `Optimizer`, or any transformation of optax.
    - `loss`: "cross_entropy" or "mse", for networks in discrete time; event networks have their loss on spike counts.
    - `wanted_true`, `wanted_false`: spikes wanted of the output neuron of the class and of the others, >= 0; and
      `penalty`: what draws the hidden firing rates, or None. All three for event networks only.
    - `batch_size`: samples per update; what is left over at the end of an epoch waits for the next shuffle.
    - `dropout`, `input_dropout`: share of hidden neurons and inputs silenced per sample, 0 ... < 1.
    - `max_shift`: training images are shifted at random by up to so many pixels; needs `image_shape`.
    - `full_scale`: data value that means 1.
    """

    network: SpikingNetwork | EventNetwork
    rule: AbstractRule
    encoding: Encoding = eqx.field(static=True)
    device: AbstractDevice | None = None
    optimizer: AbstractOptimizer = eqx.field(converter=as_optimizer, default_factory=Optimizer)
    dropout: Scalar = eqx.field(converter=as_scalar, default=0.0)
    input_dropout: Scalar = eqx.field(converter=as_scalar, default=0.0)
    has_dropout: bool = eqx.field(static=True, default=False)
    has_input_dropout: bool = eqx.field(static=True, default=False)
    loss: str = eqx.field(static=True, default="cross_entropy")
    batch_size: int = eqx.field(static=True, default=128)
    max_shift: int = eqx.field(static=True, default=0)
    image_shape: tuple[int, int] | None = eqx.field(static=True, default=None)
    full_scale: float = eqx.field(static=True, default=1.0)
    wanted_true: Scalar = eqx.field(converter=as_scalar, default=15.0)
    wanted_false: Scalar = eqx.field(converter=as_scalar, default=3.0)
    penalty: RatePenalty | None = None

    def __check_init__(self):
        if self.loss not in LOSSES:
            raise InputError(f"`loss` is one of {', '.join(LOSSES)}; got '{self.loss}'.")
        if self.rule.needs_device and self.device is None:
            raise InputError(f"the rule '{self.rule.name}' needs a backward device; got none.")
        if self.rule.event_neurons != isinstance(self.network, EventNetwork):
            kind = "an EventNetwork" if self.rule.event_neurons else "a SpikingNetwork"
            raise InputError(f"the rule '{self.rule.name}' needs {kind}; got {type(self.network).__name__}.")
        if isinstance(self.network, EventNetwork) and (self.has_dropout or self.has_input_dropout):
            raise InputError("an event network has no dropout; leave `has_dropout` and `has_input_dropout` False.")
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

    def objective(self, labels: Int[Array, " batch"]) -> Objective:
        """The loss of each sample as a function of the outputs."""
        if isinstance(self.network, EventNetwork):
            return lambda outputs: spike_count(outputs, labels, self.wanted_true, self.wanted_false)
        return lambda outputs: LOSSES[self.loss](outputs, labels, self.target)

    @property
    def target(self) -> float:
        """The output wanted of the true class by "mse": a spike at every step for `count`, 1 elsewhere."""
        counts = isinstance(self.network, SpikingNetwork) and self.network.readout.name == "count"
        return float(self.network.num_steps) if counts else 1.0
