"""A sweep that grows: by points where they tell most, by seeds, and after an interrupt by what was planned."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from physdfa.errors import InputError
from physdfa.store.evaluations import read_evaluations
from physdfa.workflow.candidates.additions import Additions, Batch, read_additions, write_additions
from physdfa.workflow.own_modules import read_run_config
from physdfa.workflow.progress import NO_PROGRESS
from physdfa.workflow.range.finished import read_finished
from physdfa.workflow.refine import EVEN_EVERY, Growth, extend_sweep, next_batch, trainings_after
from physdfa.workflow.search import run_search
from physdfa.workflow.sweep import run_sweep
from tests.workflow.tiny import SEARCH, make_config

pytestmark = pytest.mark.slow

SWEEP = """
[sweep]
method = "sobol"
num_samples = 12
epochs = 1
[sweep.parameters]
"device.v_bias" = { low = 0.0, high = 9.4 }
"device.drive_gain" = { low = 0.1, high = 10.0, scale = "log" }
"""


def make_run(folder):
    return run_sweep(make_config(more=SWEEP, kind="sweep"), out_dir=folder)


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """A sweep of 12 points, and the same with 8 points and then one seed more."""
    run = make_run(tmp_path_factory.mktemp("grown"))
    before = read_evaluations(run)
    extend_sweep(run.path, Growth(points=8))
    extend_sweep(run.path, Growth(seeds=1))
    return run, before


def test_points_are_added_to_those_that_were_there(grown):
    run, before = grown
    table = read_evaluations(run)
    assert len(table["candidate"].unique()) == 12 + 8
    old = table[(table["generation"] == 0) & (table["seed"] == 0)].reset_index(drop=True)
    columns = [name for name in before.columns if name != "wall_time_s"]
    assert old[columns].equals(before[columns])


def test_one_point_in_four_is_spread_evenly(grown):
    (batch,) = read_additions(grown[0]).batches
    assert (len(batch.even), len(batch.chosen)) == (math.ceil(8 / EVEN_EVERY), 8 - math.ceil(8 / EVEN_EVERY))


def test_a_seed_is_added_to_every_point(grown):
    table = read_evaluations(grown[0])
    assert set(table.groupby("candidate")["seed"].apply(tuple)) == {(0, 1)}
    assert read_finished(grown[0].path).points.seeds == 2


def test_the_last_training_is_told_once_whatever_was_before(grown):
    records = grown[0].read_metrics().records
    assert [record["kind"] for record in records].count("test") == 1
    assert [record["epoch"] for record in records if record["kind"] == "epoch"] == [1, 2]
    assert grown[0].read_summary()["status"] == "done"
    assert grown[0].read_summary()["num_evaluations"] == 20


def test_what_was_planned_before_an_interrupt_is_evaluated_after_it(tmp_path):
    run = make_run(tmp_path)
    point = {"device.v_bias": 1.25, "device.drive_gain": 0.5}
    write_additions(run, Additions().with_batch(Batch(chosen=[point])))
    extend_sweep(run.path, Growth())
    table = read_evaluations(run)
    (row,) = table[table["generation"] == 1].to_dict("records")
    assert {key: row[key] for key in point} == point


@pytest.mark.slow
def test_growing_at_once_or_by_and_by_gives_the_same_accuracy_of_a_point(grown, tmp_path):
    # A result depends on the point and the seed alone: not on when it was asked for.
    run = make_run(tmp_path)
    (batch,) = read_additions(grown[0]).batches
    write_additions(run, Additions().with_batch(batch).with_seeds(1))
    extend_sweep(run.path, Growth())
    columns = ["candidate", "seed", "validation_accuracy"]
    one, other = (read_evaluations(each)[columns].sort_values(columns[:2]) for each in (run, grown[0]))
    np.testing.assert_array_equal(one.to_numpy(), other.to_numpy())


def test_a_batch_has_no_point_that_is_there_already(grown):
    finished = read_finished(grown[0].path)
    added = read_additions(grown[0])
    batch = next_batch(finished, Growth().rule, added, 12)
    points = [tuple(values.values()) for values in batch.points]
    assert len(set(points)) == 12
    known = {tuple(values.values()) for each in added.batches for values in each.points}
    assert not known & set(points)


def test_too_few_points_to_conclude_from_grow_evenly(tmp_path):
    config = make_config("sweep.num_samples=4", more=SWEEP, kind="sweep")
    run = run_sweep(config, out_dir=tmp_path)
    extend_sweep(run.path, Growth(points=8))
    (batch,) = read_additions(run).batches
    assert (len(batch.even), len(batch.chosen)) == (8, 0)
    assert read_finished(run.path).points.even.all()


def test_without_time_nothing_is_added_and_the_command_that_adds_is_named(tmp_path, monkeypatch):
    run, said = make_run(tmp_path), []
    monkeypatch.setattr(NO_PROGRESS, "say", said.append)
    extend_sweep(run.path, Growth(points=None, until=-math.inf))
    assert read_additions(run).batches == ()
    assert any(f"physdfa study {run.path} --budget" in sentence for sentence in said)


def test_the_time_of_what_follows_is_kept_free(grown, monkeypatch):
    run, config = grown[0], read_run_config(grown[0], "sweep")
    monkeypatch.setattr("physdfa.workflow.refine.time.monotonic", lambda: 140.0)
    growth = Growth(points=None, began=100.0, until=240.0)
    # 40 s for the trainings that are there leave room for 2.5 times as many in the next 100 s.
    num = len(read_evaluations(run))
    assert growth.affordable(run, config) == pytest.approx(2.5 * num - trainings_after(config))
    assert replace(growth, known=num).affordable(run, config) == math.inf  # none of them was timed


@pytest.mark.parametrize(
    ("high", "too_close", "scatter", "batches_and_seeds"),
    [
        (0.3, 0.1, 0.0, None),  # answered
        (0.3, 0.2, 0.0, (2, 1)),  # known, but more is too close to tell than is surely inside
        (0.4, 0.1, 0.6, (2, 1)),  # not known
        (0.4, 0.1, 0.8, (1, 2)),  # scatter is what limits
    ],
)
def test_it_goes_on_until_the_range_is_answered(grown, monkeypatch, high, too_close, scatter, batches_and_seeds):
    share = SimpleNamespace(low=0.2, high=high, inside=0.15, too_close=too_close)
    found = SimpleNamespace(trusted=True, predicted=share, times_too_few=scatter**2)
    monkeypatch.setattr("physdfa.workflow.refine.working_range", lambda *args, **named: found)
    monkeypatch.setattr("physdfa.workflow.refine.LEAST_FOR_FINDING", 4)
    after = Growth(points=None)(grown[0], read_additions(grown[0]))
    assert (None if after is None else (len(after.batches), after.seeds)) == batches_and_seeds


def test_a_search_is_refused_with_the_way_out(tmp_path):
    run = run_search(make_config(more=SEARCH, kind="search"), out_dir=tmp_path)
    with pytest.raises(InputError, match=r"a run of 'search'; points are added to a sweep.*\[sweep.parameters\]"):
        extend_sweep(run.path, Growth(points=4))
