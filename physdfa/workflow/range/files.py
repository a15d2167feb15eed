"""Files of a working range in the folder of its run. Where that cannot be written, they go elsewhere."""

import contextlib
import shlex
import tempfile
from collections.abc import Iterator, Mapping, Sequence
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
    command = unfinished_command(run) or "the same command"
    if not (run.path / RANGE).exists():
        return f"{run.path} has no range yet; go on with: {command}"
    return f"{run.path / RANGE} holds what was found; go on with: {command}"


@contextlib.contextmanager
def unfinished(run: RunFolder, words: Sequence[str]) -> Iterator[None]:
    """Keep the words of a command in its run's summary while it trains, and if it is stopped there.

    **Arguments:**

    - `words`: those after `physdfa range RUN`; they are lost where the folder takes no file.
    """
    _note(run, list(words))
    try:
        yield
    except Exception:
        _note(run, None)
        raise
    _note(run, None)


def unfinished_command(run: RunFolder) -> str | None:
    """The command that goes on with a range that was stopped; None where none was."""
    words = run.read_summary().get("unfinished_range")
    return shlex.join(["physdfa", "range", str(run.path), *map(str, words)]) if isinstance(words, list) else None


def _note(run: RunFolder, words: list[str] | None) -> None:
    with contextlib.suppress(OSError):  # a folder that cannot be written still has a range
        run.write_summary({"unfinished_range": words})


def write_panel(run: RunFolder, panel: Panel) -> None:
    """The figure and the numbers behind it."""
    run.write_text(f"figures/{panel.name}.svg", panel.svg)
    run.write_figure_data(panel.name, panel.data)
