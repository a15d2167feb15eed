"""What becomes of a library that is not there: one line that says so."""

import importlib.util
import sys
from pathlib import Path

import pytest

PEERS = Path(__file__).parents[3] / "benchmarks" / "peers"


@pytest.fixture
def run(monkeypatch):
    monkeypatch.syspath_prepend(PEERS)
    for name in ("table", "variants"):  # the script's own neighbours, forgotten after the test
        monkeypatch.setitem(sys.modules, name, importlib.import_module(name))
    spec = importlib.util.spec_from_file_location("peers_run", PEERS / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def start(run, python, build="absent_library:train", limit_s=300.0):
    variant = run.Variant("absent", build, "documented")
    return run.Worker(Path(python), variant, Path("unread.npz"), num_steps=25, core=0, limit_s=limit_s)


def test_a_library_that_is_not_installed_is_one_line(run):
    worker = start(run, sys.executable)
    assert worker.reply == {"failed": "not installed (No module named 'absent_library')"}


def test_a_variant_that_fails_says_why_in_one_line(run):
    worker = start(run, sys.executable, build="json:absent_function")
    assert worker.reply["failed"].startswith("AttributeError: module 'json' has no attribute 'absent_function'")


def test_without_their_environment_every_line_says_so(run, tmp_path):
    worker = start(run, tmp_path / "python")
    assert worker.reply["failed"].startswith("not installed (")
    assert str(tmp_path / "python") in worker.reply["failed"]


def test_a_first_step_that_takes_too_long_is_given_up(run):
    worker = start(run, sys.executable, limit_s=0.0)
    assert worker.reply == {"failed": "too slow to compile: no first step within 0 s"}


def test_words_choose_lines_and_bring_what_they_are_compared_with(run):
    lines = [(variant.name, variant.coding) for variant in run.chosen(["NORSE", "bptt, count"])]
    assert lines == [
        ("aDFA sin², count", "direct"),
        ("BPTT, count", "direct"),
        ("Norse, loop", "direct"),
        ("Norse, hoisted, compiled", "direct"),
    ]
    compared = [variant for variant in run.chosen(["rate readout"]) if variant.name == "aDFA sin², count"]
    assert [variant.coding for variant in compared] == ["direct", "rate"]


def test_without_words_every_line_is_measured_once(run):
    assert sorted(run.chosen(None)) == sorted({*run.OURS, *run.PEERS})


def test_every_variant_names_a_function_of_the_folder(run):
    for variant in (*run.OURS, *run.PEERS):
        module, function = variant.build.split(":")
        assert f"def {function}(setting" in (PEERS / f"{module}.py").read_text(), variant
