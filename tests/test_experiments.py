"""Every committed experiment file is valid, and the table's script runs at smoke scale."""

import importlib.util
import sys
from pathlib import Path

import pytest

from physdfa.config import load_config

ROOT = Path(__file__).parents[1]
CONFIGS = sorted((ROOT / "experiments").rglob("*.toml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_an_experiment_file_is_valid_and_named_after_itself(path, request):
    kind = "search" if path.stem.endswith("_search") else None
    data_dir = request.getfixturevalue("real_data_dir") if "measured = " in path.read_text() else None
    assert load_config(path, kind=kind, data_dir=data_dir).experiment.name == path.stem


def script(path):
    """A script under experiments/ as a module."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / "experiments" / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def results_table():
    return script("results_table.py")


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


def test_the_measured_modulator_trains_at_smoke_scale(real_data_dir, tmp_path, monkeypatch, capsys):
    table = script("measured_mzm/table.py")
    monkeypatch.setattr(table, "REFERENCE", tmp_path / "reference")
    words = ["table.py", "--scale", "smoke", "--only", "bandwidth_0.5", "--data", str(real_data_dir), "--out"]
    monkeypatch.setattr(sys, "argv", [*words, str(tmp_path)])
    table.main()
    assert "bandwidth_0.5:" in capsys.readouterr().out
    assert not (tmp_path / "reference").exists()


def test_the_working_range_is_found_checked_and_written_up_at_smoke_scale(tmp_path, monkeypatch, capsys):
    module = script("working_range/working_range.py")
    for name in ("REFERENCE", "IMAGES"):
        monkeypatch.setattr(module, name, tmp_path / name)
    module.IMAGES.mkdir()
    monkeypatch.setattr(sys, "argv", ["working_range.py", "--scale", "smoke", "--out", str(tmp_path)])
    module.main()
    assert not module.REFERENCE.exists()
    run = Path(capsys.readouterr().out.removeprefix("run folder: ").strip())
    module.keep(run)
    text = module.page()
    for title in ("Level", "Working range of each parameter", "Yield", "Scores before training", "Held-out check"):
        assert title in text
    assert "of 4 fresh devices" in text
    assert list(module.IMAGES.glob("working_range_mnist_map*.svg"))
