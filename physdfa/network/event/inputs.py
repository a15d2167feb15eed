"""Input events as they are: forward a sum of weight rows, backward a sum of trace rows. No array of inputs x time.

The samples of a batch come in blocks of equal size, one after the other, each with all of its time steps.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from physdfa.data.events import CHUNK_EVENTS, EventBatch


def event_currents(
    weight: Float[Array, "post pre"], events: EventBatch, num_steps: int, block: int
) -> Float[Array, "blocks {num_steps} {block} post"]:
    """Sum of the weights of the inputs that fire, per step, sample and neuron, in blocks of `block` samples."""
    rows, batch = weight.T, events.size.shape[0]
    total = num_steps * batch

    def add(chunk, currents):
        piece = _chunk(events, chunk)
        # An index beyond the end is dropped; -1, the empty place, would be the last row.
        cells = jnp.where(piece.sources < 0, total, _cells(piece, num_steps, block))
        return currents.at[cells].add(rows[piece.sources], mode="drop")

    empty = jnp.zeros((total, weight.shape[0]), weight.dtype)
    return jax.lax.fori_loop(0, _num_chunks(events), add, empty).reshape(-1, num_steps, block, weight.shape[0])


def event_gradient(
    traces: Float[Array, "blocks steps block post"], events: EventBatch, num_inputs: int
) -> Float[Array, "post {num_inputs}"]:
    """Sum over all events of the trace of every neuron at the event's step and sample, per input."""
    _, steps, block, neurons = traces.shape
    flat = traces.reshape(-1, neurons)

    def add(chunk, gradient):
        piece = _chunk(events, chunk)
        targets = jnp.where(piece.sources < 0, num_inputs, piece.sources)
        return gradient.at[targets].add(flat[_cells(piece, steps, block)], mode="drop")

    empty = jnp.zeros((num_inputs, neurons), traces.dtype)
    return jax.lax.fori_loop(0, _num_chunks(events), add, empty).T


def _cells(events: EventBatch, num_steps: int, block: int) -> Int[Array, " events"]:
    """The row of each event's block, step and sample, counted through."""
    return (events.samples // block * num_steps + events.steps) * block + events.samples % block


def _num_chunks(events: EventBatch):
    return (events.num_events + CHUNK_EVENTS - 1) // CHUNK_EVENTS


def _chunk(events: EventBatch, index) -> EventBatch:
    def cut(values):
        return jax.lax.dynamic_slice_in_dim(values, index * CHUNK_EVENTS, CHUNK_EVENTS)

    return events._replace(sources=cut(events.sources), samples=cut(events.samples), steps=cut(events.steps))
