"""Data sets, their splits, and the ways in which an image becomes the input of a spiking network."""

from physdfa.data.augmentation import checked_image_shape, random_shift
from physdfa.data.catalogue import (
    DatasetRow,
    count_classes,
    find_dataset,
    has_events,
    list_datasets,
    load_dataset,
    resolve_data_dir,
)
from physdfa.data.dataset import Dataset
from physdfa.data.encoding import AbstractEncoding, Direct, Events, Latency, RateCode
from physdfa.data.encodings import ENCODINGS, check_encoding, with_events
from physdfa.data.event_dataset import EventDataset
from physdfa.data.event_samples import EventSamples, Sensor
from physdfa.data.npz import from_arrays
from physdfa.data.own_file import OwnFile
from physdfa.data.part import Part
from physdfa.data.series_encoding import Delta, Threshold
from physdfa.data.source import AbstractSource, AnyDataset
from physdfa.data.sources import DATASETS
from physdfa.data.splits import choose_subset, split_validation

__all__ = [
    "DATASETS",
    "ENCODINGS",
    "AbstractEncoding",
    "AbstractSource",
    "AnyDataset",
    "Dataset",
    "DatasetRow",
    "Delta",
    "Direct",
    "EventDataset",
    "EventSamples",
    "Events",
    "Latency",
    "OwnFile",
    "Part",
    "RateCode",
    "Sensor",
    "Threshold",
    "check_encoding",
    "checked_image_shape",
    "choose_subset",
    "count_classes",
    "find_dataset",
    "from_arrays",
    "has_events",
    "list_datasets",
    "load_dataset",
    "random_shift",
    "resolve_data_dir",
    "split_validation",
    "with_events",
]
