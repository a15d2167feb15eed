"""docs/architecture.md names every room and nothing that is not there, and its checklists hold for what there is."""

import re
import tomllib
from pathlib import Path

import pytest
import typer

import physdfa.devices as devices
from physdfa.cli.app import app
from physdfa.cli.reference import commands_of
from physdfa.data import DATASETS, ENCODINGS
from physdfa.devices import STAGES
from physdfa.feedback import PROJECTIONS
from physdfa.network import READOUTS
from physdfa.rules import RULES
from physdfa.training import LOSSES

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


def text_of(folder: str) -> str:
    """All tests below a folder."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / folder).rglob("test_*.py")))


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_is_offered_described_and_tested(name):
    stage = STAGES[name].__name__
    assert getattr(devices, stage, None) is STAGES[name] or stage == "MeasuredCurve"
    assert re.search(rf"\b{name}\b", (ROOT / "docs" / "devices.md").read_text(encoding="utf-8"))
    assert re.search(rf"\b{stage}\b", text_of("tests/devices"))


@pytest.mark.parametrize(
    ("parts", "page"),
    [
        (RULES, "rules"),
        (PROJECTIONS, "feedback"),
        (READOUTS, "training"),
        (LOSSES, "training"),
        (ENCODINGS, "data"),
        (DATASETS, "data"),
    ],
)
def test_a_rule_and_a_projection_are_described_where_the_checklist_says(parts, page):
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    assert [name for name in parts if not re.search(rf"`{name}`", text)] == []


def test_every_command_is_tested():
    tests = text_of("tests/cli")
    for words in dict(commands_of("physdfa", typer.main.get_command(app))):
        called = ", ".join(f'"{word}"' for word in words.split()[1:])
        assert f"({called}" in tests, words


@pytest.mark.parametrize("room", ["analysis", "report/figures"])
def test_every_measure_and_figure_has_its_test(room):
    for path in sorted((ROOT / "physdfa" / room).rglob("[a-z]*.py")):
        folder = ROOT / "tests" / path.relative_to(ROOT / "physdfa").parent
        files = (folder / f"test_{path.stem}.py", folder.with_name(f"test_{folder.name}.py"))
        assert any(file.exists() for file in files), path.relative_to(ROOT)
