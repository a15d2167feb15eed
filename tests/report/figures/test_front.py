"""The front of a search as a figure."""

import pandas as pd

from physdfa.report.figures.front import front_plot, front_table

FRONT = [
    {"candidate": "a", "values": {"device.v_bias": 1.0}, "objectives": {"accuracy": 0.9, "energy": 3e-10}},
    {"candidate": "b", "values": {"device.v_bias": 2.0}, "objectives": {"accuracy": 0.8, "energy": 1e-10}},
]
EVALUATIONS = pd.DataFrame(
    {"validation_accuracy": [0.9, 0.8, 0.1], "energy": [3e-10, 1e-10, 5e-10], "status": ["ok"] * 3}
)


def test_the_table_has_a_row_per_candidate_and_a_column_per_objective():
    assert front_table(FRONT).to_dict("list") == {
        "candidate": ["a", "b"],
        "accuracy": [0.9, 0.8],
        "energy": [3e-10, 1e-10],
    }


def test_each_further_objective_has_its_axis_with_its_unit():
    three = [{**row, "objectives": {**row["objectives"], "robustness": 0.5}} for row in FRONT]
    for front, labels in ((FRONT, ["[J]"]), (three, ["[J]", "stated drift"])):
        panel = front_plot(front, EVALUATIONS)
        assert panel is not None
        assert all(label in panel.svg for label in labels)
        assert ("stated drift" in panel.svg) == (len(labels) == 2)


def test_without_a_front_there_is_no_figure():
    assert front_plot([], EVALUATIONS) is None
    assert front_plot([{"candidate": "a", "objectives": {"accuracy": 0.9}}], EVALUATIONS) is None
