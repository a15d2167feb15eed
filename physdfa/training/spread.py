"""Spread of members over memory and devices: side by side or one by one, each device with its share.

Members know nothing of each other, so devices have nothing to tell each other: the compiled program is that of one
device with its share of the members, started on all of them at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

AXIS = "members"


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


def one_by_one(function: Callable[..., Any], in_axes: tuple) -> Callable[..., Any]:
    """`function` over the leading axis, one member after the other; only the first `size` of them cost time."""

    def over_members(*arguments):
        *arguments, size = arguments

        def at(index):
            return [
                jax.tree.map(lambda leaf: leaf[index], argument) if axis == 0 else argument
                for argument, axis in zip(arguments, in_axes, strict=True)
            ]

        capacity = jax.tree.leaves(arguments[0])[0].shape[0]
        shapes = jax.eval_shape(lambda: function(*at(0)))
        start = jax.tree.map(lambda leaf: jnp.zeros((capacity, *leaf.shape), leaf.dtype), shapes)

        def body(index, results):
            result = function(*at(index))
            return jax.tree.map(lambda all_of, one: all_of.at[index].set(one), results, result)

        return jax.lax.fori_loop(0, size, body, start)

    return over_members
