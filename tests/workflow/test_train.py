"""One run folder per training: complete, true whatever ends it, and absent where the input was refused."""

import math
from datetime import UTC, datetime
from functools import partial

import numpy as np
import pytest

from physdfa.build import load_samples
from physdfa.errors import ConfigError, InputError, RunFolderError
from physdfa.report.reading import read_run
from physdfa.report.sections import run_sections
from physdfa.store import create_run
from physdfa.store.run_folder import SUMMARY_KEYS
from physdfa.store.verify import verify_run
from physdfa.workflow import train as module
from physdfa.workflow.members import train_members
from physdfa.workflow.progress import NoProgress
from physdfa.workflow.reproduce.entry import Finished, Row
from physdfa.workflow.reproduce.figures.angles import angles_over_epochs
from physdfa.workflow.train import train
from physdfa.workflow.where.place import Here, evaluating_at
from tests.workflow.tiny import SEARCH, ScoreLog, files_in, lines_of, make_config, summary_of


class StopsAt(NoProgress):
    """Listens until so many parts are done, then raises."""

    def __init__(self, error: BaseException, part: int = 1):
        self.error, self.left, self.said = error, part, []

    def advance(self, parts: int = 1, text: str = "") -> None:
        self.left -= parts
        if self.left <= 0:
            raise self.error

    def say(self, text: str) -> None:
        self.said.append(text)


def test_the_summary_of_a_training_holds_every_key_that_a_training_can_fill(trained):
    summary = summary_of(trained)
    assert set(SUMMARY_KEYS) <= set(summary)
    of_a_search = {"best", "num_evaluations", "num_failed"}
    assert {key for key in SUMMARY_KEYS if summary[key] is None} == of_a_search
    assert (summary["kind"], summary["status"], summary["rule"], summary["dataset"]) == (
        "train",
        "done",
        "adfa",
        "digits",
    )
    assert (summary["seed"], summary["seeds"], summary["warnings"]) == (0, [0, 1], [])


def test_the_accuracy_of_several_seeds_is_their_mean_beside_its_sample_deviation(trained):
    summary = summary_of(trained)
    first, second = summary["test_accuracies"]
    assert first != second
    assert summary["test_accuracy"] == pytest.approx((first + second) / 2)
    assert summary["test_accuracy_std"] == pytest.approx(abs(first - second) / math.sqrt(2))
    assert [line["test_accuracy"] for line in lines_of(trained, "test")] == [first, second]


def test_there_is_a_line_per_seed_and_epoch(trained):
    lines = lines_of(trained, "epoch")
    assert [(line["epoch"], line["seed"]) for line in lines] == [(1, 0), (1, 1), (2, 0), (2, 1)]
    for line in lines:
        assert 0 < line["train_accuracy"] < 1
        assert line["train_loss"] > 0
        assert (line["validation_loss"], line["validation_accuracy"]) == (None, None)
        assert len(line["firing_rate"]) == 1
        assert line["images_per_s"] > 0


def test_training_learns(trained):
    first, *_, last = lines_of(trained, "epoch")
    assert last["train_loss"] < first["train_loss"]
    assert summary_of(trained)["test_accuracy"] > 0.2  # chance: 0.1


def test_a_finished_run_is_whole_and_can_be_reported_without_gaps(trained):
    assert verify_run(trained.path) == []
    assert read_run(trained.path).missing == ()
    assert (trained.checkpoints / "final.npz").is_file()
    assert (trained.figures / "backward_function.csv").is_file()


@pytest.fixture(scope="module")
def aligned(tmp_path_factory):
    config = make_config("analysis.alignment=true", "network.hidden=[16, 12]", kind="train")
    return train(config, out_dir=tmp_path_factory.mktemp("aligned"), num_seeds=2)


def test_with_alignment_there_is_a_line_of_angles_per_seed_before_and_after_each_epoch(aligned):
    lines = lines_of(aligned, "alignment")
    assert [(line["epoch"], line["seed"]) for line in lines] == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]
    for line in lines:
        assert len(line["update_angle"]) == len(line["feedback_angle"]) == 2
        assert all(0 < angle < 180 for angle in [*line["update_angle"], *line["feedback_angle"]])
        assert len(line["update_norm_ratio"]) == 2
        assert all(ratio > 0 for ratio in line["update_norm_ratio"])
    assert lines[0]["update_angle"] != lines[2]["update_angle"]  # of one seed, on one batch: the network has learnt
    assert lines[0]["feedback_angle"] != lines[1]["feedback_angle"]


def test_the_angles_reach_the_report(aligned):
    record = read_run(aligned.path)
    assert list(record.angles.columns) == [
        *("epoch", "feedback_angle_1", "feedback_angle_2", "seed", "update_angle_1", "update_angle_2"),
        *("update_norm_ratio_1", "update_norm_ratio_2"),
    ]
    assert len(record.angles) == 6
    assert "alignment" in [panel.name for panel in run_sections(record).panels]


def test_a_reproduction_draws_the_angles_of_its_rules(aligned):
    done = Finished(row=Row(name="adfa", cells={"rule": "aDFA"}), record={"status": "done"}, run=aligned)
    panel = angles_over_epochs([done], "digits")
    assert panel is not None
    assert len(panel.data) == 6
    assert all(title in panel.svg for title in ("update and backpropagation", "feedback and weights behind"))


@pytest.mark.usefixtures("fresh_programs")
def test_without_alignment_nothing_is_measured_and_with_it_the_same_is_learnt_and_one_program_more(tmp_path):
    plain, watched = (
        train(make_config(f"analysis.alignment={choice}", kind="train"), out_dir=tmp_path, num_seeds=2)
        for choice in ("false", "true")
    )
    assert lines_of(plain, "alignment") == []
    assert summary_of(watched)["num_compilations"] == 1  # the others are shared
    learnt = [[line["train_loss"] for line in lines_of(run, "epoch")] for run in (plain, watched)]
    assert learnt[0] == learnt[1]


def test_backpropagation_has_no_feedback_and_does_not_turn_away_from_itself(tmp_path):
    config = make_config("analysis.alignment=true", "rule.name=bptt", kind="train")
    lines = lines_of(train(config, out_dir=tmp_path), "alignment")
    assert [line["update_angle"] for line in lines] == [[0.0]] * 3
    assert [line["update_norm_ratio"] for line in lines] == [[1.0]] * 3
    assert all("feedback_angle" not in line for line in lines)


def test_an_alignment_of_layers_that_do_not_learn_is_refused():
    with pytest.raises(ConfigError, match=r"analysis\.alignment = true: changes nothing: this rule does not update"):
        make_config("analysis.alignment=true", "rule.name=readout_only", kind="train")


def test_a_training_with_validation_reports_it_and_reads_the_test_set_once_at_the_end(tmp_path, monkeypatch):
    log = ScoreLog(monkeypatch, module)
    run = train(make_config("data.validation_size=80", kind="train"), out_dir=tmp_path, num_seeds=4)
    assert log.reads_test == [False, False, True]  # two epochs, then the end
    assert all(0 <= line["validation_accuracy"] <= 1 for line in lines_of(run, "epoch"))


def test_watching_the_test_set_notes_every_epoch_and_changes_no_result(trained, tmp_path):
    run = train(make_config(kind="train"), out_dir=tmp_path, num_seeds=2, watch_test=True)
    watched = [(line["epoch"], line["seed"], line["test_accuracy"]) for line in lines_of(run, "watched_test")]
    assert [place[:2] for place in watched] == [(1, 0), (1, 1), (2, 0), (2, 1)]
    best = [max(accuracy for _, of, accuracy in watched if of == seed) for seed in (0, 1)]
    summary, unwatched = summary_of(run), summary_of(trained)
    assert summary["best_test_epoch_accuracies"] == best
    assert summary["test_accuracies"] == [accuracy for _, _, accuracy in watched[2:]]  # the last epoch stays the result
    assert summary["test_accuracies"] == unwatched["test_accuracies"]
    assert "best_test_epoch_accuracies" not in unwatched


def test_what_the_file_holds_in_vain_is_a_warning_in_the_summary(tmp_path, monkeypatch):
    genes = SEARCH + '"network.readout_decay" = { low = 0.1, high = 0.9 }\n'  # not looked at in a training
    monkeypatch.setattr(module, "_train", partial(_stop, InputError("enough")))
    progress = StopsAt(InputError("never"))
    with pytest.raises(InputError, match="enough"):
        train(make_config("rule.name=dfa", more=genes, kind="train"), out_dir=tmp_path, progress=progress)
    (folder,) = (tmp_path / "tiny").iterdir()
    assert summary_of(folder)["warnings"] == ["[device] is not used: the rule 'dfa' has no backward device."]
    assert progress.said == [f"run folder: {folder}"]


def _stop(error, *arguments):
    raise error


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (KeyboardInterrupt(), "interrupted", "interrupted by the user"),
        (MemoryError("no memory"), "failed", "no memory"),
        (ZeroDivisionError(), "failed", "ZeroDivisionError"),
    ],
)
def test_what_ends_a_training_is_told_by_a_folder_that_can_be_reported(tmp_path, error, status, reason):
    with pytest.raises(type(error)):
        train(make_config(kind="train"), out_dir=tmp_path, progress=StopsAt(error))
    (folder,) = (tmp_path / "tiny").iterdir()
    record = read_run(folder)
    assert (record.status, summary_of(folder)["reason"]) == (status, reason)
    assert summary_of(folder)["wall_time_s"] > 0
    assert list(record.epochs["epoch"]) == [1]
    assert verify_run(folder) == []


def test_a_training_that_diverges_says_so(tmp_path):
    progress = StopsAt(AssertionError(), part=99)
    run = train(make_config("training.learning_rate=1e38", kind="train"), out_dir=tmp_path, progress=progress)
    (warning,) = summary_of(run)["warnings"]
    assert warning.startswith("seed 0 diverged in epoch 1")
    assert f"warning: {warning}" in progress.said
    assert lines_of(run, "epoch")[0]["train_loss"] is None  # NaN is no JSON


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("training.batch_size=481", "batch_size = 481: must be at most the 480 training samples"),
        ("data.train_size=1438", "train_size = 1438 does not fit 1437 training samples"),
        ('data.name="nothing.npz"', r"nothing\.npz does not exist"),
        ('data.name="mnist"', "mnist is not a folder"),
    ],
)
def test_refused_input_leaves_nothing_behind(tmp_path, change, complaint):
    with pytest.raises(InputError, match=complaint):
        train(make_config(change, kind="train"), out_dir=tmp_path / "results", data_dir=tmp_path)
    assert files_in(tmp_path) == []


def test_a_second_equal_run_in_the_same_second_is_refused_and_costs_the_first_nothing(tmp_path, monkeypatch):
    now = datetime(2030, 1, 1, tzinfo=UTC)
    monkeypatch.setattr("physdfa.workflow.begin.create_run", partial(create_run, now=now))
    run = train(make_config("training.epochs=1", kind="train"), out_dir=tmp_path)
    before = {path: path.stat().st_mtime_ns for path in files_in(tmp_path)}
    with pytest.raises(RunFolderError, match="exists already"):
        train(make_config("training.epochs=1", kind="train"), out_dir=tmp_path)
    assert {path: path.stat().st_mtime_ns for path in files_in(tmp_path)} == before
    assert verify_run(run.path) == []


def test_groups_of_seeds_are_the_networks_that_each_group_trains_alone(tmp_path):
    config = make_config("training.epochs=1")
    with evaluating_at(Here(chunk=2)):
        run = train(config, out_dir=tmp_path, num_seeds=3, watch_test=True)
    alone = [train_members(config, load_samples(config, None), seeds) for seeds in ([0, 1], [2])]
    final, _ = run.load_tree("final")
    for name, values in final.items():
        np.testing.assert_array_equal(values, np.concatenate([each.named[name] for each in alone]))
    assert summary_of(run)["test_accuracies"] == [value for each in alone for value in each.test_accuracies]
    assert summary_of(run)["best_test_epoch_accuracies"] == summary_of(run)["test_accuracies"]
    assert [line["seed"] for line in lines_of(run, "epoch")] == [0, 1, 2]
