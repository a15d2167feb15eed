"""With and without recurrent weights: what each row builds, and which stand side by side."""

import pytest

from physdfa.config.usage import made_rule
from physdfa.workflow.reproduce.entries.recurrence import LINES, RECURRENCE, TASKS
from physdfa.workflow.reproduce.entry import Finished

ROWS = {row.name: row for row in RECURRENCE.rows}


def make_finished(name, accuracy, rate=4e-3):
    record = {
        "status": "done",
        "reason": "",
        "seeds": [0, 1],
        "test_accuracy": accuracy,
        "test_accuracy_std": 0.01,
        "test_accuracies": [accuracy] * 2,
        "learning_rate": rate,
    }
    return Finished(row=ROWS[name], record=record)


@pytest.mark.parametrize("name", ROWS)
def test_a_row_builds_what_its_name_says(name):
    config = ROWS[name].read("full")
    neuron, kind = name.split("-")[-2:]
    assert (config.network.neuron, config.network.recurrent) == (neuron, kind == "recurrent")
    assert made_rule(config).needs_device == ("opto" in name)
    assert (config.data.encoding == "latency") == name.startswith("memory")


def test_every_rule_has_every_neuron_with_and_without_recurrent_weights():
    assert len(ROWS) == 2 * len(LINES) * sum(len(task.neurons) for task in TASKS.values())


def test_a_network_stands_beside_that_with_recurrent_weights_and_what_is_missing_says_why():
    missing = Finished(row=ROWS["rates-dfa-lif-recurrent"], record={"status": "failed", "reason": "no room."})
    finished = [
        make_finished("rates-bptt-lif-feedforward", 0.9),
        make_finished("rates-bptt-lif-recurrent", 0.955, 8e-3),
        make_finished("rates-dfa-lif-feedforward", 0.8),
        missing,
        make_finished("memory-bptt-lif-recurrent", 0.7),
    ]
    rates, memory = RECURRENCE.tables(finished)
    assert rates.rows[0][2:] == ["90.00 ± 1.00 %", "95.50 ± 1.00 %", "+5.50", "2", "0.004 / 0.008"]
    assert rates.rows[1][2:] == ["80.00 ± 1.00 %", "failed", "–", "2", "0.004 / –"]
    assert "rates-dfa-lif-recurrent: no room." in rates.text
    assert memory.rows[0][2:] == ["–", "70.00 ± 1.00 %", "–", "2", "0.004"]
