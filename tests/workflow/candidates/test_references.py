"""Whether the device matters: known truths, fresh seeds, and what a resumed run does not train again."""

import tomllib

import pytest

from physdfa.config import read_config
from physdfa.report.references import gain_sentences
from physdfa.store import open_run
from physdfa.training import Trainer
from physdfa.workflow.candidates import references
from physdfa.workflow.candidates.references import (
    Reference,
    alikeness_of,
    gain_over_constant,
    summary_entry,
)
from physdfa.workflow.resume import resumable
from physdfa.workflow.search import run_search, search_size
from physdfa.workflow.sweep import run_sweep, sweep_size
from tests.workflow.candidates.made import make_record
from tests.workflow.tiny import SEARCH, SWEEP, TINY, make_config, summary_of

pytestmark = pytest.mark.slow

ASKED = "sweep.references=2"
SLOPES = ("training.optimizer=sgd", "training.learning_rate=0.1")  # the size of g counts, as it does not in Adam
FLAT = '[sweep]\nreferences = 2\n[sweep.parameters]\n"device.value" = { values = [0.5, 0.7] }\n'
NAMES = ["best", "constant", "constant", "constant", "dfa", "readout_only"]


def make_entry(name, *accuracies, value=1.0):
    values = {"device.value": value} if name == "constant" else {}
    records = [make_record(accuracy=one, seed=seed, reason="diverged") for seed, one in enumerate(accuracies)]
    entry = summary_entry(Reference(name, {}), list(range(len(accuracies))), records)
    return {**entry, "values": values}


def trained(records):
    return {(entry["name"], str(entry["values"])): entry["accuracies"] for entry in records}


class Epochs:
    """Counts the epochs that are trained, and interrupts at the nth."""

    def __init__(self, monkeypatch, at=None):
        self.number, run_epoch = 0, Trainer.run_epoch

        def counted(trainer, *arguments):
            self.number += 1
            if self.number == at:
                raise KeyboardInterrupt
            return run_epoch(trainer, *arguments)

        monkeypatch.setattr(Trainer, "run_epoch", counted)


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    config = make_config(ASKED, *SLOPES, more=SWEEP, kind="sweep")
    return run_sweep(config, out_dir=tmp_path_factory.mktemp("swept"))


def test_the_best_one_a_constant_dfa_and_a_frozen_layer_are_trained_with_seeds_that_chose_nothing(swept):
    summary = summary_of(swept)
    found = summary["references"]
    assert [entry["name"] for entry in found] == NAMES
    assert all(entry["seeds"] == [1, 2] for entry in found)  # the points have seed 0
    assert found[0]["values"] == summary["best"]
    middle, triple, third = (entry["values"]["device.value"] for entry in found[1:4])
    assert triple == pytest.approx(3 * middle, rel=0.06)  # both of two digits
    assert third == pytest.approx(middle / 3, rel=0.06)
    assert found[4]["values"] == {"rule.name": "dfa"}
    best = max(entry["validation_accuracy"] for entry in found[1:4])
    gain = summary["gain"]
    assert gain["mean"] == pytest.approx(100 * (found[0]["validation_accuracy"] - best))
    assert gain["low"] < gain["mean"] < gain["high"]
    assert gain["num_seeds"] == 2
    assert summary["alike"]["num_candidates"] == 4


def test_a_device_that_is_a_constant_gains_nothing_over_one(tmp_path):
    text = TINY.replace('preset = "mach_zehnder"\nreference = "balanced"', 'preset = "constant"')
    config = read_config(tomllib.loads(text + FLAT), kind="sweep")
    summary = summary_of(run_sweep(config, out_dir=tmp_path))
    # Adam divides the size of g out: the constants are as good as the device, and the third is not trained.
    assert [entry["name"] for entry in summary["references"]] == ["best", "constant", "constant", "dfa", "readout_only"]
    assert summary["gain"]["mean"] == pytest.approx(0.0, abs=1e-9)
    assert summary["gain"]["low"] < 0 < summary["gain"]["high"]
    assert summary["gain"]["confidence"] == pytest.approx(0.5)
    assert gain_sentences(summary)[0].startswith("The device does not matter here: over a constant g")
    assert summary["g_spread_over_mean"] == 0.0
    assert any(text.startswith("the best device is flat") for text in summary["warnings"])


def test_a_resumed_run_takes_over_the_references_that_it_has(tmp_path, monkeypatch, swept):
    config = make_config(ASKED, *SLOPES, more=SWEEP, kind="sweep")
    Epochs(monkeypatch, at=8)  # two of the points, then two of each reference: in the second constant
    with pytest.raises(KeyboardInterrupt):
        run_sweep(config, out_dir=tmp_path)
    monkeypatch.undo()
    (folder,) = (tmp_path / "tiny").iterdir()
    assert [entry["name"] for entry in summary_of(folder)["references"]] == ["best", "constant"]
    again = Epochs(monkeypatch)
    found = resumable(folder, None)
    assert found is not None
    config, work = found
    work(config, out_dir=tmp_path)
    assert again.number == 2 * (4 + 1)  # four references, and the best one in full
    whole, resumed = summary_of(swept), summary_of(folder)
    assert trained(resumed["references"]) == trained(whole["references"])
    assert resumed["gain"] == whole["gain"]
    assert open_run(folder).read_summary()["status"] == "done"


def test_a_search_is_compared_as_well_and_counted_in_its_size(tmp_path):
    config = make_config("search.references=2", "search.compare=false", *SLOPES, more=SEARCH, kind="search")
    assert search_size(config)[0] == 6 + 2 * len(NAMES)
    summary = summary_of(run_search(config, out_dir=tmp_path))
    assert {entry["name"] for entry in summary["references"]} == set(NAMES)
    shared = {key: value for key, value in summary["best"].items() if not key.startswith("device.")}
    assert shared  # the learning rate is a gene, and the same for all
    assert all(entry["values"].items() >= shared.items() for entry in summary["references"])


def test_where_no_device_acts_or_none_are_asked_for_nothing_is_trained(tmp_path, monkeypatch):
    rate = '[sweep]\n[sweep.parameters]\n"training.learning_rate" = { values = [0.01, 0.02] }\n'
    config = make_config("rule.name=dfa", more=rate, kind="sweep")
    assert sweep_size(config)[0] == 2
    monkeypatch.setattr(references, "gain_size", None)
    summary = summary_of(run_sweep(config, out_dir=tmp_path))
    assert "references" not in summary
    assert "gain" not in summary
    assert gain_sentences(summary) == []


def test_seeds_that_failed_leave_the_others_and_fewer_than_two_no_gain():
    best, constant = make_entry("best", 0.9, None, 0.8), make_entry("constant", 0.7, 0.7, 0.7)
    assert best["validation_accuracy"] is None
    assert best["reason"] == "diverged"
    assert gain_over_constant([best, constant], 0.01) is None  # as a candidate, it failed
    told = gain_sentences({"references": [best, constant], "gain": None})
    assert told == ["Whether the device matters cannot be told: diverged."]


def test_the_best_constant_counts():
    entries = [
        make_entry("best", 0.9, 0.8),
        make_entry("constant", 0.1, 0.2, value=3.0),
        make_entry("constant", 0.8, 0.8, value=1.0),
    ]
    gain = gain_over_constant(entries, 0.01)
    assert gain is not None
    assert (gain["value"], gain["mean"]) == (1.0, pytest.approx(5.0))


def test_candidates_of_one_accuracy_are_alike_and_a_failed_one_is_not():
    entries = [make_entry("best", 0.9, 0.88, 0.92), make_entry("constant", 0.9, 0.88, 0.92)]
    like = [make_record(str(index), 0.9 + 0.01 * (index % 3)) for index in range(9)]
    unlike = [make_record(str(index), 0.1 * index) for index in range(9)]
    for records, is_alike in ((like, True), (unlike, False)):
        found = alikeness_of(records, entries, 1, 0.01)
        assert found is not None
        assert found["is_alike"] == is_alike
    assert alikeness_of([*like, make_record("failed", None)], entries, 1, 0.01) is None
