import pickle
import zipfile

import numpy as np
import pytest

from physdfa.data import load_dataset as load_npz
from physdfa.data.npz import from_arrays
from physdfa.data.own_arrays import unpacked_bytes
from physdfa.errors import DataError


@pytest.fixture
def save(tmp_path):
    """Writes an archive: 6 and 3 samples, 4 inputs, 3 classes; some arrays replaced or left out."""

    def save_archive(leave_out=(), **changes) -> str:
        arrays = {
            "x_train": np.linspace(-1, 1, 24).reshape(6, 4),
            "y_train": np.array([0, 1, 2, 0, 1, 2]),
            "x_test": np.linspace(-2, 2, 12).reshape(3, 4),
            "y_test": np.array([2, 1, 0]),
        } | changes
        path = tmp_path / "mine.npz"
        np.savez(path, **{key: array for key, array in arrays.items() if key not in leave_out})
        return str(path)

    return save_archive


def test_real_values_are_kept_as_float32_with_full_scale_one(save):
    path = save()
    dataset = load_npz(path)
    assert (dataset.name, dataset.full_scale, dataset.num_classes, dataset.image_shape) == (path, 1.0, 3, None)
    assert dataset.train_images.dtype == np.float32
    np.testing.assert_array_equal(dataset.train_images, np.linspace(-1, 1, 24).reshape(6, 4).astype(np.float32))
    np.testing.assert_array_equal(dataset.test_labels, [2, 1, 0])


def test_arrays_in_memory_are_the_data_set_of_their_archive(save):
    path = save(x_train=np.arange(24, dtype=np.uint8).reshape(6, 2, 2), x_test=np.ones((3, 2, 2), np.uint8))
    with np.load(path) as arrays:
        found, expected = from_arrays(**arrays), load_npz(path)
    assert found.name == "arrays"
    assert (found.full_scale, found.num_classes, found.image_shape) == (255.0, 3, (2, 2))
    for part in ("train_images", "train_labels", "test_images", "test_labels"):
        np.testing.assert_array_equal(getattr(found, part), getattr(expected, part))


def test_an_array_in_memory_of_a_wrong_shape_is_refused_by_name():
    rows, labels = np.zeros((4, 3)), np.arange(4) % 2
    with pytest.raises(DataError, match=r"mine: `y_test` has shape \(4, 2\); it must be \[samples\]"):
        from_arrays(rows, labels, rows, np.zeros((4, 2), int), name="mine")


def write_packed(path, x_train) -> str:
    labels = np.arange(len(x_train)) % 2
    np.savez_compressed(path, x_train=x_train, y_train=labels, x_test=x_train[:4], y_test=labels[:4])
    return str(path)


def test_an_archive_that_would_unpack_to_far_more_than_it_is_is_not_unpacked(tmp_path, monkeypatch):
    name = write_packed(tmp_path / "bomb.npz", np.zeros((20_000, 784), np.float32))  # 63 MB in 0.1 MB
    assert unpacked_bytes(name) == pytest.approx(63e6, rel=0.01)
    assert len(load_npz(name).train_images) == 20_000  # small enough to be harmless
    monkeypatch.setattr("physdfa.data.files.UNPACKED_AT_EASE", 50 << 20)
    monkeypatch.setattr(np.lib.npyio.NpzFile, "__getitem__", None)
    with pytest.raises(
        DataError, match=r"bomb\.npz holds .* MB that would unpack to 63 MB.*store them with numpy\.savez"
    ):
        load_npz(name)


def test_data_that_pack_as_images_do_are_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("physdfa.data.files.UNPACKED_AT_EASE", 0)
    random = np.random.default_rng(0)
    images = (random.random((500, 784)) < 0.02).astype(np.uint8)  # binary events, 2 % of the pixels
    assert len(load_npz(write_packed(tmp_path / "sparse.npz", images)).train_images) == 500


def test_a_member_that_is_larger_than_it_says_is_read_no_further(tmp_path):
    """The size in the archive's directory is made 1000 bytes; its reader stops there."""
    path = tmp_path / "liar.npz"
    write_packed(path, np.zeros((20_000, 784), np.float32))
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02")
    assert content[place + 46 :].startswith(b"x_train.npy")
    content[place + 24 : place + 28] = (1000).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"liar\.npz' is not a whole \.npz archive"):
        load_npz(str(path))


def test_bytes_are_kept_as_eight_bit_pixels_with_full_scale_255(save):
    images = np.arange(24, dtype=np.uint8).reshape(6, 4)
    dataset = load_npz(save(x_train=images, x_test=images[:3]))
    assert (dataset.train_images.dtype, dataset.full_scale) == (np.uint8, 255.0)
    np.testing.assert_array_equal(dataset.train_images, images)


def test_images_with_two_axes_are_flattened_and_keep_their_shape(save):
    images = np.arange(36, dtype=np.uint8).reshape(6, 2, 3)
    dataset = load_npz(save(x_train=images, x_test=images[:3]))
    assert dataset.image_shape == (2, 3)
    np.testing.assert_array_equal(dataset.train_images[1], [6, 7, 8, 9, 10, 11])


def test_sixteen_bits_are_kept_and_divided_by_their_largest_value(save):
    images = np.linspace(0, 65520, 24).astype(np.uint16).reshape(6, 4)
    dataset = load_npz(save(x_train=images, x_test=images[:3]))
    assert (dataset.train_images.dtype, dataset.full_scale, dataset.integer_type) == (np.uint16, 65535.0, "uint16")
    np.testing.assert_array_equal(dataset.test_images, images[:3])
    assert dataset.remarks == ()


@pytest.mark.parametrize("dtype", [">u2", ">i4", ">f4", "<u4", np.float16, np.longdouble])
def test_every_way_of_storing_a_number_gives_the_same_inputs(save, dtype):
    whole = np.arange(0, 2400, 100).reshape(6, 4).astype(dtype)
    dataset = load_npz(save(x_train=whole, x_test=whole[:3]))
    assert dataset.train_images.dtype in (np.uint16, np.float32)  # of the machine's own byte order
    assert dataset.train_images.dtype.isnative
    np.testing.assert_array_equal(dataset.train_images, np.arange(0, 2400, 100).reshape(6, 4))
    assert dataset.full_scale == (1 if whole.dtype.kind == "f" else 2300)


def test_truth_values_are_zero_and_one(save):
    images = np.arange(24).reshape(6, 4) % 2 == 0
    dataset = load_npz(save(x_train=images, x_test=images[:3]))
    assert (dataset.train_images.dtype, dataset.full_scale, dataset.remarks) == (np.uint8, 1.0, ())
    np.testing.assert_array_equal(dataset.train_images, images)


def test_the_test_part_does_not_choose_the_scale(save):
    train, test = np.full((6, 4), 4000, np.uint16), np.full((3, 4), 9000, np.uint16)
    assert load_npz(save(x_train=train, x_test=test)).full_scale == 4095


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.uint16])
def test_any_integer_type_does_for_labels(save, dtype):
    dataset = load_npz(save(y_train=np.array([0, 1, 2, 0, 1, 2], dtype)))
    assert dataset.train_labels.dtype == np.int32


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"leave_out": ("y_test", "x_train")}, "lacks x_train, y_test.*found: y_train, x_test"),
        ({"x_train": np.zeros((6, 2, 2, 1))}, r"`x_train` has shape \(6, 2, 2, 1\); it must be \[samples, inputs\]"),
        ({"x_test": np.zeros(3)}, r"`x_test` has shape \(3,\)"),
        ({"y_train": np.zeros((6, 1), int)}, r"`y_train` has shape \(6, 1\); it must be \[samples\]"),
        ({"x_test": np.zeros((3, 5))}, r"`x_train` has shape \(4,\), one of `x_test` \(5,\)"),
        ({"x_test": np.zeros((0, 4)), "y_test": np.zeros(0, int)}, "`x_test` is empty"),
        ({"x_train": np.zeros((6, 4), complex)}, "`x_train` holds complex128; it must hold real numbers"),
        ({"x_train": np.full((6, 4), "a")}, "`x_train` holds <U1; it must hold real numbers"),
        ({"y_train": np.array([0.0, 1, 2, 0, 1, 2])}, "`y_train` holds float64; it must hold integers"),
        ({"x_test": np.zeros((3, 4), np.uint8)}, "`x_train` holds float64 and `x_test` uint8"),
        (
            {"x_train": np.ones((6, 4), np.uint16), "x_test": np.ones((3, 4), np.uint8)},
            "holds uint16 and `x_test` uint8",
        ),
        (
            {"x_train": np.zeros((6, 2, 2, 3))},
            r"colour images store their mean .* x_train\.reshape\(len\(x_train\), -1\)",
        ),
        ({"x_train": np.zeros((6, 2, 2, 1))}, r"store x_train\.squeeze\(axis=3\)"),
        ({"y_train": np.eye(6)}, r"of one-hot labels store y_train\.argmax\(axis=1\)"),
        ({"y_train": np.full(6, "cat")}, r"`y_train` holds <U3; .* number the classes, numpy\.unique\(y_train"),
        ({"y_test": np.zeros(3)}, r"`y_test` holds float64; it must hold integers: convert it, y_test\.astype\(int\)"),
        ({"y_train": np.array([0, 1, 2, 0, 1])}, "6 training samples come with 5 labels"),
        ({"x_train": np.full((6, 4), np.nan)}, "training sample 0 .* NaN"),
        ({"x_train": np.full((6, 4), 1e300)}, "training sample 0 .* beyond float32"),
        ({"y_train": np.zeros(6, int), "y_test": np.zeros(3, int)}, "one class only"),
        (
            {"y_train": np.array([1, 2, 3, 1, 2, 3]), "y_test": np.array([1, 2, 3])},
            "from 1 to 3, .* 0 is missing; renumber",
        ),
        ({"y_train": np.array([0, 1, 3, 0, 1, 3]), "y_test": np.array([0, 1, 3])}, "from 0 to 3, .* and 2 is missing"),
        (
            {"y_train": np.array([0, 1, -1, 0, 1, -1]), "y_test": np.array([0, 1, 1])},
            "from -1 to 1, .* and -1 is negative",
        ),
        ({"y_test": np.array([0, 1, 3])}, r"`y_test` holds labels that do not occur in `y_train` \(3\), .* 0 to 2"),
        ({"y_test": np.array([0, 1, -1])}, r"do not occur in `y_train` \(-1\)"),
        ({"y_train": np.array([0, 1, 2, 0, 1, 2**40])}, "0 to K - 1, and 3 is missing"),
        ({"x_train": np.array([[object()] * 4] * 6)}, "not a whole .npz archive of plain arrays"),
    ],
)
def test_arrays_that_cannot_be_used_are_refused_in_one_sentence(save, changes, message):
    path = save(**changes)
    with pytest.raises(DataError, match=message) as caught:
        load_npz(path)
    assert "mine.npz" in str(caught.value)


def test_a_missing_archive_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"nothing\.npz does not exist"):
        load_npz(str(tmp_path / "nothing.npz"))


def test_a_folder_is_refused(tmp_path):
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(DataError, match="cannot be read"):
        load_npz(str(tmp_path / "folder.npz"))


@pytest.mark.parametrize(
    "damage",
    [lambda content: content[:-30], lambda content: content[:40], lambda content: b"", lambda content: b"not a zip"],
    ids=["tail cut off", "head only", "empty", "text"],
)
def test_a_damaged_archive_is_refused(save, damage):
    path = save()
    with open(path, "rb") as stream:
        content = stream.read()
    with open(path, "wb") as stream:
        stream.write(damage(content))
    with pytest.raises(DataError, match=r"not a whole \.npz archive"):
        load_npz(path)


def test_a_flipped_byte_is_refused(save):
    path = save()
    with open(path, "r+b") as stream:
        stream.seek(150)  # inside the first array's values
        stream.write(b"\xff\xfe")
    with pytest.raises(DataError, match=r"not a whole \.npz archive"):
        load_npz(path)


def test_a_single_array_under_the_name_is_refused(tmp_path):
    path = tmp_path / "mine.npz"
    with path.open("wb") as stream:
        np.save(stream, np.zeros(3))
    with pytest.raises(DataError, match="holds a single array"):
        load_npz(str(path))


def test_pickled_code_is_never_run(tmp_path):
    path = tmp_path / "mine.npz"
    path.write_bytes(pickle.dumps({"x_train": 1}))
    with pytest.raises(DataError, match=r"not a whole \.npz archive"):
        load_npz(str(path))


def test_other_files_in_a_zip_archive_do_not_count_as_arrays(tmp_path):
    path = tmp_path / "mine.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(DataError, match="lacks x_train, y_train, x_test, y_test"):
        load_npz(str(path))


def npy_header(shape: str, kind: str = "<f4") -> bytes:
    """The head of a `.npy` file, as its format says it: magic, version, length, a dictionary padded to 64 bytes."""
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (63 - (len(text) + 10) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (npy_header("(1099511627776, 4)") + bytes(64), "claims the shape"),
        (npy_header("(6, 4)") + bytes(95), "claims the shape"),
        (npy_header("(-6, 4)") + bytes(96), "claims the shape"),
        (npy_header("(6, 4)", "|O") + bytes(96), "Python objects"),
        (b"hello world", "is no array"),
        (b"", "is no array"),
        (b"\x93NUMPY\x01\x00\x10\x00((((((((((((((((", "not a whole"),
    ],
)
@pytest.mark.parametrize("member", ["x_train.npy", "x_train"])
def test_a_member_that_is_not_the_array_that_it_claims_is_refused_before_it_is_read(save, content, complaint, member):
    path = save(leave_out=("x_train",))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(member, content)
    with pytest.raises(DataError, match=complaint):
        load_npz(path)
