"""`physdfa doctor`."""

from importlib import metadata

import pytest

from tests.cli.command import physdfa
from tests.workflow.tiny import files_in, strict_json


def test_what_is_well_is_listed_and_nothing_is_left_behind(workplace):
    answer = physdfa("doctor")
    assert (answer.code, answer.err) == (0, "")
    rows = dict(line.split("\t")[1:] for line in answer.out.splitlines()[1:-1])
    assert rows["jax"] == metadata.version("jax")
    assert rows["data digits"] == "embedded"
    assert rows["data mnist"] == "not here: physdfa data fetch mnist"
    assert "cpu" in rows["computes on"]
    assert answer.out.endswith("all is well\n")
    assert files_in(workplace) == []


@pytest.mark.parametrize(
    ("needed", "told"),
    [
        (["numpy>=99"], "takes >=99"),
        (["nowhere-at-all"], "nowhere-at-all is missing: pip install 'physdfa'."),
    ],
)
def test_a_package_that_is_wrong_or_missing_is_told_with_code_2(monkeypatch, needed, told):
    monkeypatch.setattr(metadata, "requires", lambda name: needed)
    answer = physdfa("doctor")
    assert answer.code == 2
    assert told in answer.out


def test_an_extra_may_be_missing(monkeypatch):
    monkeypatch.setattr(metadata, "requires", lambda name: ["nowhere-at-all>=2; extra == 'ray'"])
    assert "not installed: pip install 'physdfa[ray]'" in physdfa("doctor").out


def test_a_folder_of_results_that_is_a_file_is_to_be_mended(workplace):
    (workplace / "taken").touch()
    found = strict_json(physdfa("doctor", "--out", "taken", "--json").out)
    assert "name another place with --out" in found[-1]["problem"]
