"""Data sets that a config can name, and what is known of each before it is read."""

import abc
from pathlib import Path
from typing import ClassVar

from physdfa.data.dataset import Dataset
from physdfa.data.event_dataset import EventDataset
from physdfa.data.published import PUBLISHED, PublishedSet, load_published
from physdfa.data.shd import EVENT_SETS, EventSet, load_event_set
from physdfa.data.small_sets import Braille, EmnistSmall, NmnistSmall
from physdfa.data.source import AbstractSource
from physdfa.parts import Registry


class Digits(AbstractSource):
    """1,797 handwritten digits of 8 x 8 pixels, embedded: nothing to fetch."""

    name: ClassVar[str] = "digits"
    num_classes: ClassVar[int | None] = 10
    is_small: ClassVar[bool] = True

    def load(self, data_dir: Path) -> Dataset:
        """From scikit-learn, which takes seconds to import: no other data set should cost that."""
        del data_dir
        from physdfa.data.digits import load_digits

        return load_digits()


class AbstractPublished(AbstractSource):
    """A data set whose published files are fetched and verified."""

    @classmethod
    @abc.abstractmethod
    def publication(cls) -> PublishedSet | EventSet:
        """Its files and addresses."""


class AbstractImages(AbstractPublished):
    """Published images."""

    @classmethod
    def publication(cls) -> PublishedSet:
        """Its files and addresses."""
        return PUBLISHED[cls.name]

    def load(self, data_dir: Path) -> Dataset:
        """The images, verified."""
        return load_published(self.publication(), data_dir)


class Mnist(AbstractImages):
    """70,000 handwritten digits of 28 x 28 pixels."""

    name: ClassVar[str] = "mnist"
    num_classes: ClassVar[int | None] = 10


class FashionMnist(AbstractImages):
    """70,000 pictures of clothes of 28 x 28 pixels."""

    name: ClassVar[str] = "fashion_mnist"
    num_classes: ClassVar[int | None] = 10


class EmnistBalanced(AbstractImages):
    """131,600 handwritten digits and letters of 28 x 28 pixels, 47 classes."""

    name: ClassVar[str] = "emnist_balanced"
    num_classes: ClassVar[int | None] = 47


class Shd(AbstractPublished):
    """10,420 spoken digits as spikes of 700 cochlear channels, 20 classes."""

    name: ClassVar[str] = "shd"
    has_events: ClassVar[bool] = True
    num_classes: ClassVar[int | None] = 20
    can_shift: ClassVar[bool] = False

    @classmethod
    def publication(cls) -> EventSet:
        """Its files and addresses."""
        return EVENT_SETS[cls.name]

    def load(self, data_dir: Path) -> EventDataset:
        """The spikes, verified."""
        return load_event_set(self.publication(), data_dir)


DATASETS = Registry(
    "data set",
    AbstractSource,
    {
        source.name: source
        for source in (Digits, Mnist, FashionMnist, EmnistBalanced, Shd, NmnistSmall, Braille, EmnistSmall)
    },
)
"""Data sets by name."""
