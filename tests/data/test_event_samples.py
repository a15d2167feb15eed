import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.arrays import as_scalar
from physdfa.data.event_samples import (
    Sensor,
    bin_events,
    changed_events,
    chosen_samples,
    event_samples,
    late_share,
    list_events,
)
from physdfa.data.events import CHUNK_EVENTS

TIMES = ([0.0, 0.012, 0.012, 0.5], [], [1.0, 1.001, 0.3], [0.25])
INPUTS = ([2, 0, 0, 4], [], [1, 3, 3], [4])
"""Four samples of 5 inputs: two spikes of one input at one time, a silent sample, a spike after 1 s."""


def make_samples(dtype=np.float32, times=TIMES, inputs=INPUTS):
    return event_samples(
        [np.array(one, dtype=dtype) for one in times], [np.array(one, dtype=np.uint16) for one in inputs], 5
    )


def on_device(samples):
    return jax.tree.map(jnp.asarray, samples)


def listed(batch) -> list[tuple[int, int, int]]:
    """(sample, input, step) of what comes, in order."""
    rows = np.stack([batch.samples, batch.sources, batch.steps], axis=1)[: int(batch.num_events)].tolist()
    return [tuple(row) for row in rows if row[1] >= 0]


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_rows_have_their_own_events_in_any_order_and_number(dtype):
    batch = list_events(on_device(make_samples(dtype))[jnp.array([3, 0, 1, 3])], jnp.float32(1.0), 100)
    assert listed(batch) == [(0, 4, 25), (1, 2, 0), (1, 0, 1), (1, 0, 1), (1, 4, 50), (3, 4, 25)]
    assert batch.size.shape == (4,)


def test_an_event_comes_at_the_nearest_step_up_to_the_end_of_the_window_and_not_after_it():
    batch = list_events(on_device(make_samples())[jnp.array([2])], jnp.float32(1.0), 10)
    assert listed(batch) == [(0, 1, 10), (0, 1 + 2, 3)]  # 1.001 s is left out
    assert int(batch.num_events) == 3


def test_no_time_is_moved_by_more_than_half_a_step_and_half_precision_lies_on_2048_levels():
    times = np.sort(np.random.default_rng(0).uniform(0.5, 1.0, 300)).astype(np.float16)
    samples = on_device(event_samples([times], [np.zeros(300, np.uint16)], 5))
    for levels, error in ((100, 0.5 / 100), (2048, 0.0)):
        steps = np.asarray(list_events(samples, jnp.float32(1.0), levels).steps[:300])
        assert np.max(np.abs(steps / levels - times.astype(float))) <= error + 1e-7


def test_the_room_of_a_batch_is_that_of_its_fullest_possible_content():
    samples = on_device(make_samples())
    shapes = {list_events(samples[jnp.array(rows)], jnp.float32(1.0), 10).sources.shape for rows in ([0, 0], [1, 1])}
    assert shapes == {(CHUNK_EVENTS,)}
    many = on_device(make_samples(times=[[0.1] * 1500, []], inputs=[[1] * 1500, []]))
    full = list_events(many[jnp.array([0, 1, 0])], jnp.float32(1.0), 10)
    assert full.sources.shape == (3 * CHUNK_EVENTS,)  # 4500 events, rounded up
    np.testing.assert_array_equal(full.samples[:3000], np.repeat([0, 2], 1500))
    assert np.all(full.sources[3000:] == -1)


def test_batches_of_any_content_are_one_program():
    samples, traces = on_device(make_samples()), 0

    @jax.jit
    def count(samples, rows):
        nonlocal traces
        traces += 1
        return list_events(samples[rows], jnp.float32(1.0), 10).num_events

    assert [int(count(samples, jnp.array(rows))) for rows in ([0, 1], [1, 1], [2, 0])] == [4, 0, 7]
    assert traces == 1


def test_bins_count_the_events_of_each_input_and_step():
    counts = np.asarray(bin_events(on_device(make_samples()), jnp.float32(1.0), 4))
    expected = np.zeros((4, 4, 5))
    expected[0, 0, 2], expected[0, 0, 0], expected[2, 0, 4] = 1, 2, 1  # 0 s; 12 ms twice; 0.5 s opens the third bin
    expected[3, 2, 1], expected[1, 2, 3] = 1, 1  # 1 s closes the last bin; 1.001 s is left out
    expected[1, 3, 4] = 1
    np.testing.assert_array_equal(counts, expected)


def test_silent_samples_alone_give_nothing():
    rows = on_device(make_samples())[jnp.array([1, 1])]
    assert listed(list_events(rows, jnp.float32(1.0), 10)) == []
    assert not np.any(bin_events(rows, jnp.float32(1.0), 4))


def test_a_subset_keeps_its_own_events_alone():
    kept = chosen_samples(make_samples(), np.array([3, 1, 0]))
    assert kept.room == 4
    np.testing.assert_array_equal(kept.counts, [1, 0, 4])
    np.testing.assert_array_equal(kept.times, np.array([0.25, 0.0, 0.012, 0.012, 0.5], np.float32))
    np.testing.assert_array_equal(kept.inputs, [4, 2, 0, 0, 4])


def test_the_share_after_the_window_is_that_of_all_events():
    assert late_share(make_samples(), 1.0) == pytest.approx(1 / 8)
    assert late_share(make_samples(), 2.0) == 0


SENSOR = Sensor(width=3, height=2, polarities=2)


def on_sensor(*places):
    """Two samples of the same events: (x, y, p) at 0.5 s each."""
    inputs = np.array([(p * 2 + y) * 3 + x for x, y, p in places], np.uint16)
    times = np.full(len(places), 0.5, np.float32)
    return jax.tree.map(jnp.asarray, event_samples([times, times], [inputs, inputs], SENSOR.num_inputs))


def test_events_without_jitter_and_shift_are_as_they_were():
    samples = on_sensor((0, 0, 0), (2, 1, 1))
    changed = changed_events(samples, as_scalar(0.0), 0, None, key=jax.random.key(0))
    np.testing.assert_array_equal(bin_events(changed, as_scalar(1.0), 4), bin_events(samples, as_scalar(1.0), 4))


def test_jitter_has_its_standard_deviation_and_no_mean():
    times = np.full(20_000, 0.5, np.float32)
    samples = jax.tree.map(jnp.asarray, event_samples([times], [np.zeros(20_000, np.uint16)], 1))
    changed = changed_events(samples, as_scalar(0.05), 0, None, key=jax.random.key(0))
    events = list_events(changed, as_scalar(1.0), 10_000)
    steps = np.asarray(events.steps)[np.asarray(events.steps) >= 0] / 10_000
    assert steps.mean() == pytest.approx(0.5, abs=4 * 0.05 / np.sqrt(20_000))
    assert steps.std() == pytest.approx(0.05, rel=4 / np.sqrt(2 * 20_000))


def test_times_that_jitter_would_move_before_the_beginning_are_reflected():
    samples = jax.tree.map(jnp.asarray, event_samples([np.zeros(500, np.float32)], [np.zeros(500, np.uint16)], 1))
    changed = changed_events(samples, as_scalar(0.01), 0, None, key=jax.random.key(1))
    assert float(jnp.sum(bin_events(changed, as_scalar(1.0), 10))) == 500


def test_a_sample_is_shifted_as_a_whole_and_what_leaves_the_sensor_is_dropped():
    """Each of the nine shifts of an event in the middle column, upper row; polarities stay."""
    found = set()
    for seed in range(40):
        changed = changed_events(on_sensor((1, 0, 0), (1, 0, 1)), as_scalar(0.0), 1, SENSOR, key=jax.random.key(seed))
        assert changed.changes is not None
        assert changed.changes.shifts is not None
        counts = np.asarray(bin_events(changed, as_scalar(1.0), 1))[0].reshape(2, 2, 2, 3)  # sample, p, y, x
        for sample, (down, right) in zip(counts, np.asarray(changed.changes.shifts), strict=True):
            expected = np.zeros((2, 2, 3))
            if down >= 0:
                expected[:, down, 1 + right] = 1
            np.testing.assert_array_equal(sample, expected)
            found.add((int(down), int(right)))
    assert len(found) == 9


def test_the_list_still_says_how_many_places_it_has_when_events_leave():
    samples = on_sensor((0, 0, 0), (2, 1, 1))
    events = [
        list_events(changed_events(samples, as_scalar(0.0), 1, SENSOR, key=jax.random.key(seed)), as_scalar(1.0), 4)
        for seed in range(8)
    ]
    assert [int(one.num_events) for one in events] == [4] * 8
    assert min(int(jnp.sum(one.sources >= 0)) for one in events) < 4
