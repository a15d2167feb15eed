"""What is given in a notebook fits together, or is refused in one sentence."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from physdfa.data import Dataset, EventDataset
from physdfa.devices import AbstractDevice
from physdfa.errors import DataError, InputError
from physdfa.network import SpikingNetwork
from physdfa.network.event import EventNetwork
from physdfa.parts.objects import check_object
from physdfa.rules import AbstractRule
from physdfa.training import AbstractOptimizer
from physdfa.training.optimizer import OptaxOptimizer, as_optimizer


def check_kinds(network: object, rule: object, device: object, optimizer: object, data: object) -> None:
    """Refuse arguments in the wrong order, classes for objects, and a device that the rule cannot use."""
    optimizers = (AbstractOptimizer, optax.GradientTransformation)
    for name, value, kinds, example in (
        ("network", network, (SpikingNetwork, EventNetwork), "SpikingNetwork([64, 64, 10], Lif())"),
        ("rule", rule, AbstractRule, "rules.adfa()"),
        ("device", device, (AbstractDevice, type(None)), "devices.make_device('mach_zehnder', {}), or None"),
        ("optimizer", optimizer, optimizers, "optax.adam(3e-3)"),
        ("data", data, (Dataset, EventDataset), "load('digits')"),
    ):
        check_object(name, value, kinds, example)
    assert isinstance(rule, AbstractRule)
    if rule.needs_device and device is None:
        raise InputError(f"the rule '{rule.name}' needs a backward device, in the third place; got None.")
    if device is not None and not rule.needs_device:
        raise InputError(
            f"the rule '{rule.name}' takes no backward device, but got {type(device).__name__}; give None, or take a "
            "rule with one, such as rules.adfa()."
        )


def check_sizes(network: SpikingNetwork | EventNetwork, inputs: int, classes: int, name: str) -> None:
    """Refuse data whose inputs or classes the network does not have."""
    sizes = network.layer_sizes
    if (sizes[0], sizes[-1]) != (inputs, classes):
        raise DataError(
            f"the network has {sizes[0]} inputs and {sizes[-1]} outputs, but {name} has {inputs} inputs and {classes} "
            f"classes; give the layer sizes {[inputs, *sizes[1:-1], classes]}, or other data."
        )


def checked_optimizer(
    optimizer: AbstractOptimizer | optax.GradientTransformation, network: SpikingNetwork | EventNetwork
) -> AbstractOptimizer:
    """The optimiser, asked for one step on shapes alone.

    **Raises:** `InputError` for a transformation that wants more than the gradient and the parameters.
    """
    taken = as_optimizer(optimizer)
    if not isinstance(taken, OptaxOptimizer):
        return taken  # one of ours, or of the user's own, which is asked with the other parts

    def one_step(key: jax.Array) -> Any:
        parameters = network.initial_parameters(key)
        return taken.update(parameters, taken.init(parameters), parameters, jnp.int32(0), jnp.int32(1))

    try:
        jax.eval_shape(one_step, jax.random.key(0))
    except (TypeError, ValueError) as error:
        raise InputError(
            f"`optimizer`: this transformation cannot work with the gradient and the parameters alone ({error}); take "
            "one that can, such as optax.adam(3e-3)."
        ) from None
    return taken
