"""Spikes of a user's own file in every layout, and sentences for what does not fit."""

import h5py
import numpy as np
import pytest

from physdfa.data import EventDataset, has_events, load_dataset
from physdfa.errors import DataError, InputError
from tests.data.event_files import make_spikes, write_hdf

SPIKES = {
    "times": np.array([1, 5, 2, 8, 8, 0], np.uint16),  # [ms]
    "units": np.array([0, 3, 1, 2, 0, 3], np.uint16),
    "offsets": np.array([0, 2, 2, 5, 6]),
    "labels": np.array([0, 1, 0, 1]),
}
"""Four samples of 2, 0, 3 and 1 events."""

CAMERA = np.zeros(6, dtype=[("x", "<i2"), ("y", "<i2"), ("t", "<i8"), ("p", "?")])
CAMERA["t"], CAMERA["x"], CAMERA["y"], CAMERA["p"] = 1000 * SPIKES["times"], [0, 2, 1, 0, 2, 1], [0, 1, 0, 1, 1, 0], 1
CAMERA["p"][0] = False


def both_parts(arrays):
    return {f"{part}_{name}": values for part in ("train", "test") for name, values in arrays.items()}


@pytest.fixture
def save(tmp_path):
    """Writes an archive of both parts; some arrays replaced, or left out where they are None."""

    def save_archive(arrays=None, **changes) -> str:
        written = both_parts(SPIKES if arrays is None else arrays) | changes
        path = tmp_path / "spikes.npz"
        np.savez(path, **{name: values for name, values in written.items() if values is not None})
        return str(path)

    return save_archive


def load(name, **values) -> EventDataset:
    dataset = load_dataset(name, values=values)
    assert isinstance(dataset, EventDataset)
    return dataset


def rows_of(samples):
    """(times, inputs) of each sample."""
    return [
        (samples.times[first : first + count].tolist(), samples.inputs[first : first + count].tolist())
        for first, count in zip(samples.starts, samples.counts, strict=True)
    ]


@pytest.mark.parametrize(("unit", "seconds"), [("s", 1.0), ("ms", 1e-3), ("us", 1e-6)])
def test_flat_arrays_are_cut_at_their_offsets_and_times_become_seconds(save, unit, seconds):
    dataset = load(save(), time_unit=unit)
    assert (dataset.num_inputs, dataset.num_classes, dataset.remarks) == (4, 2, ())
    times = [times for times, _ in rows_of(dataset.train_samples)]
    assert [len(one) for one in times] == [2, 0, 3, 1]
    np.testing.assert_allclose(np.concatenate(times), seconds * np.array([1, 5, 2, 8, 8, 0]), rtol=1e-6)
    assert [units for _, units in rows_of(dataset.test_samples)] == [[0, 3], [], [1, 2, 0], [3]]
    np.testing.assert_array_equal(dataset.test_labels, [0, 1, 0, 1])


def test_times_that_fall_within_a_sample_are_sorted_with_their_units_and_it_is_said(save):
    dataset = load(save(train_times=np.array([5, 1, 8, 2, 3, 0])), time_unit="s")
    assert rows_of(dataset.train_samples) == [([1, 5], [3, 0]), ([], []), ([2, 3, 8], [2, 0, 1]), ([0], [3])]
    assert "times fall within a sample" in dataset.remarks[0]


def test_the_unit_of_the_times_may_stand_in_the_file_and_must_not_contradict(save):
    said = save(time_unit=np.array("ms"))
    assert load(said).train_samples.times.max() == pytest.approx(8e-3)
    with pytest.raises(DataError, match=r'data\.time_unit = "s": .* says ms'):
        load(said, time_unit="s")
    with pytest.raises(DataError, match=r"`time_unit` is 'min'; it must be one of s, ms, us"):
        load(save(time_unit=np.array("min")))


def test_a_file_that_does_not_say_the_unit_is_refused_with_its_latest_time(save):
    with pytest.raises(DataError, match=r'set data\.time_unit = "s", "ms" or "us" .* The latest is 8\.'):
        load(save())


def test_the_number_of_inputs_may_stand_in_the_file(save):
    assert load(save(num_inputs=np.array(9)), time_unit="ms").num_inputs == 9
    with pytest.raises(DataError, match="`units` holds 3; with 2 inputs they are 0 to 1"):
        load(save(num_inputs=np.array(2)), time_unit="ms")


def camera(**changes):
    return {"events": CAMERA, "offsets": SPIKES["offsets"], "labels": SPIKES["labels"]} | changes


def test_structured_events_are_numbered_by_polarity_row_and_column(save):
    """Input = (p * height + y) * width + x on a sensor of 3 x 2 pixels."""
    dataset = load(save(camera()), time_unit="us", sensor_size=[3, 2, 2])
    expected = [p * 6 + y * 3 + x for x, y, p in zip(CAMERA["x"], CAMERA["y"], CAMERA["p"].astype(int), strict=True)]
    np.testing.assert_array_equal(dataset.train_samples.inputs, expected)
    assert dataset.train_samples.times.max() == pytest.approx(8e-3)
    assert dataset.sensor == (3, 2, 2)
    assert dataset.num_inputs == 12


def test_structured_events_are_the_flat_events_of_the_same_inputs(save):
    structured = load(save(camera()), time_unit="us", sensor_size=[3, 2, 2])
    flat = {**SPIKES, "units": np.asarray(structured.train_samples.inputs)}
    again = load(save(flat), time_unit="ms", sensor_size=[3, 2, 2])
    np.testing.assert_allclose(again.train_samples.times, structured.train_samples.times, rtol=1e-6)
    assert again.num_inputs == structured.num_inputs


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        (None, r"set data\.sensor_size = .* these reach \[3, 2, 2\]"),
        ([3, 1, 2], r"an event has y = 1; data\.sensor_size = \[3, 1, 2\] allows 0 to 0"),
        ([3, 2], r"an event has p = 1; .* allows 0 to 0"),
        ([3, 2.5, 2], "whole numbers >= 1"),
        ([1, 1, 1, 1], r"must be \[inputs\], \[width, height\]"),
        ([640, 480, 2], "614,400 inputs are more than the 65,536 allowed"),
    ],
)
def test_a_sensor_that_does_not_hold_the_events_is_refused(save, sizes, words):
    with pytest.raises(InputError, match=words):
        load(save(camera()), time_unit="us", sensor_size=sizes)


def test_lists_of_hdf5_are_read_as_flat_arrays_are(tmp_path):
    spikes = make_spikes(12, seed=1, dtype=np.float32)
    for part in ("train", "test"):
        write_hdf(tmp_path / f"{part}.h5", spikes)
    dataset = load(str(tmp_path / "{part}.h5"), time_unit="s", sensor_size=[12])
    for (times, units), one, other in zip(rows_of(dataset.train_samples), spikes.times, spikes.units, strict=True):
        np.testing.assert_array_equal(times, one)
        np.testing.assert_array_equal(units, other)
    np.testing.assert_array_equal(dataset.test_labels, spikes.labels)


def test_hdf5_may_hold_both_parts_in_folders_and_say_the_unit(tmp_path):
    path = tmp_path / "both.h5"
    with h5py.File(path, "w") as file:
        file.attrs["time_unit"] = "ms"
        for part in ("train", "test"):
            for name, values in SPIKES.items():
                file[f"{part}/{name}"] = values
    dataset = load(str(path))
    assert [units for _, units in rows_of(dataset.train_samples)] == [[0, 3], [], [1, 2, 0], [3]]
    assert dataset.train_samples.times.max() == pytest.approx(8e-3)


def test_a_test_part_that_the_file_lacks_is_drawn_by_its_own_seed_with_the_share_of_every_class(tmp_path):
    counts = np.full(40, 2)
    arrays = {
        "times": np.arange(80.0),
        "units": np.arange(80) // 2,  # of sample n both events are of input n
        "offsets": np.r_[0, np.cumsum(counts)],
        "labels": np.arange(40) % 4,
    }
    path = tmp_path / "one.npz"
    np.savez(path, **arrays)
    dataset = load(str(path), time_unit="s", test_size=8)
    parts = [{units[0] for _, units in rows_of(samples)} for samples in (dataset.train_samples, dataset.test_samples)]
    assert parts[0] | parts[1] == set(range(40))
    assert not parts[0] & parts[1]
    np.testing.assert_array_equal(np.bincount(dataset.test_labels), [2, 2, 2, 2])
    for samples, labels in (
        (dataset.train_samples, dataset.train_labels),
        (dataset.test_samples, dataset.test_labels),
    ):
        assert [units[0] % 4 for _, units in rows_of(samples)] == labels.tolist()
    other = load(str(path), time_unit="s", test_size=8, test_seed=1)
    assert {units[0] for _, units in rows_of(other.test_samples)} != parts[1]
    with pytest.raises(InputError, match=r"test_size = 40: .* has 40 samples.*give 1 to 39"):
        load(str(path), time_unit="s", test_size=40)
    with pytest.raises(InputError, match=r"has one part only: set data\.test_size"):
        load(str(path), time_unit="s")


def test_vectors_without_a_test_part_are_split_alike(tmp_path):
    path = tmp_path / "one.npz"
    np.savez(path, x=np.arange(40.0)[:, None], y=np.arange(40) % 4)
    dataset = load_dataset(str(path), values={"test_size": 8})
    assert sorted([*dataset.train_images[:, 0], *dataset.test_images[:, 0]]) == list(range(40))
    np.testing.assert_array_equal(dataset.train_images[:, 0] % 4, dataset.train_labels)
    np.testing.assert_array_equal(np.bincount(dataset.test_labels), [2, 2, 2, 2])


@pytest.mark.parametrize("key", [{"time_unit": "s"}, {"sensor_size": [2]}])
def test_what_spikes_alone_have_is_refused_for_vectors(tmp_path, key):
    path = tmp_path / "one.npz"
    np.savez(path, x=np.arange(40.0)[:, None], y=np.arange(40) % 4)
    with pytest.raises(DataError, match=f"data.{next(iter(key))} is one of spikes"):
        load_dataset(str(path), values={"test_size": 8, **key})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"train_labels": None}, r"lacks train_labels\. A file of images.*found: .*test_labels"),
        ({"test_offsets": None}, "test part: `offsets` is missing"),
        ({"train_offsets": np.array([0, 2, 1, 5, 6])}, r"`offsets` fall after sample 1 \(counted from 0\)"),
        ({"train_offsets": np.array([0, 2, 2, 5, 7])}, "`offsets` run from 0 to 7; .* end at the 6 events"),
        ({"train_offsets": np.array([0.0, 2, 2, 5, 6])}, r"`offsets` holds float64 .* integers \[samples \+ 1\]"),
        ({"train_labels": np.array([0, 1, 0])}, "4 samples come with 3 labels"),
        ({"train_labels": np.array([0.0, 1, 0, 1])}, "`labels` holds float64"),
        ({"train_labels": np.array([0, 2, 0, 2])}, "labels that do not occur in the labels of the training part"),
        ({"train_units": np.array([0.0, 3, 1, 2, 0, 3])}, "`units` holds float64; it must hold whole numbers"),
        ({"train_units": np.array([0, 3, 1, -2, 0, 3])}, "`units` holds -2; it must hold whole numbers >= 0"),
        ({"train_units": np.array([0, 3, 1, 2, 0, 70_000])}, "70,001 inputs are more than the 65,536 allowed"),
        ({"train_units": np.array([0, 3, 1])}, "`times` has 6 values and `units` 3"),
        ({"train_times": np.array([1, 5, np.nan, 8, 8, 0])}, r"sample 2 \(counted from 0\) holds the time nan"),
        ({"test_times": np.array([1, 5, 2, 8, 8, -1.0])}, r"test part: sample 3 \(counted from 0\) holds the time -1"),
        ({"train_times": np.array(["a"] * 6)}, "`times` holds <U1; it must hold numbers"),
        ({"train_times": np.zeros((6, 1))}, r"`times` has shape \(6, 1\); it must be \[events\]"),
        ({"train_events": CAMERA}, "remove times and units"),
        ({"labels": SPIKES["labels"]}, "labels: of which part"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_in_one_sentence(save, changes, words):
    with pytest.raises(DataError, match=words):
        load(save(**changes), time_unit="ms")


def test_lists_of_different_lengths_are_refused_with_their_sample(tmp_path):
    spikes = make_spikes(4, seed=1)
    spikes.units[2] = spikes.units[2][:-1]
    for part in ("train", "test"):
        write_hdf(tmp_path / f"{part}.h5", spikes)
    with pytest.raises(DataError, match=r"sample 2 \(counted from 0\) has \d+ times and \d+ units"):
        load(str(tmp_path / "{part}.h5"), time_unit="s")


def test_a_file_is_known_to_hold_spikes_without_being_read(save, tmp_path):
    assert has_events(save())
    assert has_events(str(tmp_path / "missing.h5")) is None
    np.savez(tmp_path / "images.npz", x_train=np.eye(2))
    assert has_events(str(tmp_path / "images.npz")) is False


def test_damaged_and_missing_hdf5_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "broken.h5").write_bytes(b"no HDF5")
    with pytest.raises(DataError, match="not a whole HDF5 file"):
        load(str(tmp_path / "broken.h5"))
    with pytest.raises(DataError, match="does not exist"):
        load(str(tmp_path / "missing.h5"))


def test_hdf5_that_declares_more_than_the_memory_is_not_read(tmp_path):
    """An array of 2^50 numbers, of which nothing is stored."""
    path = tmp_path / "huge.h5"
    with h5py.File(path, "w") as file:
        for part in ("train", "test"):
            for name in ("units", "offsets", "labels"):
                file[f"{part}/{name}"] = SPIKES[name]
            file.create_dataset(f"{part}/times", shape=(1 << 50,), dtype="f4", chunks=(1 << 20,))
    with pytest.raises(DataError, match="GB of numbers, more than half of the memory"):
        load(str(path), time_unit="s")


def test_arrays_that_lie_in_another_file_are_not_read(tmp_path):
    secret = tmp_path / "secret.bin"
    secret.write_bytes(bytes(24))
    with h5py.File(tmp_path / "linked.h5", "w") as file:
        file["train/labels"] = SPIKES["labels"]
        file.create_dataset("train/times", (6,), "f4", external=[(str(secret), 0, 24)])
        file["train/units"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/units")
    with pytest.raises(DataError, match="lacks x_train"):
        load(str(tmp_path / "linked.h5"), time_unit="s")


def test_the_small_nmnist_is_read_as_it_lies(real_data_dir):
    path = real_data_dir / "nmnist_small" / "nmnist_small.npz"
    if not path.is_file():
        pytest.skip("the small N-MNIST is not here")
    dataset = load(str(path), time_unit="ms", sensor_size=[34, 34, 2])
    assert (len(dataset.train_labels), len(dataset.test_labels), dataset.num_inputs) == (500, 100, 2312)
    assert 0.3 < dataset.train_samples.times.max() <= 0.336  # three saccades of about 0.1 s
