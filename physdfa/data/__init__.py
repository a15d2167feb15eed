"""Data sets, their splits, and the ways in which an image becomes the input of a spiking network."""

from physdfa.data.augmentation import checked_image_shape, random_shift
from physdfa.data.catalogue import (
    DATASET_NAMES,
    AnyDataset,
    DatasetRow,
    count_classes,
    list_datasets,
    load_dataset,
    resolve_data_dir,
)
from physdfa.data.dataset import Dataset
from physdfa.data.encoding import ENCODINGS, Encoding, check_encoding
from physdfa.data.event_dataset import EventDataset
from physdfa.data.event_samples import EventSamples
from physdfa.data.npz import from_arrays
from physdfa.data.part import Part
from physdfa.data.splits import choose_subset, split_validation

__all__ = [
    "DATASET_NAMES",
    "ENCODINGS",
    "AnyDataset",
    "Dataset",
    "DatasetRow",
    "Encoding",
    "EventDataset",
    "EventSamples",
    "Part",
    "check_encoding",
    "checked_image_shape",
    "choose_subset",
    "count_classes",
    "from_arrays",
    "list_datasets",
    "load_dataset",
    "random_shift",
    "resolve_data_dir",
    "split_validation",
]
