import numpy as np
import pytest

from physdfa.data import Dataset
from physdfa.errors import DataError


def make_dataset(**changes) -> Dataset:
    values = {
        "name": "made",
        "train_images": np.zeros((6, 4), np.uint8),
        "train_labels": np.array([0, 1, 2, 0, 1, 2], np.int32),
        "test_images": np.zeros((3, 4), np.uint8),
        "test_labels": np.array([0, 1, 2], np.int32),
        "image_shape": (2, 2),
        "num_classes": 3,
        "full_scale": 255.0,
    }
    return Dataset(**(values | changes))


def with_value(value) -> np.ndarray:
    images = np.zeros((6, 4), np.float32)
    images[4, 2] = value
    return images


def test_the_number_of_inputs_is_the_width_of_a_sample():
    assert make_dataset().num_inputs == 4


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_classes": 1}, "one class only"),
        ({"full_scale": 0.0}, "`full_scale` must be > 0; got 0"),
        ({"full_scale": float("nan")}, "`full_scale` must be > 0"),
        ({"train_labels": np.zeros(5, np.int32)}, "6 training samples come with 5 labels"),
        ({"test_labels": np.zeros(4, np.int32)}, "3 test samples come with 4 labels"),
        ({"test_images": np.zeros((0, 4), np.uint8), "test_labels": np.zeros(0, np.int32)}, "test set is empty"),
        ({"train_images": np.zeros((6, 0), np.uint8)}, "training set is empty"),
        ({"test_images": np.zeros((3, 5), np.uint8)}, "training samples have 4 inputs, test samples 5"),
        ({"image_shape": (2, 3)}, r"4 inputs do not make an image of shape \(2, 3\)"),
        ({"train_images": with_value(np.nan)}, "training sample 4 .* NaN"),
        ({"train_images": with_value(np.inf)}, "training sample 4 .* infinity"),
        ({"test_labels": np.array([0, 1, 3], np.int32)}, "test labels run from 0 to 3; allowed are 0 to 2"),
        ({"test_labels": np.array([0, -1, 2], np.int32)}, "test labels run from -1 to 2"),
    ],
)
def test_arrays_that_contradict_each_other_are_refused(changes, message):
    with pytest.raises(DataError, match=message):
        make_dataset(**changes)


def test_data_for_a_trained_network_take_its_scale_where_their_type_is_the_same():
    twelve_bits = make_dataset(full_scale=4095.0, integer_type="uint16")
    scaled = twelve_bits.scaled_as({"uint16": 65535.0})
    assert scaled.full_scale == 65535.0
    assert (
        "divided by 65535, as those that the network was trained with; by themselves they would be by 4095"
        in (scaled.remarks[0])
    )
    for unlike in ({"uint8": 255.0}, {}, {"uint16": 4095.0}):
        assert twelve_bits.scaled_as(unlike) is twelve_bits
    assert make_dataset().scaled_as({"uint8": 16.0}).full_scale == 255.0  # in a unit of their own
