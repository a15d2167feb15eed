"""A device of the user's own, asked for the shape of its answer before anything is computed with it."""

from typing import Any

import jax
import jax.numpy as jnp

from physdfa.devices.base import AbstractDevice
from physdfa.parts import is_ours
from physdfa.parts.own import answer, blamed, expect_shape, named, note_part

_passed: set[Any] = set()


def check_own_device(device: AbstractDevice, part: str | None = None, shape: tuple[int, int] = (3, 5)) -> None:
    """Ask a device of the user's own for the shape of its answer, once per structure.

    **Arguments:**

    - `part`: the device in words; `shape`: numbers of samples and of neurons.

    **Raises:** `PartError` for what it raises, or an answer of another shape than the question.
    """
    if is_ours(type(device)):
        return
    structure = (jax.tree.structure(device), shape)
    if structure in _passed:
        return
    note_part("device", type(device))
    part = part or named("device", type(device))
    signal = jax.ShapeDtypeStruct(shape, jnp.float32)
    with blamed(part, [type(device).__module__]):
        for key in (None, jax.random.key(0)):
            given = answer(lambda one, asked, key: one.respond(asked, key=key), device, signal, key)
            expect_shape(part, "respond", given, shape, "batch neurons")
    _passed.add(structure)
