"""`results/reference/`: the small files of the runs behind published numbers, committed and never edited by hand."""

import shutil
from pathlib import Path

from physdfa.store.evaluations import EVALUATIONS
from physdfa.store.run_folder import CONFIG, ENVIRONMENT, METRICS, SUMMARY


def keep_reference(run: Path, reference: Path) -> None:
    """Copy the small files of the run folder `run` to `reference`, whole or not at all, replacing an earlier copy."""
    partial = reference.with_name(f".{reference.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for name in (CONFIG, ENVIRONMENT, METRICS, SUMMARY, EVALUATIONS):
        if name != EVALUATIONS or (run / name).exists():
            shutil.copy2(run / name, partial / name)
    shutil.rmtree(reference, ignore_errors=True)
    partial.rename(reference)


def fill_between(document: Path, begin: str, end: str, text: str) -> None:
    """Put `text` between the marks `begin` and `end` of a document, on lines of its own."""
    head, rest = document.read_text(encoding="utf-8").split(begin)
    _, tail = rest.split(end)
    document.write_text(f"{head}{begin}\n{text}\n{end}{tail}", encoding="utf-8")
