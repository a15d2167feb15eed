"""Modules that a run folder names: nobody's code runs because a stranger's folder was looked at."""

import sys

import pytest

from physdfa.store import create_run
from tests.cli.command import physdfa, refused
from tests.workflow.tiny import SEARCH, SWEEP, TINY

MODULE = """
from pathlib import Path

from physdfa.rules import Dfa

Path("executed").touch()


class Mine(Dfa):
    pass
"""


@pytest.fixture
def make_foreign(workplace, monkeypatch):
    """`make_foreign(kind)`: a run with a rule of strangers_bench.py in the working folder, of which it keeps a copy."""
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry != ""])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def make(kind="train", copy=MODULE, name="strangers_bench:Mine"):
        text = TINY.replace('"adfa"', f'"{name}"') + {"train": "", "search": SEARCH, "sweep": SWEEP}[kind]
        run = create_run(
            workplace / "results", "foreign", text, command_line=["physdfa"], kind=kind,
            inputs={f"{name.partition(':')[0]}.py": copy.encode()} if copy else {},
        )  # fmt: skip
        run.save_tree("final", {"w": [0.0]})
        return run

    (workplace / "strangers_bench.py").write_text(MODULE)
    yield make
    sys.modules.pop("strangers_bench", None)


def executed(workplace):
    return (workplace / "executed").exists()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("train", ["evaluate", "RUN"]),
        ("train", ["train", "RUN/config.toml", "--dry-run"]),
        ("train", ["device", "show", "RUN/config.toml"]),
        ("search", ["resume", "RUN"]),
        ("sweep", ["range", "RUN"]),
        ("sweep", ["study", "RUN"]),
        ("sweep", ["sweep", "RUN", "--add", "1"]),
    ],
    ids=lambda words: words[0] if isinstance(words, list) else words,
)
def test_a_module_that_only_a_run_folder_names_is_refused(make_foreign, workplace, kind, words):
    run = make_foreign(kind, copy=None)
    said = refused(*(word.replace("RUN", str(run.path)) for word in words))
    assert "'strangers_bench' is named by the run folder" in said
    assert "--trust" in said
    assert not executed(workplace)


def test_a_report_of_such_a_run_imports_nothing_and_says_what_it_lacks(make_foreign, workplace):
    run = make_foreign("search", copy=None)
    assert physdfa("report", run.path).code == 0
    page = (run.path / "report.html").read_text()
    assert "no units and meanings here" in page
    assert "add --trust" in page
    assert not executed(workplace)


def test_it_is_imported_where_the_user_trusts_the_folder_and_for_that_command_only(make_foreign, workplace):
    run = make_foreign(copy=None)
    assert "is not imported" not in physdfa("evaluate", run.path, "--trust").err
    assert executed(workplace)
    del sys.modules["strangers_bench"]
    assert "is not imported" in refused("evaluate", run.path)


def test_the_very_file_that_the_run_keeps_is_imported(make_foreign, workplace):
    assert "is not imported" not in physdfa("evaluate", make_foreign().path).err
    assert executed(workplace)


def test_a_file_inside_of_the_run_folder_is_no_file_of_the_users(make_foreign, workplace, monkeypatch):
    run = make_foreign()
    (workplace / "strangers_bench.py").unlink()
    monkeypatch.chdir(run.path / "inputs")
    assert "is not imported" in refused("evaluate", run.path)
    assert not (run.path / "inputs" / "executed").exists()


def test_looking_for_a_module_imports_no_package_around_it(make_foreign, workplace):
    (workplace / "strangers_package").mkdir()
    (workplace / "strangers_package" / "__init__.py").write_text(MODULE)
    run = make_foreign(copy="other", name="strangers_package.inner:Mine")
    assert "is not imported" in refused("evaluate", run.path)
    assert not executed(workplace)


def test_a_module_that_a_forged_best_candidate_names_is_not_imported(make_foreign, workplace):
    run = make_foreign(copy=None, name="dfa")
    run.write_summary({"best": {"rule.name": "strangers_bench:Mine"}})
    physdfa("evaluate", run.path)
    assert not executed(workplace)


def test_what_lies_in_the_working_folder_is_not_imported_by_chance(workplace, make_foreign):
    (workplace / "h5py.py").write_text(MODULE)  # packages look for others that are optional
    assert physdfa("runs").code == 0
    assert "" not in sys.path


def test_a_config_that_the_user_names_imports_its_modules(make_foreign, workplace):
    (workplace / "own.toml").write_text(TINY.replace('"adfa"', '"strangers_bench:Mine"'))
    assert physdfa("train", "own.toml", "--dry-run").code == 0
    assert executed(workplace)
