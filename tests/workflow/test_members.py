"""Seeds of one config as members of one program: what they bring to the run folder."""

import numpy as np
import pytest

from physdfa.build import load_samples
from physdfa.workflow.members import train_members, without_validation
from tests.workflow.tiny import make_config


def test_a_checkpoint_keeps_each_seeds_weights_biases_and_feedback(trained):
    arrays, metadata = trained.load_tree("final")
    shapes = {name: values.shape for name, values in arrays.items()}
    assert shapes == {
        "weights/0": (2, 16, 64),
        "weights/1": (2, 10, 16),
        "biases/0": (2, 16),
        "biases/1": (2, 10),
        "feedback/0": (2, 16, 10),
    }
    assert metadata["seeds"] == [0, 1]
    for values in (arrays["weights/0"], arrays["feedback/0"]):
        assert not np.array_equal(values[0], values[1])


def test_the_backward_table_is_a_density_over_the_occupied_potentials(trained):
    table = np.genfromtxt(trained.figures / "backward_function.csv", delimiter=",", names=True)
    width = np.diff(table["potential"])
    assert width == pytest.approx(width[0])
    for name in ("density_initial", "density_trained"):
        assert 0.94 < table[name].sum() * width[0] <= 1 + 1e-6  # 1 % of both together may lie outside on each side
    assert np.ptp(table["g"]) > 0


def test_after_each_epoch_the_listener_hears_of_it_and_the_rate_leaves_compiling_out():
    config = make_config(kind="train")
    heard = []
    members = train_members(
        config, load_samples(config, None), [0], on_epoch=lambda report, rate: heard.append((report.epoch, rate))
    )
    assert [epoch for epoch, _ in heard] == [1, 2]
    harmonic_mean = 2 / sum(1 / rate for _, rate in heard)
    assert members.images_per_s == pytest.approx(harmonic_mean)


def test_without_validation_every_sample_trains():
    assert without_validation(make_config("data.validation_size=80")).data.validation_size == 0
