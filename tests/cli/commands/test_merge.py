"""`physdfa merge`, and `--shard`."""

import pytest

from tests.cli.command import physdfa, refused
from tests.workflow.tiny import SWEEP, TINY, strict_json


@pytest.fixture
def tiny(workplace):
    path = workplace / "tiny.toml"
    path.write_text(TINY + SWEEP)
    return path


@pytest.mark.slow
def test_parts_are_joined_and_what_is_missing_is_listed_with_code_1(tiny):
    first = strict_json(physdfa("sweep", tiny, "--shard", "1/2", "--json").out)
    assert first["num_evaluations"] == 2
    half = physdfa("merge", "results/tiny", "--quiet")
    assert half.code == 1
    assert "part 2/2 is missing; 1/2 was begun with: physdfa sweep" in half.err
    assert physdfa("sweep", tiny, "--shard", "2/2", "--quiet").code == 0
    whole = physdfa("merge", "results/tiny", "--json")
    assert (whole.code, strict_json(whole.out)["num_evaluations"]) == (0, 4)


def test_what_cannot_be_made_in_parts_says_so(tiny):
    assert "give their number with --seeds" in refused("train", tiny, "--shard", "1/2")
    assert "a study chooses points by what it has seen" in refused(
        "study", "mach_zehnder", "--set", 'experiment.shard="1/2"', "--quiet"
    )
    half = physdfa("train", tiny, "--seeds", "2", "--shard", "1/2", "--json")
    assert half.code == 0
    unjoined = physdfa("merge", "results/tiny", "--json")
    assert (unjoined.code, strict_json(unjoined.out)["run"], len(strict_json(unjoined.out)["missing"])) == (1, None, 1)
    assert "got '2'" in refused("sweep", tiny, "--shard", "2")
    assert "keeps its config; leave it out" in refused("sweep", tiny, "--add", "1", "--shard", "1/2")
    assert "are computed, and not taken from a part" in refused("reproduce", "range-coverage", "--shard", "1/2")
    assert "is no part such as 2/8" in refused("reproduce", "results", "--shard", "")
    dry = strict_json(physdfa("reproduce", "results", "--shard", "2/20", "--dry-run", "--json").out)
    assert len(dry["rows"]) == 1
