"""What the working commands share."""

import pytest

from physdfa.cli import runs
from physdfa.config import load_config, read_config
from physdfa.config.raw import parse
from tests.cli.command import physdfa
from tests.workflow.tiny import TINY, files_in, strict_json


@pytest.mark.parametrize(("command", "trainings"), [("train", 1), ("search", 6), ("sweep", 4)])
def test_a_dry_run_prints_a_file_that_gives_the_same_config_and_computes_nothing(tiny, workplace, command, trainings):
    answer = physdfa(command, tiny, "--dry-run", "--set", "training.epochs=3")
    assert answer.code == 0
    resolved = read_config(parse(answer.out, "stdout"))  # the sizes stand in comments
    assert resolved == load_config(tiny, ["training.epochs=3"])
    assert f"# {trainings} training(s) of 3 epochs over {480 if command == 'train' else 400} samples" in answer.out
    assert "MiB" in answer.out
    assert files_in(workplace) == [tiny]


def test_a_dry_run_as_json_is_one_value(tiny, workplace):
    size = strict_json(physdfa("train", tiny, "--dry-run", "--json", "--seeds", "2").out)
    assert (size["kind"], size["num_trainings"], size["epochs"], size["samples"]) == ("train", 2, 2, 480)
    assert size["memory_bytes"] > 0
    assert read_config(parse(size["config"], "json")) == load_config(tiny)


def test_a_progress_display_is_closed_whatever_happens(monkeypatch):
    closed = []

    class Display:
        def close(self):
            closed.append(True)

    monkeypatch.setattr(runs, "make_progress", lambda quiet: Display())
    with pytest.raises(KeyboardInterrupt), runs.listening(quiet=False):
        raise KeyboardInterrupt
    assert closed == [True]


def test_what_a_file_holds_in_vain_is_a_warning_on_standard_error(workplace):
    path = workplace / "dfa.toml"
    path.write_text(TINY.replace('"adfa"', '"dfa"'))
    answer = physdfa("train", path, "--dry-run", "--json")
    assert answer.code == 0
    assert answer.err.startswith("warning: [device] is not used")
    assert strict_json(answer.out)["kind"] == "train"
