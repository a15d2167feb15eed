import numpy as np
import pytest

from physdfa.data.event_dataset import EventDataset
from physdfa.data.event_samples import event_samples
from physdfa.errors import DataError


def make_samples(times=(0.1, 0.2, 0.3), inputs=(0, 1, 2), num_inputs: int = 3):
    """Two samples: the first two events, and the rest."""
    times, inputs = np.array(times, np.float32), np.array(inputs, np.uint16)
    return event_samples([times[:2], times[2:]], [inputs[:2], inputs[2:]], num_inputs)


def make_dataset(**changes) -> EventDataset:
    labels = np.array([0, 1], np.int32)
    values = {
        "name": "made",
        "train_samples": make_samples(),
        "train_labels": labels,
        "test_samples": make_samples(),
        "test_labels": labels,
        "num_classes": 2,
    }
    return EventDataset(**(values | changes))


def test_a_subset_of_the_training_rows_leaves_the_test_set_whole():
    part = make_dataset().with_training_rows(np.array([1]))
    np.testing.assert_array_equal(part.train_samples.inputs, [2])
    np.testing.assert_array_equal(part.train_labels, [1])
    assert len(part.test_samples.counts) == 2
    assert (part.num_inputs, part.image_shape) == (3, None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train_labels": np.array([0], np.int32)}, "2 training samples come with 1 labels"),
        ({"test_labels": np.array([0, 2], np.int32)}, "test labels run from 0 to 2; allowed are 0 to 1"),
        ({"num_classes": 1}, "one class only"),
        ({"train_samples": make_samples(inputs=(0, 1, 3))}, "spike of input 3; allowed are 0 to 2"),
        ({"train_samples": make_samples(times=(0.1, 0.2, np.nan))}, r"training sample 1 .* spike time nan s"),
        ({"test_samples": make_samples(times=(0.1, -0.2, 0.3))}, r"test sample 0 .* spike time -0\.2"),
        ({"test_samples": make_samples(num_inputs=4)}, "training samples have 3 inputs, test samples 4"),
        ({"test_samples": make_samples((), ())}, "the test set has no event at all"),
    ],
)
def test_arrays_that_contradict_each_other_are_refused(changes, message):
    with pytest.raises(DataError, match=message):
        make_dataset(**changes)
