"""What the working commands share."""

import pytest

from physdfa.cli import runs
from physdfa.config import load_config, read_config
from physdfa.config.raw import parse
from tests.cli.command import physdfa, refused
from tests.workflow.tiny import TINY, files_in, strict_json


@pytest.mark.parametrize(("command", "trainings"), [("train", 1), ("search", 6), ("sweep", 4)])
def test_a_dry_run_prints_a_file_that_gives_the_same_config_and_computes_nothing(tiny, workplace, command, trainings):
    answer = physdfa(command, tiny, "--dry-run", "--set", "training.epochs=3")
    assert answer.code == 0
    resolved = read_config(parse(answer.out, "stdout"))  # the sizes stand in comments
    assert resolved == load_config(tiny, ["training.epochs=3"])
    assert f"# {trainings} training(s) of 3 epochs over {480 if command == 'train' else 400} samples" in answer.out
    assert all(line.startswith("# ") for line in answer.out.splitlines()[:3])  # first what it will take
    assert "B in the largest program" in answer.out
    assert files_in(workplace) == [tiny]


def test_a_dry_run_as_json_is_one_value(tiny, workplace):
    size = strict_json(physdfa("train", tiny, "--dry-run", "--json", "--seeds", "2").out)
    assert (size["kind"], size["num_trainings"], size["epochs"], size["samples"]) == ("train", 2, 2, 480)
    assert size["memory_bytes"] > 0
    assert read_config(parse(size["config"], "json")) == load_config(tiny)


def test_a_dry_run_tells_what_the_process_will_hold_and_whether_there_is_room(tiny):
    size = strict_json(physdfa("train", tiny, "--dry-run", "--json", "--seeds", "1000000000").out)
    each = 4 * 6 * (65 * 16 + 17 * 10)  # weights and two moments, twice while an epoch replaces them
    assert 1e9 * each <= size["memory_bytes"] <= 12e9 * each
    file = 0.75e9 * each  # of a checkpoint, half as much again as the weights and two moments in it
    assert size["memory_bytes"] <= size["process_bytes"] <= size["memory_bytes"] + file + 5e9
    told = physdfa("train", tiny, "--dry-run", "--seeds", "1000000000").out
    assert "are there for it, and the run would be refused" in told
    assert "too much" not in physdfa("train", tiny, "--dry-run").out


def test_a_run_that_does_not_fit_is_refused_with_the_way_out(tiny, workplace):
    told = refused("train", tiny, "--seeds", "1000000000")
    assert "this run would hold about" in told
    assert "lower --seeds" in told
    assert files_in(workplace) == [tiny]


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
