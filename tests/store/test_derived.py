"""Records computed from a run: kept with it, and refused once changed."""

import pytest

from physdfa.errors import RunFolderError
from physdfa.store import create_run
from physdfa.store.derived import RANGE, read_derived, write_derived
from physdfa.store.files import MANIFEST
from physdfa.store.verify import verify_run

CONFIG = '[experiment]\nname = "a"\n[data]\nname = "digits"\n'


@pytest.fixture
def run(tmp_path):
    return create_run(tmp_path, "a", CONFIG, command_line=["physdfa"], kind="sweep")


def test_a_record_comes_back_with_every_digit(run):
    record = {"level": 0.1 + 0.2, "axes": [{"key": "device.v_bias", "choices": []}], "baseline": None}
    write_derived(run, RANGE, record)
    assert read_derived(run, RANGE) == record
    assert verify_run(run.path) == []


def test_a_changed_record_is_refused_and_named(run):
    path = write_derived(run, RANGE, {"level": 0.95})
    path.write_text(path.read_text().replace("0.95", "0.85"))
    with pytest.raises(RunFolderError, match=r"range\.json has changed"):
        read_derived(run, RANGE)
    assert any("range.json" in problem for problem in verify_run(run.path))


def test_without_a_manifest_its_own_hash_says_that_it_is_whole(run):
    path = write_derived(run, RANGE, {"level": 0.95})
    (run.path / MANIFEST).unlink()
    assert read_derived(run, RANGE) == {"level": 0.95}
    path.write_text(path.read_text().replace("0.95", "0.85"))
    with pytest.raises(RunFolderError, match=r"range\.json .*compute it again"):
        read_derived(run, RANGE)
