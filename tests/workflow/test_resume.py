"""What was stopped goes on: a search or sweep ends where it would have ended uninterrupted."""

import pytest

from physdfa.errors import RunFolderError
from physdfa.report.reading import read_run
from physdfa.store import open_run
from physdfa.store.evaluations import read_evaluations
from physdfa.store.verify import verify_run
from physdfa.training import Trainer
from physdfa.workflow.resume import resumable
from physdfa.workflow.search import run_search
from physdfa.workflow.sweep import run_sweep
from physdfa.workflow.train import train
from physdfa.workflow.where.place import Here, evaluating_at
from tests.workflow.range.finished_runs import make_run
from tests.workflow.tiny import SEARCH, SWEEP, lines_of, make_config, summary_of


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


def test_what_is_done_is_not_resumed_and_what_is_no_search_is_refused(tmp_path):
    assert resumable(make_run(tmp_path).path, None) is None
    trained = train(make_config(), out_dir=tmp_path)
    with pytest.raises(RunFolderError, match="kind 'train'; searches and sweeps can be resumed"):
        resumable(trained.path, None)
