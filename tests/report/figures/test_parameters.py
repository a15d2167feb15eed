"""Varied parameters at their axes."""

import numpy as np
import pandas as pd

from physdfa.report.figures.parameters import VariedParameter, average_over_seeds, positions, varied_parameters

TABLE = pd.DataFrame(
    {
        "candidate": ["a", "b"], "device.v_bias": [0.0, 1.0], "device.drive_gain": [0.1, 10.0],
        "network.reset": ["zero", "subtract"], "validation_accuracy": [0.5, 0.6], "status": "ok",
    }
)  # fmt: skip


def test_scale_and_ends_come_from_the_range():
    ranges = {"device.drive_gain": {"low": 0.1, "high": 10.0, "scale": "log"}, "network.reset": {"choices": []}}
    varied = varied_parameters(TABLE, ranges, {"device.v_bias": "bias [V]"})
    assert varied == [
        VariedParameter(key="device.v_bias", label="bias [V]"),
        VariedParameter(key="device.drive_gain", label="device.drive_gain", scale="log", low=0.1, high=10.0),
        VariedParameter(key="network.reset", label="network.reset", scale="choice"),
    ]


def test_a_log_axis_with_a_zero_becomes_linear():
    (varied, *_) = varied_parameters(TABLE, {"device.v_bias": {"scale": "log"}}, {})
    assert varied.scale == "linear"


def test_choices_stand_at_whole_numbers_in_alphabetical_order():
    place, names = positions(TABLE, VariedParameter(key="network.reset", label="", scale="choice"))
    assert names == ["subtract", "zero"]
    np.testing.assert_array_equal(place, [1.0, 0.0])


def test_the_mean_is_over_the_seeds_that_succeeded():
    table = pd.DataFrame(
        {
            "device.v_bias": [0.0, 0.0, 0.0, 1.0],
            "validation_accuracy": [0.4, 0.8, np.nan, np.nan],
            "status": ["ok", "ok", "failed", "failed"],
        }
    )
    averaged = average_over_seeds(table, ["device.v_bias"])
    np.testing.assert_allclose(averaged["accuracy"], [0.6, np.nan])
    assert list(averaged["seeds"]) == [2, 0]
