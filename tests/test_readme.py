"""The programs of the README and of the pages it names run as they stand there, and its links lead somewhere."""

import importlib
import re
import sys
from pathlib import Path

import pytest

from physdfa.build import build_trial, load_samples
from physdfa.config import config_warnings, load_config
from physdfa.devices import STAGES

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text()


def blocks_of(page: str, language: str) -> list[str]:
    """The blocks of one language on a page."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


def save_module(block: str) -> None:
    """Save a module that a page says to be saved, in the working folder."""
    Path("bench.py").write_text(block, encoding="utf-8")
    sys.modules.pop("bench", None)
    importlib.invalidate_caches()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder from which modules are imported, as that of a notebook."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("bench", None)
    STAGES.pop("square_law", None)  # which a page registers


def accuracies_of(page: str, capsys) -> list[float]:
    """What the blocks of Python of a page, run one after the other, print as an accuracy [%]."""
    names: dict[str, object] = {"__name__": "page"}
    for block in blocks_of(page, "python"):
        if block.startswith("# bench.py"):
            save_module(block)
        else:
            exec(compile(block, page, "exec"), names)
    return [float(number) for number in re.findall(r"accuracy ([\d.]+) %", capsys.readouterr().out)]


def test_the_device_of_the_readme_trains_behind_balanced_detection_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    bare, balanced = accuracies_of("README.md", capsys)
    readout_alone = 80.0  # 83 % as the README says, less what another processor's rounding may do
    assert 10 < bare < readout_alone < balanced <= 100  # chance is 10


@pytest.mark.parametrize(
    "page", ["docs/own_rule.md", "docs/own_parts.md", "docs/own_loop.md", "docs/measured_curve.md"]
)
def test_the_program_of_a_page_runs_and_learns_the_digits(page, folder, capsys):
    (accuracy,) = accuracies_of(page, capsys)
    assert 70 < accuracy <= 100  # chance is 10


@pytest.mark.parametrize("page", ["docs/own_rule.md", "docs/own_parts.md", "docs/bring_your_own_device.md"])
def test_the_experiment_of_a_page_is_one_of_its_module(page, folder):
    (module,) = [block for block in blocks_of(page, "python") if block.startswith("# bench.py")]
    save_module(module)
    (experiment,) = [block for block in blocks_of(page, "toml") if block.startswith("[experiment]")]
    (folder / "search.toml").write_text(experiment, encoding="utf-8")
    config = load_config("search.toml", kind="search")
    samples = load_samples(config, None)
    assert build_trial(config, samples.dataset, 0)
    assert config_warnings(load_config("search.toml", kind="train"), "train") == ()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT))))
def test_a_link_leads_to_a_file_of_the_repository(target):
    assert (ROOT / target).exists()


@pytest.mark.parametrize("config", sorted(set(re.findall(r"experiments/\w+\.toml", TEXT))))
def test_a_named_experiment_exists(config):
    assert (ROOT / config).is_file()
