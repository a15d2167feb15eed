"""A folder to work in, and results that the commands which only look can look at."""

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.command import physdfa
from tests.workflow.tiny import SEARCH, SWEEP, TINY, strict_json


class Results(NamedTuple):
    """A folder of results with one trained network and one search."""

    folder: Path
    train: Path
    search: Path


@pytest.fixture(autouse=True)
def workplace(tmp_path, monkeypatch):
    """An empty current folder, and no data but those embedded."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PHYSDFA_DATA", str(tmp_path / "no-data"))
    return tmp_path


@pytest.fixture
def tiny(tmp_path) -> Path:
    """An experiment file for train, search and sweep."""
    path = tmp_path / "tiny.toml"
    path.write_text(TINY + SEARCH + SWEEP)
    return path


@pytest.fixture(scope="session")
def results(tmp_path_factory) -> Results:
    """Tests read it; the report may be written into it."""
    folder = tmp_path_factory.mktemp("results")
    config = folder.parent / "for_results.toml"
    config.write_text(TINY + SEARCH)
    trained = physdfa("train", config, "--out", folder, "--json")
    searched = physdfa("search", config, "--out", folder, "--json", "--set", "search.compare=false")
    return Results(folder, Path(strict_json(trained.out)["run"]), Path(strict_json(searched.out)["run"]))
