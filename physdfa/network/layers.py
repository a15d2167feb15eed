"""From the sizes of a network, as a person writes them, to the connections of its layers."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from physdfa.data.event_samples import Sensor
from physdfa.errors import InputError
from physdfa.network.connections import AbstractConnections, FullConnections
from physdfa.network.convolution import Convolution, ConvolutionalConnections


def as_connections(sizes: Any) -> tuple[AbstractConnections, ...]:
    """The connections of layers of these sizes.

    **Arguments:**

    - `sizes`: inputs, hidden layers, classes. The inputs are a number; or height and width of images, with a third
      number where they have several channels; or the `Sensor` of events. A hidden layer is a number of neurons, or a
      text such as "16c5 stride 2".

    **Raises:** `InputError` for anything else, and for a convolution without an image before it.
    """
    is_row = isinstance(sizes, Sequence | np.ndarray) and not isinstance(sizes, str) and len(sizes) > 0
    if not is_row or not (_is_layer(sizes[0]) or _is_image(sizes[0])) or not all(map(_is_layer, sizes[1:])):
        raise InputError(
            "`layer_sizes` must be a list of whole numbers such as [64, 64, 10]: inputs, hidden layers, classes; or, "
            f"for convolutional layers, such as [(28, 28), '16c5 stride 2', 64, 10]; got {sizes!r}."
        )
    inputs, *hidden = [int(size) if isinstance(size, int | np.integer) else size for size in sizes]
    if len(hidden) < 2 or any(size < 1 for size in (inputs, *hidden) if isinstance(size, int)):
        raise InputError(
            f"`layer_sizes` needs inputs, at least one hidden layer and classes, all >= 1; got {[inputs, *hidden]}."
        )
    if isinstance(inputs, str) or isinstance(hidden[-1], str):
        raise InputError(
            f"`layer_sizes` = {[inputs, *hidden]}: hidden layers alone may be convolutional; begin with the inputs, "
            "such as (28, 28), and end with the number of classes."
        )
    if isinstance(inputs, Sensor):
        return _connected((inputs.height, inputs.width, inputs.polarities), hidden, in_planes=True)
    return _connected((inputs,) if isinstance(inputs, int) else (*inputs, 1)[:3], hidden)


def _connected(
    shape: tuple[int, ...], layers: Sequence[int | str], *, in_planes: bool = False
) -> tuple[AbstractConnections, ...]:
    """The connections from `shape` on; `in_planes` as the first image lies."""
    found: list[AbstractConnections] = []
    for layer in layers:
        if isinstance(layer, int):
            found.append(FullConnections(math.prod(shape), layer))
        elif len(shape) == 3:
            height, width, channels = shape
            image = (height, width, channels)
            found.append(ConvolutionalConnections(image, Convolution.read(layer), in_planes and not found))
        elif found:
            raise InputError(
                f"'{layer}' is convolutional and needs an image before it, not the {math.prod(shape)} neurons of a "
                "fully connected layer; put it before that."
            )
        else:
            raise InputError(
                f"'{layer}' is convolutional and needs an image before it, not {math.prod(shape)} inputs without a "
                "shape; give their height and width, such as (28, 28)."
            )
        shape = found[-1].shape
    return tuple(found)


def with_recurrence(connections: Sequence[AbstractConnections], recurrent: Any) -> tuple[AbstractConnections, ...]:
    """The connections with those of the hidden layers that are recurrent.

    **Arguments:**

    - `recurrent`: True or False for all hidden layers, or for each of them.

    **Raises:** `InputError` for anything else, and for a convolutional layer that would be recurrent.
    """
    *hidden, outputs = connections
    wanted = [recurrent] * len(hidden) if isinstance(recurrent, bool) else recurrent
    if not isinstance(wanted, Sequence) or not all(isinstance(one, bool) for one in wanted):
        raise InputError(f"`recurrent` must be True or False, or a list with one for each layer; got {recurrent!r}.")
    if len(wanted) != len(hidden):
        raise InputError(f"`recurrent` has {len(wanted)} entries for {len(hidden)} hidden layers; give one for each.")
    found: list[AbstractConnections] = []
    for layer, is_recurrent in zip(hidden, wanted, strict=True):
        if isinstance(layer, ConvolutionalConnections) and is_recurrent:
            raise InputError(
                f"`recurrent` = {recurrent!r}: the convolutional layer '{layer.layer}' cannot be recurrent; give a "
                "list with False for it, and True for the fully connected layers that are."
            )
        if not isinstance(layer, ConvolutionalConnections):
            layer = FullConnections(layer.pre, layer.post, is_recurrent)
        found.append(layer)
    return *found, outputs


def recurrent_layers(
    shapes: Sequence[tuple[int, ...]], connections: Sequence[AbstractConnections]
) -> tuple[bool, ...] | None:
    """Which hidden layers are recurrent in a network whose weights have the `shapes` [units fan_in].

    None where it differs from the `connections` in more than that.
    """
    if [shape[0] for shape in shapes] != [layer.units for layer in connections]:
        return None
    more = [fan_in - layer.columns for (_, fan_in), layer in zip(shapes, connections, strict=True)]
    if any(own not in (0, layer.post) for own, layer in zip(more, connections, strict=True)):
        return None
    return tuple(own > 0 for own in more[:-1])


def _is_layer(layer: Any) -> bool:
    """Whether it is a number of neurons, or a text: not yet whether that can be read."""
    return isinstance(layer, int | np.integer | str) and not isinstance(layer, bool)


def _is_image(inputs: Any) -> bool:
    """Whether it is height and width of images, or these and channels."""
    is_shape = isinstance(inputs, tuple | list) and len(inputs) in (2, 3)
    return is_shape and all(isinstance(size, int | np.integer) and size >= 1 for size in inputs)
