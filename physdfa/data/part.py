"""One part of a data set, the training or the test samples, as it is handed to a network."""

from typing import Any, NamedTuple

import numpy as np

from physdfa.data.event_samples import EventSamples


class Part(NamedTuple):
    """Samples with their labels, and the data set that they are of.

    - `samples`: [samples, inputs] in the number format of the data set, or events; `labels`: [samples].
    - `dataset`: says their scale and number of classes.
    """

    samples: np.ndarray | EventSamples
    labels: np.ndarray
    dataset: Any

    def __repr__(self) -> str:
        """Name and sizes."""
        return f"{len(self.labels)} samples of {self.dataset.name}, {self.dataset.num_inputs} inputs"
