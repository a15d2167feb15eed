"""One layer of event neurons over the whole time grid, and what its spikes are to the next layer.

A spike that comes within step n acts on the next layer from the grid time n + 1 on, with its exact age. So each layer
lies one step behind the one before it, and the grid has one step more than the presentation: in it only crossings up to
the end count. Spikes of that last step reach nothing: they come at the very end.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.lax import Precision
from jaxtyping import Array, Float

from physdfa.arrays import Scalar
from physdfa.neurons.event_lif import EventLif, late_spikes, spike_counts


class LayerSpikes(NamedTuple):
    """All spikes of one layer in one presentation; `time` is the grid, one step longer than the presentation.

    - `phases`: y of the spike of each step, 0 where there is none; `currents`: I at it.
    - `counts`: spikes of each neuron; `late`: those of them whose successor had no step of its own.
    - `grades`: the grade that each spike carries on, 0 without a spike; None where no grades run.
    - `delivered`: sum of all grades of a neuron; None where no grades run.
    """

    phases: Float[Array, "time batch neurons"]
    currents: Float[Array, "time batch neurons"]
    counts: Float[Array, "batch neurons"]
    late: Float[Array, "batch neurons"]
    grades: Float[Array, "time batch neurons"] | None
    delivered: Float[Array, "batch neurons"] | None


class Arrivals(NamedTuple):
    """Inputs at each grid time: sums of w u and w u^2 (see `EventLif.step`), and of w times the grade."""

    linear: Float[Array, "time batch neurons"]
    quadratic: Float[Array, "time batch neurons"]
    grades: Float[Array, "time batch neurons"] | None


def run_layer(
    neuron: EventLif,
    incoming: Arrivals,
    decay: Scalar,
    max_spikes: int,
    perturbation: Float[Array, "batch neurons"] | None = None,
) -> LayerSpikes:
    """All spikes of a layer.

    With a `perturbation` p grades run: a neuron sums what its inputs bring, w times their grade; its spike carries that
    sum on, its first spike p with it, and the sum begins anew. Where no grades come in, first spikes carry p alone.

    **Arguments:**

    - `decay`: r = exp(-dt / tau_mem) of a step.
    - `max_spikes`: of a neuron in one presentation.
    """
    steps, *shape = incoming.linear.shape
    has_grades = perturbation is not None
    rest = jnp.zeros(shape, incoming.linear.dtype)

    def step(carry, scanned):
        state, grade, delivered = carry
        index, arrived = scanned
        shown, following = neuron.step(
            arrived.linear,
            arrived.quadratic,
            state,
            decay=decay,
            latest=jnp.where(index == steps - 1, 1.0, decay),
            max_spikes=max_spikes,
        )
        carried = None
        if perturbation is not None:
            carried = jnp.where(shown.fired & (state.tally == 0), perturbation, 0.0)
            if arrived.grades is not None:
                grade = grade + arrived.grades
                carried = carried + jnp.where(shown.fired, grade, 0.0)
                grade = jnp.where(shown.fired, 0.0, grade)
            delivered = delivered + carried
        return (following, grade, delivered), (shown.phase, shown.current, carried)

    start = (neuron.initial_state(tuple(shape), rest.dtype), *((rest, rest) if has_grades else (None, None)))
    (state, _, delivered), (phases, currents, grades) = jax.lax.scan(step, start, (jnp.arange(steps), incoming))
    return LayerSpikes(phases, currents, spike_counts(state.tally), late_spikes(state.tally), grades, delivered)


def ages(spikes: LayerSpikes, decay: Scalar) -> Float[Array, "time batch neurons"]:
    """u = exp(-delta / tau_mem) of each spike at the next grid time, at which it arrives. 0 where there is none."""
    has_spike = spikes.phases > 0
    return jnp.where(has_spike, decay / jnp.where(has_spike, spikes.phases, 1.0), 0.0)


def arrivals(weight: Float[Array, "post pre"], spikes: LayerSpikes, decay: Scalar) -> Arrivals:
    """What the spikes of one layer bring to the next one, each at the grid time after it."""
    age = ages(spikes, decay)
    return Arrivals(
        _one_step_later(age, weight),
        _one_step_later(age * age, weight),
        None if spikes.grades is None else _one_step_later(spikes.grades, weight),
    )


def _one_step_later(
    values: Float[Array, "time batch pre"], weight: Float[Array, "post pre"]
) -> Float[Array, "time batch post"]:
    # Spike times need all 24 bits, which some accelerators would not use. The last step, which arrives nowhere, is
    # multiplied, too: leaving it out would copy all others.
    sums = jnp.matmul(values, weight.T, precision=Precision.HIGHEST)
    return jnp.concatenate([jnp.zeros_like(sums[:1]), sums[:-1]])
