"""The Spiking Heidelberg Digits: their address and HDF5 files, and how a folder of them is loaded.

A file holds `spikes/times` and `spikes/units`, for each sample as many values as it has spikes, and `labels`.
"""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from physdfa.data.event_dataset import EventDataset
from physdfa.data.event_samples import EventSamples, event_samples
from physdfa.data.files import Archive, Location, check_digest, digest_of, find_all, read_uncompressed, way_out
from physdfa.errors import DataError, MissingExtraError


@dataclass(frozen=True, kw_only=True)
class HdfFile:
    """Known facts of one published file.

    **Arguments:**

    - `filename`: published name without `.gz`.
    - `num_samples`: number of samples in it.
    - `gzip_md5`, `md5`: MD5 of the published gzip file and of the file in it, in hexadecimal.
    """

    filename: str
    num_samples: int
    gzip_md5: str
    md5: str

    def verify(self, path: Location) -> None:
        """Refuse a file that is not this one.

        **Raises:** `DataError` naming the path and what is wrong.
        """
        check_digest(path, "MD5", digest_of(path, "md5"), self.gzip_md5 if path.name.endswith(".gz") else self.md5)


@dataclass(frozen=True, kw_only=True)
class EventSet:
    """An event data set published as two HDF5 files.

    **Arguments:**

    - `name`: name of the data set and of its folder.
    - `num_inputs`, `num_classes`: number of input neurons and of classes.
    - `train`, `test`: the two files.
    - `mirrors`: addresses, ending in a slash, below which the gzipped files lie; tried in this order.
    """

    name: str
    num_inputs: int
    num_classes: int
    train: HdfFile
    test: HdfFile
    mirrors: tuple[str, ...]

    @property
    def files(self) -> tuple[HdfFile, HdfFile]:
        """Both files."""
        return self.train, self.test

    @property
    def train_size(self) -> int:
        """Number of training samples."""
        return self.train.num_samples

    @property
    def test_size(self) -> int:
        """Number of test samples."""
        return self.test.num_samples

    @property
    def image_shape(self) -> tuple[int, ...]:
        """The number of inputs alone: there is no image."""
        return (self.num_inputs,)

    @property
    def archive(self) -> Archive | None:
        """No archive: each file is published for itself."""
        return None


EVENT_SETS: dict[str, EventSet] = {
    # Cramer, Stradmann, Schemmel, Zenke, IEEE Trans. Neural Netw. Learn. Syst. 33, 2744 (2022), arXiv:1910.07407; CC BY
    # 4.0. The publisher gives MD5 sums; they, and those of the files within, stand in the loaders that check them.
    "shd": EventSet(
        name="shd",
        num_inputs=700,
        num_classes=20,
        train=HdfFile(
            filename="shd_train.h5",
            num_samples=8156,
            gzip_md5="d47c9825dee33347913e8ce0f2be08b0",
            md5="8e9877c85f29a28dd353ea6a54402667",
        ),
        test=HdfFile(
            filename="shd_test.h5",
            num_samples=2264,
            gzip_md5="3062a80ec0c5719404d5b02e166543b1",
            md5="207ad1295a0ab611e22d1734989c254e",
        ),
        mirrors=("https://zenkelab.org/datasets/", "https://compneuro.net/datasets/"),
    )
}


def load_event_set(published: EventSet, data_dir: Path) -> EventDataset:
    """The data set whose files lie in the folder `data_dir / published.name`, verified.

    **Raises:** `DataError`, if the folder or a file is missing, truncated or not the published one; `MissingExtraError`
    without h5py.
    """
    paths = find_all(published, data_dir)
    try:
        (train, train_labels), (test, test_labels) = (
            _read(path, file, published.num_inputs) for path, file in zip(paths, published.files, strict=True)
        )
    except DataError as error:
        raise DataError(f"{error} {way_out(published.name)}") from error
    return EventDataset(
        name=published.name,
        train_samples=train,
        train_labels=train_labels,
        test_samples=test,
        test_labels=test_labels,
        num_classes=published.num_classes,
    )


def _read(path: Location, file: HdfFile, num_inputs: int) -> tuple[EventSamples, np.ndarray]:
    file.verify(path)
    try:
        import h5py  # an optional extra, for these files only
    except ModuleNotFoundError as error:
        raise MissingExtraError("h5py", "events") from error
    try:
        with h5py.File(io.BytesIO(read_uncompressed(path)), "r") as content:
            times, units, labels = (np.asarray(content[key]) for key in ("spikes/times", "spikes/units", "labels"))
    except (KeyError, OSError) as error:
        raise DataError(f"{path} is not an HDF5 file with spikes/times, spikes/units and labels ({error}).") from error
    if not len(times) == len(units) == len(labels) == file.num_samples:
        raise DataError(
            f"{path} holds {len(times)} lists of times, {len(units)} of units and {len(labels)} labels; the published "
            f"file has {file.num_samples} of each."
        )
    for row, (one, other) in enumerate(zip(times, units, strict=True)):
        if len(one) != len(other):
            raise DataError(f"{path}: sample {row} has {len(one)} spike times and {len(other)} units; each needs one.")
    return event_samples(list(times), list(units), num_inputs), labels.astype(np.int32)
