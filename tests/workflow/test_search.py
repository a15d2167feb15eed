"""A search as a user meets it: a folder, complete, true when interrupted, blind to the test set."""

import dataclasses

import pytest

from ga_search import methods
from ga_search.search import Search
from physdfa.errors import InputError, MissingExtraError
from physdfa.report.reading import read_run
from physdfa.store.evaluations import read_evaluations
from physdfa.store.run_folder import SUMMARY_KEYS
from physdfa.store.verify import verify_run
from physdfa.training.program import forget_programs
from physdfa.workflow.candidates import finish, run
from physdfa.workflow.candidates.evaluator import Evaluator
from physdfa.workflow.evaluate import evaluate_run
from physdfa.workflow.search import batch_size, run_search, search_method, search_size, search_space
from physdfa.workflow.sweep import run_sweep
from tests.workflow.tiny import COLUMNS, SEARCH, SWEEP, ScoreLog, files_in, lines_of, make_config, summary_of


@pytest.fixture(scope="module")
def watched_search(tmp_path_factory):
    """The run folder of a tiny search, and the log of what it scored."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        log = ScoreLog(monkeypatch, run)
        forget_programs()
        searched = run_search(make_config(more=SEARCH, kind="search"), out_dir=tmp_path_factory.mktemp("searched"))
    return searched, log


@pytest.fixture(scope="module")
def searched(watched_search):
    return watched_search[0]


def test_a_search_that_cannot_be_kept_in_memory_is_refused_before_it_begins(tmp_path):
    config = make_config("search.population=1000000000", more=SEARCH, kind="search")
    with pytest.raises(InputError, match=r"this run would hold about .* GB.*lower search\.population"):
        run_search(config, out_dir=tmp_path)
    assert files_in(tmp_path) == []


def test_a_gene_of_whole_numbers_decodes_to_whole_numbers():
    genes = '[search]\n[search.genes]\n"network.num_steps" = { low = 2, high = 9, integer = true }\n'
    space = search_space(make_config(more=genes, kind="search"))
    assert [space.decode([unit])["network.num_steps"] for unit in (0.0, 0.5, 1.0)] == [2, 6, 9]


def test_without_its_table_there_is_nothing_to_search():
    with pytest.raises(InputError, match="search: is missing"):
        search_space(make_config())


def test_the_size_of_a_search_is_its_first_generation_and_the_children_of_the_others():
    sizes = ("search.population=10", "search.generations=5", "search.seeds=3", "search.elites=2", "search.epochs=7")
    assert search_size(make_config(*sizes, more=SEARCH)) == ((10 + 4 * 8) * 3, 30, 7)


@pytest.mark.parametrize("method", ["genetic", "random", "sobol", "cma_es"])
@pytest.mark.parametrize(("population", "generations", "elites"), [(12, 6, 2), (5, 4, 0), (7, 1, 3)])
def test_every_method_has_the_budget_of_the_genetic_search(method, population, generations, elites):
    sizes = (f"search.population={population}", f"search.generations={generations}", f"search.elites={elites}")
    config = make_config(f"search.method={method}", *sizes, more=SEARCH)
    assert config.search is not None
    found = Search(space := search_space(config), search_method(config.search, space, 0))
    while not found.is_done:
        asked = found.ask()
        assert len(asked) <= batch_size(config.search)
        found.tell(asked, [one.values["device.v_bias"] for one in asked])
    assert found.num_evaluations == population + (generations - 1) * (population - elites)


def test_robustness_trains_every_candidate_twice():
    asked = SEARCH.replace(
        "population = 4",
        'population = 4\nobjectives = ["accuracy", "robustness"]\nrobustness = { "network.threshold" = 2.0 }',
    )
    assert search_size(make_config(more=asked, kind="search"))[0] == 2 * 4 * 2  # two generations of four, no elites


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
    assert summary_of(longer)["num_compilations"] == summary_of(searched)["num_compilations"] == 5
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
    monkeypatch.setattr(finish, "training_warnings", lambda *of: ["the best never fires"])
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


def test_a_method_that_cannot_do_what_is_asked_is_refused_in_a_sentence():
    config = make_config(more=SEARCH)
    assert config.search is not None
    section = dataclasses.replace(config.search, population=3, objectives=("accuracy", "energy"))
    with pytest.raises(InputError, match="population must be at least 4 for several objectives; got 3"):
        search_method(section, search_space(config), 0)


def test_without_its_package_cma_es_names_the_extra(monkeypatch):
    monkeypatch.setattr(methods, "find_spec", lambda name: None)
    config = make_config("search.method=cma_es", more=SEARCH)
    assert config.search is not None
    with pytest.raises(MissingExtraError, match=r"pip install 'physdfa\[search\]'"):
        search_method(config.search, search_space(config), 0)
