"""`physdfa compare`."""

import pytest

from physdfa.store import create_run
from tests.cli.command import physdfa, refused
from tests.workflow.tiny import strict_json


@pytest.fixture
def make_run(workplace):
    """A finished training of three seeds."""

    def make(name, accuracies, epochs=2):
        text = f'[experiment]\nname = "{name}"\n[training]\nepochs = {epochs}\n'
        run = create_run(workplace, name, text, command_line=[], kind="train")
        run.write_summary({"status": "done", "seeds": [0, 1, 2], "test_accuracies": accuracies})
        return run.path

    return make


def test_seed_by_seed_the_same_gain_is_more_than_seeds_make(make_run):
    first, second = make_run("first", [0.5, 0.6, 0.7]), make_run("second", [0.75, 0.85, 0.95], epochs=4)
    told = physdfa("compare", first, second).out.splitlines()
    assert told[0].startswith("--- ")
    assert [line for line in told if line.startswith(("- ", "+ "))] == [
        '- experiment.name = "first"',
        '+ experiment.name = "second"',
        "- training.epochs = 2",
        "+ training.epochs = 4",
    ]
    assert told[-1].startswith("The second gains +25.00 points (+25.00 ... +25.00, 95 %, 3 seeds of both): more than")
    record = strict_json(physdfa("compare", first, second, "--json").out)
    assert {"key": "training.epochs", "first": 2, "second": 4} in record["config"]
    assert record["gain"]["mean"] == pytest.approx(0.25)


def test_gains_that_cancel_are_no_more_than_seeds_make(make_run):
    told = physdfa("compare", make_run("first", [0.5, 0.6, 0.7]), make_run("second", [0.6, 0.6, 0.6])).out
    assert "no more than seeds alone make" in told


def test_one_seed_tells_nothing_of_seeds_and_what_is_no_run_is_refused(make_run):
    one = make_run("one", [0.5])
    told = physdfa("compare", one, one).out
    assert "the same configuration" in told
    assert "train --seeds 5" in told
    assert "there is no run folder nowhere" in refused("compare", one, "nowhere")
