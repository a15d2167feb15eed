"""The front and the early stopping of a search, as a reader finds them."""

import pytest

from physdfa.report.page import write_report
from physdfa.report.reading import read_run
from physdfa.report.search import MOST_OF_FRONT_SHOWN, halving_table, objective_text
from physdfa.report.sections import run_sections

pytestmark = pytest.mark.slow

HALVING = {
    "epochs_trained": 62, "epochs_of_full_budget": 70, "share_saved": 8 / 70, "num_dropped": 4, "num_checked": 3,
    "num_wrongly_dropped": 1, "rank_correlation": 0.75, "num_correlated": 6,
}  # fmt: skip
CONSTANT = {
    "name": "constant", "validation_accuracy": 0.91, "validation_accuracy_std": 0.01, "accuracies": [0.9, 0.92],
    "seeds": [1, 2], "values": {"device.value": 1.0},
}  # fmt: skip


def front(count):
    return [
        {
            "candidate": f"c{n}",
            "values": {"device.v_bias": 1.0 + n},
            "objectives": {"accuracy": 0.9 - n / 100, "energy": 3e-10 / (1 + n)},
        }
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("accuracy", 0.9, "90.00"),
        ("energy", 3e-10, "300 pJ"),
        ("feedback_bits", 5120.0, "5\u202f120"),
        ("energy", None, "–"),
    ],
)
def test_an_objective_is_read_in_its_unit(name, value, text):
    assert text in objective_text(name, value)


def test_a_search_with_a_front_shows_it_as_table_and_figure(make_search_run):
    run = make_search_run()
    run.write_summary({"front": front(MOST_OF_FRONT_SHOWN + 3), "halving": HALVING})
    sections = run_sections(read_run(run.path))
    titles = [table.title for table in sections.tables]
    assert f"The front: {MOST_OF_FRONT_SHOWN + 3} candidates that no other beats" in titles
    assert "Early stopping: what it saved and what it risked" in titles
    assert "front" in [panel.name for panel in sections.panels]
    (table,) = [one for one in sections.tables if one.title.startswith("The front")]
    assert len(table.rows) == MOST_OF_FRONT_SHOWN
    assert "the other 3" in table.text
    assert table.rows[1][0] == "c1"
    run.write_summary({"references": [CONSTANT]})
    (table,) = [one for one in run_sections(read_run(run.path)).tables if one.title.startswith("The front")]
    assert table.rows[-1] == ["constant g", "91.00 %", "–", "–"]
    assert "the other 3" in table.text
    assert "What no other candidate beats" in write_report([run.path]).read_text(encoding="utf-8")


def test_the_saving_and_the_risk_of_early_stopping_are_numbers(make_search_run):
    run = make_search_run()
    run.write_summary({"halving": HALVING})
    table = halving_table(read_run(run.path))
    numbers = [row[1] for row in table.rows]
    assert numbers == ["62", "70", "11.4 %", "4", "3", "1", "0.75"]


def test_a_plain_search_has_neither(make_search_run):
    record = read_run(make_search_run().path)
    assert halving_table(record) is None
    assert "front" not in [panel.name for panel in run_sections(record).panels]
