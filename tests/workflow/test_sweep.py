"""A sweep as a user meets it: its points, each once, and a complete folder."""

import math

import pytest

from physdfa.errors import InputError
from physdfa.report.reading import read_run
from physdfa.store.evaluations import read_evaluations
from physdfa.store.run_folder import SUMMARY_KEYS
from physdfa.workflow.evaluate import evaluate_run
from physdfa.workflow.sweep import run_sweep, sweep_points, sweep_size
from tests.workflow.tiny import COLUMNS, SWEEP, lines_of, make_config, summary_of


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    return run_sweep(make_config(more=SWEEP, kind="sweep"), out_dir=tmp_path_factory.mktemp("swept"))


def points_of(parameters: str, *overrides: str, method: str = "grid", num_samples: int | None = None):
    count = f"num_samples = {num_samples}\n" if num_samples else ""
    table = f'[sweep]\nmethod = "{method}"\n{count}[sweep.parameters]\n{parameters}\n'
    return sweep_points(make_config(*overrides, more=table, kind="sweep"))


@pytest.mark.parametrize(
    ("method", "ranges"),
    [
        ("random", ["", ""]),
        ("sobol_indices", ["", ""]),
        ("grid", ["num = 10_000_000,", "num = 1_000_000,"]),
    ],
)
def test_more_points_than_memory_has_room_for_are_refused_before_they_are_written_down(method, ranges):
    samples = "" if method == "grid" else f"num_samples = {2**29}"
    bias, gain = ranges
    table = f'''
[sweep]
method = "{method}"
{samples}
[sweep.parameters]
"device.v_bias" = {{ {bias} low = 0.0, high = 9.4 }}
"device.drive_gain" = {{ {gain} low = 0.1, high = 10.0 }}
'''
    config = make_config(more=table, kind="sweep")
    with pytest.raises(InputError, match=r"its design has [\d,]+ points, whose records would hold about .* GB"):
        sweep_points(config)


def test_a_grid_over_a_key_of_whole_numbers_visits_whole_numbers():
    points = points_of('"network.num_steps" = { low = 2, high = 5, num = 3 }')
    assert [point["network.num_steps"] for point in points] == [2, 4, 5]  # 3.5 rounds up
    assert all(type(point["network.num_steps"]) is int for point in points)


@pytest.mark.parametrize("method", ["random", "sobol", "latin_hypercube"])
def test_a_design_evaluates_no_point_twice(method):
    whole = '"network.num_steps" = { low = 2, high = 4 }\n"network.reset" = { choices = ["zero", "subtract"] }'
    points = points_of(whole, method=method, num_samples=64)
    assert len(points) == 3 * 2  # all there are, 64 samples or not
    assert len({tuple(point.values()) for point in points}) == 6


def test_a_parameter_with_one_value_has_it_everywhere_and_keys_keep_their_order():
    alone = points_of('"device.v_bias" = { values = [1.5] }')
    assert alone == [{"device.v_bias": 1.5}]
    points = points_of('"device.v_bias" = { values = [1.5] }\n"network.reset" = { choices = ["zero", "subtract"] }')
    assert points == [{"device.v_bias": 1.5, "network.reset": reset} for reset in ("zero", "subtract")]
    drawn = points_of(
        '"device.v_bias" = { low = 0, high = 1 }\n"device.drive_gain" = { values = [2.0] }',
        method="random",
        num_samples=3,
    )
    assert [list(point) for point in drawn] == [["device.v_bias", "device.drive_gain"]] * 3
    assert {point["device.drive_gain"] for point in drawn} == {2.0}


def test_the_size_of_a_sweep_is_its_points():
    assert sweep_size(make_config("sweep.seeds=2", more=SWEEP)) == (8, 8, 2)


def test_the_table_of_a_grid_has_every_combination_once_with_every_column(swept):
    table = read_evaluations(swept)
    assert set(table.columns) == COLUMNS | {"device.v_bias", "device.drive_gain"}
    corners = {(bias, gain) for bias in (0.0, 9.4) for gain in (0.1, 10.0)}
    assert set(zip(table["device.v_bias"], table["device.drive_gain"], strict=True)) == corners
    assert len(table) == 4
    assert set(table["generation"]) == {0}
    assert set(table["status"]) == {"ok"}
    # This device is known everywhere; no robustness was asked for, and nothing was dropped. Two epochs are all.
    late = [f"{score}_{epoch}" for score in ("alignment", "validation_accuracy") for epoch in (2, 3)]
    absent = ["outside_range", "robustness", "rung_accuracy", "dropped_at", *late]
    assert not table.drop(columns=["reason", *absent]).isna().any().any()
    assert table[absent].isna().all().all()


def test_the_summary_of_a_sweep_names_the_point_best_in_validation_and_its_test_accuracy(swept):
    summary, table = summary_of(swept), read_evaluations(swept)
    assert {key for key in SUMMARY_KEYS if summary.get(key) is None} == set()
    assert (summary["kind"], summary["num_evaluations"], summary["num_failed"]) == ("sweep", 4, 0)
    best = table[(table["device.v_bias"] == summary["best"]["device.v_bias"])]
    best = best[best["device.drive_gain"] == summary["best"]["device.drive_gain"]]
    assert best["validation_accuracy"].item() == table["validation_accuracy"].max()
    assert math.isclose(summary["test_accuracy"], lines_of(swept, "test")[0]["test_accuracy"])
    assert read_run(swept.path).missing == ()


@pytest.mark.slow
def test_a_sweep_over_lists_and_seeds_can_be_scored_afterwards(tmp_path):
    table = (
        "[sweep]\nseeds = 2\n[sweep.parameters]\n"
        '"network.hidden" = { choices = [[16]] }\n"device.v_bias" = { low = 1.0, high = 2.0, num = 2 }\n'
    )
    run = run_sweep(make_config(more=table, kind="sweep"), out_dir=tmp_path)
    rows = read_evaluations(run)
    found = zip(rows["network.hidden"], rows["device.v_bias"], rows["seed"], strict=True)
    assert set(found) == {("[16]", bias, seed) for bias in (1.0, 2.0) for seed in (0, 1)}
    summary = summary_of(run)
    assert summary["num_evaluations"] == 2  # candidates, of two seeds each
    assert summary["best"]["network.hidden"] == [16]
    assert evaluate_run(run.path, data_dir=None).accuracies == pytest.approx(summary["test_accuracies"], abs=1e-6)


def test_the_angles_of_the_best_point_are_kept_and_of_no_other(tmp_path):
    run = run_sweep(make_config("analysis.alignment=true", more=SWEEP, kind="sweep"), out_dir=tmp_path)
    lines = lines_of(run, "alignment")
    assert [line["epoch"] for line in lines] == [0, 1, 2]
    assert all(0 < angle < 180 for line in lines for angle in line["update_angle"])


def test_without_its_table_there_is_nothing_to_sweep():
    with pytest.raises(InputError, match="sweep: is missing"):
        sweep_points(make_config())
