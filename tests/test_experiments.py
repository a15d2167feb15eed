"""Every committed experiment file is valid, and there is nothing beside them."""

from pathlib import Path

import pytest

from physdfa.config import load_config

ROOT = Path(__file__).parents[1]
CONFIGS = sorted((ROOT / "experiments").iterdir())


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_an_experiment_file_is_valid_and_named_after_itself(path, request):
    kind = "search" if path.stem.endswith("_search") else None
    data_dir = request.getfixturevalue("real_data_dir") if "measured = " in path.read_text() else None
    assert load_config(path, kind=kind, data_dir=data_dir).experiment.name == path.stem


def test_experiments_are_toml_files_only():
    assert {path.suffix for path in CONFIGS} == {".toml"}
