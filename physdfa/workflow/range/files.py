"""Files of a working range in the folder of its run. Where that cannot be written, they go elsewhere."""

import contextlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from physdfa.errors import RunFolderError
from physdfa.report.figures.style import Panel
from physdfa.report.figures.working_range import range_panels
from physdfa.store import RunFolder, write_atomic
from physdfa.store.derived import RANGE, write_derived
from physdfa.store.records import sealed_text


def write_range(run: RunFolder, record: Mapping[str, Any], *, figures: bool = True) -> None:
    """The record, and its figures unless those that are there stay, into the folder of the run.

    **Raises:** `RangeNotKeptError` where the folder does not take them; the record is then in a file elsewhere.
    """
    try:
        write_derived(run, RANGE, record)
        for panel in range_panels(record) if figures else ():
            write_panel(run, panel)
    except OSError as error:
        raise RangeNotKeptError(run, record, error) from None


class RangeNotKeptError(RunFolderError):
    """A range that was found, and whose folder does not take it (a full disk, say). `record` is the range."""

    def __init__(self, run: RunFolder, record: Mapping[str, Any], error: OSError):
        self.run, self.record = run, record
        place = saved_elsewhere(f"{run.run_id}_{RANGE}", sealed_text(record).encode())
        kept = f"its record is in {place}" if place else "and no other folder takes its record, which is printed here"
        super().__init__(f"the range was found, but {error.filename} cannot be written: {error.strerror}; {kept}.")


def saved_elsewhere(name: str, content: bytes) -> Path | None:
    """Where a file was put that has no place where it belongs: the working folder, or that of temporary files."""
    for folder in (Path(), Path(tempfile.gettempdir())):
        with contextlib.suppress(OSError):
            write_atomic(folder / name, content)
            return folder / name
    return None


def what_is_kept(run: RunFolder) -> str:
    """For the user who stopped the search for a range."""
    if not (run.path / RANGE).exists():
        return f"{run.path} is as it was; no range was found yet"
    return f"{run.path / RANGE} holds what was found; the same command goes on with what is missing"


def write_panel(run: RunFolder, panel: Panel) -> None:
    """The figure and the numbers behind it."""
    run.write_text(f"figures/{panel.name}.svg", panel.svg)
    run.write_figure_data(panel.name, panel.data)
