"""Rules beside each other: what they share, and what the tests between them say."""

import pytest

from physdfa.workflow.reproduce.entries.rules import RULES
from physdfa.workflow.reproduce.entries.rules_compared import EVENT_RULES_COMPARED, RULES_COMPARED, SEARCH
from physdfa.workflow.reproduce.entry import Finished

ENTRIES = [RULES_COMPARED, EVENT_RULES_COMPARED]
ROWS = {row.name: row for entry in ENTRIES for row in entry.rows}


def make_finished(name, *accuracies, rate=1e-3):
    record = {
        "status": "done",
        "reason": "",
        "seeds": list(range(len(accuracies))),
        "test_accuracy": sum(accuracies) / len(accuracies),
        "test_accuracy_std": 0.001,
        "test_accuracies": list(accuracies),
        "learning_rate": rate,
        "is_at_edge": rate in (SEARCH.rates[0], SEARCH.rates[-1]),
        "seconds_per_epoch": 5.2,
        "memory_bytes": 2**30,
        "feedback_floats_per_sample": 8000,
        "counted_weights_changed": 31744.08,
        "counted_after_epochs": 1,
    }
    return Finished(row=ROWS[name], record=record)


BETTER = make_finished("mnist-dfa", 0.981, 0.982, 0.984, 0.983, 0.985)
WORSE = make_finished("mnist-bptt", 0.980, 0.980, 0.981, 0.979, 0.980, rate=8e-3)
FEWER = make_finished("mnist-fdfa", 0.97, 0.97, 0.98)


@pytest.mark.parametrize("dataset", ["mnist", "fashion"])
def test_every_rule_has_the_same_sizes_data_and_budget(dataset):
    configs = [row.read("full") for name, row in ROWS.items() if name.startswith(f"{dataset}-") and row.read]
    first = configs[0]
    for config in configs:
        assert config.network.hidden == first.network.hidden
        assert config.data.name == first.data.name
        assert config.training == first.training
        assert config.experiment.seed == first.experiment.seed
    assert {row.search for row in ROWS.values()} == {SEARCH}


def test_a_rate_at_the_edge_of_the_search_is_told():
    table, *_ = RULES_COMPARED.tables([BETTER, WORSE])
    assert "At the edge" in table.text
    assert "BPTT (surrogate gradient): 0.008" in table.text
    assert "DFA" not in table.text
    assert table.rows[0][3:] == ["0.001", "5.2 s", "1.07 GB", "8\u202f000", "31\u202f744"]
    assert "Weights changed: counted after 1 epoch of one network." in table.text


def test_pairs_are_tested_over_their_common_seeds_and_what_five_can_show_is_said():
    _, tests = RULES_COMPARED.tables([BETTER, WORSE, FEWER])
    assert [row[2] for row in tests.rows] == ["5", "3"]
    assert tests.rows[0][1] == "-0.30"
    assert tests.rows[0][4] == f"{2 * 2 / 2**5:.3f}"  # all five differences have one sign, two pairs
    assert "With 5 seeds Wilcoxon's p is 0.0625 at best" in tests.text


@pytest.mark.parametrize("rules", [[BETTER], [WORSE, FEWER]], ids=["alone", "without the reference"])
def test_without_the_reference_or_another_rule_there_is_no_test(rules):
    (table,) = RULES_COMPARED.tables(rules)
    assert table.title == "MNIST"


def test_the_rules_of_an_entry_share_the_network_and_all_rules_are_in_one():
    for entry in ENTRIES:
        assert len({row.read("full").rule.name == "sfdfa" for row in entry.rows if row.read}) == 1
    assert {name.partition("-")[2] for name in ROWS} == {line.name for line in RULES}


def test_event_rules_are_tested_against_their_own_dfa():
    rows = [make_finished(f"mnist-{name}", 0.97, 0.98, 0.99) for name in ("events-bp", "events-dfa", "sfdfa")]
    _, tests = EVENT_RULES_COMPARED.tables(rows)
    assert tests.title.endswith(ROWS["mnist-events-dfa"].cells["rule"])
    assert len(tests.rows) == 2
