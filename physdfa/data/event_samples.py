"""Samples that are events: any number of spikes each, kept one after the other, gathered batch by batch.

Nothing is padded but the batch: it has room for as many events per sample as the fullest sample of the set has, so its
size, and with it the compiled program and its memory, is the same for every batch.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray, Shaped, UInt16

from physdfa.arrays import Scalar
from physdfa.data.events import CHUNK_EVENTS, EventBatch


class Sensor(NamedTuple):
    """The inputs as a grid; input = (polarity * height + y) * width + x."""

    width: int
    height: int
    polarities: int

    @property
    def num_inputs(self) -> int:
        """Number of inputs."""
        return self.width * self.height * self.polarities


class EventChanges(eqx.Module):
    """Random changes of the events of a batch in training.

    - `jitter`: standard deviation of the change of each time [s], >= 0; times before 0 are reflected there.
    - `shifts`: (down, right) of each sample [pixels of the sensor]; None for no shift. Events that leave are dropped.
    - `key`: of the jitter.
    """

    jitter: Scalar
    shifts: Int[Array, "samples 2"] | None
    key: PRNGKeyArray
    sensor: Sensor | None = eqx.field(static=True)


class EventSamples(eqx.Module):
    """Spikes of the inputs, sample after sample; indexed by rows it gives these samples, without a copy of events.

    **Arguments:**

    - `times`: of each event [s], >= 0, in the number format in which they were published.
    - `inputs`: input neuron of each event.
    - `starts`, `counts`: place of the first event of each sample, and how many it has, >= 0.
    - `room`: events of the fullest sample, >= 1.
    - `num_inputs`: number of input neurons, > every entry of `inputs`.
    - `changes`: of the events of a batch in training; None where they are as they were recorded.
    """

    # NumPy arrays as they are loaded, JAX arrays once they are in the memory of the device that computes.
    times: Float[np.ndarray, " events"] | Float[Array, " events"]
    inputs: UInt16[np.ndarray, " events"] | UInt16[Array, " events"]
    starts: Int[np.ndarray, " samples"] | Int[Array, " samples"]
    counts: Int[np.ndarray, " samples"] | Int[Array, " samples"]
    room: int = eqx.field(static=True)
    num_inputs: int = eqx.field(static=True)
    changes: EventChanges | None = None

    def __getitem__(self, rows: Shaped[Array, " chosen"]) -> "EventSamples":
        """The samples at `rows`."""
        return EventSamples(self.times, self.inputs, self.starts[rows], self.counts[rows], self.room, self.num_inputs)


def event_samples(times: Sequence[np.ndarray], inputs: Sequence[np.ndarray], num_inputs: int) -> EventSamples:
    """Samples from the times [s] and input neurons of their events; a sample may have none."""
    counts = np.array([len(one) for one in times])
    return samples_of_counts(np.concatenate(times), np.concatenate(inputs).astype(np.uint16), counts, num_inputs)


def samples_of_counts(
    times: Float[np.ndarray, " events"],
    inputs: UInt16[np.ndarray, " events"],
    counts: Int[np.ndarray, " samples"],
    num_inputs: int,
) -> EventSamples:
    """Samples from the times [s] and inputs of all events, one sample after the other, and how many each has."""
    counts = counts.astype(np.int32)
    starts = (np.cumsum(counts) - counts).astype(np.int32)
    return EventSamples(times, inputs, starts, counts, max(int(counts.max()), 1), num_inputs)


def chosen_samples(samples: EventSamples, rows: Int[np.ndarray, " chosen"]) -> EventSamples:
    """The samples at `rows` with their own events alone, to keep no others in memory."""
    pieces = [
        slice(start, start + count) for start, count in zip(samples.starts[rows], samples.counts[rows], strict=True)
    ]
    return event_samples(
        [np.asarray(samples.times[piece]) for piece in pieces],
        [np.asarray(samples.inputs[piece]) for piece in pieces],
        samples.num_inputs,
    )


def list_events(samples: EventSamples, window: Scalar, num_levels: int) -> EventBatch:
    """The events of a batch on a time grid; those after the window are left out.

    step = round(t num_levels / window),   t <= window

    A time is moved by at most half a step, window / (2 num_levels). Events of one input that come to lie on the same
    step all count.

    **Arguments:**

    - `window`: time in which inputs come [s], > 0.
    - `num_levels`: steps of the grid within it, >= 1.
    """
    times, inputs, rows, is_event, num_events = _gathered(samples)
    comes = is_event & (times <= window)
    steps = jnp.round(times * (num_levels / window)).astype(jnp.int32)
    return EventBatch(
        jnp.where(comes, inputs, -1),
        jnp.where(comes, rows, -1),
        jnp.where(comes, steps, -1),
        num_events,
        jnp.zeros(samples.counts.shape[0]),
    )


def bin_events(samples: EventSamples, window: Scalar, num_steps: int) -> Float[Array, "{num_steps} batch inputs"]:
    """Counts of events of each input in each time step; those after the window are left out.

    step = floor(t num_steps / window),   t <= window; the very end belongs to the last step

    Takes 4 num_steps x samples x inputs bytes.

    **Arguments:**

    - `window`: time in which inputs come [s], > 0.
    - `num_steps`: steps of equal length within it, >= 1.
    """
    times, inputs, rows, is_event, _ = _gathered(samples)
    batch = samples.counts.shape[0]
    steps = jnp.minimum((times * (num_steps / window)).astype(jnp.int32), num_steps - 1)
    cells = (steps * batch + rows) * samples.num_inputs + inputs
    total = num_steps * batch * samples.num_inputs
    counted = jnp.zeros(total).at[jnp.where(is_event & (times <= window), cells, total)].add(1.0, mode="drop")
    return counted.reshape(num_steps, batch, samples.num_inputs)


def late_share(samples: EventSamples, window: float) -> float:
    """Share of the events that come after the window [s], and are left out."""
    return float(np.mean(np.asarray(samples.times) > window))


def _gathered(samples: EventSamples):
    """Times, inputs and rows of all events of a batch, one after the other, which of them come, and where they end."""
    batch = samples.counts.shape[0]
    size = -(-batch * samples.room // CHUNK_EVENTS) * CHUNK_EVENTS
    ends = jnp.cumsum(samples.counts)
    rows = jnp.repeat(jnp.arange(batch, dtype=jnp.int32), samples.counts, total_repeat_length=size)
    place = jnp.arange(size, dtype=jnp.int32)
    is_event = place < ends[-1]
    first = samples.starts - (ends - samples.counts)
    source = jnp.where(is_event, place + first[rows], 0)
    times = samples.times[source].astype(jnp.float32)
    inputs = samples.inputs[source].astype(jnp.int32)
    if samples.changes is not None:
        changes = samples.changes
        times = jnp.abs(times + changes.jitter * jax.random.normal(changes.key, times.shape))
        if changes.shifts is not None and changes.sensor is not None:
            inputs, stays = _shifted(inputs, changes.shifts[rows], changes.sensor)
            is_event &= stays
    return times, inputs, rows, is_event, ends[-1].astype(jnp.int32)


def _shifted(inputs: Int[Array, " events"], shifts: Int[Array, "events 2"], sensor: Sensor):
    """Inputs moved (down, right) on the sensor, 0 of those that leave it; and which of them stay."""
    width, height, _ = sensor
    x, y = inputs % width + shifts[:, 1], inputs // width % height + shifts[:, 0]
    stays = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return jnp.where(stays, (inputs // (width * height) * height + y) * width + x, 0), stays


def changed_events(
    samples: EventSamples, jitter: Scalar, max_shift: int, sensor: Sensor | None, *, key: PRNGKeyArray
) -> EventSamples:
    """The samples of a batch, each time changed at random, each sample moved as a whole on its sensor.

    t' = |t + jitter n|,   n ~ N(0, 1);   dy, dx ~ U{-max_shift, ..., max_shift}, independent

    **Arguments:**

    - `jitter`: standard deviation [s], >= 0.
    - `max_shift`: largest shift [pixels], static; 0 for none.
    - `sensor`: the grid that samples are moved on; None, where none is.
    """
    shift_key, jitter_key = jax.random.split(key)
    shifts = None
    if max_shift and sensor is not None:
        shifts = jax.random.randint(shift_key, (samples.counts.shape[0], 2), -max_shift, max_shift + 1)
    return replace(samples, changes=EventChanges(jitter, shifts, jitter_key, sensor))
