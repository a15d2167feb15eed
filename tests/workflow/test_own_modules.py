"""The module that a part of one's own stands in is kept by its run, which does not go on with another."""

import sys

import pytest

from physdfa.config import load_config
from physdfa.errors import RunFolderError
from physdfa.store.verify import verify_run
from physdfa.workflow.evaluate import evaluate_run
from physdfa.workflow.own_modules import own_modules
from physdfa.workflow.resume import resumable
from physdfa.workflow.search import run_search
from physdfa.workflow.train import train

MODULE = "from physdfa.rules import Dfa\n\n\nclass Mine(Dfa):\n    pass\n"

FILE = """
[experiment]
name = "own"
[data]
name = "digits"
train_size = 100
[network]
hidden = [8]
num_steps = 3
[rule]
name = "kept_bench:Mine"
[training]
epochs = 1
batch_size = 20
[search]
population = 4
generations = 1
epochs = 1
final_seeds = 1
[search.genes]
"training.learning_rate" = { low = 0.001, high = 0.01 }
"""


@pytest.fixture
def bench(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "kept_bench", raising=False)
    (tmp_path / "kept_bench.py").write_text(MODULE)
    (tmp_path / "own.toml").write_text(FILE)
    return tmp_path / "kept_bench.py"


def test_a_trained_run_keeps_the_module_and_is_not_scored_with_another(bench, tmp_path):
    config = load_config(tmp_path / "own.toml", kind="train")
    assert own_modules(config) == ["kept_bench"]
    run = train(config, out_dir=tmp_path / "results")
    assert (run.path / "inputs" / "kept_bench.py").read_text() == MODULE
    assert verify_run(run.path) == []
    before = evaluate_run(run.path, data_dir=None).accuracies
    bench.write_text(MODULE + "# changed\n")
    with pytest.raises(RunFolderError, match=r"kept_bench\.py has changed since .*put back what.*physdfa train"):
        evaluate_run(run.path, data_dir=None)
    bench.write_text(MODULE)
    assert evaluate_run(run.path, data_dir=None).accuracies == before


def test_a_search_does_not_go_on_with_another_module(bench, tmp_path):
    run = run_search(load_config(tmp_path / "own.toml", kind="search"), out_dir=tmp_path / "results")
    run.write_summary({"status": "interrupted"})
    assert resumable(run.path, None) is not None
    bench.write_text(MODULE + "# changed\n")
    with pytest.raises(RunFolderError, match="has changed since"):
        resumable(run.path, None)
