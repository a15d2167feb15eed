"""Parts of an experiment, joined: the run is the one that would have been made at once."""

import numpy as np
import pytest

from physdfa.errors import InputError
from physdfa.report.reading import read_run
from physdfa.workflow.merge import merge
from physdfa.workflow.range.finished import read_finished
from physdfa.workflow.refine import Growth, extend_sweep
from physdfa.workflow.resume import resumable
from physdfa.workflow.search import run_search
from physdfa.workflow.sweep import run_sweep
from physdfa.workflow.train import train
from tests.workflow.tiny import SEARCH, SWEEP, lines_of, make_config, summary_of


def sweep_of(folder, shard):
    config = make_config(f'experiment.shard="{shard}"', more=SWEEP, kind="sweep")
    return run_sweep(config, out_dir=folder, command_line=["physdfa", "sweep", "tiny.toml", "--shard", shard])


def table_of(run):
    return read_run(run.path).evaluations.drop(columns="wall_time_s")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return sweep_of(tmp_path_factory.mktemp("whole"), "")


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parts")
    return [sweep_of(folder, f"{number}/3") for number in (1, 2, 3)]


def test_parts_of_a_sweep_share_out_its_points_and_read_no_test_set(parts):
    tables = [table_of(part) for part in parts]
    assert [len(table) for table in tables] == [2, 1, 1]
    assert len({name for table in tables for name in table["candidate"]}) == 4
    for part in parts:
        summary = summary_of(part)
        assert (summary["status"], summary["test_accuracy"]) == ("done", None)


def test_joined_they_are_the_sweep_made_at_once(parts, whole, tmp_path):
    merged = merge([parts[0].path.parent], out_dir=tmp_path)
    assert merged.missing == []
    assert merged.run.config_text() == whole.config_text()
    assert table_of(merged.run).equals(table_of(whole))
    one, other = summary_of(merged.run), summary_of(whole)
    assert [one[key] for key in ("best", "test_accuracies", "status")] == [
        other[key] for key in ("best", "test_accuracies", "status")
    ]
    ours, theirs = (run.load_tree("final")[0] for run in (merged.run, whole))
    assert all(np.array_equal(ours[name], theirs[name]) for name in theirs)


def test_a_missing_part_is_named_and_can_be_trained_here(parts, whole, tmp_path):
    merged = merge([parts[0].path, parts[2].path], out_dir=tmp_path)
    assert merged.missing[0] == ("part 2/3 is missing; 1/3 was begun with: physdfa sweep tiny.toml --shard 1/3")
    assert summary_of(merged.run)["status"] == "interrupted"
    assert len(table_of(merged.run)) == 3
    config, work = resumable(merged.run.path, None)
    assert table_of(work(config, out_dir=tmp_path)).equals(table_of(whole))


def test_a_part_that_stopped_is_no_whole_one(parts, tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("physdfa.workflow.sweep.PointEvaluation.evaluate", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sweep_of(tmp_path / "stopped", "3/3")
    (stopped,) = (tmp_path / "stopped" / "tiny").iterdir()
    merged = merge([parts[0].path, parts[1].path, stopped], out_dir=tmp_path / "merged")
    assert merged.missing[0] == f"part 3/3 is not whole (0 of 1 points) and can go on with: physdfa resume {stopped}"
    assert merge([parts[0].path.parent, stopped], out_dir=tmp_path / "again").missing == []  # another one is whole


def test_what_is_no_part_and_what_does_not_belong_together_is_refused(parts, whole, tmp_path):
    with pytest.raises(InputError, match=r"holds no part of a sweep or training; --shard 1/8 makes one"):
        merge([whole.path], out_dir=tmp_path)
    with pytest.raises(InputError, match=r"those of 2 experiments, or of one that was cut in several ways"):
        merge([parts[0].path, sweep_of(tmp_path, "1/2").path], out_dir=tmp_path)
    with pytest.raises(InputError, match=r"is part 1/3 of a sweep; join the parts: physdfa merge"):
        read_finished(parts[0].path)
    with pytest.raises(InputError, match=r"is part 1/3 of a sweep; join the parts: physdfa merge"):
        extend_sweep(parts[0].path, Growth(points=4))


@pytest.mark.parametrize("shard", ["0/3", "4/3", "1", "a/b", "1/0", "-1/3", "1/1000000"])
def test_a_part_that_cannot_be_is_refused(shard):
    with pytest.raises(InputError, match=r"a part is written as i/n with 1 <= i <= n"):
        make_config(f'experiment.shard="{shard}"')


def test_more_parts_than_points_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"shard = .5/5.: nothing is left for it of 4; make 4 parts at most"):
        sweep_of(tmp_path, "5/5")


def test_a_search_has_no_parts(tmp_path):
    with pytest.raises(InputError, match=r"a search makes each generation of the one before"):
        run_search(make_config('experiment.shard="1/2"', more=SEARCH, kind="search"), out_dir=tmp_path)


@pytest.mark.slow
def test_seeds_trained_apart_are_one_training(tmp_path):
    def trained(shard):
        return train(make_config(f'experiment.shard="{shard}"', kind="train"), out_dir=tmp_path, num_seeds=3)

    at_once, parts = trained(""), [trained("1/2"), trained("2/2")]
    assert [summary_of(part)["seeds"] for part in parts] == [[0, 2], [1]]
    merged = merge([part.path for part in parts], out_dir=tmp_path / "merged").run
    one, other = summary_of(merged), summary_of(at_once)
    assert one["seeds"] == [0, 1, 2]
    for key in ("test_accuracy", "test_accuracy_std", "test_accuracies"):
        assert one[key] == pytest.approx(other[key])
    ours, theirs = (run.load_tree("final")[0] for run in (merged, at_once))
    for name in theirs:
        assert ours[name] == pytest.approx(theirs[name], rel=1e-4, abs=1e-5)
    for kind in ("epoch", "test"):
        kept = [[(line["seed"], line.get("epoch")) for line in lines_of(run, kind)] for run in (merged, at_once)]
        assert kept[0] == kept[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        assert merge([parts[0].path], out_dir=tmp_path / "half").run is None
