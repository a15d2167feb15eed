"""Checkpoints: exact, whole, and never run as code."""

import io
import zipfile

import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.errors import RunFolderError
from physdfa.store.checkpoint import load_tree, save_tree
from physdfa.store.files import write_recorded


def make_tree() -> dict[str, np.ndarray]:
    return {
        "hidden/0/weight": np.arange(6, dtype=np.float32).reshape(2, 3) / 3,
        "file": np.array(7, dtype=np.int32),  # the name of numpy.savez's own argument
        "key": np.array([1, 2], dtype=np.uint32),
        "empty": np.zeros((0, 4)),
    }


def test_arrays_come_back_bit_for_bit_with_type_and_shape(tmp_path):
    tree = make_tree()
    save_tree(tmp_path, "last", tree, {"epoch": 3, "loss": float("nan")})
    loaded, metadata = load_tree(tmp_path, "last")
    assert list(loaded) == list(tree)
    for key, array in tree.items():
        assert loaded[key].dtype == array.dtype
        assert loaded[key].shape == array.shape
        assert loaded[key].tobytes() == array.tobytes()
    assert metadata == {"epoch": 3, "loss": None}


def test_jax_arrays_are_taken_as_they_are(tmp_path):
    save_tree(tmp_path, "last", {"weight": jnp.ones((2, 2))})
    assert load_tree(tmp_path, "last")[0]["weight"].tolist() == [[1, 1], [1, 1]]


def test_numpy_opens_the_same_file(tmp_path):
    path = save_tree(tmp_path, "last", make_tree())
    with np.load(path, allow_pickle=False) as archive:
        assert archive["hidden/0/weight"].shape == (2, 3)


def test_the_same_tree_gives_the_same_bytes(tmp_path):
    first = save_tree(tmp_path / "a", "last", make_tree(), {"epoch": 1}).read_bytes()
    assert save_tree(tmp_path / "b", "last", make_tree(), {"epoch": 1}).read_bytes() == first


def test_every_changed_byte_is_detected_and_the_file_named(tmp_path):
    path = save_tree(tmp_path, "last", make_tree())
    original = path.read_bytes()
    for position in range(0, len(original), 7):
        changed = bytearray(original)
        changed[position] ^= 1
        path.write_bytes(bytes(changed))
        with pytest.raises(RunFolderError, match=r"last\.npz has changed"):
            load_tree(tmp_path, "last")


def test_a_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(RunFolderError, match=r"best\.npz is missing"):
        load_tree(tmp_path, "best")


def test_a_pickle_is_never_loaded(tmp_path):
    content = io.BytesIO()
    np.savez(content, allow_pickle=True, a=np.array([{"x": 1}], dtype=object))
    write_recorded(tmp_path / "last.npz", content.getvalue())
    with pytest.raises(RunFolderError, match="not a checkpoint"):
        load_tree(tmp_path, "last")


def test_a_zip_without_metadata_is_not_a_checkpoint(tmp_path):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w"):
        pass
    write_recorded(tmp_path / "last.npz", content.getvalue())
    with pytest.raises(RunFolderError, match="not a checkpoint"):
        load_tree(tmp_path, "last")


def test_types_that_npy_would_forget_are_refused(tmp_path):
    with pytest.raises(ValueError, match="'w' has type bfloat16"):
        save_tree(tmp_path, "last", {"w": jnp.ones(2, jnp.bfloat16)})
    with pytest.raises(ValueError, match="'w' has type object"):
        save_tree(tmp_path, "last", {"w": None})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "../up", ".hidden", "a/b"])
def test_a_name_that_is_no_file_name_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="name"):
        save_tree(tmp_path, name, {})


def test_a_compressed_member_which_could_unpack_to_any_size_is_refused(tmp_path):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.npy", bytes(1 << 20))
    write_recorded(tmp_path / "last.npz", content.getvalue())
    with pytest.raises(RunFolderError, match="its members are compressed"):
        load_tree(tmp_path, "last")


@pytest.mark.parametrize(("offset", "value"), [(6, 99), (8, 1), (10, 99)])
def test_a_zip_that_is_encrypted_or_of_a_later_form_is_a_sentence(tmp_path, offset, value):
    path = save_tree(tmp_path, "final", {"weights/0": np.ones((2, 3), np.float32)})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + offset] = value  # version needed, flags, method: in the directory
    write_recorded(path, bytes(content))
    with pytest.raises(RunFolderError, match=r"final\.npz is not a checkpoint"):
        load_tree(tmp_path, "final")
