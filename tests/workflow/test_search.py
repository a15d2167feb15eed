"""Search and sweep as a user meets them: a folder each, complete, true when interrupted, blind to the test set."""

import math

import pytest

from physdfa.data import load_dataset
from physdfa.errors import InputError, RunFolderError
from physdfa.report.reading import read_run
from physdfa.store import open_run
from physdfa.store.evaluations import read_evaluations
from physdfa.store.run_folder import SUMMARY_KEYS
from physdfa.store.verify import verify_run
from physdfa.training import Trainer
from physdfa.training.program import forget_programs
from physdfa.workflow import search as module
from physdfa.workflow.candidates import finish as summary_module
from physdfa.workflow.candidates.evaluator import Evaluator
from physdfa.workflow.candidates.finish import best_record, median_record, records_warnings
from physdfa.workflow.candidates.records import EvaluationRecord
from physdfa.workflow.evaluate import evaluate_run
from physdfa.workflow.search import (
    resumable,
    run_search,
    run_sweep,
    search_size,
    search_space,
    sweep_points,
    sweep_size,
)
from physdfa.workflow.train import train
from tests.workflow.tiny import (
    SEARCH,
    SWEEP,
    ScoreLog,
    files_in,
    lines_of,
    make_config,
    summary_of,
)

COLUMNS = {
    "candidate",
    "generation",
    "seed",
    "validation_accuracy",
    "validation_loss",
    "firing_rate",
    "outside_range",
    "alignment",
    "g_mean_over_spread",
    "g_correlation",
    "energy",
    "feedback_bits",
    "robustness",
    "epochs",
    "rung_accuracy",
    "dropped_at",
    "wall_time_s",
    "status",
    "reason",
}


@pytest.fixture(scope="module")
def watched_search(tmp_path_factory):
    """The run folder of a tiny search, and the log of what it scored."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        log = ScoreLog(monkeypatch, module)
        forget_programs()
        run = run_search(make_config(more=SEARCH, kind="search"), out_dir=tmp_path_factory.mktemp("searched"))
    return run, log


@pytest.fixture(scope="module")
def searched(watched_search):
    return watched_search[0]


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    return run_sweep(make_config(more=SWEEP, kind="sweep"), out_dir=tmp_path_factory.mktemp("swept"))


def points_of(parameters: str, *overrides: str, method: str = "grid", num_samples: int | None = None):
    count = f"num_samples = {num_samples}\n" if num_samples else ""
    table = f'[sweep]\nmethod = "{method}"\n{count}[sweep.parameters]\n{parameters}\n'
    return sweep_points(make_config(*overrides, more=table, kind="sweep"))


def record(name, accuracy, *, seed=0):
    status = "failed" if accuracy is None else "ok"
    return EvaluationRecord(
        candidate=name, values={}, generation=0, seed=seed, status=status, validation_accuracy=accuracy
    )


# --- What is evaluated -----------------------------------------------------------------------------------------------


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


def test_a_search_that_cannot_be_kept_in_memory_is_refused_before_it_begins(tmp_path):
    config = make_config("search.population=1000000000", more=SEARCH, kind="search")
    with pytest.raises(InputError, match=r"this run would hold about .* GB.*lower search\.population"):
        run_search(config, out_dir=tmp_path)
    assert files_in(tmp_path) == []


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


def test_a_gene_of_whole_numbers_decodes_to_whole_numbers():
    genes = '[search]\n[search.genes]\n"network.num_steps" = { low = 2, high = 9, integer = true }\n'
    space = search_space(make_config(more=genes, kind="search"))
    assert [space.decode([unit])["network.num_steps"] for unit in (0.0, 0.5, 1.0)] == [2, 6, 9]


def test_without_its_table_there_is_nothing_to_search_or_sweep():
    with pytest.raises(InputError, match="search: is missing"):
        search_space(make_config())
    with pytest.raises(InputError, match="sweep: is missing"):
        sweep_points(make_config())


def test_the_size_of_a_search_is_its_first_generation_and_the_children_of_the_others():
    sizes = ("search.population=10", "search.generations=5", "search.seeds=3", "search.elites=2", "search.epochs=7")
    assert search_size(make_config(*sizes, more=SEARCH)) == ((10 + 4 * 8) * 3, 30, 7)


def test_robustness_trains_every_candidate_twice():
    asked = SEARCH.replace(
        "population = 4",
        'population = 4\nobjectives = ["accuracy", "robustness"]\nrobustness = { "network.threshold" = 2.0 }',
    )
    assert search_size(make_config(more=asked, kind="search"))[0] == 2 * 4 * 2  # two generations of four, no elites


def test_the_size_of_a_sweep_is_its_points():
    assert sweep_size(make_config("sweep.seeds=2", more=SWEEP)) == (8, 8, 2)


# --- What is chosen --------------------------------------------------------------------------------------------------


def test_the_best_is_the_first_of_the_equally_best():
    assert best_record([record("a", 0.1), record("b", 0.5), record("c", 0.5)]).candidate == "b"
    assert best_record([record("a", 0.9), record("a", 0.1, seed=1), record("b", 0.6)]).candidate == "b"  # means


def test_the_median_is_of_those_that_trained_and_the_better_of_two():
    ranked = [record("a", 0.1), record("b", 0.2), record("c", 0.3), record("d", 0.4), record("e", None)]
    middle = median_record(ranked)
    assert middle is not None
    assert middle.candidate == "c"
    assert median_record([record("a", None)]) is None


# --- The search ------------------------------------------------------------------------------------------------------


def test_the_summary_of_a_search_holds_every_key(searched):
    summary = summary_of(searched)
    assert {key for key in SUMMARY_KEYS if summary.get(key) is None} == set()
    assert (summary["kind"], summary["status"], summary["dataset"], summary["warnings"]) == (
        "search",
        "done",
        "digits",
        [],
    )
    assert set(summary["best"]) == {"device.v_bias", "training.learning_rate"}


def test_the_table_of_a_search_has_a_complete_row_per_evaluation(searched):
    table, summary = read_evaluations(searched), summary_of(searched)
    assert set(table.columns) == COLUMNS | set(summary["best"])
    assert len(table) == summary["num_evaluations"] == table["candidate"].nunique()
    assert 4 <= len(table) <= search_size(make_config(more=SEARCH))[0]
    assert set(table["generation"]) <= {0, 1}
    assert set(table["status"]) == {"ok"}
    assert table["validation_accuracy"].between(0, 1).all()
    best = table.loc[table["validation_accuracy"].idxmax()]
    assert {key: best[key] for key in summary["best"]} == summary["best"]
    assert best["validation_accuracy"] == summary["best_validation_accuracy"]


def test_there_is_a_line_per_generation_and_the_best_never_falls(searched):
    lines = lines_of(searched, "generation")
    assert [line["generation"] for line in lines] == [0, 1]
    assert sum(line["num_evaluations"] for line in lines) == summary_of(searched)["num_evaluations"]
    for line in lines:
        assert line["worst"] <= line["median"] <= line["best"] <= line["best_so_far"]
        assert (line["num_failed"], line["wall_time_s"] > 0) == (0, True)
    assert lines[0]["best_so_far"] <= lines[1]["best_so_far"]


def test_a_search_is_compared_with_its_own_first_median_and_with_no_device(searched):
    summary = summary_of(searched)
    names = [row["name"] for row in summary["comparison"]]
    assert names == ["best device of the search", "median of the first generation", "readout_only"]
    assert summary["test_accuracies"] == summary["comparison"][0]["test_accuracies"]
    assert [line["test_accuracy"] for line in lines_of(searched, "test")] == summary["test_accuracies"]
    assert {line["epoch"] for line in lines_of(searched, "epoch")} == {1, 2}  # of the best one's training in full


def test_a_finished_search_is_whole_reported_without_gaps_and_its_network_can_be_scored(searched):
    assert verify_run(searched.path) == []
    assert read_run(searched.path).missing == ()
    found = evaluate_run(searched.path, data_dir=None)
    assert found.accuracies == pytest.approx(summary_of(searched)["test_accuracies"], abs=1e-6)


@pytest.mark.usefixtures("fresh_programs")
def test_a_search_compiles_once_however_long_it_is(searched, tmp_path):
    longer = run_search(
        make_config("search.generations=5", "search.compare=false", more=SEARCH, kind="search"), out_dir=tmp_path
    )
    assert summary_of(longer)["num_evaluations"] > summary_of(searched)["num_evaluations"]
    assert summary_of(longer)["num_compilations"] == summary_of(searched)["num_compilations"] == 4
    # Nor does what follows change what came first.
    first = [line["best"] for line in lines_of(longer, "generation")][:2]
    assert first == [line["best"] for line in lines_of(searched, "generation")]
    assert [row["name"] for row in summary_of(longer)["comparison"]] == ["best device of the search"]


def test_the_test_set_is_read_once_per_contestant_after_everything_was_chosen(watched_search):
    _, log = watched_search
    # Two epochs of two generations, then three contestants that train without validation.
    assert log.reads_test == [False] * 4 + [True] * 3


def test_a_search_finds_a_planted_optimum(tmp_path):
    # One gene of two decides: below a rate of 1e-3 hardly anything is learnt in two epochs, above 3e-2 it is.
    genes = (
        "[search]\npopulation = 4\ngenerations = 6\ncompare = false\n[search.genes]\n"
        '"device.v_bias" = { low = 0.0, high = 9.4 }\n'
        '"training.learning_rate" = { low = 1e-7, high = 1e-1, scale = "log" }\n'
    )
    run = run_search(make_config("experiment.seed=3", more=genes, kind="search"), out_dir=tmp_path)
    summary = summary_of(run)
    first, last = lines_of(run, "generation")[0], lines_of(run, "generation")[-1]
    assert summary["best"]["training.learning_rate"] > 3e-3
    assert summary["best_validation_accuracy"] == last["best_so_far"] > first["best"]
    assert summary["best_validation_accuracy"] > 0.3  # chance: 0.1


def test_an_interrupted_search_keeps_its_evaluations(tmp_path, monkeypatch):
    calls, evaluate = [], Evaluator.__call__

    def interrupted(evaluator, candidates):
        calls.append(len(candidates))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return evaluate(evaluator, candidates)

    monkeypatch.setattr(Evaluator, "__call__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_search(make_config(more=SEARCH, kind="search"), out_dir=tmp_path)
    (folder,) = (tmp_path / "tiny").iterdir()
    record = read_run(folder)
    assert (record.status, summary_of(folder)["num_evaluations"]) == ("interrupted", 4)
    assert len(record.evaluations) == 4
    assert set(summary_of(folder)["best"]) == {"device.v_bias", "training.learning_rate"}
    assert verify_run(folder) == []


def test_a_search_of_which_nothing_trains_says_why_and_keeps_the_reasons(tmp_path):
    genes = (
        '[search]\npopulation = 4\ngenerations = 1\n[search.genes]\n"training.batch_size" = { choices = [401, 402] }\n'
    )
    with pytest.raises(InputError, match=r"trainings failed, the first because: training\.batch_size = 40\d is more"):
        run_search(make_config(more=genes, kind="search"), out_dir=tmp_path)
    (folder,) = (tmp_path / "tiny").iterdir()
    record = read_run(folder)
    assert (record.status, summary_of(folder)["num_failed"]) == ("failed", 2)
    assert record.evaluations["reason"].str.contains("batch_size").all()


@pytest.mark.parametrize("change", ["training.batch_size=401", "data.train_size=1438"])
def test_refused_input_leaves_nothing_behind(tmp_path, change):
    with pytest.raises(InputError):
        run_search(make_config(change, more=SEARCH, kind="search"), out_dir=tmp_path)
    with pytest.raises(InputError):
        run_sweep(make_config(change, more=SWEEP, kind="sweep"), out_dir=tmp_path)
    assert files_in(tmp_path) == []


# --- What was stopped goes on ----------------------------------------------------------------------------------------


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
    monkeypatch.setattr("physdfa.workflow.candidates.evaluator.MOST_MEMBERS", 2)
    config = make_config("search.compare=false", more=SEARCH, kind="search")
    Stop(monkeypatch, at=4)  # the second epoch of the second chunk of the first generation
    with pytest.raises(KeyboardInterrupt):
        run_search(config, out_dir=tmp_path)
    monkeypatch.undo()
    (folder,) = (tmp_path / "tiny").iterdir()
    assert len(read_run(folder).evaluations) == 2
    monkeypatch.setattr("physdfa.workflow.candidates.evaluator.MOST_MEMBERS", 2)
    again = Stop(monkeypatch, at=None)
    resume(folder)
    # One chunk of the first generation, one of the second, and the final training: two epochs each.
    assert again.epochs == 6
    assert len(read_run(folder).evaluations) == 6


def test_a_resumed_sweep_is_the_uninterrupted_one(tmp_path, monkeypatch, swept):
    monkeypatch.setattr("physdfa.workflow.search.SWEEP_BATCH", 2)
    Stop(monkeypatch, at=4)
    with pytest.raises(KeyboardInterrupt):
        run_sweep(make_config(more=SWEEP, kind="sweep"), out_dir=tmp_path)
    (folder,) = (tmp_path / "tiny").iterdir()
    assert len(read_run(folder).evaluations) == 2
    again = Stop(monkeypatch, at=None)
    resume(folder)
    assert again.epochs == 4  # two of the two points that were missing, two of the final training
    columns = ["candidate", "seed", "validation_accuracy", "status"]
    assert read_run(folder).evaluations[columns].equals(read_evaluations(swept)[columns])


def test_what_is_done_is_not_resumed_and_what_is_no_search_is_refused(searched, tmp_path):
    assert resumable(searched.path, None) is None
    trained = train(make_config(), out_dir=tmp_path)
    with pytest.raises(RunFolderError, match="kind 'train'; searches and sweeps can be resumed"):
        resumable(trained.path, None)


# --- Several objectives, constraints, early stopping -----------------------------------------------------------------


def test_candidates_that_learned_nothing_or_failed_are_warned_of():
    config, dataset = make_config(more=SWEEP, kind="sweep"), load_dataset("digits")

    def told(*accuracies):
        records = [record(str(index), accuracy) for index, accuracy in enumerate(accuracies)]
        return records_warnings(records, config, dataset, "sweep")

    assert told(0.5, 0.1, None) == []
    (chance,) = told(0.1, 0.12)
    assert "none of the 2 candidates is better than chance: the best has 12 % on 239 validation samples" in chance
    (failed,) = told(0.5, None, None)
    assert failed.startswith("2 of the 3 candidates failed")


def search_with(tmp_path, *lines, genes=SEARCH):
    text = genes.replace("[search]\n", "[search]\ncompare = false\n" + "\n".join(lines) + "\n")
    return run_search(make_config(more=text, kind="search"), out_dir=tmp_path)


def test_the_front_trades_accuracy_for_energy_and_its_most_accurate_is_trained_in_full(tmp_path):
    gain = '"device.optical_power" = { low = 1e-4, high = 1e-2, scale = "log" }\n"training.learning_rate" ='
    genes = SEARCH.replace('"training.learning_rate" =', gain).replace("population = 4", "population = 8")
    run = search_with(tmp_path, 'objectives = ["accuracy", "energy"]', genes=genes)
    summary, table = summary_of(run), read_evaluations(run)
    front = summary["front"]
    assert summary["num_evaluations"] == 16
    assert summary["best"] == front[0]["values"]
    accuracies, energies = ([row["objectives"][name] for row in front] for name in ("accuracy", "energy"))
    assert accuracies == sorted(accuracies, reverse=True)
    assert energies == sorted(energies, reverse=True)
    for row in front:  # nobody has more accuracy for less
        beaten = (table["validation_accuracy"] > row["objectives"]["accuracy"]) & (
            table["energy"] <= row["objectives"]["energy"]
        )
        assert not beaten.any()
    assert max(accuracies) == table["validation_accuracy"].max()
    assert min(energies) == table["energy"].min()


def test_constraints_that_nobody_keeps_are_told_in_words_before_what_the_last_training_shows(tmp_path, monkeypatch):
    monkeypatch.setattr(summary_module, "training_warnings", lambda *of: ["the best never fires"])
    run = search_with(tmp_path, "constraints = { accuracy = { low = 0.999 } }")
    summary = summary_of(run)
    assert (summary["num_feasible"], summary["status"]) == (0, "done")
    *_, feasible, best = summary["warnings"]
    assert "keeps all of search.constraints" in feasible
    assert best == "the best never fires"
    assert {line["num_feasible"] for line in lines_of(run, "generation")} == {0}


def test_the_best_keeps_the_constraints_if_anybody_does(tmp_path, searched):
    table = read_evaluations(searched)
    limit = float(table["firing_rate"].sort_values().iloc[1])
    run = search_with(tmp_path, f"constraints = {{ firing_rate = {{ high = {limit!r} }} }}")
    found = read_evaluations(run)
    allowed = found[found["firing_rate"] <= limit]
    assert summary_of(run)["num_feasible"] == len(allowed) > 0
    assert summary_of(run)["best_validation_accuracy"] == allowed["validation_accuracy"].max()


def test_halving_says_what_it_saved_and_what_it_risked(tmp_path):
    run = search_with(tmp_path, "halving = { rungs = [1], keep = 0.5, checks = 1 }")
    said, table = summary_of(run)["halving"], read_evaluations(run)
    assert said["epochs_trained"] == table["epochs"].sum() < said["epochs_of_full_budget"] == 2 * len(table)
    assert said["num_checked"] == 2 == ((table["epochs"] == 2) & table["dropped_at"].notna()).sum()
    assert said["num_dropped"] == table["dropped_at"].notna().sum() == 3
    best = table[table["candidate"] == table.loc[table["validation_accuracy"].idxmax(), "candidate"]]
    assert (
        best["epochs"].item() == 2 or summary_of(run)["best_validation_accuracy"] < best["validation_accuracy"].item()
    )


# --- The sweep -------------------------------------------------------------------------------------------------------


def test_the_table_of_a_grid_has_every_combination_once_with_every_column(swept):
    table = read_evaluations(swept)
    assert set(table.columns) == COLUMNS | {"device.v_bias", "device.drive_gain"}
    corners = {(bias, gain) for bias in (0.0, 9.4) for gain in (0.1, 10.0)}
    assert set(zip(table["device.v_bias"], table["device.drive_gain"], strict=True)) == corners
    assert len(table) == 4
    assert set(table["generation"]) == {0}
    assert set(table["status"]) == {"ok"}
    # This device is known everywhere; no robustness was asked for, and nothing was dropped.
    absent = ["outside_range", "robustness", "rung_accuracy", "dropped_at"]
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
