"""The README's example runs as it stands there, and its links lead somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text()


def test_the_python_example_runs_and_reports_a_test_accuracy(tmp_path, monkeypatch, capsys):
    (example,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "README.md", "exec"), {})
    folder, accuracy = capsys.readouterr().out.split()
    assert Path(folder).is_dir()
    assert 0.5 < float(accuracy) <= 1.0  # chance is 0.1


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT))))
def test_a_link_leads_to_a_file_of_the_repository(target):
    assert (ROOT / target).exists()


@pytest.mark.parametrize("config", sorted(set(re.findall(r"experiments/\w+\.toml", TEXT))))
def test_a_named_experiment_exists(config):
    assert (ROOT / config).is_file()
