"""The known data sets: their place on this machine, and how one is loaded by its name."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pooch

from physdfa.data.dataset import Dataset
from physdfa.data.event_dataset import EventDataset
from physdfa.data.files import Publication, find_all
from physdfa.data.npz import load_npz
from physdfa.data.published import PUBLISHED, load_published
from physdfa.data.shd import EVENT_SETS, load_event_set
from physdfa.data.splits import choose_subset
from physdfa.errors import DataError, home_expanded, unknown_name

DATASET_NAMES: tuple[str, ...] = ("digits", *PUBLISHED, *EVENT_SETS)
"""Names that `load_dataset` knows, besides the path of an `.npz` file."""

AnyDataset = Dataset | EventDataset
"""Images, or other vectors; or events."""

DIGITS_CLASSES = 10
DATA_DIR_VARIABLE = "PHYSDFA_DATA"


class DatasetRow(NamedTuple):
    """A line of `physdfa data list`.

    - `is_present`: all files are there (that they are whole is checked when they are loaded).
    - `image_shape`: (height, width) [pixels], or the number of inputs alone where the samples are events.
    - `where`: the folder, or "embedded".
    """

    name: str
    is_present: bool
    train_size: int
    test_size: int
    image_shape: tuple[int, ...]
    num_classes: int
    where: str


def resolve_data_dir(option: str | Path | None, environ: Mapping[str, str]) -> Path:
    """The folder that holds `mnist/`, `fashion_mnist/`, ...: the option, else `PHYSDFA_DATA`, else a per-user cache."""
    chosen = option or environ.get(DATA_DIR_VARIABLE) or pooch.os_cache("physdfa")
    return home_expanded(chosen)


def load_dataset(
    name: str, *, data_dir: Path | None = None, train_size: int | None = None, seed: int = 0
) -> AnyDataset:
    """The data set called `name`, verified.

    **Arguments:**

    - `name`: one of `DATASET_NAMES`, or the path of an `.npz` file.
    - `data_dir`: folder that holds the published sets, each in a folder of its name; None is the per-user cache.
    - `train_size`: number of training samples to keep, 1 to all (default): a subset drawn from `seed` that keeps the
      share of every class. The test set is always whole.
    - `seed`: of the experiment, >= 0.

    **Raises:** `DataError`, if there is no such data set or its files are missing or damaged; `InputError`, if
    `train_size` does not fit.
    """
    dataset = _load_whole(name, data_dir)
    if train_size is None:
        return dataset
    return dataset.with_training_rows(choose_subset(dataset.train_labels, train_size, seed))


def _load_whole(name: str, data_dir: Path | None) -> AnyDataset:
    if name == "digits":
        # Imported here because it brings scikit-learn: 2.4 s that no other data set should cost.
        from physdfa.data.digits import load_digits

        return load_digits()
    if name in PUBLISHED:
        return load_published(PUBLISHED[name], resolve_data_dir(data_dir, {}))
    if name in EVENT_SETS:
        return load_event_set(EVENT_SETS[name], resolve_data_dir(data_dir, {}))
    if name.endswith(".npz"):
        return load_npz(name)
    raise DataError(f"{unknown_name('data set', name, DATASET_NAMES)} A path must end in .npz.")


def count_classes(name: str) -> int:
    """Number of classes of a data set; of a published one it is known beforehand, an `.npz` file is read.

    **Raises:** `DataError`, as `load_dataset`.
    """
    if name == "digits":
        return DIGITS_CLASSES
    known = PUBLISHED.get(name) or EVENT_SETS.get(name)
    return known.num_classes if known else _load_whole(name, None).num_classes


def list_datasets(data_dir: Path) -> list[DatasetRow]:
    """One row per known data set, whether or not its files are in `data_dir`."""
    rows = [DatasetRow("digits", True, 1437, 360, (8, 8), DIGITS_CLASSES, "embedded")]
    for name, published in PUBLISHED.items():
        rows.append(
            DatasetRow(
                name=name,
                is_present=_is_present(published, data_dir),
                train_size=published.train_images.shape[0],
                test_size=published.test_images.shape[0],
                image_shape=published.image_shape,
                num_classes=published.num_classes,
                where=str(data_dir / name),
            )
        )
    for name, published in EVENT_SETS.items():
        rows.append(
            DatasetRow(
                name=name,
                is_present=_is_present(published, data_dir),
                train_size=published.train.num_samples,
                test_size=published.test.num_samples,
                image_shape=(published.num_inputs,),
                num_classes=published.num_classes,
                where=str(data_dir / name),
            )
        )
    return rows


def _is_present(published: Publication, data_dir: Path) -> bool:
    try:
        find_all(published, data_dir)
    except DataError:
        return False
    return True
