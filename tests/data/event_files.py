"""Small files in the form of the published ones: SHD as HDF5, EMNIST as gzipped IDX, with something to learn."""

import gzip
import hashlib
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np

from physdfa.data.idx import IdxFile
from physdfa.data.published import PublishedSet
from physdfa.data.shd import EventSet, HdfFile
from tests.data.conftest import idx_bytes

MIRRORS = ("https://first.example/", "https://second.example/")
INPUTS, CLASSES, WINDOW = 12, 3, 0.25


class Spikes(NamedTuple):
    """Of each sample: times [s], input neurons, and the class."""

    times: list[np.ndarray]
    units: list[np.ndarray]
    labels: np.ndarray


def make_spikes(count: int, seed: int, dtype=np.float16) -> Spikes:
    """Samples of 0 to about 40 spikes: mostly of the third of the inputs that belongs to the class."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    times, units = [], []
    for label in labels:
        number = int(random.integers(8, 40))
        own = label * INPUTS // CLASSES + random.integers(0, INPUTS // CLASSES, number)
        units.append(np.where(random.uniform(size=number) < 0.8, own, random.integers(0, INPUTS, number)))
        times.append(np.sort(random.uniform(0, WINDOW, number)).astype(dtype))
    times[-1], units[-1] = times[-1][:0], units[-1][:0]  # the last sample is silent
    return Spikes(times, units, labels)


def write_hdf(path: Path, spikes: Spikes) -> None:
    """The HDF5 file of ragged spikes, as `shd_train.h5` has them."""
    with h5py.File(path, "w") as file:
        for name, values, dtype in (
            ("spikes/times", spikes.times, spikes.times[0].dtype),
            ("spikes/units", spikes.units, np.dtype(np.uint16)),
        ):
            ragged = file.create_dataset(name, (len(values),), dtype=h5py.vlen_dtype(dtype))
            for row, one in enumerate(values):
                ragged[row] = one
        file["labels"] = spikes.labels.astype(np.uint16)


def write_event_set(data_dir: Path, train: Spikes, test: Spikes, *, compressed: bool = True) -> EventSet:
    """Write both files below `data_dir / "shd"`, and what is to be known of them beforehand."""
    folder = data_dir / "shd"
    folder.mkdir(parents=True)
    files = {}
    for part, spikes in (("train", train), ("test", test)):
        path = folder / f"shd_{part}.h5"
        write_hdf(path, spikes)
        content = path.read_bytes()
        zipped = gzip.compress(content)
        files[part] = HdfFile(
            filename=path.name,
            num_samples=len(spikes.labels),
            gzip_md5=hashlib.md5(zipped).hexdigest(),
            md5=hashlib.md5(content).hexdigest(),
        )
        if compressed:
            path.unlink()
            (folder / f"{path.name}.gz").write_bytes(zipped)
    return EventSet(name="shd", num_inputs=INPUTS, num_classes=CLASSES, mirrors=MIRRORS, **files)


def write_emnist(data_dir: Path, train_size: int = 240, test_size: int = 60) -> PublishedSet:
    """Write four files below `data_dir / "emnist_balanced"`: 6 x 6 pixels, of each class its own bright column."""
    folder = data_dir / "emnist_balanced"
    folder.mkdir(parents=True)
    random, files = np.random.default_rng(0), {}
    for part, count in (("train", train_size), ("test", test_size)):
        labels = (np.arange(count) % CLASSES).astype(np.uint8)
        upright = random.integers(0, 60, (count, 6, 6), dtype=np.uint8)
        upright[np.arange(count), :, 2 * labels] += 180
        for kind, values in (("images-idx3", upright.transpose(0, 2, 1).copy()), ("labels-idx1", labels)):
            name = f"emnist-balanced-{part}-{kind}-ubyte"
            content = gzip.compress(idx_bytes(values))
            (folder / f"{name}.gz").write_bytes(content)
            files[f"{part}_{kind.split('-')[0]}"] = IdxFile(
                filename=name, shape=values.shape, gzip_md5=hashlib.md5(content).hexdigest()
            )
    return PublishedSet(name="emnist_balanced", num_classes=CLASSES, mirrors=MIRRORS, is_transposed=True, **files)
