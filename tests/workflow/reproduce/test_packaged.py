"""The experiment files of this room: valid, small where asked, and in one place only."""

from pathlib import Path

import pytest

from physdfa.workflow.reproduce import ENTRIES
from physdfa.workflow.reproduce.packaged import packaged_tables

ROOT = Path(__file__).parents[3]
PACKAGED = sorted((ROOT / "physdfa" / "reproduce" / "configs").glob("*.toml"))
ROWS = [(entry, row) for entry in ENTRIES.values() for row in entry.rows if row.read is not None]
IDS = [f"{entry.name}:{row.name}" for entry, row in ROWS]


@pytest.mark.parametrize("path", PACKAGED, ids=lambda path: path.stem)
def test_a_file_is_named_after_itself_and_exists_once(path):
    assert packaged_tables(path.stem)["experiment"]["name"] == path.stem
    beside = ROOT / "experiments" / path.name
    assert not beside.exists() or beside.resolve() == path


def test_the_experiments_of_the_readme_are_these_files():
    for stem in ("mnist_adfa_opto", "mnist_sfdfa", "fashion_mnist_sfdfa", "emnist_sfdfa", "shd_sfdfa", "sparse_dfa"):
        assert (ROOT / "experiments" / f"{stem}.toml").is_symlink()


@pytest.mark.parametrize(("entry", "row"), ROWS, ids=IDS)
def test_a_row_is_valid_at_full_scale_on_the_data_that_its_entry_names(entry, row):
    assert row.read("full").data.name in entry.datasets


@pytest.mark.parametrize(("entry", "row"), ROWS, ids=IDS)
def test_at_the_smoke_scale_a_row_is_small_and_as_deep_as_it_is(entry, row):
    config = row.read("smoke")
    assert config.data.name == "digits"
    assert config.experiment.name.endswith("_smoke")
    assert max(config.network.hidden) <= 32
    full = row.read("full")
    assert len(config.network.hidden) == len(full.network.hidden)
    assert (config.rule, config.device, config.feedback) == (full.rule, full.device, full.feedback)


@pytest.mark.parametrize("name", list(ENTRIES))
def test_rows_of_different_configs_never_share_one(name):
    rows = [row for entry, row in ROWS if entry.name == name]
    configs = [row.read("smoke") for row in rows]
    assert len({repr(config) for config in configs}) == len(configs)
