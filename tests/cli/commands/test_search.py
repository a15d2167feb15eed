"""`physdfa search` and `physdfa sweep`."""

from pathlib import Path

import pytest

from physdfa.store import open_run
from physdfa.workflow.candidates.evaluator import Evaluator
from tests.cli.command import physdfa, refused
from tests.workflow.tiny import files_in, strict_json


def test_a_search_leaves_a_run_that_knows_its_command(results):
    words = open_run(results.search).read_environment()["command_line"]
    assert isinstance(words, list)
    assert words[:2] == ["physdfa", "search"]
    (row,) = strict_json(physdfa("runs", "--out", results.folder, "--json", "--where", "kind == 'search'").out)
    assert (row["run"], row["status"]) == (str(results.search), "done")


@pytest.mark.slow
def test_sweep_tells_its_best_point_and_its_test_accuracy(tiny):
    answer = physdfa("sweep", tiny)
    assert answer.code == 0
    first, *values, accuracy, place = answer.out.splitlines()
    assert first.startswith("  best point of the sweep: ")
    assert [line.split(" = ")[0].strip() for line in values] == ["device.v_bias", "device.drive_gain"]
    assert accuracy.startswith("test accuracy: ")
    assert open_run(Path(place.removeprefix("run folder: "))).read_summary()["num_evaluations"] == 4
    assert "4 of 4 points: best " in answer.err


@pytest.mark.parametrize("command", ["search", "sweep"])
def test_a_file_without_the_table_is_refused(workplace, command):
    path = workplace / "only_train.toml"
    path.write_text((Path(__file__).parents[3] / "experiments" / "mnist_bptt.toml").read_text())
    assert f"{command}: is missing" in refused(command, path)


@pytest.mark.parametrize(
    ("command", "change", "complaint"),
    [
        ("search", 'search.genes."device.nothing"={low=0.0, high=1.0}', "there is no key 'device.nothing'"),
        ("search", 'search.genes."device.v_bias"={low=2.0, high=1.0}', "must be below high"),
        ("search", "search.population=1", "search.population = 1"),
        ("search", "data.validation_size=0", "must be >= 1"),
        ("search", 'search.genes."data.train_size"={low=99, high=400, integer=true}', "cannot be varied"),
        ("sweep", 'sweep.parameters."device.v_bais"={values=[1.0]}', "Did you mean 'device.v_bias'?"),
        ("sweep", "sweep.method=sobol", "sweep.num_samples: is missing"),
    ],
)
def test_what_cannot_be_varied_is_refused_and_nothing_is_written(tiny, workplace, command, change, complaint):
    assert complaint in refused(command, tiny, "--set", change)
    assert files_in(workplace) == [tiny]


def test_a_dry_run_of_a_search_refuses_what_the_search_would(tiny):
    change = 'search.genes."data.train_size"={low=99, high=400, integer=true}'
    assert "cannot be varied" in refused("search", tiny, "--dry-run", "--set", change)


@pytest.mark.slow
def test_a_stopped_search_is_resumed_and_a_finished_one_is_told_again(tiny, monkeypatch):
    evaluate, calls = Evaluator.__call__, []

    def interrupted(evaluator, candidates):
        calls.append(len(candidates))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return evaluate(evaluator, candidates)

    monkeypatch.setattr(Evaluator, "__call__", interrupted)
    stopped = physdfa("search", tiny, "--set", "experiment.name=stopped", "--set", "search.compare=false")
    assert stopped.code == 130
    (folder,) = Path("results/stopped").iterdir()
    answer = physdfa("resume", folder, "--quiet")
    assert answer.code == 0
    assert "best device of the search: " in answer.out
    assert open_run(folder).read_summary()["status"] == "done"
    evaluations = sum(calls)
    again = physdfa("resume", folder, "--json")
    assert (again.code, strict_json(again.out)["status"], sum(calls)) == (0, "done", evaluations)


def test_what_cannot_be_resumed_is_refused():
    assert "there is no run folder" in refused("resume", "nowhere")


def test_the_dry_run_of_a_search_says_how_large_its_chunks_are(tiny):
    answer = physdfa("search", tiny, "--dry-run", "--set", "search.memory_gb=1.0")
    assert answer.code == 0
    assert "# in chunks of 4 at most, each one compiled program" in answer.out
    whole = strict_json(physdfa("search", tiny, "--dry-run", "--json").out)
    assert whole["members"] == 4
    less = 0.9e-9 * whole["memory_bytes"]
    size = strict_json(physdfa("search", tiny, "--dry-run", "--json", "--set", f"search.memory_gb={less:.9f}").out)
    assert size["members"] < 4
    assert size["memory_bytes"] <= 1e9 * less
