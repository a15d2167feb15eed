"""What was stopped goes on: a search or sweep ends where it would have ended uninterrupted."""

import tomllib

import pytest

from physdfa.config import read_config
from physdfa.errors import RunFolderError
from physdfa.report.reading import read_run
from physdfa.store import create_run, open_run
from physdfa.store.evaluations import read_evaluations
from physdfa.store.verify import verify_run
from physdfa.training import Trainer
from physdfa.workflow.evaluate import evaluate_run
from physdfa.workflow.resume import resumable
from physdfa.workflow.search import run_search
from physdfa.workflow.sweep import run_sweep
from physdfa.workflow.train import train
from physdfa.workflow.where.place import Here, evaluating_at
from tests.workflow.range.finished_runs import make_run
from tests.workflow.test_event_training import EVENTS
from tests.workflow.test_train import StopsAt
from tests.workflow.tiny import SEARCH, SWEEP, TINY, lines_of, make_config, summary_of


class Stop:
    """Interrupts at the nth epoch of a training of `Trainer.run_epoch`, and counts them."""

    def __init__(self, monkeypatch, at: int | None):
        self.epochs, run_epoch = 0, Trainer.run_epoch

        def counted(trainer, *arguments):
            self.epochs += 1
            if self.epochs == at:
                raise KeyboardInterrupt
            return run_epoch(trainer, *arguments)

        monkeypatch.setattr(Trainer, "run_epoch", counted)


def resume(folder):
    found = resumable(folder, None)
    assert found is not None
    config, work = found
    return work(config, out_dir=folder.parent.parent)


def outcome(folder):
    """All that a search or sweep found, but for how long it took."""
    summary = summary_of(folder)
    kept = ("best", "best_validation_accuracy", "test_accuracies", "num_evaluations", "num_failed", "status", "front")
    table = read_run(folder).evaluations.drop(columns="wall_time_s")
    lines = [
        {key: value for key, value in line.items() if key not in ("wall_time_s", "sha256")}
        for line in lines_of(open_run(folder), "generation")
    ]
    return {key: summary.get(key) for key in kept}, table.to_dict("list"), lines


METHODS = ['method = "genetic"', 'method = "random"', 'method = "cma_es"', 'objectives = ["accuracy", "energy"]',
           "halving = { rungs = [1], checks = 1 }"]  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_a_resumed_search_is_the_uninterrupted_one_bit_for_bit(tmp_path, monkeypatch, method):
    genes = SEARCH.replace("population = 4", f"population = 4\ncompare = false\nseeds = 1\n{method}")
    config = make_config("search.generations=3", "training.schedule=cosine", more=genes, kind="search")
    whole = run_search(config, out_dir=tmp_path / "whole").path
    stopped = Stop(monkeypatch, at=4)  # in the second chunk, or generation
    with pytest.raises(KeyboardInterrupt):
        run_search(config, out_dir=tmp_path / "stopped")
    monkeypatch.undo()
    (folder,) = (tmp_path / "stopped" / "tiny").iterdir()
    assert summary_of(folder)["status"] == "interrupted"
    resume(folder)
    assert [list(map(str, part)) for part in outcome(folder)[1].values()] == [
        list(map(str, part)) for part in outcome(whole)[1].values()
    ]
    assert outcome(folder)[0] == outcome(whole)[0]
    assert outcome(folder)[2] == outcome(whole)[2]
    assert summary_of(folder)["num_resumes"] == 1
    assert verify_run(folder) == []
    assert stopped.epochs == 4


def test_an_interrupt_loses_the_running_chunk_only_and_no_more_is_trained_again(tmp_path, monkeypatch):
    config = make_config("search.compare=false", more=SEARCH, kind="search")
    Stop(monkeypatch, at=4)  # the second epoch of the second chunk of the first generation
    with evaluating_at(Here(chunk=2)), pytest.raises(KeyboardInterrupt):
        run_search(config, out_dir=tmp_path)
    monkeypatch.undo()
    (folder,) = (tmp_path / "tiny").iterdir()
    assert len(read_run(folder).evaluations) == 2
    again = Stop(monkeypatch, at=None)
    resume(folder)  # in chunks of its first size
    # One chunk of the first generation, one of the second, and the final training: two epochs each.
    assert again.epochs == 6
    assert len(read_run(folder).evaluations) == 6


@pytest.mark.slow
def test_a_resumed_sweep_is_the_uninterrupted_one(tmp_path, monkeypatch):
    config = make_config(more=SWEEP, kind="sweep")
    whole = run_sweep(config, out_dir=tmp_path / "whole")
    monkeypatch.setattr("physdfa.workflow.sweep.SWEEP_BATCH", 2)
    Stop(monkeypatch, at=4)
    with pytest.raises(KeyboardInterrupt):
        run_sweep(config, out_dir=tmp_path / "stopped")
    (folder,) = (tmp_path / "stopped" / "tiny").iterdir()
    assert len(read_run(folder).evaluations) == 2
    again = Stop(monkeypatch, at=None)
    resume(folder)
    assert again.epochs == 4  # two of the two points that were missing, two of the final training
    columns = ["candidate", "seed", "validation_accuracy", "status"]
    assert read_run(folder).evaluations[columns].equals(read_evaluations(whole)[columns])


@pytest.mark.slow
def test_the_last_trainings_of_a_search_go_on_after_their_own_checkpoints(tmp_path, monkeypatch):
    size = ("search.generations=1", "search.epochs=1", "training.epochs=3", "training.checkpoint_every=1")
    config = make_config(*size, more=SEARCH, kind="search")
    whole = run_search(config, out_dir=tmp_path / "whole").path
    Stop(monkeypatch, at=3)  # one epoch of the candidates, and the second one of the best
    with pytest.raises(KeyboardInterrupt):
        run_search(config, out_dir=tmp_path / "stopped")
    monkeypatch.undo()
    (folder,) = (tmp_path / "stopped" / "tiny").iterdir()
    Stop(monkeypatch, at=4)  # the last two epochs of the best, and the second one of the median
    with pytest.raises(KeyboardInterrupt):
        resume(folder)
    monkeypatch.undo()
    last = Stop(monkeypatch, at=None)
    resume(folder)
    assert last.epochs == 2 + 3  # of the median, and of the frozen layer
    assert outcome(folder)[0] == outcome(whole)[0]
    assert summary_of(folder)["comparison"] == summary_of(whole)["comparison"]
    assert (folder / "checkpoints" / "final.npz").read_bytes() == (whole / "checkpoints" / "final.npz").read_bytes()
    assert told(folder, "epoch", "test") == told(whole, "epoch", "test")
    assert not list((folder / "checkpoints").glob("epoch_*"))
    assert verify_run(folder) == []


def told(folder, *kinds):
    """The lines of some kinds in the log of a run, but for their times."""
    lines = [line for line in open_run(folder).read_metrics().records if line["kind"] in kinds]
    return [{key: value for key, value in line.items() if key not in ("images_per_s", "sha256")} for line in lines]


@pytest.fixture
def stopped(tmp_path, monkeypatch):
    """A training of two seeds, kept after each of its first two epochs of four, and stopped in the third."""
    config = make_config(*KEPT, kind="train")
    Stop(monkeypatch, at=3)
    with pytest.raises(KeyboardInterrupt):
        train(config, out_dir=tmp_path / "stopped", num_seeds=2, watch_test=True)
    monkeypatch.undo()
    (folder,) = (tmp_path / "stopped" / "tiny").iterdir()
    return folder


KEPT = (
    *("training.epochs=4", "training.checkpoint_every=1", "training.schedule=cosine", "training.keep_best=true"),
    *("data.validation_size=80", "data.shift_augmentation=1", "training.dropout=0.1"),
)


def kept_of(folder):
    """All that a training leaves behind, but for its times and how much it compiled."""
    run, own = open_run(folder), ("images_per_s", "sha256")
    lines = [{key: value for key, value in line.items() if key not in own} for line in run.read_metrics().records]
    files = [(folder / "checkpoints" / name).read_bytes() for name in ("final.npz", "best.npz")]
    keys = (
        "status",
        "seeds",
        "test_accuracies",
        "best_test_epoch_accuracies",
        "feedback_floats_per_sample",
        "warnings",
    )
    return lines, files, {key: summary_of(folder).get(key) for key in keys}


def test_a_resumed_training_is_the_uninterrupted_one_bit_for_bit(tmp_path, monkeypatch, stopped):
    again = Stop(monkeypatch, at=None)
    resume(stopped)
    assert again.epochs == 2  # the third, in which it was stopped, and the last
    whole = train(make_config(*KEPT, kind="train"), out_dir=tmp_path / "whole", num_seeds=2, watch_test=True).path
    assert kept_of(stopped) == kept_of(whole)
    assert summary_of(stopped)["num_resumes"] == 1
    assert [path.name for path in (stopped / "checkpoints").glob("epoch_*")] == ["epoch_4.npz"]
    assert verify_run(stopped) == []
    assert resumable(stopped, None) is None


OWN = """
from typing import ClassVar

from physdfa.parts import parameter
from physdfa.rules import AbstractDirectFeedback, AbstractRandomFeedback, Dfa


class Scaled(AbstractRandomFeedback, AbstractDirectFeedback):
    name: ClassVar[str] = "scaled"
    gain: float = parameter(default=1.5, unit="", low=0.0, meaning="the factor on the error that is sent back")

    @property
    def factor(self):
        return Dfa().factor

    def teaching(self, batch, error):
        return self.gain * error
"""


def make_own(tmp_path, monkeypatch):
    (tmp_path / "resumed_rule.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    return make_config('rule.name="resumed_rule:Scaled"', "training.checkpoint_every=1", "training.epochs=3")


def make_events(tmp_path, monkeypatch):
    del tmp_path, monkeypatch
    learned = ("rule.feedback_rate=0.05", "rule.feedback_optimizer=adam")
    kept = ("training.checkpoint_every=1", "training.epochs=3")
    return read_config(tomllib.loads(EVENTS), overrides=[*learned, *kept], kind="train")


@pytest.mark.slow
@pytest.mark.parametrize("make", [make_own, make_events], ids=["of one's own", "in events"])
def test_a_resumed_training_by_another_rule_is_the_uninterrupted_one(tmp_path, monkeypatch, make):
    goes_on_as_if_uninterrupted(make(tmp_path, monkeypatch), tmp_path, None)


def goes_on_as_if_uninterrupted(config, folder, data_dir):
    """Stop a training of three epochs in the last one, go on, and compare all that it keeps, bit for bit."""
    whole = train(config, out_dir=folder / "whole", data_dir=data_dir, num_seeds=2).path
    with pytest.MonkeyPatch.context() as patch:
        Stop(patch, at=3)
        with pytest.raises(KeyboardInterrupt):
            train(config, out_dir=folder / "stopped", data_dir=data_dir, num_seeds=2)
    (stopped,) = (folder / "stopped" / config.experiment.name).iterdir()
    found = resumable(stopped, data_dir)
    assert found is not None
    with pytest.MonkeyPatch.context() as patch:
        again = Stop(patch, at=None)
        found[1](found[0], out_dir=folder, data_dir=data_dir)
    assert again.epochs == 1
    assert told(stopped, "epoch", "test") == told(whole, "epoch", "test")
    for name in ("final", "epoch_3"):  # the second with optimiser, learned feedback and random keys
        (ours, _), (theirs, _) = (open_run(path).load_tree(name) for path in (stopped, whole))
        assert {key: one.tobytes() for key, one in ours.items()} == {key: one.tobytes() for key, one in theirs.items()}


@pytest.mark.slow
def test_groups_of_seeds_go_on_each_after_its_own_checkpoint(tmp_path, monkeypatch):
    config = make_config("training.epochs=3", "training.checkpoint_every=1", "analysis.alignment=true", kind="train")
    with evaluating_at(Here(chunk=2)):
        whole = train(config, out_dir=tmp_path / "whole", num_seeds=3, watch_test=True).path
        Stop(monkeypatch, at=5)  # the second epoch of the second group
        with pytest.raises(KeyboardInterrupt):
            train(config, out_dir=tmp_path / "stopped", num_seeds=3, watch_test=True)
    monkeypatch.undo()
    (folder,) = (tmp_path / "stopped" / "tiny").iterdir()
    kept = sorted(path.name for path in (folder / "checkpoints").glob("epoch_*"))
    assert kept == ["epoch_1_of_seed_2.npz", "epoch_2_of_seed_0.npz", "epoch_3_of_seed_0.npz"]
    open_run(folder).append_metric({"kind": "epoch", "seed": 2, "epoch": 2})  # which no checkpoint knows of
    again = Stop(monkeypatch, at=None)
    resume(folder)
    assert again.epochs == 2
    assert told(folder, "epoch", "alignment", "watched_test", "test") == told(
        whole, "epoch", "alignment", "watched_test", "test"
    )
    assert (folder / "checkpoints" / "final.npz").read_bytes() == (whole / "checkpoints" / "final.npz").read_bytes()
    for key in ("test_accuracies", "best_test_epoch_accuracies", "feedback_floats_per_sample", "seeds"):
        assert summary_of(folder)[key] == summary_of(whole)[key]
    assert not list((folder / "checkpoints").glob("epoch_*"))
    assert verify_run(folder) == []


def test_a_damaged_checkpoint_costs_the_epoch_after_the_one_before_it(tmp_path, monkeypatch, stopped):
    newest = stopped / "checkpoints" / "epoch_2.npz"
    newest.write_bytes(newest.read_bytes()[:-1])
    again, log = Stop(monkeypatch, at=None), StopsAt(AssertionError(), part=99)
    config, work = resumable(stopped, None)
    work(config, out_dir=tmp_path, progress=log)
    assert again.epochs == 3
    assert "epoch_2.npz has changed since it was written" in log.said[0]
    assert "it goes on after epoch 1" in log.said
    epochs = [line["epoch"] for line in lines_of(open_run(stopped), "epoch")]
    assert epochs == [1, 1, 2, 2, 3, 3, 4, 4]


def test_without_a_whole_checkpoint_or_its_lines_a_training_begins_anew_in_its_folder(stopped, monkeypatch):
    (stopped / "metrics.jsonl").write_text("")
    again = Stop(monkeypatch, at=None)
    resume(stopped)
    assert again.epochs == 4
    assert len(lines_of(open_run(stopped), "epoch")) == 8


def test_a_stopped_training_can_be_scored_and_reported_from_its_last_checkpoint(stopped):
    found = evaluate_run(stopped, data_dir=None)
    assert found.after == "after epoch 2 of 4"
    watched = lines_of(open_run(stopped), "watched_test")[-2:]  # of the same networks
    assert found.accuracies == [line["test_accuracy"] for line in watched]
    assert any("kept after epoch 2 of 4" in sentence for sentence in read_run(stopped).missing)


def test_of_the_best_networks_each_is_that_of_its_best_epoch(stopped):
    lines = lines_of(open_run(stopped), "epoch")
    accuracies = {seed: [line["validation_accuracy"] for line in lines if line["seed"] == seed] for seed in (0, 1)}
    epochs = [accuracies[seed].index(max(accuracies[seed])) + 1 for seed in (0, 1)]
    found = evaluate_run(stopped, data_dir=None, best=True)
    assert found.after == f"after epochs {epochs[0]}, {epochs[1]} of 4"
    watched = {
        (line["epoch"], line["seed"]): line["test_accuracy"] for line in lines_of(open_run(stopped), "watched_test")
    }
    assert found.accuracies == [watched[epochs[seed], seed] for seed in (0, 1)]


def test_other_code_is_refused_with_the_difference_unless_it_is_allowed(stopped, monkeypatch):
    monkeypatch.setattr("physdfa.store.environment.running_code", lambda: "other")
    monkeypatch.setattr("physdfa.store.environment.versions", lambda: {"jax": "0.0.1"})
    with pytest.raises(RunFolderError, match=r"jax .* then, 0\.0\.1 now; the code: .*--allow-changed"):
        resumable(stopped, None)
    assert resumable(stopped, None, allow_changed=True) is not None
    assert any("jax" in change for change in summary_of(stopped)["changes"])


def test_what_is_done_is_not_resumed_and_what_is_no_search_is_refused(tmp_path):
    assert resumable(make_run(tmp_path).path, None) is None
    other = create_run(tmp_path, "tiny", TINY, command_line=["physdfa"], kind="none")
    with pytest.raises(RunFolderError, match="kind 'none', that cannot be resumed"):
        resumable(other.path, None)
