"""Events of analogue series, against traces worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from physdfa.data import Dataset, Delta, EventDataset, Threshold, load_dataset, with_events
from physdfa.errors import DataError, InputError


def make_series(*series, sample_rate: float | None = 10.0, full_scale: float = 1.0) -> Dataset:
    """Series [time] of one channel, or [time, channels], as the training and the test samples, of two classes."""
    values = np.array(series, np.float32)
    values = values[..., None] if values.ndim == 2 else values
    flat, labels = values.reshape(len(values), -1), (np.arange(len(values)) % 2).astype(np.int32)
    return Dataset(
        name="made",
        train_images=flat,
        train_labels=labels,
        test_images=flat,
        test_labels=labels,
        image_shape=values.shape[1:],
        num_classes=2,
        full_scale=full_scale,
        sample_rate=sample_rate,
    )


def events(encoding, *series, **facts):
    """(times, inputs) of each sample."""
    samples = encoding.events_of(make_series(*series, **facts)).train_samples
    return [
        (samples.times[first : first + count].tolist(), samples.inputs[first : first + count].tolist())
        for first, count in zip(samples.starts, samples.counts, strict=True)
    ]


STILL = [0.0, 0.0, 0.0, 0.0]


def test_delta_makes_an_event_for_every_step_and_keeps_the_rest():
    """Steps of 1 of 0, 2.5, 3, 0.5: two up (0.5 kept), one up, then two down (3 to 1, 0.5 kept)."""
    (times, inputs), still = events(Delta(step=1.0), [0.0, 2.5, 3.0, 0.5], STILL)
    np.testing.assert_allclose(times, [0.025, 0.075, 0.15, 0.225, 0.275], rtol=1e-6)
    assert inputs == [0, 0, 0, 1, 1]
    assert still == ([], [])


def test_delta_numbers_channels_up_before_channels_down():
    """Three channels: the second rises by one step while the third falls by two."""
    (times, inputs), _ = events(Delta(step=0.5), [[0, 0, 1], [0, 0.5, 0]], [[0, 0, 0], [0, 0, 0]])
    assert sorted(zip(times, inputs, strict=True)) == [
        (pytest.approx(0.025), 5),
        (pytest.approx(0.05), 1),
        (pytest.approx(0.075), 5),
    ]
    assert times == sorted(times)


def test_delta_takes_a_step_that_is_met_but_for_the_rounding_of_32_bits():
    (times, _), _ = events(Delta(step=0.1), [0.0, 0.7, 0.7, 0.7], STILL)  # 0.7 is 0.69999999 in 32 bits
    assert len(times) == 7


def test_delta_follows_a_series_to_less_than_a_step():
    random, step = np.random.default_rng(0), 0.25
    series = np.cumsum(random.normal(0, 0.4, (2, 60)), axis=1)
    for trace, (times, inputs) in zip(series, events(Delta(step=step), *series), strict=True):
        signs = 1 - 2 * np.array(inputs)
        at_samples = [trace[0] + step * np.sum(signs[np.array(times) < k / 10]) for k in range(60)]
        assert np.all(np.abs(at_samples - trace) < step * (1 + 1e-4))


def test_delta_is_of_the_scaled_values():
    assert events(Delta(step=0.1), [0, 2, 4, 4], STILL, full_scale=10.0) == events(Delta(step=1.0), [0, 2, 4, 4], STILL)


def test_threshold_crosses_its_levels_in_order_up_and_down():
    """Levels 0.25 and 0.75. 0 to 1 crosses both upwards; 1 to 0.5 the upper one downwards; 0.5 to 0.25 none: it is met
    from above, and lies below no more; 0.25 to 0 the lower one.
    """
    (times, inputs), _ = events(Threshold(levels=2), [0.0, 1.0, 0.5, 0.25, 0.0], [0.0] * 5)
    np.testing.assert_allclose(times, [0.025, 0.075, 0.15, 0.35], rtol=1e-6)
    assert inputs == [0, 1, 2 + 1, 2 + 0]


def test_threshold_crosses_downwards_from_the_upper_level():
    (times, inputs), _ = events(Threshold(levels=2), [1.0, 0.0, 0.0, 0.0], STILL)
    np.testing.assert_allclose(times, [0.025, 0.075], rtol=1e-6)
    assert inputs == [3, 2]


def test_threshold_has_inputs_by_direction_level_and_channel():
    """Two channels, two levels: the second channel crosses both, inputs (0 * 2 + level) * 2 + 1."""
    (_, inputs), _ = events(Threshold(levels=2), [[0, 0], [0, 1]], [[0, 0], [0, 0]])
    assert inputs == [1, 3]
    assert Threshold(levels=2).events_of(make_series([[0, 0], [0, 1]], [[0, 0], [0, 0]])).num_inputs == 8


def test_levels_lie_in_the_middle_of_equal_parts():
    up = np.linspace(-1.0, 3.0, 4001)  # crosses each level within 0.001
    (times, _), _ = events(Threshold(lowest=-1.0, highest=3.0, levels=4), up, 0 * up)
    np.testing.assert_allclose(-1.0 + 0.001 * 10 * np.array(times), [-0.5, 0.5, 1.5, 2.5], atol=0.0011)


@pytest.mark.parametrize(
    ("encoding", "facts", "words"),
    [
        (Delta(), {"sample_rate": None}, r"does not say the rate .* set data\.sample_rate"),
        (Delta(sample_rate=20.0), {}, r"data\.sample_rate = 20: made was sampled at 10 Hz; leave it out"),
        (Delta(step=100.0), {}, r"no event in the training part; its values run from 0 to 3: set data\.step"),
        (Delta(step=1e-20), {}, r"would be 5e\+20 events, more than"),
        (Threshold(lowest=7.0, highest=8.0), {}, r"finds no event .* set data\.lowest and data\.highest"),
    ],
)
def test_series_of_which_no_events_can_be_made_are_refused(encoding, facts, words):
    with pytest.raises(DataError, match=words):
        encoding.events_of(make_series([0.0, 2.5, 3.0, 1.0], STILL, **facts))


def test_levels_that_begin_above_their_end_and_too_many_of_them_are_refused():
    with pytest.raises(InputError, match=r"data\.lowest = 1 must be below data\.highest = 1"):
        Threshold(lowest=1.0)
    with pytest.raises(DataError, match="more than the 65,536 inputs allowed"):
        Threshold(levels=1000).events_of(make_series(np.zeros((2, 40)), np.ones((2, 40))))


def test_vectors_without_time_are_no_series():
    vectors = load_dataset("digits")
    flat = Dataset(**{**vars(vectors), "image_shape": None})
    with pytest.raises(DataError, match="makes events of series"):
        with_events(flat, Delta())


def test_a_file_of_series_may_say_their_rate(tmp_path):
    path, series = tmp_path / "touch.npz", np.array([[[0.0], [1.0]], [[1.0], [0.0]]])
    np.savez(path, x_train=series, y_train=[0, 1], x_test=series, y_test=[0, 1], sample_rate=4.0)
    dataset = with_events(load_dataset(str(path)), Delta(step=1.0))
    assert isinstance(dataset, EventDataset)
    np.testing.assert_allclose(dataset.test_samples.times, [0.125, 0.125])
    np.savez(path, x_train=series, y_train=[0, 1], x_test=series, y_test=[0, 1], sample_rate=-4.0)
    with pytest.raises(DataError, match=r"`sample_rate` is -4\.0; it must be one number > 0"):
        load_dataset(str(path))


def test_events_have_no_size_to_be_remarked_on():
    series = replace(make_series([0.0, 200.0], [200.0, 0.0]), remarks=("made: values are large.",))
    assert with_events(series, Delta(step=50.0)).remarks == ()
