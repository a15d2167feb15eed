"""A data set by its name or file, for a notebook."""

import os
from pathlib import Path
from typing import Any

from physdfa.data import AnyDataset, find_dataset, load_dataset, resolve_data_dir
from physdfa.errors import InputError, unknown_name
from physdfa.parts import declarations


def load(
    name: str | Path,
    *,
    data_dir: str | Path | None = None,
    train_size: int | None = None,
    seed: int = 0,
    **values: Any,
) -> AnyDataset:
    """Load a data set, with its parts `train` and `test`.

    **Arguments:**

    - `name`: "digits" (embedded), a published set such as "mnist", or the path of a file of your own, `.npz` or `.h5`.
    - `data_dir`: the folder of the published sets; by default the environment's `PHYSDFA_DATA`, else a per-user cache.
    - `train_size`: training samples to keep, drawn with `seed`; by default all.
    - `values`: the numbers and choices of the data set, as in `[data]`: `time_unit="ms"` of a file of spikes.

    **Raises:** `DataError` for files that are missing or damaged, and for an unknown name.
    """
    known = declarations(find_dataset(str(name)))
    for given in values:
        if given not in known:
            raise InputError(f"load: {unknown_name('value of this data set', given, list(known) or ['none'])}")
    where = resolve_data_dir(data_dir, os.environ)
    return load_dataset(str(name), data_dir=where, train_size=train_size, seed=seed, values=values)
