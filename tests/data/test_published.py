import gzip
import hashlib

import numpy as np
import pytest

from physdfa.data.files import find_file, read_bytes
from physdfa.data.published import PUBLISHED, load_published
from physdfa.errors import DataError

CANONICAL_MD5 = {
    # Of the uncompressed files; as used by every common loader of MNIST.
    "mnist": (
        "6bbc9ace898e44ae57da46a324031adb",
        "a25bea736e30d166cdddb491f175f624",
        "2646ac647ad5339dbf082846283269ea",
        "27ae3e4e09519cfbb04c329615203637",
    ),
    # Of the gzip files; the table in the README of zalandoresearch/fashion-mnist.
    "fashion_mnist": (
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ),
}


@pytest.mark.parametrize("compressed", [True, False])
def test_a_data_set_is_its_files_flattened(tiny, tmp_path, compressed):
    tiny.write(tmp_path, compressed=compressed)
    dataset = load_published(tiny.published, tmp_path)
    np.testing.assert_array_equal(dataset.train_images, tiny.arrays["train_images"].reshape(12, 6))
    np.testing.assert_array_equal(dataset.test_images, tiny.arrays["test_images"].reshape(6, 6))
    np.testing.assert_array_equal(dataset.train_labels, tiny.arrays["train_labels"])
    np.testing.assert_array_equal(dataset.test_labels, tiny.arrays["test_labels"])
    assert (dataset.image_shape, dataset.num_classes, dataset.full_scale) == ((2, 3), 3, 255.0)
    assert dataset.train_images.dtype == np.uint8


WAYS_OUT = r"physdfa data fetch tiny.*--data"


def test_a_missing_folder_is_refused_with_the_way_out(tiny, tmp_path):
    with pytest.raises(DataError, match=rf"tiny is not a folder.*{WAYS_OUT}"):
        load_published(tiny.published, tmp_path)


def test_an_empty_folder_is_refused_naming_all_four_files(tiny, tmp_path):
    (tmp_path / "tiny").mkdir()
    with pytest.raises(DataError, match=WAYS_OUT) as caught:
        load_published(tiny.published, tmp_path)
    assert all(f"{file.filename}.gz" in str(caught.value) for file in tiny.published.files)


def test_one_missing_file_is_named(tiny, tmp_path):
    folder = tiny.write(tmp_path)
    (folder / "test_labels-ubyte.gz").unlink()
    with pytest.raises(DataError, match=rf"lacks test_labels-ubyte\.gz\. .*{WAYS_OUT}"):
        load_published(tiny.published, tmp_path)


def test_the_folder_of_the_files_given_for_its_parent_is_explained(tiny, tmp_path):
    folder = tiny.write(tmp_path)
    with pytest.raises(DataError, match="give its parent"):
        load_published(tiny.published, folder)


def test_a_damaged_file_is_refused_with_the_way_out(tiny, tmp_path):
    path = tiny.write(tmp_path) / "train_images-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(DataError, match=rf"train_images-ubyte\.gz is truncated.*{WAYS_OUT}"):
        load_published(tiny.published, tmp_path)


def test_files_of_another_set_are_refused(tiny, tmp_path):
    """Training labels shifted by one class: right format and size, other contents."""
    path = tiny.write(tmp_path) / "train_labels-ubyte.gz"
    content = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(content[:8] + bytes((label + 1) % 3 for label in content[8:])))
    with pytest.raises(DataError, match="not the published file"):
        load_published(tiny.published, tmp_path)


@pytest.mark.parametrize("name", CANONICAL_MD5)
def test_the_recorded_hashes_belong_to_the_canonical_files(name, real_data_dir):
    published = PUBLISHED[name]
    for file, md5 in zip(published.files, CANONICAL_MD5[name], strict=True):
        path = find_file(real_data_dir / name, file)
        assert path is not None
        published_bytes = read_bytes(path)
        content = gzip.decompress(published_bytes)
        assert hashlib.sha256(content).hexdigest() == file.sha256
        assert md5 in (hashlib.md5(content).hexdigest(), hashlib.md5(published_bytes).hexdigest())


@pytest.mark.parametrize(
    # Mean and standard deviation of the training pixels, as published wherever inputs are standardised.
    ("name", "mean", "std"),
    [("mnist", 0.1307, 0.3081), ("fashion_mnist", 0.2860, 0.3530)],
)
def test_the_real_sets_have_their_known_sizes_and_statistics(name, mean, std, real_data_dir):
    dataset = load_published(PUBLISHED[name], real_data_dir)
    assert dataset.train_images.shape == (60000, 784)
    assert dataset.test_images.shape == (10000, 784)
    histogram = np.bincount(dataset.train_images.reshape(-1), minlength=256) / dataset.train_images.size
    pixels = np.arange(256) / dataset.full_scale
    assert (histogram @ pixels) == pytest.approx(mean, abs=5e-5)
    assert np.sqrt(histogram @ (pixels - mean) ** 2) == pytest.approx(std, abs=5e-5)


@pytest.mark.parametrize("write", ["write_files", "write_archive"])
def test_transposed_images_are_read_upright_from_the_files_or_their_archive(zipped, tmp_path, write):
    getattr(zipped, write)(tmp_path)
    dataset = load_published(zipped.published, tmp_path)
    upright = zipped.arrays["train_images"].transpose(0, 2, 1)
    np.testing.assert_array_equal(dataset.train_images.reshape(12, 3, 2), upright)
    np.testing.assert_array_equal(dataset.test_labels, zipped.arrays["test_labels"])
    assert dataset.image_shape == (3, 2)


def test_a_gzip_file_of_other_bytes_is_refused_where_the_sum_is_of_the_wrapper(zipped, tmp_path):
    folder = zipped.write_files(tmp_path)
    path = folder / "train_labels-ubyte.gz"
    content = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(content[:-1] + bytes([(content[-1] + 1) % 3])))
    with pytest.raises(DataError, match=r"not the published file: its MD5.*physdfa data fetch zipped"):
        load_published(zipped.published, tmp_path)


def test_emnist_has_its_published_form():
    """Cohen et al., arXiv:1702.05373, table II: Balanced, 47 classes, 112,800 and 18,800 samples."""
    emnist = PUBLISHED["emnist_balanced"]
    assert (emnist.num_classes, emnist.image_shape) == (47, (28, 28))
    assert [file.shape[0] for file in emnist.files] == [112800, 112800, 18800, 18800]
    assert emnist.train_images.filename == "emnist-balanced-train-images-idx3-ubyte"


def test_fashion_mnist_is_balanced(real_data_dir):
    dataset = load_published(PUBLISHED["fashion_mnist"], real_data_dir)
    np.testing.assert_array_equal(np.bincount(dataset.train_labels), np.full(10, 6000))
    np.testing.assert_array_equal(np.bincount(dataset.test_labels), np.full(10, 1000))
