"""`physdfa data list` and `data fetch`."""

from pathlib import Path

import pytest

from physdfa.data import download
from physdfa.errors import DataError
from tests.cli.command import physdfa, refused
from tests.workflow.tiny import strict_json


def test_the_list_says_what_is_here_and_how_to_get_the_rest(workplace):
    _, digits, mnist, *_ = physdfa("data", "list").out.splitlines()
    assert digits.split()[:2] == ["digits", "1437"]
    assert digits.endswith("embedded")
    assert mnist.endswith("not here: physdfa data fetch mnist")
    rows = strict_json(physdfa("data", "list", "--json").out)["datasets"]
    assert [(row["name"], row["is_present"]) for row in rows] == [
        ("digits", True),
        ("mnist", False),
        ("fashion_mnist", False),
        ("emnist_balanced", False),
        ("shd", False),
        ("nmnist_small", False),
        ("braille", False),
        ("emnist47_small", False),
    ]
    assert [row["name"] for row in rows if not row["can_be_fetched"]] == ["nmnist_small", "braille", "emnist47_small"]


def test_a_fetched_set_is_told_by_its_folder(workplace, monkeypatch):
    asked = []

    def fetch(name, data_dir, *, progress):
        asked.append((name, data_dir))
        progress("file", 1, 2)
        return data_dir / name

    monkeypatch.setattr(download, "fetch_dataset", fetch)
    assert physdfa("data", "fetch", "mnist", "--data", "d") == (0, f"mnist: in {Path('d/mnist')}\n", "")
    assert strict_json(physdfa("data", "fetch", "mnist", "--json").out)["dataset"] == "mnist"
    assert asked == [("mnist", Path("d")), ("mnist", workplace / "no-data")]


def test_without_a_network_the_way_out_is_one_sentence(monkeypatch):
    def unreachable(name, data_dir, *, progress):
        raise DataError("could not be fetched. Without a network, copy the 4 files.")

    monkeypatch.setattr(download, "fetch_dataset", unreachable)
    assert refused("data", "fetch", "mnist") == "error: could not be fetched. Without a network, copy the 4 files.\n"


@pytest.mark.parametrize(("name", "complaint"), [("digits", "embedded"), ("mnits", "Did you mean 'mnist'?")])
def test_what_cannot_be_fetched_is_refused(name, complaint):
    assert complaint in refused("data", "fetch", name)
