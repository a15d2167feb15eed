"""Whole or absent: what a kill at the worst moment leaves, and what a changed byte does."""

import errno
import json
import os
from pathlib import Path

import pytest

from physdfa.errors import RunFolderError
from physdfa.store.files import MANIFEST, read_manifest, read_recorded, write_atomic, write_output, write_recorded
from physdfa.store.records import sealed_text


class Killed(BaseException):
    """Stands for a signal: no handler of ordinary exceptions may swallow it."""


def kill_at_rename(monkeypatch, *, of: str, skip: int = 0):
    """Let the process die where the neighbour of the file named `of` would be renamed, after `skip` such renames."""
    rename, seen = Path.replace, []

    def replace(self, target):
        if target.name == of:
            seen.append(target)
            if len(seen) > skip:
                raise Killed
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", replace)


def test_a_process_killed_before_the_rename_leaves_nothing_visible(tmp_path, monkeypatch):
    kill_at_rename(monkeypatch, of="a.txt")
    with pytest.raises(Killed):
        write_atomic(tmp_path / "a.txt", b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_process_killed_before_the_rename_leaves_the_old_content(tmp_path, monkeypatch):
    write_atomic(tmp_path / "a.txt", b"old")
    kill_at_rename(monkeypatch, of="a.txt")
    with pytest.raises(Killed):
        write_atomic(tmp_path / "a.txt", b"new")
    assert (tmp_path / "a.txt").read_bytes() == b"old"


@pytest.mark.parametrize(
    ("file", "skip", "survivor"),
    [(MANIFEST, 0, b"old"), ("a.bin", 0, b"old"), (MANIFEST, 1, b"new")],
    ids=["before anything", "after the intent", "after the file"],
)
def test_a_recorded_file_is_whole_whenever_its_replacement_is_killed(tmp_path, monkeypatch, file, skip, survivor):
    path = tmp_path / "a.bin"
    write_recorded(path, b"old")
    kill_at_rename(monkeypatch, of=file, skip=skip)
    with pytest.raises(Killed):
        write_recorded(path, b"new")
    assert read_recorded(path) == survivor


def test_after_a_whole_replacement_the_old_content_is_no_longer_accepted(tmp_path):
    path = tmp_path / "a.bin"
    write_recorded(path, b"old")
    write_recorded(path, b"new")
    path.write_bytes(b"old")
    with pytest.raises(RunFolderError, match=r"a\.bin has changed"):
        read_recorded(path)


def test_the_manifest_speaks_for_every_file_of_its_folder(tmp_path):
    write_recorded(tmp_path / "b", b"")
    write_recorded(tmp_path / "a", b"abc")
    assert read_manifest(tmp_path) == {  # the published digests of "abc" and of nothing (FIPS 180-2)
        "a": ["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
        "b": ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    }


def test_a_missing_file_and_an_unlisted_file_are_named(tmp_path):
    with pytest.raises(RunFolderError, match="gone is missing"):
        read_recorded(tmp_path / "gone")
    (tmp_path / "stray").write_bytes(b"x")
    with pytest.raises(RunFolderError, match="stray is not listed"):
        read_recorded(tmp_path / "stray")


def test_an_edited_manifest_is_refused(tmp_path):
    write_recorded(tmp_path / "a", b"abc")
    manifest = json.loads((tmp_path / MANIFEST).read_text())
    manifest["files"]["a"]["sha256"] = ["0" * 64]
    (tmp_path / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(RunFolderError, match=r"manifest\.json is not what was written"):
        read_recorded(tmp_path / "a")


def test_a_full_disk_is_told_with_the_file_and_leaves_what_was_there(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    write_recorded(tmp_path / "a.txt", b"old")
    monkeypatch.setattr(os, "fsync", full)
    for name in ("a.txt", "b.txt"):
        with pytest.raises(OSError, match=r"No space left on device: '.*(manifest\.json|b\.txt)'"):
            write_recorded(tmp_path / name, b"new")
    monkeypatch.undo()
    assert read_recorded(tmp_path / "a.txt") == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", MANIFEST]


def test_a_new_file_that_no_manifest_can_vouch_for_is_taken_back(tmp_path, monkeypatch):
    real, calls = os.fsync, []

    def full_from_the_second(descriptor):
        calls.append(descriptor)
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full_from_the_second)
    with pytest.raises(OSError, match=r"manifest\.json"):
        write_recorded(tmp_path / "a.txt", b"new")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("files", [5, {"a.txt": 5}, {"a.txt": {}}, ["a.txt"]])
def test_a_sealed_manifest_that_is_no_list_of_files_is_refused(tmp_path, files):
    (tmp_path / MANIFEST).write_text(sealed_text({"files": files}))
    with pytest.raises(RunFolderError, match="no list of files"):
        read_manifest(tmp_path)


def test_a_link_is_neither_followed_at_the_name_nor_beside_it(tmp_path):
    victim, path = tmp_path / "victim", tmp_path / "a.txt"
    victim.write_text("mine")
    path.symlink_to(victim)
    (tmp_path / ".a.txt.partial").symlink_to(victim)
    write_atomic(path, b"new")
    assert (victim.read_text(), path.read_bytes(), path.is_symlink()) == ("mine", b"new", False)


def test_a_folder_that_is_gone_stays_gone_unless_the_user_names_it(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone/a\.txt"):
        write_atomic(tmp_path / "gone" / "a.txt", b"new")
    assert list(tmp_path.iterdir()) == []
    write_output(tmp_path / "gone" / "deep" / "a.txt", b"new")
    assert (tmp_path / "gone" / "deep" / "a.txt").read_bytes() == b"new"


@pytest.mark.parametrize("name", ["../a", "/etc/passwd", "", ".", "..", "a\nb", "x" * 256])
def test_a_manifest_that_names_a_path_is_refused(tmp_path, name):
    (tmp_path / MANIFEST).write_text(sealed_text({"files": {name: {"sha256": ["0" * 64]}}}))
    with pytest.raises(RunFolderError, match="not the plain name of a file"):
        read_manifest(tmp_path)
