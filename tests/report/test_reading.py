"""A run folder in memory: the last word of a resumed run counts, and damage is told, not hidden."""

import pytest

from physdfa.report.reading import read_run, section


def test_of_an_epoch_that_was_repeated_the_last_record_counts(make_train_run):
    run = make_train_run(seeds=1, epochs=2)
    run.append_metric({"kind": "epoch", "seed": 0, "epoch": 2, "train_accuracy": 0.5, "firing_rate": [0.3]})
    epochs = read_run(run.path).epochs
    assert list(epochs["epoch"]) == [1, 2]
    assert epochs["train_accuracy"].iloc[1] == 0.5


def test_a_damaged_table_is_named_as_missing(make_sweep_run):
    run = make_sweep_run()
    content = bytearray((run.path / "evaluations.parquet").read_bytes())
    content[len(content) // 2] ^= 0xFF
    (run.path / "evaluations.parquet").write_bytes(bytes(content))
    record = read_run(run.path)
    assert record.evaluations.empty
    assert any("evaluations.parquet" in sentence for sentence in record.missing)


def test_a_backward_table_that_has_changed_is_named_as_missing(make_train_run):
    run = make_train_run()
    with (run.figures / "backward_function.csv").open("a") as file:
        file.write("0.0,1.0\n")
    record = read_run(run.path)
    assert record.backward.empty
    assert any("backward_function.csv has changed" in sentence for sentence in record.missing)


def test_a_backward_table_of_words_is_named_as_missing(make_train_run):
    run = make_train_run()
    run.write_text("figures/backward_function.csv", "potential,g\nwords,here\n")
    record = read_run(run.path)
    assert record.backward.empty
    assert any("backward_function.csv cannot be read" in sentence for sentence in record.missing)


def test_a_finished_run_misses_nothing(make_train_run, make_search_run, make_sweep_run):
    for make in (make_train_run, make_search_run, make_sweep_run):
        assert read_run(make().path).missing == ()


@pytest.mark.parametrize("keys", [("absent",), ("a", "text"), ("a", "inner", "deep")])
def test_a_table_that_is_not_there_is_empty(keys):
    assert section({"a": {"text": "x", "inner": {}}}, *keys) == {}
