import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from physdfa.data import DATASETS, count_classes, list_datasets, load_dataset, resolve_data_dir
from physdfa.errors import DataError, InputError


def test_the_option_wins_over_the_environment_and_the_environment_over_the_cache(tmp_path):
    environ = {"PHYSDFA_DATA": str(tmp_path / "environment")}
    assert resolve_data_dir(tmp_path / "option", environ) == tmp_path / "option"
    assert resolve_data_dir(None, environ) == tmp_path / "environment"
    assert resolve_data_dir(None, {"PHYSDFA_DATA": ""}).name == "physdfa"


def test_a_home_folder_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert resolve_data_dir("~/data", {}) == tmp_path / "data"


def test_the_list_tells_what_is_there(tmp_path):
    folder = tmp_path / "mnist"
    folder.mkdir()
    for kind in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        (folder / f"{kind}-ubyte.gz").touch()
    rows = {row.name: row for row in list_datasets(tmp_path)}
    assert tuple(rows) == tuple(DATASETS)
    assert {name for name, row in rows.items() if row.is_present} == {"digits", "mnist"}
    assert rows["mnist"][2:7] == (60000, 10000, (28, 28), 10, str(folder))


def test_an_archive_counts_as_its_files(tmp_path):
    (tmp_path / "emnist_balanced").mkdir()
    with zipfile.ZipFile(tmp_path / "emnist_balanced" / "gzip.zip", "w") as archive:
        for part in ("train-images-idx3", "train-labels-idx1", "test-images-idx3", "test-labels-idx1"):
            archive.writestr(f"gzip/emnist-balanced-{part}-ubyte.gz", b"")
    rows = {row.name: row for row in list_datasets(tmp_path)}
    assert rows["emnist_balanced"][1:6] == (True, 112800, 18800, (28, 28), 47)


def test_the_listed_digits_are_the_loaded_digits(tmp_path):
    row, digits = list_datasets(tmp_path)[0], load_dataset("digits")
    assert row.train_size == len(digits.train_labels)
    assert row.test_size == len(digits.test_labels)
    assert (row.image_shape, row.num_classes) == (digits.image_shape, digits.num_classes)


def test_a_training_subset_keeps_classes_and_leaves_the_test_set_whole():
    whole, part = load_dataset("digits"), load_dataset("digits", train_size=200, seed=4)
    assert part.train_images.shape == (200, 64)
    assert np.all(np.abs(np.bincount(part.train_labels) - 200 * np.bincount(whole.train_labels) / 1437) < 1)
    np.testing.assert_array_equal(part.test_images, whole.test_images)


def test_a_subset_holds_samples_with_their_own_labels():
    whole, part = load_dataset("digits"), load_dataset("digits", train_size=50, seed=4)
    pairs = {(image.tobytes(), label) for image, label in zip(whole.train_images, whole.train_labels, strict=True)}
    assert all(
        (image.tobytes(), label) in pairs for image, label in zip(part.train_images, part.train_labels, strict=True)
    )


def test_a_subset_depends_on_the_seed():
    one, two = (load_dataset("digits", train_size=200, seed=seed) for seed in (0, 1))
    assert not np.array_equal(one.train_images, two.train_images)


@pytest.mark.parametrize("train_size", [0, 1438])
def test_a_training_size_that_does_not_fit_is_refused(train_size):
    with pytest.raises(InputError, match=f"train_size = {train_size} does not fit 1437"):
        load_dataset("digits", train_size=train_size)


def test_a_path_loads_an_archive(tmp_path):
    path = tmp_path / "mine.npz"
    labels = np.array([0, 1])
    np.savez(path, x_train=np.eye(2), y_train=labels, x_test=np.eye(2), y_test=labels)
    assert load_dataset(str(path)).num_classes == 2


def test_an_unknown_name_is_refused_with_the_nearest_one():
    with pytest.raises(DataError, match=r"no data set 'minst'. Did you mean 'mnist'\?.*\.npz"):
        load_dataset("minst")


def test_an_empty_data_folder_is_refused_with_the_way_out(tmp_path):
    with pytest.raises(DataError, match="physdfa data fetch mnist"):
        load_dataset("mnist", data_dir=tmp_path)


def test_the_real_mnist_loads_by_name(real_data_dir):
    dataset = load_dataset("mnist", data_dir=real_data_dir, train_size=1000)
    assert (dataset.train_images.shape, dataset.test_images.shape) == ((1000, 784), (10000, 784))


def test_the_room_does_not_import_scikit_learn_until_the_digits_are_loaded():
    code = "import sys, physdfa.data; assert not {'sklearn', 'scipy.stats', 'requests', 'pandas'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("name", "classes"), [("digits", 10), ("mnist", 10), ("fashion_mnist", 10), ("emnist_balanced", 47), ("shd", 20)]
)
def test_the_classes_of_a_published_set_are_known_without_its_files(name, classes):
    assert count_classes(name) == classes
    assert {row.name: row.num_classes for row in list_datasets(Path("nowhere"))}[name] == classes
