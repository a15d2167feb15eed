"""Warnings of a run. Each is told once where progress goes, and kept in the summary for the report."""

from collections.abc import Iterable

from physdfa.store import RunFolder
from physdfa.workflow.progress import WARNING, Progress


class Cautions:
    """The warnings of one run, one sentence each, in its summary as `warnings` from the moment each is known.

    **Arguments:**

    - `known`: what the reader of the config has told already, and what an earlier part of the run has.
    """

    def __init__(self, run: RunFolder, progress: Progress, known: Iterable[str] = ()):
        self._run, self._progress = run, progress
        self._sentences = list(dict.fromkeys(known))
        run.write_summary({"warnings": self._sentences})

    def tell(self, sentences: Iterable[str]) -> None:
        """Warn of what is new among these sentences."""
        new = [sentence for sentence in dict.fromkeys(sentences) if sentence not in self._sentences]
        if not new:
            return
        for sentence in new:
            self._progress.say(f"{WARNING}{sentence}")
        self._sentences += new
        self._run.write_summary({"warnings": self._sentences})
