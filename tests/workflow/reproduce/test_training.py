"""The learning rate of a row: searched on the validation split, frozen, and found again."""

import pytest

from physdfa.config import value_at
from physdfa.errors import InputError
from physdfa.store import open_run
from physdfa.store.evaluations import read_evaluations, write_evaluations
from physdfa.workflow.reproduce import training as module
from physdfa.workflow.reproduce.costs import FLOATS_FED_BACK, WEIGHTS_CHANGED
from physdfa.workflow.reproduce.entry import RateSearch
from physdfa.workflow.reproduce.training import COUNTED, RATE, best_rate, search_config, train_row, with_best_rate
from tests.workflow.reproduce.small import make_place, make_row
from tests.workflow.test_resume import Stop
from tests.workflow.tiny import ScoreLog, summary_of

SEARCH = RateSearch(rates=(1e-4, 1e-3, 1e-2), epochs=1)


def test_the_best_rate_of_the_validation_split_is_frozen_and_the_test_set_is_not_read(tmp_path, monkeypatch):
    log = ScoreLog(monkeypatch, module)
    config = make_row("one").read("smoke")
    chosen, record = with_best_rate(config, SEARCH, make_place(tmp_path))
    assert not any(log.reads_test)
    table = read_evaluations(open_run(tmp_path / record["search"]))
    best = table.sort_values("validation_accuracy").iloc[-1][RATE]
    assert (value_at(chosen, RATE), record["learning_rate"]) == (best, best)
    assert record["learning_rates"] == [1e-4, 1e-2]  # the ends, at this scale
    assert record["is_at_edge"]


def test_a_search_that_was_stopped_goes_on_with_the_rates_that_are_missing(tmp_path, monkeypatch):
    config = make_row("one").read("smoke")
    _, whole = with_best_rate(config, SEARCH, make_place(tmp_path / "whole"))
    Stop(monkeypatch, at=2)  # one epoch for each rate
    with pytest.raises(KeyboardInterrupt):
        with_best_rate(config, SEARCH, make_place(tmp_path / "stopped"))
    monkeypatch.undo()
    stop = Stop(monkeypatch, at=None)
    _, found = with_best_rate(config, SEARCH, make_place(tmp_path / "stopped"))
    assert stop.epochs == 1
    assert len(list((tmp_path / "stopped" / "small_one_rates").iterdir())) == 1
    tables = [
        read_evaluations(open_run(tmp_path / place / record["search"])).drop(columns="wall_time_s")
        for place, record in (("whole", whole), ("stopped", found))
    ]
    assert tables[0].equals(tables[1])


def test_a_search_is_not_done_again(tmp_path, instant):
    row = make_row("one", search=SEARCH)
    first, again = (train_row(row, row.read("smoke"), make_place(tmp_path)) for _ in range(2))
    assert first.record["search"] == again.record["search"]
    assert again.record["reused"]


def test_of_equal_rates_the_least_is_taken_and_where_none_trains_the_row_fails(tmp_path):
    config = make_row("one").read("smoke")
    _, record = with_best_rate(config, SEARCH, make_place(tmp_path))
    run = open_run(tmp_path / record["search"])
    table = read_evaluations(run).assign(validation_accuracy=0.5)
    write_evaluations(run, table)
    assert best_rate(run) == 1e-4
    write_evaluations(run, table.assign(status="failed", reason="diverged in epoch 1", validation_accuracy=None))
    with pytest.raises(InputError, match="no learning rate trains: diverged in epoch 1"):
        best_rate(run)


def test_every_row_gets_the_same_budget_at_full_scale():
    swept = search_config(make_row("one").read("full"), SEARCH, "full")
    assert swept.sweep is not None
    assert (swept.sweep.epochs, swept.sweep.seeds) == (1, 1)
    assert swept.sweep.parameters[RATE].values == SEARCH.rates


def test_the_test_set_is_watched_only_where_a_row_asks_for_it(tmp_path):
    watching = make_row("one", "training.epochs=2", watch_test=True)
    record = train_row(watching, watching.read("smoke"), make_place(tmp_path)).record
    assert record["best_test_epoch_accuracies"][0] >= record["test_accuracies"][0]
    plain = make_row("two")
    record = train_row(plain, plain.read("smoke"), make_place(tmp_path)).record
    assert "best_test_epoch_accuracies" not in record


def test_what_a_training_costs_is_counted_less_what_a_rule_leaves_out(tmp_path, monkeypatch, instant):
    monkeypatch.setattr(
        module, "lines_of", lambda run, kind, epoch: [{"firing_rate": [0.1]}] if kind == "epoch" else []
    )
    monkeypatch.setattr(module, "count_weights_changed", lambda run, config, samples: {WEIGHTS_CHANGED: 123.0})
    row = make_row("one", has_costs=True)
    place = make_place(tmp_path)
    record = train_row(row, row.read("smoke"), place).record
    assert (record[FLOATS_FED_BACK], record[WEIGHTS_CHANGED]) == (10 * 16, 123.0)
    assert record["seconds_per_epoch"] == pytest.approx(1.0)  # 480 samples at 480 a second
    assert record["memory_bytes"] > 4 * 64 * 16
    run = open_run(tmp_path / record["run"])
    run.write_summary({FLOATS_FED_BACK: 12.5})
    assert train_row(row, row.read("smoke"), place).record[FLOATS_FED_BACK] == 12.5
    assert summary_of(run)["status"] == "done"


def test_what_a_rule_counted_is_in_the_record_of_a_row(tmp_path, instant):
    row, place = make_row("one"), make_place(tmp_path)
    record = train_row(row, row.read("smoke"), place).record
    assert not set(COUNTED) & set(record)
    counted = dict(zip(COUNTED, (160.0, 12.5, 6000.0, 0.5), strict=True))
    open_run(tmp_path / record["run"]).write_summary(counted)
    assert counted.items() <= train_row(row, row.read("smoke"), place).record.items()
