"""What a report says of the references of a run."""

import pytest

from physdfa.report.page import write_report
from physdfa.report.reading import read_run
from physdfa.report.references import gain_sentences, reference_lines, references_table
from physdfa.report.sections import run_sections


def make_row(name, accuracy, **others):
    return {
        "name": name,
        "validation_accuracy": accuracy,
        "validation_accuracy_std": 0.01,
        "accuracies": [accuracy, accuracy],
        "seeds": [1, 2],
        "values": {},
        **others,
    }


ROWS = [
    make_row("best", 0.951),
    make_row("constant", 0.5, values={"device.value": 3.0}),
    make_row("constant", 0.92, values={"device.value": 1.0}),
    make_row("dfa", 0.956),
    make_row("readout_only", 0.881),
]


def make_summary(mean, low, high, **others):
    gain = {"over": "constant", "mean": mean, "low": low, "high": high, "confidence": 0.99, "num_seeds": 2}
    return {"references": ROWS, "gain": gain, **others}


def test_a_gain_a_loss_and_none_are_told_in_a_sentence():
    (gains,) = gain_sentences(make_summary(3.1, 1.9, 4.3))
    assert gains == (
        "The best device gains 3.1 points (+1.9 ... +4.3, 95 %, 2 fresh seeds) over a constant g (92.00 %); dfa "
        "reaches 95.60 %, a frozen layer reaches 88.10 %."
    )
    (loses,) = gain_sentences(make_summary(-2.0, -3.0, -1.0))
    assert loses.startswith(
        "The best device loses 2.0 points (-3.0 ... -1.0, 95 %, 2 fresh seeds) against a constant g"
    )
    (nothing,) = gain_sentences(make_summary(0.2, -0.5, 0.9))
    assert nothing.startswith("The device does not matter here: over a constant g (92.00 %) the best one gains +0.2")
    (hardly,) = gain_sentences(make_summary(-0.3, -0.6, -0.1))
    assert hardly.startswith("The device does not matter here")
    (unclear,) = gain_sentences(make_summary(2.0, -0.5, 4.5))
    assert unclear.startswith("Whether the device matters is open: over a constant g")


def test_candidates_that_are_alike_are_a_finding():
    alike = {"is_alike": True, "num_candidates": 9, "std": 0.51, "seed_std": 0.62, "p": 0.7}
    _, told = gain_sentences(make_summary(0.0, -1.0, 1.0, alike=alike))
    assert told == (
        "The 9 candidates differ no more than seeds do (standard deviation 0.51 points, by seeds alone 0.62): every "
        "one of them works alike here."
    )
    assert len(gain_sentences(make_summary(0.0, -1.0, 1.0, alike={**alike, "is_alike": False}))) == 1


def test_the_level_of_the_constant_is_the_best_ones():
    assert reference_lines(make_summary(1.0, 0.5, 1.5)) == [
        ("constant g", 0.92),
        ("dfa", 0.956),
        ("frozen layer", 0.881),
    ]


@pytest.mark.parametrize("make", ["make_sweep_run", "make_search_run"])
def test_sentence_table_and_lines_stand_on_the_page(make, request):
    run = request.getfixturevalue(make)()
    before = run_sections(read_run(run.path))
    run.write_summary(make_summary(3.1, 1.9, 4.3))
    record = read_run(run.path)
    sections = run_sections(record)
    assert sections.findings[0].startswith("The best device gains 3.1 points")
    table = next(table for table in sections.tables if table.title == "Does the device matter?")
    assert [row[0] for row in table.rows] == ["best device", "constant g = 3", "constant g = 1", "dfa", "frozen layer"]
    best = next(table for table in sections.tables if table.title.startswith("The best "))
    assert best.title == "The best 10 evaluations"
    assert [row[0] for row in best.rows[-3:]] == ["constant g", "dfa", "frozen layer"]
    assert {len(row) for row in best.rows} == {len(best.header)}
    drawn = {panel.name for panel in sections.panels if "constant g: 92.00 %" in panel.svg}
    assert drawn == ({"sweep_map"} if make == "make_sweep_run" else {"search_progress", "parameters"})
    assert {panel.name for panel in before.panels} == {panel.name for panel in sections.panels}
    page = write_report([run.path]).read_text()
    assert page.index("The best device gains 3.1 points") < page.index("Test accuracy")


def test_a_run_without_references_says_nothing_of_them(make_search_run):
    sections = run_sections(read_run(make_search_run().path))
    assert sections.findings == []
    assert all(table.title != "Does the device matter?" for table in sections.tables)
    assert references_table({}) is None
