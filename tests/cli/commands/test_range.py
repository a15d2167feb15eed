"""`physdfa range`."""

import re

import pytest

from tests.cli.command import physdfa, refused
from tests.workflow.range.finished_runs import make_run
from tests.workflow.tiny import TINY, files_in, strict_json


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("swept")).path


@pytest.fixture(scope="module")
def answer(swept):
    return physdfa("range", swept, "--level", "0.9", "--quiet")


def test_it_tells_the_level_the_share_the_intervals_and_where_they_are_kept(swept, answer):
    assert answer.code == 0
    assert "Level: 90.00 %" in answer.out
    assert "Share of the box that works, counted: 28.1 %" in answer.out  # 18 of the 64 points of the design
    assert "Box by verdict, 80 % sure: " in answer.out
    alone = re.search(r"With the others at best: device\.v_bias (.*) … (.*) V, device\.drive_gain", answer.out)
    assert [float(end) for end in alone.groups()] == pytest.approx([2.0, 8.0], abs=0.05)
    assert "told rightly inside or outside (10-fold cross-validation)" in answer.out
    bias = re.search(r"^device\.v_bias$.*?works from … to, others at best +(\S+) … (\S+)$", answer.out, re.M | re.S)
    assert [float(end) for end in bias.groups()] == pytest.approx([2.0, 8.0], abs=0.05)
    assert max(map(len, re.search(r"\nWorking range.*?\n\n", answer.out, re.S)[0].splitlines())) <= 100
    assert f"saved: {swept / 'range.json'}" in answer.out


@pytest.mark.slow
def test_as_json_it_gives_the_record_and_nothing_else(swept):
    value = strict_json(physdfa("range", swept, "--level", "0.9", "--json").out)
    assert value["range"]["level"] == 0.9
    assert value["run_folder"] == str(swept)


@pytest.mark.slow
def test_a_run_is_found_by_its_experiment_in_the_folder_of_results(swept):
    assert physdfa("range", "tiny", "--out", swept.parents[1], "--level", "0.9", "--quiet").code == 0


def test_check_answers_for_another_device(swept, answer, workplace):
    assert answer.code == 0
    (workplace / "device.toml").write_text(TINY)
    inside = physdfa("range", swept, "--check", "device.toml", "--set", "device.v_bias=5.0")
    assert (inside.code, inside.out.splitlines()[1]) == (0, "inside the range (level 90.00 %)")
    # Of 32 surfaces that agree with a landscape without noise, none speaks against it: 1 - 1 / 66.
    assert "probability that it reaches the level: 98 %; a verdict needs 80 % for it or against it" in inside.out
    outside = physdfa("range", swept, "--check", "device.toml", "--set", "device.v_bias=9.5", "--json")
    assert strict_json(outside.out)["state"] == "outside"
    edge = physdfa("range", swept, "--check", "device.toml", "--set", "device.v_bias=8.0")
    assert (edge.code, edge.out.splitlines()[1]) == (0, "too close to the edge to tell (level 90.00 %)")
    assert "predicted accuracy: 90.00 ± 0." in edge.out
    assert "distance to the edge: 0.000 of the declared ranges" in edge.out
    changed = physdfa("range", swept, "--check", "device.toml", "--set", "network.hidden=[8]")
    assert "network.hidden = (8,): the range was made with (16,)" in changed.err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--level", "95"], "--level 95: a level is an accuracy as a fraction"),
        (["--level", "0.9", "--within-best", "1"], "--level and --within-best: say the level in one way only"),
        (["--helps", "1", "--within-dfa", "1"], "--within-dfa and --helps: say the level in one way only"),
        (["--helps", "-1"], "--helps -1: a margin is in percentage points"),
        (["--check", "x.toml", "--helps", "1"], "--helps: the verdict of --check is that of the saved range"),
        (["--level", "0.99"], "no evaluated point reaches the level of 99.00 %"),
        (["--level", "0.9", "--confidence", "80"], "--confidence 80: the confidence of a verdict is above 0.5"),
        (["--yield-spread", "5"], "write 0.05 for 5 %"),
        (["--yield-spread", "some"], "is a list of relative spreads"),
        (["--yield-spread", "0.05V"], "'0.05V' is neither"),
        (["--yield-spread", "v_bias=0V"], "each spread is above 0; got 'v_bias=0V'"),
        (["--yield-spread", "0.05,v_bas=50mV"], "no varied device parameter 'v_bas'. Did you mean 'v_bias'?"),
        (["--yield-spread", "v_bias=0.05,device.v_bias=1V"], "device.v_bias is given twice"),
        (["--dfa-seeds", "3"], "--dfa-seeds: is of the training that --within-dfa asks for"),
        (["--yield-drift", "0.1", "--yield-at", "best"], "--yield-drift, --yield-at: a yield is trained with"),
        (["--tolerance", "90"], "a share from 0.5 to below 1; got 90. Write 0.9 for 90 %"),
        (["--tolerance", "0.9", "--yield-at", "best"], "--yield-at: a yield is trained with"),
        (["--check", "x.toml", "--tolerance", "0.9"], "--tolerance: the verdict of --check"),
        (["--yield-spread", "0.05", "--yield-at", "corner"], "--yield-at is 'ends' or 'best'"),
        (["--check", "x.toml", "--level", "0.9"], "--level: the verdict of --check is that of the saved range"),
        (["--check", "x.toml", "--confidence", "0.9", "--incomplete"], "--confidence, --incomplete: the verdict"),
        (["--curves", "5"], "--curves: redraws a measured curve, and the device of this run is none; leave it out"),
        (["--check", "x.toml", "--curves", "5"], "--curves: the verdict of --check is that of the saved range"),
        (["--set", "device.v_bias=1"], "--set: changes the device of --check"),
    ],
)
def test_what_means_nothing_is_refused_and_nothing_is_written(swept, workplace, words, complaint):
    assert complaint in refused("range", swept, "--quiet", *words)
    assert files_in(workplace) == []


def test_a_training_run_is_refused(results):
    assert "is a run of 'train'" in refused("range", results.train)
