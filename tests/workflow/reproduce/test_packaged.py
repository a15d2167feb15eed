"""The experiment files of this room: valid, small where asked, and in one place only."""

from pathlib import Path

import pytest

from physdfa.workflow.reproduce import ENTRIES
from physdfa.workflow.reproduce.packaged import packaged_tables

SMALL_SETS = ("small_sets", "small_sets_events")
ROOT = Path(__file__).parents[3]
PACKAGED = sorted((ROOT / "physdfa" / "workflow" / "reproduce" / "configs").glob("*.toml"))
ROWS = [(entry, row) for entry in ENTRIES.values() for row in entry.rows if row.read is not None]
MEASURED = ("measured-mzm", "curves-studied", "regularised")
"""Entries that read a laboratory's files."""
AT_HAND = [(entry, row) for entry, row in ROWS if entry.name not in MEASURED]
IDS = [f"{entry.name}:{row.name}" for entry, row in AT_HAND]


@pytest.mark.parametrize("path", PACKAGED, ids=lambda path: path.stem)
def test_a_file_is_named_after_itself_and_exists_once(path):
    assert packaged_tables(path.stem)["experiment"]["name"] == path.stem
    beside = ROOT / "experiments" / path.name
    assert not beside.exists() or beside.resolve() == path


def test_every_file_but_those_that_rules_share_is_an_experiment():
    linked = {path.stem for path in (ROOT / "experiments").glob("*.toml") if path.is_symlink()}
    assert linked == {path.stem for path in PACKAGED} - {
        "rules_compared",
        "rules_compared_events",
        "recurrence",
        "regularised",
        "convolution",
        *SMALL_SETS,
    }


@pytest.mark.parametrize(("entry", "row"), AT_HAND, ids=IDS)
def test_a_row_is_valid_at_full_scale_on_the_data_that_its_entry_names(entry, row):
    assert row.read("full").data.name in (*entry.datasets, "digits")


@pytest.mark.parametrize(("entry", "row"), AT_HAND, ids=IDS)
def test_at_the_smoke_scale_a_row_is_small_and_as_deep_as_it_is(entry, row):
    config = row.read("smoke")
    assert config.data.name == "digits"
    assert config.experiment.name.endswith("_smoke")
    assert all(isinstance(layer, str) or layer <= 32 for layer in config.network.hidden)
    full = row.read("full")
    assert len(config.network.hidden) == len(full.network.hidden)
    assert (config.rule, config.device, config.feedback) == (full.rule, full.device, full.feedback)


@pytest.mark.slow
def test_a_measured_curve_is_read_from_the_data_folder(real_data_dir):
    configs = {row.name: row.read("full", real_data_dir) for entry, row in ROWS if entry.name == "measured-mzm"}
    assert {config.training.epochs for name, config in configs.items() if not name.startswith("measured_mzm")} == {8}
    assert configs["measured_mzm"].training.epochs == configs["measured_mzm_wide"].training.epochs == 15
    wide, fashion = configs["measured_mzm_wide"], configs["measured_mzm_fashion"]
    assert (fashion.training, fashion.network, fashion.data.name) == (wide.training, wide.network, "fashion_mnist")
    # `rising` and the two wide ones have the device of the whole one.
    assert len({repr(config.device) for config in configs.values()}) == len(configs) - 3


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name == "search-methods" else [])
        for name in ENTRIES
        if name not in MEASURED
    ],
)
def test_rows_of_different_configs_never_share_one(name):
    rows = [row for entry, row in ROWS if entry.name == name]
    configs = [row.read("smoke") for row in rows]
    assert len({repr(config) for config in configs}) == len(configs)
