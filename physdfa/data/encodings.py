"""The encodings by name, and the data sets that each can express."""

from physdfa.data.dataset import Dataset
from physdfa.data.encoding import AbstractEncoding, Direct, Events, Latency, RateCode
from physdfa.data.event_dataset import EventDataset
from physdfa.data.series_encoding import Delta, Threshold
from physdfa.errors import DataError
from physdfa.parts import Registry

ENCODINGS = Registry(
    "encoding",
    AbstractEncoding,
    {encoding.name: encoding for encoding in (Direct, RateCode, Latency, Events, Delta, Threshold)},
)
"""Encodings by name."""


def _names(*, of_events: bool) -> str:
    fitting = [
        name for name, encoding in ENCODINGS.items() if encoding.takes_events == encoding.gives_events == of_events
    ]
    *most, last = [f"'{name}'" for name in fitting]
    return f"{', '.join(most)} or {last}" if most else last


def check_encoding(dataset: Dataset | EventDataset, encoding: AbstractEncoding) -> None:
    """Refuse a data set that the encoding cannot express.

    **Raises:** `DataError`, if the encoding needs pixels in 0 to 1 and there are others, or the samples are events and
    the encoding is of pixels, or the other way round.
    """
    if isinstance(dataset, EventDataset):
        if not encoding.takes_events:
            raise DataError(
                f"{dataset.name}: `{encoding.name}` encoding makes inputs of pixels, but these samples are spikes "
                f"already. Use data.encoding = {_names(of_events=True)}."
            )
        return
    if encoding.takes_events:
        raise DataError(
            f"{dataset.name}: `{encoding.name}` encoding takes samples that are spikes, but these are pixels. Use "
            f"data.encoding = {_names(of_events=False)}."
        )
    if not encoding.needs_unit_range:
        return
    for part, images in (("training", dataset.train_images), ("test", dataset.test_images)):
        low, high = float(images.min()) / dataset.full_scale, float(images.max()) / dataset.full_scale
        if low < 0 or high > 1:
            raise DataError(
                f"{dataset.name}: `{encoding.name}` encoding needs pixels in 0 to 1, but the {part} pixels run from "
                f"{low:g} to {high:g}. Rescale the data, or use data.encoding = 'direct'."
            )


def with_events(dataset: Dataset | EventDataset, encoding: AbstractEncoding) -> Dataset | EventDataset:
    """The data set as it is trained on: with an encoding of series its events, else the data set itself.

    **Raises:** `DataError`, if the encoding cannot express the data set.
    """
    check_encoding(dataset, encoding)
    if isinstance(dataset, Dataset) and encoding.gives_events:
        return encoding.events_of(dataset)
    return dataset
