"""Units come from the declaration of the parameter; a configuration of another version costs only them."""

from dataclasses import replace

import pytest

from physdfa.report.labels import ParameterLabels
from physdfa.report.reading import read_run


def test_a_device_parameter_wears_its_declared_unit(make_search_run):
    labels = ParameterLabels(read_run(make_search_run().path))
    assert labels.unit("device.v_bias") == "V"
    assert labels.axis_labels(["device.v_bias", "training.learning_rate"]) == {
        "device.v_bias": "device.v_bias [V]",
        "training.learning_rate": "training.learning_rate",
    }
    assert labels.meaning("training.learning_rate") == "step size"


@pytest.mark.parametrize("path", ["device.absent", "nowhere.at_all", "candidate"])
def test_an_unknown_parameter_has_no_unit(make_search_run, path):
    assert ParameterLabels(read_run(make_search_run().path)).unit(path) == ""


def test_a_configuration_that_cannot_be_read_costs_only_the_units(make_search_run, tmp_path):
    record = read_run(make_search_run().path)
    (tmp_path / "config.toml").write_text("[experiment]\nunheard_of = 1\n")
    labels = ParameterLabels(replace(record, run=type(record.run)(tmp_path)))
    assert labels.unit("device.v_bias") == ""
    assert "experiment.unheard_of" in labels.problem
    assert "device.v_bias" in labels.ranges
