"""Accuracy against the values of a parameter that takes few."""

import numpy as np
import pandas as pd
import pytest

from physdfa.report.figures.parameters import VariedParameter
from physdfa.report.figures.value_curves import value_curves

BITS = VariedParameter(key="device.adc.num_bits", label="device.adc.num_bits [bit]")
BIAS = VariedParameter(key="device.v_bias", label="device.v_bias [V]")


def make_table():
    bits, place = np.meshgrid([2.0, 4.0, 8.0], np.linspace(0.0, 1.0, 10))
    accuracy = 0.5 + 0.05 * bits - 0.1 * place
    columns = {"device.adc.num_bits": bits, "device.v_bias": place + bits / 100, "validation_accuracy": accuracy}
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()})


def test_best_and_mean_stand_at_each_value_of_what_takes_few():
    panel = value_curves(make_table(), [BITS, BIAS])
    assert panel is not None
    assert list(panel.data["parameter"]) == ["device.adc.num_bits"] * 3  # each bias is another
    assert panel.data["best"].tolist() == pytest.approx([60.0, 70.0, 90.0])
    assert panel.data["mean"].tolist() == pytest.approx([55.0, 65.0, 85.0])


def test_one_parameter_has_its_line_already():
    assert value_curves(make_table(), [BITS]) is None


def test_without_few_values_there_is_nothing_to_draw():
    assert value_curves(make_table().assign(**{"device.adc.num_bits": np.arange(30.0)}), [BITS, BIAS]) is None
