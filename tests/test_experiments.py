"""Every committed experiment file is valid, and the table's script runs at smoke scale."""

import importlib.util
import sys
from pathlib import Path

import pytest

from physdfa.config import load_config

ROOT = Path(__file__).parents[1]
CONFIGS = sorted((ROOT / "experiments").glob("*.toml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_an_experiment_file_is_valid_and_named_after_itself(path):
    kind = "search" if path.stem.endswith("_search") else None
    assert load_config(path, kind=kind).experiment.name == path.stem


@pytest.fixture
def results_table():
    spec = importlib.util.spec_from_file_location("results_table", ROOT / "experiments" / "results_table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_shows_mean_spread_and_seeds_and_says_what_was_not_run(results_table, tmp_path, monkeypatch):
    monkeypatch.setattr(results_table, "REFERENCE", tmp_path)
    (tmp_path / "mnist_dfa").mkdir()
    (tmp_path / "mnist_dfa" / "summary.json").write_text(
        '{"test_accuracy": 0.98, "test_accuracy_std": 0.001, "test_accuracies": [0.979, 0.981]}'
    )
    table = results_table.table()
    assert "| DFA (surrogate derivative) | 98.00 ± 0.10 % (2 seeds) | not run |" in table


def test_the_smoke_scale_trains_a_row_on_the_digits_and_keeps_nothing(results_table, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(results_table, "REFERENCE", tmp_path / "reference")
    monkeypatch.setattr(
        sys, "argv", ["results_table.py", "--scale", "smoke", "--only", "mnist_readout_only", "--out", str(tmp_path)]
    )
    results_table.main()
    assert "mnist_readout_only on the digits" in capsys.readouterr().out
    assert not (tmp_path / "reference").exists()
