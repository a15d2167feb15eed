"""The samples of a config: which rows train and which validate, in which scale, and what is refused."""

import numpy as np
import pytest

from physdfa.build import build_trial, load_samples, split_rows
from physdfa.config import with_values
from physdfa.errors import InputError
from tests.test_build import DIGITS, make_config


def test_each_member_has_the_same_rows_which_are_disjoint_and_together_complete():
    splits = split_rows(make_config(data__validation_size=12, training__batch_size=8), "train", DIGITS, 3)
    assert splits.train.shape == (3, 48)
    assert splits.validation.shape == (3, 12)
    assert sorted([*splits.train[0], *splits.validation[0]]) == list(range(60))
    for rows in (splits.train, splits.validation):
        np.testing.assert_array_equal(rows, np.broadcast_to(rows[0], rows.shape))


@pytest.mark.parametrize(("kind", "held_out"), [("train", 0), ("sweep", 10), ("search", 10)])
def test_a_sixth_validates_where_candidates_are_compared_and_nothing_in_a_plain_training(kind, held_out):
    splits = split_rows(make_config(training__batch_size=8), kind, DIGITS, 1)
    assert splits.validation.shape == (1, held_out)


def test_the_split_is_drawn_from_the_seed_of_the_experiment():
    config = make_config(data__validation_size=12, training__batch_size=8)
    rows = [
        tuple(split_rows(with_values(config, {"experiment.seed": seed}), "train", DIGITS, 1).validation[0])
        for seed in (0, 0, 1)
    ]
    assert rows[0] == rows[1] != rows[2]


def test_a_batch_of_all_training_samples_is_the_largest():
    config = make_config(data__validation_size=12, training__batch_size=48)
    assert split_rows(config, "train", DIGITS, 1).train.shape == (1, 48)


def test_a_batch_over_the_data_set_is_refused_in_one_sentence():
    config = make_config(data__validation_size=12, training__batch_size=49)
    with pytest.raises(InputError) as refusal:
        split_rows(config, "train", DIGITS, 1)
    assert str(refusal.value) == (
        "training.batch_size = 49 is more than the 48 samples to train on; lower it, or use more of the data set."
    )


def test_samples_in_memory_are_those_of_the_data_set():
    samples = load_samples(make_config(data__train_size=60), None)
    np.testing.assert_array_equal(samples.train.samples, DIGITS.train_images)
    np.testing.assert_array_equal(samples.train.labels, DIGITS.train_labels)
    assert samples.train.samples.dtype == np.uint8  # a quarter of the memory of float32
    assert samples.test.samples.shape == (360, 64)


def own_images(tmp_path, shape, dtype=np.float32):
    path = tmp_path / "own.npz"
    values, classes = (np.random.default_rng(0).uniform(size=(8, *shape)) * 200).astype(dtype), np.arange(8) % 2
    np.savez(path, x_train=values, y_train=classes, x_test=values, y_test=classes)
    return str(path)


def test_convolutions_see_the_images_of_the_data(tmp_path):
    config = make_config(data__name=own_images(tmp_path, (5, 7)), network__hidden=("3c2 pool 2", 6))
    trial = build_trial(config, load_samples(config, None).dataset, 0)
    assert [layer.shape for layer in trial.network.connections] == [(2, 3, 3), (6,), (2,)]


def test_convolutions_see_the_polarities_of_a_sensor_as_channels(tmp_path):
    path, samples = tmp_path / "camera.npz", 4
    part = dict(times=np.linspace(0, 0.1, samples), units=np.arange(samples), offsets=np.arange(samples + 1))
    parts = {f"{key}_{name}": values for key, values in part.items() for name in ("train", "test")}
    labels = {f"labels_{name}": np.arange(samples) % 2 for name in ("train", "test")}
    np.savez(path, **parts, **labels, time_unit="s")
    config = make_config(
        data__name=str(path),
        data__encoding="events",
        data__sensor_size=(7, 5, 2),
        network__hidden=("3c2 pool 2", 6),
    )
    trial = build_trial(config, load_samples(config, None).dataset, 0)
    first = trial.network.connections[0]
    assert (first.image, first.shape, first.in_planes) == ((5, 7, 2), (2, 3, 3), True)


def test_convolutions_without_images_are_refused_with_what_would_be_some(tmp_path):
    config = make_config(data__name=own_images(tmp_path, (35,)), network__hidden=("3c2", 6))
    with pytest.raises(
        InputError, match=r"does not say their height and width, as arrays \[samples, height, width\] do"
    ):
        build_trial(config, load_samples(config, None).dataset, 0)


@pytest.mark.parametrize(
    ("shape", "shift", "words"), [((6,), 2, "have no image shape"), ((3, 5), 3, "images of 3 x 5 pixels. Give 0 to 2")]
)
def test_shifts_that_the_samples_do_not_have_room_for_are_refused(tmp_path, shape, shift, words):
    config = make_config(data__name=own_images(tmp_path, shape), data__shift_augmentation=shift)
    with pytest.raises(InputError, match=rf"data\.shift_augmentation = {shift}.*{words}"):
        load_samples(config, None)


def test_own_images_can_be_shifted_square_or_not(tmp_path):
    config = make_config(data__name=own_images(tmp_path, (3, 5), np.uint8), data__shift_augmentation=2)
    samples = load_samples(config, None)
    trial = build_trial(config, samples.dataset, 0)
    assert (trial.max_shift, trial.image_shape, trial.full_scale) == (2, (3, 5), 255.0)


def test_data_for_a_trained_network_are_in_the_scale_of_its_training(tmp_path):
    config = make_config(data__name=own_images(tmp_path, (6,), np.uint16))
    (remark,) = load_samples(config, None).dataset.remarks
    assert "but its largest value is 1" in remark
    scaled = load_samples(config, None, trained_with={"uint16": 4095.0}).dataset
    assert scaled.full_scale == 4095.0
    assert "divided by 4095, as those that the network was trained with" in scaled.remarks[0]
    assert load_samples(config, None, trained_with={"uint8": 255.0}).dataset.full_scale != 255.0
