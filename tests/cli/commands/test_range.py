"""`physdfa range`."""

import pytest

from tests.cli.command import physdfa, refused
from tests.ga_search.finished_runs import make_run
from tests.workflow.tiny import TINY, files_in, strict_json


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("swept")).path


def test_it_tells_the_level_the_share_the_intervals_and_where_they_are_kept(swept):
    answer = physdfa("range", swept, "--level", "0.9", "--quiet")
    assert answer.code == 0
    assert "Level: 90.00 %" in answer.out
    assert "Share of the box that works, counted: 28.1 %" in answer.out  # 18 of the 64 points of the design
    assert "told rightly inside or outside (10-fold cross-validation)" in answer.out
    bias = next(line.split() for line in answer.out.splitlines() if line.strip().startswith("device.v_bias"))
    assert [float(bias[3]), float(bias[5])] == pytest.approx([2.0, 8.0], abs=0.05)
    assert f"saved: {swept / 'range.json'}" in answer.out


def test_as_json_it_gives_the_record_and_nothing_else(swept):
    value = strict_json(physdfa("range", swept, "--level", "0.9", "--json").out)
    assert value["range"]["level"] == 0.9
    assert value["run_folder"] == str(swept)


def test_a_run_is_found_by_its_experiment_in_the_folder_of_results(swept):
    assert physdfa("range", "tiny", "--out", swept.parents[1], "--level", "0.9", "--quiet").code == 0


def test_check_answers_for_another_device(swept, workplace):
    physdfa("range", swept, "--level", "0.9", "--quiet")
    (workplace / "device.toml").write_text(TINY)
    inside = physdfa("range", swept, "--check", "device.toml", "--set", "device.v_bias=5.0")
    assert (inside.code, inside.out.splitlines()[1]) == (0, "inside the range (level 90.00 %)")
    assert "confidence that it is on this side: 100 %" in inside.out
    outside = physdfa("range", swept, "--check", "device.toml", "--set", "device.v_bias=9.5", "--json")
    assert strict_json(outside.out)["state"] == "outside"
    changed = physdfa("range", swept, "--check", "device.toml", "--set", "network.hidden=[8]")
    assert "network.hidden = (8,): the range was made with (16,)" in changed.err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--level", "95"], "--level 95: a level is an accuracy as a fraction"),
        (["--level", "0.9", "--within-best", "1"], "--level and --within-best: say the level in one way only"),
        (["--level", "0.99"], "no evaluated point reaches the level of 99.00 %"),
        (["--yield-spread", "5"], "write 0.05 for 5 %"),
        (["--yield-spread", "some"], "is a list of relative spreads"),
        (["--yield-at", "corner"], "--yield-at is 'ends' or 'best'"),
        (["--set", "device.v_bias=1"], "--set: changes the device of --check"),
    ],
)
def test_what_means_nothing_is_refused_and_nothing_is_written(swept, workplace, words, complaint):
    assert complaint in refused("range", swept, "--quiet", *words)
    assert files_in(workplace) == []


def test_a_training_run_is_refused(results):
    assert "is a run of 'train'" in refused("range", results.train)
