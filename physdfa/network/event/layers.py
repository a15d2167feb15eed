"""One layer of event neurons over the whole time grid, and what its spikes are to the next layer.

A spike that comes within step n acts on the next layer from the grid time n + 1 on, with its exact age. So each layer
lies one step behind the one before it, and the grid has one step more than the presentation: in it only crossings up to
the end count. Spikes of that last step reach nothing: they come at the very end.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.lax import Precision
from jaxtyping import Array, Float, Int

from physdfa.arrays import Scalar
from physdfa.neurons.event_lif import EventLif, late_spikes, spike_counts


class LayerSpikes(NamedTuple):
    """All spikes of one layer in one presentation; `time` is the grid, one step longer than the presentation.

    - `phases`: y of the spike of each step, 0 where there is none.
    - `quadratics`: a of each step, spike or not: the current at a spike is a y^2.
    - `counts`: spikes of each neuron; `late`: those of them whose successor had no step of its own.
    - `grades`: sum of all grades that a neuron has carried on up to each step; None where no grades run.
    """

    phases: Float[Array, "blocks time block neurons"]
    quadratics: Float[Array, "blocks time block neurons"]
    counts: Float[Array, "blocks block neurons"]
    late: Float[Array, "blocks block neurons"]
    grades: Float[Array, "blocks time block neurons"] | None


class Arrivals(NamedTuple):
    """Inputs at each grid time; the last row is that of all later times, too.

    Sums of w u and w u^2 (see `EventLif.step`), and of w times all grades carried on so far.
    """

    linear: Float[Array, "blocks rows block neurons"]
    quadratic: Float[Array, "blocks rows block neurons"]
    grades: Float[Array, "blocks rows block neurons"] | None


def run_layer(
    neuron: EventLif,
    incoming: Arrivals,
    num_times: int,
    decay: Scalar,
    max_spikes: int,
    perturbation: Float[Array, "blocks block neurons"] | None = None,
) -> LayerSpikes:
    """All spikes of a layer, block by block.

    With a `perturbation` p grades run: a neuron sums what its inputs bring, w times their grade; its spike carries that
    sum on, its first spike p with it, and the sum begins anew. So up to its last spike it has carried on p and all that
    had come by then. Where no grades come in, that is p alone.

    **Arguments:**

    - `num_times`: grid times, one more than the presentation has steps.
    - `decay`: r = exp(-dt / tau_mem) of a step.
    - `max_spikes`: of a neuron in one presentation.
    """
    blocks, rows, *shape = incoming.linear.shape
    rest = jnp.zeros(shape, incoming.linear.dtype)

    def one_block(held, piece):
        block, first_grade = piece

        def step(index, carry):
            state, carried, held = carry
            arrived = jax.tree.map(lambda values: row(values, block, jnp.minimum(index, rows - 1)), incoming)
            latest = jnp.where(index == num_times - 1, 1.0, decay)
            state = neuron.step(
                arrived.linear, arrived.quadratic, state, decay=decay, latest=latest, max_spikes=max_spikes
            )
            if first_grade is not None:
                grade = first_grade if arrived.grades is None else first_grade + arrived.grades
                carried = jnp.where(state.phase > 0, grade, carried)
            shown = (state.phase, state.quadratic, carried)
            return state, carried, jax.tree.map(lambda values, one: with_row(values, one, block, index), held, shown)

        start = (neuron.initial_state(tuple(shape), rest.dtype), None if perturbation is None else rest, held)
        state, _, held = jax.lax.fori_loop(0, num_times, step, start)
        return held, neuron.tally(state, decay)

    empty = jnp.zeros((blocks, num_times, *shape), rest.dtype)
    held = (empty, empty, None if perturbation is None else empty)
    (phases, quadratics, grades), tally = jax.lax.scan(one_block, held, (jnp.arange(blocks), perturbation))
    return LayerSpikes(phases, quadratics, spike_counts(tally), late_spikes(tally), grades)


def row(
    values: Float[Array, "blocks rows block neurons"], block: Int[Array, ""], index: Int[Array, ""]
) -> Float[Array, "block neurons"]:
    """What a block has at one time."""
    return jax.lax.dynamic_slice(values, (block, index, 0, 0), (1, 1, *values.shape[2:]))[0, 0]


def with_row(
    values: Float[Array, "blocks rows block neurons"],
    one: Float[Array, "block neurons"],
    block: Int[Array, ""],
    index: Int[Array, ""],
) -> Float[Array, "blocks rows block neurons"]:
    """All values, those of a block at one time replaced. A loop over blocks and times does it in place."""
    return jax.lax.dynamic_update_slice(values, one[None, None], (block, index, 0, 0))


def ages(phases: Float[Array, "*shape"], decay: Scalar) -> Float[Array, "*shape"]:
    """u = exp(-delta / tau_mem) of each spike at the next grid time, at which it arrives. 0 where there is none."""
    has_spike = phases > 0
    return jnp.where(has_spike, decay / jnp.where(has_spike, phases, 1.0), 0.0)


def arrivals(weight: Float[Array, "post pre"], spikes: LayerSpikes, decay: Scalar) -> Arrivals:
    """What the spikes of one layer bring to the next one, each at the grid time after it."""

    def one_piece(piece):
        phases, grades = piece
        age = ages(phases, decay)
        graded = None if grades is None else _summed(grades, weight)
        return Arrivals(_summed(age, weight), _summed(age * age, weight), graded)

    pieces = jax.tree.map(as_pieces, (spikes.phases, spikes.grades))
    return jax.tree.map(
        lambda sums: _one_step_later(sums.reshape(*spikes.phases.shape[:-1], -1)), jax.lax.map(one_piece, pieces)
    )


def as_pieces(values: Float[Array, "blocks time block neurons"]) -> Float[Array, "pieces times_block neurons"]:
    """All rows in pieces of as many as there are grid times.

    What is made of a piece for one product stays in the cache.
    """
    blocks, _, block, neurons = values.shape
    return values.reshape(blocks * block, -1, neurons)


def delivered(weight: Float[Array, "post pre"], spikes: LayerSpikes, output: LayerSpikes) -> Float[Array, "batch post"]:
    """Sum of the grades that output neurons got: w times what had been carried on when their last spike came."""
    grades = spikes.grades
    assert grades is not None  # grades ran
    _, num_times, block, neurons = grades.shape
    times = jnp.arange(num_times)[None, :, None, None]
    last = jnp.max(jnp.where(output.phases > 0, times, 0), axis=1)[0].T
    sample = jnp.arange(last.shape[1])[None]
    cells = (sample // block * num_times + last - 1) * block + sample % block
    carried = jnp.where(last[..., None] > 0, grades.reshape(-1, neurons)[cells], 0.0)
    return jnp.einsum("obn,on->bo", carried, weight, precision=Precision.HIGHEST)


def _summed(values: Float[Array, "rows pre"], weight: Float[Array, "post pre"]) -> Float[Array, "rows post"]:
    # Spike times need all 24 bits, which some accelerators would not use.
    return jnp.matmul(values, weight.T, precision=Precision.HIGHEST)


def _one_step_later(sums: Float[Array, "blocks time block post"]) -> Float[Array, "blocks time block post"]:
    return jnp.concatenate([jnp.zeros_like(sums[:, :1]), sums[:, :-1]], axis=1)
