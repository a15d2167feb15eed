"""What a data set that a config can name has to say and to do."""

import abc
from pathlib import Path
from typing import ClassVar

import equinox as eqx

from physdfa.data.dataset import Dataset
from physdfa.data.event_dataset import EventDataset
from physdfa.parts import check_declared

AnyDataset = Dataset | EventDataset
"""Images, or other vectors; or events."""


class AbstractSource(eqx.Module):
    """Where the samples of a data set come from.

    Its numbers are declared with `parameter(...)` and `option(...)`.

    - `name`: as in a config; `has_events`: whether its samples are spikes with times of their own.
    - `num_classes`: where it is known without reading the samples; `is_small`: whether a training takes seconds.
    - `can_shift`: whether samples may lie on a grid, in which they can be shifted.

    **Raises:** `InputError` at construction, if a declared number leaves its range.
    """

    name: ClassVar[str] = "own"
    has_events: ClassVar[bool] = False
    num_classes: ClassVar[int | None] = None
    is_small: ClassVar[bool] = False
    can_shift: ClassVar[bool] = True

    @classmethod
    def events_in(cls, name: str) -> bool | None:
        """Whether the samples of the data set of this name are spikes; None where that is not known."""
        del name
        return cls.has_events

    def __check_init__(self):
        check_declared(self)

    @abc.abstractmethod
    def load(self, data_dir: Path) -> AnyDataset:
        """The whole data set, such as `from_arrays` makes; its files, if any, lie under `data_dir`."""
