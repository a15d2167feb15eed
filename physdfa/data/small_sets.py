"""Small data sets that were put together from published files. They are read as they lie in the data folder.

There is nothing to fetch them from as they are: `docs/data.md` says where their samples come from, and in which form.
"""

import abc
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from physdfa.data.dataset import Dataset
from physdfa.data.files import check_digest, digest_of
from physdfa.data.npz import from_arrays
from physdfa.data.own_arrays import read_arrays
from physdfa.data.own_file import OwnFile
from physdfa.data.source import AbstractSource, AnyDataset
from physdfa.errors import DataError


@dataclass(frozen=True, kw_only=True)
class SmallSet:
    """Known facts of one small set.

    - `filename`: in the folder of its name; `sha256`: of the file, in hexadecimal.
    - `train_size`, `test_size`: samples; `shape`: of one, as `physdfa data list` tells it.
    """

    filename: str
    sha256: str
    train_size: int
    test_size: int
    shape: tuple[int, ...]


class AbstractSmallSet(AbstractSource):
    """A small data set in one file that is known by its SHA-256."""

    facts: ClassVar[SmallSet]

    @classmethod
    def path(cls, data_dir: Path) -> Path:
        """The place of its file."""
        return data_dir / cls.name / cls.facts.filename

    def load(self, data_dir: Path) -> AnyDataset:
        """The data set, verified.

        **Raises:** `DataError`, if its file is missing or another one.
        """
        path = self.path(data_dir)
        if not path.is_file():
            raise DataError(
                f"data file missing: {path}. {self.name} was put together from published files, docs/data.md says "
                "which; give --data the folder that holds it, or take a file of your own (data.name = a path)."
            )
        check_digest(path, "SHA-256", digest_of(path, "sha256"), self.facts.sha256)
        return self.read(path)

    @abc.abstractmethod
    def read(self, path: Path) -> AnyDataset:
        """The data set in the file, which is the known one."""


class NmnistSmall(AbstractSmallSet):
    """600 samples of N-MNIST: digits seen by a camera of 34 x 34 pixels that sends events, 10 classes."""

    name: ClassVar[str] = "nmnist_small"
    has_events: ClassVar[bool] = True
    num_classes: ClassVar[int | None] = 10
    facts: ClassVar[SmallSet] = SmallSet(
        filename="nmnist_small.npz",
        sha256="15735fc4d8b17b9b846253431bdaa0d0d2626cb67dc796bec53aba244dd03aa6",
        train_size=500,
        test_size=100,
        shape=(2312,),
    )

    def read(self, path: Path) -> AnyDataset:
        """The events; times are whole milliseconds, inputs (polarity * 34 + y) * 34 + x."""
        read: Any = OwnFile(path=str(path), time_unit="ms", sensor_size=[34, 34, 2]).load(path.parent)
        return replace(read, name=self.name)


class Braille(AbstractSmallSet):
    """1,350 readings of Braille letters by 12 pressure sensors at 40 Hz, 27 classes: series for `delta`."""

    name: ClassVar[str] = "braille"
    num_classes: ClassVar[int | None] = 27
    facts: ClassVar[SmallSet] = SmallSet(
        filename="braille_raw.npz",
        sha256="127c591ac91bb3561a6aa34ca470a39af8fd7c046557d7051e57c451cbf6c1af",
        train_size=1080,
        test_size=270,
        shape=(77, 12),
    )
    sample_rate: ClassVar[float] = 40.0
    test_every: ClassVar[int] = 5

    def read(self, path: Path) -> Dataset:
        """The readings; of the 50 repetitions of each letter every fifth is of the test part."""
        held = read_arrays(path, ["taxels", "label", "repetition"])
        is_test = held["repetition"] % self.test_every == 0
        series, labels = held["taxels"], held["label"].astype(np.int64)
        made = from_arrays(series[~is_test], labels[~is_test], series[is_test], labels[is_test], name=self.name)
        return replace(made, sample_rate=self.sample_rate)


class EmnistSmall(AbstractSmallSet):
    """43,099 handwritten digits and letters of 28 x 28 pixels, 47 classes: not the split of EMNIST."""

    name: ClassVar[str] = "emnist47_small"
    num_classes: ClassVar[int | None] = 47
    facts: ClassVar[SmallSet] = SmallSet(
        filename="emnist47_small.npz",
        sha256="20678f6a74109c459efacfccbb7958871c9708ec14e4ced95be81414b2571f0e",
        train_size=36942,
        test_size=6157,
        shape=(28, 28),
    )

    def read(self, path: Path) -> AnyDataset:
        """The images."""
        read: Any = OwnFile(path=str(path)).load(path.parent)
        return replace(read, name=self.name)
