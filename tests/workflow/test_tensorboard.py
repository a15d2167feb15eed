"""What of a run's log becomes a curve of TensorBoard: every number that has a place on an axis."""

import pytest

from physdfa.workflow.tensorboard import Scalar, scalars_of


def test_every_number_of_a_line_is_a_point_at_its_epoch_and_of_its_seed():
    line = {
        "kind": "epoch",
        "seed": 3,
        "epoch": 7,
        "train_loss": 0.5,
        "firing_rate": [0.1, 0.2],
        "validation_loss": None,
    }
    assert list(scalars_of([line])) == [
        Scalar(3, "epoch/train_loss", 7, 0.5),
        Scalar(3, "epoch/firing_rate/1", 7, 0.1),
        Scalar(3, "epoch/firing_rate/2", 7, 0.2),
    ]


def test_generations_belong_to_no_seed():
    assert list(scalars_of([{"kind": "generation", "generation": 2, "best": 0.75}])) == [
        Scalar(None, "generation/best", 2, 0.75)
    ]


def test_a_test_comes_after_the_last_epoch_of_its_seed():
    lines = [{"kind": "epoch", "seed": seed, "epoch": epoch} for seed, epoch in ((0, 1), (0, 2), (1, 1))]
    tests = [{"kind": "test", "seed": seed, "test_loss": 1.0} for seed in (0, 1, 2)]
    assert [(one.seed, one.step) for one in scalars_of([*lines, *tests])] == [(0, 2), (1, 1), (2, 0)]


def test_candidates_of_a_steady_search_are_counted():
    lines = [{"kind": "told", "candidate": name, "fitness": value} for name, value in (("b", 0.5), ("a", 0.25))]
    assert list(scalars_of(lines)) == [Scalar(None, "told/fitness", 1, 0.5), Scalar(None, "told/fitness", 2, 0.25)]


@pytest.mark.parametrize(
    "line",
    [
        {"kind": "row", "test_accuracy": 0.9},
        {"kind": "epoch", "epoch": "1", "loss": 0.5},
        {"kind": "epoch", "epoch": True, "loss": 0.5},
        {"kind": "epoch", "epoch": 1, "seed": "../../up", "loss": 0.5},
        {"kind": "test", "seed": [1], "loss": 0.5},
        {"kind": "../up", "epoch": 1, "loss": 0.5},
        {"kind": "epoch", "epoch": 1, "\ud800": 0.5},
        {"kind": "epoch", "epoch": 1, "loss": 10**400},
        {"kind": "epoch", "epoch": 1, "status": "ok", "done": True, "loss": None},
        {"epoch": 1 << 63, "kind": "epoch", "loss": 0.5},
    ],
)
def test_what_has_no_place_on_an_axis_or_is_no_number_is_left_out(line):
    assert list(scalars_of([line])) == []
