"""docs/architecture.md names every room and nothing that is not there."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_every_room_of_the_import_order_is_in_the_picture():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    rooms = re.findall(r"[\w.]+", " ".join(layer for contract in contracts for layer in contract.get("layers", [])))
    rooms = [room for room in rooms if (ROOT / room.replace(".", "/")).is_dir()]
    assert "physdfa.devices" in rooms
    for room in rooms:
        assert f"{room.replace('.', '/')}/ " in PAGE, room


def test_every_file_that_the_page_names_is_there():
    named = set(re.findall(r"`((?:physdfa|tests|docs|ga_search)/[\w/.]+)`", PAGE))
    assert len(named) > 12
    for name in named:
        assert "NAME" in name or (ROOT / name).exists(), name
