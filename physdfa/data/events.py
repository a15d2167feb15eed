"""Input spikes as a list of events: neuron, sample and step of each. What does not fire takes no place."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

CHUNK_EVENTS = 2048
"""Events that are handled at once. The list is worked through in pieces of this size, and its empty rest costs nothing.
"""


class EventBatch(NamedTuple):
    """The input spikes of one batch. The list has room for every event that there can be: none is ever dropped.

    - `sources`: input neuron of each event; `samples`: its row in the batch; `steps`: grid time, from 0. All three are
      -1 beyond `num_events`, and where an event does not come to the network. Their length is a multiple of
      `CHUNK_EVENTS`.
    - `num_events`: events in the list, those that do not come included.
    - `size`: samples in the batch, as an array of so many zeros: it carries its number in its shape.
    """

    sources: Int[Array, " events"]
    samples: Int[Array, " events"]
    steps: Int[Array, " events"]
    num_events: Int[Array, ""]
    size: Float[Array, " batch"]


def first_spikes(values: Float[Array, "batch inputs"], num_levels: int) -> EventBatch:
    """Time to first spike: one event per value above 0, the larger the earlier. A value of 0 has none.

    t = T (1 - v), rounded to the nearest of the grid times 0, T / num_levels, ..., T

    **Arguments:**

    - `values`: between 0 and 1.
    - `num_levels`: steps of the grid within the encoding window T, >= 1. With 255, 8-bit pixels are not rounded.

    **Source:** Bacho & Chu, arXiv:2403.08804: time-to-first-spike encoding. The grid is ours.
    """
    batch, inputs = values.shape
    room = -(-batch * inputs // CHUNK_EVENTS) * CHUNK_EVENTS
    (cells,) = jnp.nonzero(values.reshape(-1) > 0, size=room, fill_value=-1)
    level = jnp.round((1 - values) * num_levels).astype(jnp.int32).reshape(-1)
    is_event = cells >= 0
    return EventBatch(
        jnp.where(is_event, cells % inputs, -1).astype(jnp.int32),
        jnp.where(is_event, cells // inputs, -1).astype(jnp.int32),
        jnp.where(is_event, level[cells], -1),
        jnp.sum(is_event).astype(jnp.int32),
        jnp.zeros(batch),
    )
