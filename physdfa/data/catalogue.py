"""The known data sets: their place on this machine, and how one is loaded by its name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pooch

from physdfa.data.dataset import Dataset
from physdfa.data.event_dataset import EventDataset
from physdfa.data.files import Publication, find_all
from physdfa.data.own_arrays import is_path
from physdfa.data.own_file import OwnFile
from physdfa.data.small_sets import AbstractSmallSet
from physdfa.data.source import AbstractSource, AnyDataset
from physdfa.data.sources import DATASETS, AbstractPublished
from physdfa.data.splits import choose_subset
from physdfa.errors import DataError, InputError, home_expanded
from physdfa.parts.own import blamed, in_words, is_ours, make, named

DATA_DIR_VARIABLE = "PHYSDFA_DATA"


class DatasetRow(NamedTuple):
    """A line of `physdfa data list`.

    - `is_present`: all files are there (that they are whole is checked when they are loaded).
    - `image_shape`: (height, width) [pixels], or the number of inputs alone where the samples are events.
    - `where`: the folder, or "embedded"; `can_be_fetched`: whether `physdfa data fetch` gets it.
    """

    name: str
    is_present: bool
    train_size: int
    test_size: int
    image_shape: tuple[int, ...]
    num_classes: int
    where: str
    can_be_fetched: bool = True


def resolve_data_dir(option: str | Path | None, environ: Mapping[str, str]) -> Path:
    """The folder that holds `mnist/`, `fashion_mnist/`, ...: the option, else `PHYSDFA_DATA`, else a per-user cache."""
    chosen = option or environ.get(DATA_DIR_VARIABLE) or pooch.os_cache("physdfa")
    return home_expanded(chosen)


def find_dataset(name: str) -> type[AbstractSource]:
    """The data set called `name`, a "module:Class", or that of a path of a file.

    **Raises:** `DataError`, if there is none.
    """
    if is_path(name):
        return OwnFile
    try:
        return DATASETS.find(name)
    except InputError as error:
        raise DataError(str(error) if ":" in name else f"{error} A path must end in .npz, .h5 or .hdf5.") from None


def has_events(name: str) -> bool | None:
    """Whether the samples of a data set are spikes. None: a file that cannot be read."""
    return find_dataset(name).events_in(name)


def load_dataset(
    name: str,
    *,
    data_dir: Path | None = None,
    train_size: int | None = None,
    seed: int = 0,
    values: Mapping[str, Any] | None = None,
) -> AnyDataset:
    """The data set called `name`, verified.

    **Arguments:**

    - `name`: one of `DATASETS`, a "module:Class" of your own, or the path of a file, see `OwnFile`.
    - `data_dir`: folder that holds the published sets, each in a folder of its name; None is the per-user cache.
    - `train_size`: number of training samples to keep, 1 to all (default): a subset drawn from `seed` that keeps the
      share of every class. The test set is always whole.
    - `seed`: of the experiment, >= 0.
    - `values`: the numbers that the data set declares, by name.

    **Raises:** `DataError`, if there is no such data set or its files are missing or damaged; `InputError`, if
    `train_size` or a value does not fit.
    """
    source = find_dataset(name)
    own = {"path": name} if is_path(name) else {}
    dataset = _loaded(source, {**own, **(values or {})}, resolve_data_dir(data_dir, {}))
    if train_size is None:
        return dataset
    return dataset.with_training_rows(choose_subset(dataset.train_labels, train_size, seed))


def _loaded(source: type[AbstractSource], values: Mapping[str, Any], data_dir: Path) -> AnyDataset:
    """What a source loads; what one of the user's own raises meanwhile is told as its own."""
    made = make("data set", source, values)
    if is_ours(source):
        return made.load(data_dir)
    with blamed(named("data set", source), [source.__module__]):
        dataset = made.load(data_dir)
    if not isinstance(dataset, Dataset | EventDataset):
        raise DataError(
            f"{named('data set', source)}: `load` has to return a data set, such as pf.from_arrays makes; got "
            f"{in_words(dataset)}."
        )
    return dataset


def count_classes(name: str, values: Mapping[str, Any] | None = None) -> int:
    """Number of classes of a data set: of most it is known beforehand, the others are read.

    **Raises:** `DataError`, as `load_dataset`.
    """
    source = find_dataset(name)
    return source.num_classes or load_dataset(name, values=values).num_classes


def list_datasets(data_dir: Path) -> list[DatasetRow]:
    """One row per data set of ours, whether or not its files are in `data_dir`."""
    rows = [DatasetRow("digits", True, 1437, 360, (8, 8), 10, "embedded")]
    for name, source in DATASETS.items():
        if issubclass(source, AbstractPublished):
            published = source.publication()
            rows.append(
                DatasetRow(
                    name=name,
                    is_present=_is_present(published, data_dir),
                    train_size=published.train_size,
                    test_size=published.test_size,
                    image_shape=published.image_shape,
                    num_classes=published.num_classes,
                    where=str(data_dir / name),
                )
            )
        elif issubclass(source, AbstractSmallSet):
            facts, path = source.facts, source.path(data_dir)
            rows.append(
                DatasetRow(
                    name=name,
                    is_present=path.is_file(),
                    train_size=facts.train_size,
                    test_size=facts.test_size,
                    image_shape=facts.shape,
                    num_classes=source.num_classes or 0,
                    where=str(path.parent),
                    can_be_fetched=False,
                )
            )
    return rows


def _is_present(published: Publication, data_dir: Path) -> bool:
    try:
        find_all(published, data_dir)
    except DataError:
        return False
    return True
