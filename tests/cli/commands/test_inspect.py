"""`physdfa evaluate`, `report`, `runs` and `verify`."""

import shutil

import numpy as np
import pytest

from physdfa.cli.output import Cleaned
from physdfa.store.catalogue import COLUMNS
from tests.cli.command import physdfa, refused
from tests.workflow.tiny import files_in, strict_json, summary_of


def test_evaluate_tells_a_line_per_class_and_the_whole(results):
    answer = physdfa("evaluate", results.train)
    header, *classes, whole = answer.out.splitlines()
    assert answer.code == 0
    assert header.split() == ["class", "samples", "accuracy"]
    assert [line.split()[0] for line in classes] == [str(label) for label in range(10)]
    accuracy = summary_of(results.train)["test_accuracy"]
    assert whole == f"test accuracy on digits: {100 * accuracy:.2f} %"


def test_evaluate_as_json_gives_the_same_and_saves_predictions_beside(results, workplace):
    answer = physdfa("evaluate", results.search, "--json", "--quiet", "--save", "p.npz")
    value = strict_json(answer.out)
    assert value["accuracy"] == pytest.approx(summary_of(results.search)["test_accuracy"])
    with np.load(workplace / "p.npz") as stored:
        assert np.mean(stored["predictions"] == stored["labels"]) == pytest.approx(value["accuracy"])


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["nowhere"], "there is no run folder nowhere"),
        (["RUN", "--part", "validation"], "--part is 'test' or 'train'"),
        (["RUN", "--save", "p.txt"], ".csv or .npz"),
        (["RUN", "--save", "nowhere/p.csv"], "a folder that exists"),
        (["RUN", "--set", "data.name=mnist"], "mnist is not a folder"),
        (["RUN", "--set", "network.hidden=[8]"], "leave it"),
        (["RESULTS"], "it holds experiments, of which one must be named: tiny"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_and_nothing_is_written(results, workplace, words, complaint):
    named = {"RUN": results.train, "RESULTS": results.folder}
    assert complaint in refused("evaluate", *(named.get(word, word) for word in words))
    assert files_in(workplace) == []


def test_report_writes_a_page_and_says_where(results, workplace):
    answer = physdfa("report", results.train, "--output", "page.html")
    assert (answer.code, answer.out) == (0, "report: page.html\n")
    assert (workplace / "page.html").read_text().lower().startswith("<!doctype html>")
    assert strict_json(physdfa("report", results.train, "--json").out) == {"report": str(results.train / "report.html")}


def test_report_refuses_what_is_no_run_and_no_place(results, workplace):
    assert "there is no run folder nowhere" in refused("report", "nowhere")
    assert "is not a run folder" in refused("report", workplace)
    assert "--output .: is a folder" in refused("report", results.train, "--output", ".")


def test_runs_lists_chooses_and_sorts(results):
    listed = physdfa("runs", "--out", results.folder)
    assert len(listed.out.splitlines()) == 3  # a header and two runs
    chosen = strict_json(physdfa("runs", "--out", results.folder, "--json", "--where", "num_evaluations > 0").out)
    assert [row["kind"] for row in chosen] == ["search"]
    accuracies = [
        row["test_accuracy"]
        for row in strict_json(physdfa("runs", "--out", results.folder, "--json", "--sort", "-test_accuracy").out)
    ]
    assert accuracies == sorted(accuracies, reverse=True)
    assert accuracies[0] in [summary_of(run)["test_accuracy"] for run in results[1:]]  # every digit of it


def test_runs_gives_a_pipe_every_column_and_a_terminal_what_fits(results, monkeypatch):
    header, *rows = physdfa("runs", "--out", results.folder).out.splitlines()
    assert {len(row.split("\t")) for row in (header, *rows)} == {len(COLUMNS)}
    monkeypatch.chdir(results.folder.parent)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(Cleaned, "isatty", lambda self: True, raising=False)
    lines = physdfa("runs", "--out", results.folder.name).out.splitlines()
    assert len(lines) == 3
    assert max(map(len, lines)) <= 100
    assert lines[0].split() == ["run", "kind", "status", "rule", "dataset", "test", "accuracy"]


def test_no_runs_is_an_answer_and_no_mistake(results):
    assert physdfa("runs", "--out", "nowhere") == (0, "no runs under nowhere\n", "")
    assert strict_json(physdfa("runs", "--out", "nowhere", "--json").out) == []
    assert "no run under" in physdfa("runs", "--out", results.folder, "--where", "seed == 99").out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--where", "nonsense"], "write it like rule =="),
        (["--where", "rule = 'adfa'"], "cannot read"),
        (["--where", "speed > 1"], "there is no column 'speed'"),
        (["--sort", "speed"], "there is no column 'speed'"),
        (["--out", "a_file"], "a_file is a file"),
    ],
)
def test_a_question_that_cannot_be_read_is_refused(workplace, words, complaint):
    (workplace / "a_file").write_text("")
    assert complaint in refused("runs", *words)


def test_verify_finds_every_run_below_and_names_what_is_damaged(results, workplace):
    assert physdfa("verify", results.train).out == f"{results.train}: whole\n"
    both = strict_json(physdfa("verify", results.folder, "--json").out)["runs"]
    assert {found["run"]: found["problems"] for found in both} == {str(results.train): [], str(results.search): []}
    copy = workplace / "copy" / results.train.name
    shutil.copytree(results.train, copy)
    with (copy / "checkpoints" / "final.npz").open("ab") as file:
        file.write(b"!")
    answer = physdfa("verify", workplace / "copy")
    assert answer.code == 2
    assert "final.npz" in answer.out
    assert "1 damaged or missing file(s), of 1 run(s)" in answer.err
    assert "is not a run folder" in refused("verify", "nowhere")
