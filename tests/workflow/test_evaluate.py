"""A stored network answers as it did at the end of its training; what does not fit it is refused."""

import csv
import shutil

import numpy as np
import pytest

from physdfa.data import load_dataset
from physdfa.errors import DataError, InputError, RunFolderError
from physdfa.store import create_run, open_run
from physdfa.workflow.evaluate import check_predictions_path, evaluate_run, save_predictions
from tests.workflow.tiny import TINY, strict_json, summary_of


@pytest.fixture(scope="module")
def answers(trained):
    return evaluate_run(trained.path, data_dir=None)


def write_npz(path, *, inputs: int, classes: int):
    labels = np.arange(20) % classes
    samples = np.linspace(0, 1, 20 * inputs, dtype=np.float32).reshape(20, inputs)
    np.savez(path, x_train=samples, y_train=labels, x_test=samples, y_test=labels)
    return path


def test_the_stored_networks_score_as_at_the_end_of_training(trained, answers):
    assert answers.accuracies == pytest.approx(summary_of(trained)["test_accuracies"], abs=1e-6)
    assert answers.seeds == (0, 1)


def test_accuracy_is_the_share_of_right_predictions_in_all_and_per_class(answers):
    right = answers.predictions == answers.labels
    assert answers.accuracies == pytest.approx(right.mean(axis=1))
    table = answers.per_class()
    assert sum(row["samples"] for row in table) == len(answers.labels) == 360
    seven = right[:, answers.labels == 7].mean(axis=1)
    assert table[7]["accuracy"] == pytest.approx(seven.mean())
    assert table[7]["std"] == pytest.approx(seven.std(ddof=1))


def test_the_training_part_can_be_scored_as_well(trained):
    found = evaluate_run(trained.path, data_dir=None, part="train")
    assert len(found.labels) == 480
    assert found.part == "train"


def test_the_summary_is_json_even_where_a_loss_is_no_number(answers):
    import dataclasses
    import json

    diverged = dataclasses.replace(answers, losses=[float("nan"), 1.0])
    assert strict_json(json.dumps(diverged.summary()))["losses"] == [None, 1.0]


def test_another_data_set_of_the_same_form_is_taken_however_small_it_is(trained, tmp_path):
    path = write_npz(tmp_path / "same.npz", inputs=64, classes=10)  # 20 samples; the run's train_size is 480
    found = evaluate_run(trained.path, data_dir=None, overrides=(f"data.name={path}",))
    assert found.dataset == str(path)
    assert len(found.labels) == 20


def test_a_data_set_of_another_form_is_refused(trained, tmp_path):
    path = write_npz(tmp_path / "other.npz", inputs=9, classes=3)
    with pytest.raises(DataError, match=r"takes 64 inputs and knows 10 classes, but .* has 9 inputs and 3 classes"):
        evaluate_run(trained.path, data_dir=None, overrides=(f"data.name={path}",))


def test_a_network_of_another_size_cannot_be_asked_for(trained):
    with pytest.raises(InputError, match=r"network\.hidden = \[8, 8\]: the trained network of .* has \[16\]"):
        evaluate_run(trained.path, data_dir=None, overrides=("network.hidden=[8, 8]",))


def test_recurrent_weights_that_the_network_lacks_cannot_be_asked_for(trained):
    with pytest.raises(
        InputError, match=r"network\.recurrent = \[true\]: the trained network of .* has \[false\]; leave it"
    ):
        evaluate_run(trained.path, data_dir=None, overrides=("network.recurrent=true",))


def test_a_run_without_a_trained_network_is_refused_with_its_status(tmp_path):
    run = create_run(tmp_path, "tiny", TINY, command_line=["physdfa"], kind="train")
    with pytest.raises(RunFolderError, match=r"holds no trained network .*'interrupted'"):
        evaluate_run(run.path, data_dir=None)


def test_predictions_saved_as_csv_or_npz_hold_the_same(answers, tmp_path):
    save_predictions(answers, tmp_path / "p.csv")
    save_predictions(answers, tmp_path / "p.npz")
    with (tmp_path / "p.csv").open() as file:
        rows = list(csv.DictReader(file))
    with np.load(tmp_path / "p.npz") as stored:
        assert stored["seeds"].tolist() == [0, 1]
        for member, seed in enumerate((0, 1)):
            from_csv = [int(row[f"prediction_seed_{seed}"]) for row in rows]
            assert from_csv == stored["predictions"][member].tolist() == answers.predictions[member].tolist()
        assert [int(row["label"]) for row in rows] == stored["labels"].tolist() == answers.labels.tolist()


@pytest.mark.parametrize("name", ["p.txt", "p", "nowhere/p.csv", "folder.csv"])
def test_a_place_that_predictions_cannot_go_to_is_refused_beforehand(tmp_path, name):
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match="predictions"):
        check_predictions_path(tmp_path / name)


def test_other_data_are_scaled_as_the_training_s_and_never_shifted(trained, tmp_path):
    """The same images, once in the unit of the training and once of half the brightness, with a flat shape."""
    digits = load_dataset("digits")
    summary = open_run(trained.path).read_summary()
    assert (summary["integer_type"], summary["full_scale"]) == (None, 16.0)
    copied = tmp_path / trained.path.name
    shutil.copytree(trained.path, copied)
    open_run(copied).write_summary({"integer_type": "uint16", "full_scale": 1600.0})
    path = tmp_path / "own.npz"
    pixels = {f"x_{part}": 100 * getattr(digits, f"{part}_images").astype(np.uint16) for part in ("train", "test")}
    labels = {f"y_{part}": getattr(digits, f"{part}_labels") for part in ("train", "test")}
    np.savez(path, **labels, **{name: np.minimum(values, 1500) for name, values in pixels.items()})
    own = (f"data.name={path}", "data.shift_augmentation=2")
    np.savez(
        tmp_path / "float.npz",
        **labels,
        **{name: np.minimum(values, 1500).astype(np.float32) / 1600 for name, values in pixels.items()},
    )
    found = evaluate_run(copied, data_dir=None, overrides=own)
    as_floats = evaluate_run(copied, data_dir=None, overrides=(f"data.name={tmp_path / 'float.npz'}",))
    np.testing.assert_array_equal(found.predictions, as_floats.predictions)
    assert (
        "divided by 1600, as those that the network was trained with; by themselves they would be by 1500"
        in (found.warnings[0])
    )
    assert found.summary()["warnings"] == list(found.warnings)


def test_a_network_that_does_not_know_the_data_is_said_to_be_at_chance(trained, tmp_path):
    """Digits with their labels turned by one: right answers are wrong."""
    digits = load_dataset("digits")
    path = tmp_path / "turned.npz"
    np.savez(
        path,
        x_train=digits.train_images / 16,
        y_train=(digits.train_labels + 1) % 10,
        x_test=digits.test_images / 16,
        y_test=(digits.test_labels + 1) % 10,
    )
    found = evaluate_run(trained.path, data_dir=None, overrides=(f"data.name={path}",))
    (sentence,) = found.warnings
    assert sentence.startswith("all 2 seeds ended at chance: accuracy")
    assert "See whether these data have the scale" in sentence
