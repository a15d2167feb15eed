"""Progress for two readers. A terminal gets a bar with rate and time left, a pipe or a log one line every 30 s."""

import sys
import time

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from physdfa.cli.output import terminal
from physdfa.harmless import for_terminal
from physdfa.report.formatting import FEW_DIGITS, duration, number
from physdfa.workflow.progress import WARNING, NoProgress

PLAIN_INTERVAL_S = 30.0


class PlainProgress:
    """One line every 30 seconds on standard error."""

    def __init__(self):
        self._what, self._total, self._done, self._text = "", 0, 0, ""
        self._start = self._last = time.monotonic()

    def begin(self, what: str, total: int) -> None:
        """Start a piece of work of `total` parts."""
        self._what, self._total, self._done, self._text = what, total, 0, ""
        self._start = self._last = time.monotonic()

    def advance(self, parts: int = 1, text: str = "") -> None:
        """Count parts that are done."""
        self._done += parts
        self._text = text or self._text
        now = time.monotonic()
        if now - self._last < PLAIN_INTERVAL_S:
            return
        self._last = now
        left = (now - self._start) * (self._total - self._done) / max(self._done, 1)
        self.say(
            f"{self._done} of {self._total} {self._what}, {duration(left, FEW_DIGITS)} left  {self._text}".rstrip()
        )

    def say(self, text: str) -> None:
        """Print one line."""
        print(text, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Leave nothing open."""


class WarningsOnly(NoProgress):
    """Says nothing but warnings, on standard error."""

    def say(self, text: str) -> None:
        """Print a warning; leave out anything else."""
        if text.startswith(WARNING):
            print(text, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Leave nothing open."""


class RateColumn(ProgressColumn):
    """Parts per second of a task, or the time of a part where it takes longer than a second."""

    def render(self, task: Task) -> Text:
        """The rate, empty until it is known."""
        speed = task.finished_speed or task.speed
        if not speed:
            return Text("")
        return Text(f"{number(speed)}/s" if speed >= 1 else f"{duration(1 / speed)} each")


class TerminalProgress:
    """A bar with rate and time left, from rich."""

    def __init__(self):
        self._console = Console(file=terminal(sys.stderr))
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            RateColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[text]}", markup=False),
            console=self._console,
        )
        self._task: TaskID | None = None
        self._bar.start()

    def begin(self, what: str, total: int) -> None:
        """Start a piece of work of `total` parts."""
        if self._task is not None:
            self._bar.update(self._task, visible=False)
        self._task = self._bar.add_task(for_terminal(what), total=total, text="")

    def advance(self, parts: int = 1, text: str = "") -> None:
        """Count parts that are done."""
        if self._task is None:
            return
        self._bar.advance(self._task, parts)
        if text:
            self._bar.update(self._task, text=for_terminal(text))

    def say(self, text: str) -> None:
        """Print one line above the bar."""
        self._console.print(for_terminal(text), highlight=False, markup=False, soft_wrap=True)

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._bar.stop()


def make_progress(quiet: bool) -> PlainProgress | WarningsOnly | TerminalProgress:
    """The progress display that suits the place where standard error goes."""
    if quiet:
        return WarningsOnly()
    return TerminalProgress() if sys.stderr.isatty() else PlainProgress()
