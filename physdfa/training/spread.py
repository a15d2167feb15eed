"""Spread of members over devices, each with its share: side by side, in groups or one by one.

Members know nothing of each other, so devices have nothing to tell each other: the compiled program is that of one
device with its share of the members, started on all of them at once.

On a processor small members train side by side (`vmap`), and large ones one after the other inside the program:
each then stays in the cache; side by side, 8 networks of 784-800-10 ran 1.6 times slower (2 cores). On an accelerator
as many train side by side as its memory holds: every kernel, a product of matrices among them, is one for all of these.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from physdfa.network import SpikingNetwork
from physdfa.training.free_memory import accelerator_bytes
from physdfa.training.trial import Trial
from physdfa.tuning import for_accelerator

AXIS = "members"

SIDE_BY_SIDE_BYTES = 512 * 1024
"""Parameters and activities of one member up to which members train side by side on a processor."""

BESIDE_SHARE = 0.25
"""Share of an accelerator's memory that members side by side may fill, as counted: to a factor of two or three."""

MEASURED_BYTES = 8
"""What is measured in turn holds up to so many times what a training does: all its steps, a second gradient."""


def num_parameters(trial: Trial) -> int:
    """Weights and biases of one network."""
    return sum(layer.num_parameters for layer in trial.network.connections)


def num_activities(trial: Trial) -> int:
    """Inputs, currents, potentials and sums that an update of one member holds, to a factor of two or three."""
    network = trial.network
    inputs, *hidden, _ = sizes = network.layer_sizes
    if not isinstance(network, SpikingNetwork):
        return trial.batch_size * 8 * sum(sizes)
    shown = 1 if trial.encoding.is_static else network.num_steps
    kept = round(network.num_steps * trial.rule.kept_per_step(network))
    kept += sum(layer.post for layer in network.connections if layer.own is not None)
    return trial.batch_size * (2 * sum(hidden) + kept + 2 * shown * (inputs + hidden[0]))


def member_bytes(trial: Trial) -> int:
    """Bytes of float32 parameters and of one batch of hidden activities of one member."""
    weights = sum(layer.units * layer.fan_in for layer in trial.network.connections)
    return 4 * (weights + trial.batch_size * sum(trial.network.layer_sizes[1:-1]))


def members_beside(trial: Trial, places: int, *, in_turn: bool = False) -> int | None:
    """How many of a device's places are computed at once: None for all, else equal groups, or one.

    **Arguments:**

    - `in_turn`: for what holds more memory than a training does.
    """
    if not for_accelerator():
        return None if member_bytes(trial) <= SIDE_BY_SIDE_BYTES and not in_turn else 1
    # Parameters, their gradients and changes, and two moments of an optimiser.
    held = 4 * (6 * num_parameters(trial) + num_activities(trial)) * (MEASURED_BYTES if in_turn else 1)
    groups = -(-places // max(1, int(BESIDE_SHARE * accelerator_bytes()) // held))
    return None if groups == 1 else -(-places // groups)


@dataclass(frozen=True)
class Layout:
    """Where members lie: `share` places on each of `num_devices` devices, one device after the other.

    Members are dealt out in turn, member n to the device n mod `num_devices`: so that the devices have equally many,
    to within one, when there are fewer members than places.
    """

    num_devices: int
    share: int

    @classmethod
    def of(cls, capacity: int, num_devices: int) -> "Layout":
        """At least `capacity` places on at most `num_devices` devices, never more of these than members."""
        used = min(capacity, num_devices)
        return cls(used, -(-capacity // used))

    @property
    def capacity(self) -> int:
        """Places for members, at least as many as were asked for."""
        return self.num_devices * self.share

    def places(self, size: int) -> np.ndarray:
        """[size] the place of each member."""
        members = np.arange(size)
        return members % self.num_devices * self.share + members // self.num_devices

    def occupants(self, size: int) -> np.ndarray:
        """[capacity] the member at each place; the first one where there is none to train."""
        occupants = np.zeros(self.capacity, dtype=int)
        occupants[self.places(size)] = np.arange(size)
        return occupants

    def counts(self, size: int) -> Any:
        """Number of members to train: on each device, or as one number where there is one device."""
        if self.num_devices == 1:
            return jnp.int32(size)
        return (np.arange(self.num_devices)[::-1] + size).astype(np.int32) // np.int32(self.num_devices)

    @cached_property
    def mesh(self) -> Mesh:
        """The devices in use: the first of the default backend."""
        return Mesh(np.array(jax.local_devices()[: self.num_devices]), (AXIS,))

    def sharding(self, axis: int | None) -> NamedSharding:
        """How an argument lies on the devices: cut along its leading axis, or whole on each for None."""
        return NamedSharding(self.mesh, PartitionSpec() if axis is None else PartitionSpec(AXIS))


def over_devices(function: Callable[..., Any], in_axes: tuple, layout: Layout) -> tuple[Callable[..., Any], dict]:
    """`function` of a device's share on all devices at once, and the shardings of its arguments and of its results.

    **Arguments:**

    - `function`: of arguments of which `in_axes` tells which have a member axis, and of how many members count.
    """
    if layout.num_devices == 1:
        return function, {}
    axes = (*in_axes, 0)
    shardings = tuple(layout.sharding(axis) for axis in axes)

    def of_share(*arguments):
        return function(*arguments[:-1], arguments[-1][0])

    # The check would refuse loops that begin with constants, which are the same on all devices, as ours do.
    spread = jax.shard_map(
        of_share,
        mesh=layout.mesh,
        in_specs=tuple(sharding.spec for sharding in shardings),
        out_specs=PartitionSpec(AXIS),
        check_vma=False,
    )
    return spread, {"in_shardings": shardings, "out_shardings": layout.sharding(0)}


def on_devices(values: Any, axis: int | None, layout: Layout) -> Any:
    """`values` as the devices need them; as they are where there is one device."""
    return values if layout.num_devices == 1 else jax.device_put(values, layout.sharding(axis))


def side_by_side(function: Callable[..., Any], in_axes: tuple) -> Callable[..., Any]:
    """`function` over the leading axis of the marked arguments, all members at once."""
    mapped = jax.vmap(function, in_axes=in_axes)

    def over_members(*arguments):
        return mapped(*arguments[:-1])  # the padding members are computed, and dropped by the caller

    return over_members


def in_groups(function: Callable[..., Any], in_axes: tuple, beside: int) -> Callable[..., Any]:
    """`function` over the leading axis, `beside` members at a time: only groups with one of the first `size` cost time.

    The last group begins earlier, where fewer than `beside` would be left: what it shares with the one before is the
    same twice.
    """
    of_group = function if beside == 1 else jax.vmap(function, in_axes=in_axes)

    def taken(leaf, group):
        return leaf[group] if beside == 1 else jax.lax.dynamic_slice_in_dim(leaf, group * beside, beside)

    def put(all_of, of_one, group):
        if beside == 1:
            return all_of.at[group].set(of_one)
        return jax.lax.dynamic_update_slice_in_dim(all_of, of_one, group * beside, 0)

    def over_members(*arguments):
        *arguments, size = arguments

        def at(group):
            return [
                jax.tree.map(lambda leaf: taken(leaf, group), argument) if axis == 0 else argument
                for argument, axis in zip(arguments, in_axes, strict=True)
            ]

        capacity = jax.tree.leaves(arguments[0])[0].shape[0]
        shapes = jax.eval_shape(lambda: of_group(*at(0)))
        start = jax.tree.map(lambda leaf: jnp.zeros((capacity, *leaf.shape[beside > 1 :]), leaf.dtype), shapes)

        def body(group, results):
            result = of_group(*at(group))
            return jax.tree.map(lambda all_of, of_one: put(all_of, of_one, group), results, result)

        return jax.lax.fori_loop(0, -(-size // beside), body, start)

    return over_members
