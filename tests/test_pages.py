"""What the pages show is true: their commands exist, their fragments of a file are read, their Python runs."""

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
import typer

from physdfa.cli.app import app
from physdfa.cli.reference import commands_of
from physdfa.config import read_config
from physdfa.devices import PRESETS
from physdfa.devices.bench import read_plan
from physdfa.report.parts import KINDS
from physdfa.testing import DEVICE_LAWS
from physdfa.workflow.reproduce import ENTRIES
from tests.cli.command import physdfa
from tests.test_readme import blocks_of, folder, save_module  # noqa: F401  (a fixture)
from tests.workflow.tiny import TINY

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]
WHOLE = typer.main.get_command(app)
COMMANDS = {(): WHOLE} | {tuple(name.split()[1:]): command for name, command in commands_of("physdfa", WHOLE)}
CHECKED = {"", "python", "toml", "sh", "bash", "text", "{eval-rst}", "{toctree}", "{include}"}
IN_README = ["docs/own_rule.md", "docs/own_parts.md", "docs/own_loop.md", "docs/measured_curve.md", "README.md"]
"""Pages whose Python `test_readme.py` runs; that of searching.md stands in tests/ga_search."""


def commands_on(page: str) -> list[list[str]]:
    """The words of every call of physdfa on a page: in blocks, indented, or between backticks; without comments."""
    text = (ROOT / page).read_text(encoding="utf-8").replace("\\\n", " ")
    blocks = "\n".join(re.findall(r"```(?:sh|bash)\n(.*?)```", text, re.DOTALL))
    lines = re.findall(r"(?:^|exec |&& )(physdfa .*?)(?= &&|$)", blocks, re.MULTILINE)
    lines += re.findall(r"^    (physdfa .*)$", text, re.MULTILINE)
    lines += re.findall(r"`(physdfa [a-z][^`\n]*)`", text)
    return [shlex.split(line, comments=True)[1:] for line in lines if "…" not in line]


def check_call(words: list[str]) -> None:
    """The command is there, takes these options, and names experiments, presets and entries that are there."""
    lengths = [count for count in (2, 1, 0) if tuple(words[:count]) in COMMANDS]
    if words in (["device"], ["data"]):  # a group is named, not called
        return
    name = tuple(words[: lengths[0]])
    assert name or words[0].startswith("--"), words
    command, rest = COMMANDS[name], words[len(name) :]
    context = command.context_class(command, info_name=" ".join(name))
    given = command.make_parser(context).parse_args(args=list(rest))[0]  # refuses options that are not there
    for word in rest:
        assert not word.startswith("experiments/") or (ROOT / word).is_file(), words
    for where, known in (("reproduce", ENTRIES), ("list", KINDS)):
        chosen = given.get("name" if where == "reproduce" else "kind")
        if name == (where,) and isinstance(chosen, str) and not chosen.isupper():
            assert chosen in known, words
    if name == ("device", "show") and re.fullmatch(r"[a-z_]+", given["device"] or ""):
        assert given["device"] in PRESETS, words


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_is_one_and_takes_its_options(page):
    for words in commands_on(page):
        check_call(words)


def test_commands_are_found_in_every_form_and_wrong_ones_are_refused():
    assert len([words for page in PAGES for words in commands_on(page)]) > 100
    for wrong in ("device shw mach_zehnder", "train experiments/none.toml", "reproduce sfdfa-tabel", "list ruls"):
        with pytest.raises(AssertionError):
            check_call(wrong.split())
    with pytest.raises(Exception, match="No such option"):
        check_call(["study", "sweep.csv", "--bugdet", "4m"])


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_a_page_is_of_a_language_that_is_checked(page):
    openings = re.findall(r"^```(.*)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)[::2]
    assert {opening.split()[0] if opening else "" for opening in openings} <= CHECKED
    if blocks_of(page, "python"):
        assert page in [*IN_README, *QUICK, *SLOW, "docs/bring_your_own_device.md", "docs/searching.md"]


def test_the_gallery_has_a_figure_of_every_result_that_keeps_one():
    gallery = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    shown = [entry for entry in ENTRIES if f"reproduce {entry} " in gallery]
    for image in (ROOT / "docs" / "images").glob("reproduce_*"):
        assert any(image.name.startswith(f"reproduce_{entry.replace('-', '_')}_") for entry in shown), image.name


def save_curve(name: str) -> None:
    """A modulator's sweep in both directions, named as the pages name it."""
    bias = np.linspace(-7.0, 7.0, 57)
    power = 10 * np.log10(0.01 + np.sin(np.pi * bias / 9.4) ** 2)
    np.savetxt(
        name, np.column_stack([bias, power, power]), delimiter=",", header="bias_V,rising_dBm,falling_dBm", comments=""
    )


def fragments() -> list[Any]:
    """Every block of TOML that is a part of an experiment."""
    blocks = [(page, block) for page in PAGES for block in blocks_of(page, "toml")]
    return [pytest.param(block, id=page) for page, block in blocks if not block.startswith("[experiment]")]


@pytest.mark.parametrize("fragment", fragments())
def test_a_fragment_fits_an_experiment(fragment, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_curve("mzm_single_drive_labtel.csv")
    tables, added = tomllib.loads(TINY), tomllib.loads(fragment)
    if "instrument" in added or "instrument" in added.get("device", {}):
        (plan,) = (block for block in blocks_of("docs/bench.md", "toml") if "[instrument]" in block)
        Path("bench.toml").write_text(plan, encoding="utf-8")
        assert read_plan(Path("bench.toml"))
        drives = np.linspace(-4.0, 4.0, 33)
        rows = "".join(f"{drive},{np.sin(drive) ** 2}\n" for drive in drives)
        Path("curve.csv").write_text(f"drive (V),reading (V)\n{rows}", encoding="utf-8")
    if "instrument" in added:
        return
    if "search" in added:
        added["search"] |= {"genes": {"training.learning_rate": {"low": 1e-4, "high": 1e-2}}}
    if "measured" in added.get("device", {}):
        added["device"]["repeat"] = "mean"  # the file of the page is one without repeats
        tables["device"] = {"stages": ["encode", "curve", "decode"]}
    if added.get("rule", {}).get("name") == "sfdfa":
        tables = {"experiment": tables["experiment"]}
    for name, table in added.items():
        tables[name] = tables.get(name, {}) | table
    assert read_config(tables)


QUICK = [
    "docs/convolution.md",
    "docs/recurrence.md",
    "docs/data.md",
    "docs/devices.md",
    "docs/feedback.md",
    "docs/fitting.md",
]
SLOW = ["docs/training.md", "docs/run_folder.md", "docs/working_range.md"]


def run_blocks(page: str) -> dict[str, Any]:
    """The names that the Python of a page has left."""
    names: dict[str, Any] = {"__name__": "page"}
    for block in blocks_of(page, "python"):
        exec(compile(block, page, "exec"), names)
    return names


@pytest.mark.parametrize("page", QUICK)
def test_the_python_of_a_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_curve("mzm_single_drive_labtel.csv")
    assert run_blocks(page)


@pytest.mark.slow
def test_the_python_of_runs_and_ranges_runs_on_what_the_commands_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = Path("experiments/digits_working_map.toml")
    path.parent.mkdir()
    text = (ROOT / path).read_text(encoding="utf-8").replace("num = 15", "num = 9").replace("num = 13", "num = 8")
    path.write_text(text.replace("epochs = 30", "epochs = 6").replace("[sweep]", "[sweep]\nreferences = 0"))
    assert physdfa("sweep", path).code == 0
    assert physdfa("range", "results/digits_working_map").code == 0
    for page in ("docs/working_range.md", "docs/run_folder.md", "docs/training.md"):
        assert run_blocks(page)


def test_the_device_of_the_page_holds_to_the_promises_as_the_page_says(folder):  # noqa: F811
    module, test = blocks_of("docs/bring_your_own_device.md", "python")
    save_module(module)
    names: dict[str, Any] = {}
    exec(test, names)
    for law in DEVICE_LAWS:
        names["test_square_law"](law)


def test_the_curve_of_the_tutorial_is_read_as_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    curve, sheet = (block for block in blocks_of("docs/tutorial.md", "text") if block.startswith(("bias", "Measure")))
    Path("sweep.csv").write_text(curve, encoding="utf-8")
    told = [line.rstrip() for line in physdfa("device", "show", "sweep.csv").out.splitlines()]
    assert set(sheet.splitlines()) <= set(told)


@pytest.mark.slow
def test_the_commands_of_the_tutorial_run_one_after_the_other(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    curve = next(block for block in blocks_of("docs/tutorial.md", "text") if block.startswith("bias"))
    Path("sweep.csv").write_text(curve, encoding="utf-8")
    for words in commands_on("docs/tutorial.md"):
        if words[0] in ("study", "init", "range") and "--verify" not in words and "--yield-spread" not in words:
            small = ["--budget", "40s"] if words[0] == "study" else []
            assert physdfa(*words, *small).code == 0, words


NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


def cells_of(notebook: Path) -> list[str]:
    """The code of a notebook, which keeps no outputs: they would be ours, and go stale."""
    cells = [cell for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert not any(cell["outputs"] for cell in cells)
    return ["".join(cell["source"]) for cell in cells]


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_its_first_cell_to_its_last(notebook, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    matplotlib.use("Agg")
    names: dict[str, Any] = {"__name__": "notebook"}
    for cell in cells_of(notebook):
        exec(compile(cell, notebook.stem, "exec"), names)
    assert len(NOTEBOOKS) == 3
