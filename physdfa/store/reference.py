"""`results/reference/`: the small files of the runs behind published numbers, committed and never edited by hand."""

import shutil
from pathlib import Path

from physdfa.store.evaluations import EVALUATIONS
from physdfa.store.run_folder import CONFIG, ENVIRONMENT, METRICS, SUMMARY


def keep_reference(run: Path, reference: Path) -> None:
    """Copy the small files of the run folder `run` to `reference`, whole or not at all, replacing an earlier copy.

    **Raises:** `FileNotFoundError` for a run without config, environment, summary, or any result.
    """
    partial = reference.with_name(f".{reference.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    # A training logs metrics, a table of networks has evaluations, a sweep or search both.
    results = [name for name in (METRICS, EVALUATIONS) if (run / name).exists()] or [METRICS]
    for name in (CONFIG, ENVIRONMENT, SUMMARY, *results):
        shutil.copy2(run / name, partial / name)
    shutil.rmtree(reference, ignore_errors=True)
    partial.rename(reference)


def fill_between(document: Path, begin: str, end: str, text: str) -> None:
    """Put `text` between the marks `begin` and `end` of a document, on lines of its own."""
    head, rest = document.read_text(encoding="utf-8").split(begin)
    _, tail = rest.split(end)
    document.write_text(f"{head}{begin}\n{text}\n{end}{tail}", encoding="utf-8")
