"""The evaluations as the charts of a page take them."""

import json

import numpy as np
import pandas as pd

from physdfa.report.explore import MOST_ROWS, explore_data
from physdfa.report.figures.parameters import VariedParameter

BIAS = VariedParameter(key="device.v_bias", label="device.v_bias [V]")
RESET = VariedParameter(key="network.reset", label="network.reset", scale="choice")


def make_table(num=3):
    accuracy = np.linspace(0.5, 0.9, num)
    return pd.DataFrame(
        {
            "candidate": [f"c{i}" for i in range(num)],
            "seed": 0,
            "device.v_bias": np.arange(num) / 2,
            "network.reset": "zero",
            "validation_accuracy": accuracy,
            "status": "ok",
        }
    )


def test_rows_are_the_successful_evaluations_the_best_first():
    table = make_table()
    table.loc[0, "status"] = "failed"
    found = json.loads(explore_data(table, [BIAS, RESET]))
    assert found["names"] == ["candidate c2, seed 0", "candidate c1, seed 0"]
    bias, reset, accuracy = found["columns"]
    assert (bias["label"], bias["values"]) == ("device.v_bias [V]", [1.0, 0.5])
    assert reset["values"] == ["zero", "zero"]
    assert (found["accuracy"], accuracy["values"]) == (2, [90.0, 70.0])


def test_of_very_many_evaluations_the_best_are_kept():
    found = json.loads(explore_data(make_table(MOST_ROWS + 5), [BIAS]))
    assert len(found["names"]) == MOST_ROWS
    assert min(found["columns"][1]["values"]) > 50.0


def test_there_is_nothing_to_explore_without_two_evaluations_or_a_parameter():
    assert explore_data(make_table(1), [BIAS]) == explore_data(make_table(), []) == ""
