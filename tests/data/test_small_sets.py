import numpy as np
import pytest

from physdfa.data import DATASETS, Dataset, EventDataset, list_datasets, load_dataset
from physdfa.data.download import fetch_dataset
from physdfa.data.small_sets import AbstractSmallSet, Braille
from physdfa.errors import DataError

SMALL = {name: source for name, source in DATASETS.items() if issubclass(source, AbstractSmallSet)}


@pytest.mark.parametrize("name", SMALL)
def test_a_set_that_lies_here_is_what_the_list_says(name, real_data_dir):
    (row,) = [row for row in list_datasets(real_data_dir) if row.name == name]
    if not row.is_present:
        pytest.skip(f"{name} is not here")
    dataset = load_dataset(name, data_dir=real_data_dir)
    assert (len(dataset.train_labels), len(dataset.test_labels)) == (row.train_size, row.test_size)
    assert dataset.num_inputs == np.prod(row.image_shape)
    assert (dataset.name, dataset.num_classes) == (name, row.num_classes)
    assert SMALL[name].has_events == isinstance(dataset, EventDataset)
    assert set(np.unique(dataset.test_labels)) == set(range(row.num_classes))


@pytest.mark.parametrize("name", SMALL)
def test_a_missing_set_is_refused_and_not_fetched(name, tmp_path):
    with pytest.raises(DataError, match=r"data file missing: .* docs/data\.md says which"):
        load_dataset(name, data_dir=tmp_path)
    with pytest.raises(DataError, match=f"put together from published files.*put its file at .*{name}"):
        fetch_dataset(name, tmp_path)


def test_another_file_is_refused_by_its_digest(tmp_path):
    path = Braille.path(tmp_path)
    path.parent.mkdir()
    path.write_bytes(b"another file")
    with pytest.raises(DataError, match="its SHA-256 is"):
        load_dataset("braille", data_dir=tmp_path)


def test_every_fifth_repetition_of_a_letter_is_a_test_sample(tmp_path, monkeypatch):
    """Three letters, ten readings each, letter by letter, that hold 100 letter + repetition."""
    labels, repetitions = np.repeat([0, 1, 2], 10), np.tile(np.arange(10), 3)
    taxels = np.broadcast_to((100 * labels + repetitions)[:, None, None], (30, 4, 2)).astype(np.float32)
    path = Braille.path(tmp_path)
    path.parent.mkdir()
    np.savez(path, taxels=taxels, label=labels.astype(np.uint8), repetition=repetitions.astype(np.uint8))
    monkeypatch.setattr("physdfa.data.small_sets.check_digest", lambda where, name, found, published: None)
    dataset = load_dataset("braille", data_dir=tmp_path)
    assert isinstance(dataset, Dataset)
    assert dataset.test_images[:, 0].tolist() == [0, 5, 100, 105, 200, 205]
    assert len(dataset.train_labels) == 24
    assert (dataset.image_shape, dataset.sample_rate) == ((4, 2), 40.0)
