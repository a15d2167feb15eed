"""Output of a command: for people on a terminal, or one JSON value."""

import codecs
import contextlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO, cast

from physdfa.harmless import for_terminal
from physdfa.report.formatting import parameter_value, summary_accuracy
from physdfa.report.references import gain_sentences
from physdfa.report.table import Table, folding

IN_ASCII = {"±": "+/-", "–": "-", "−": "-", "…": "...", "·": "-", "×": "x", "µ": "u", "Ω": "Ohm", "°": "deg", "→": "->"}
"""Spelling of signs that the encoding of the locale lacks."""


def tell_in_any_encoding() -> None:
    """Print what the locale's encoding lacks in its nearest ASCII form, rather than stop there."""

    def nearest(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeEncodeError)
        return "".join(in_ascii(sign) for sign in error.object[error.start : error.end]), error.end

    codecs.register_error("physdfa", nearest)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)  # a stream that a test or a notebook put there has none
        if reconfigure is not None:
            reconfigure(errors="physdfa")


class Cleaned:
    """A stream that shows control signs and does not pass them on: a forged name must not move the cursor.

    What draws on a terminal itself, as rich does, writes to the `stream` below, and cleans its texts.
    """

    def __init__(self, stream: TextIO):
        self.stream = stream

    def write(self, text: str) -> int:
        """Write the text as `for_terminal` makes it."""
        return self.stream.write(for_terminal(text))

    def __getattr__(self, name: str) -> Any:
        """Everything else is the stream's."""
        return getattr(self.stream, name)


@contextlib.contextmanager
def clean_output() -> Iterator[None]:
    """In here whatever is printed is cleaned."""
    out, err = cast(TextIO, Cleaned(sys.stdout)), cast(TextIO, Cleaned(sys.stderr))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        yield


def terminal(stream: TextIO) -> TextIO:
    """The stream itself, for what draws on it."""
    return stream.stream if isinstance(stream, Cleaned) else stream


def in_ascii(sign: str) -> str:
    """A sign in ASCII; the dots of a plot in the terminal become asterisks."""
    if "\u2800" <= sign <= "\u28ff":  # Braille, of which the first has no dot
        return " " if sign == "\u2800" else "*"
    return IN_ASCII.get(sign, "?")


def print_table(table: Table) -> None:
    """Print a table: folded on a terminal, in a pipe a line per row with tabs between cells."""
    if sys.stdout.isatty():
        from rich.console import Console

        Console(highlight=False, color_system=None).print(folding(table))
        return
    for row in (table.header, *table.rows):
        print("\t".join(" ".join(cell.split()) for cell in row))


def print_json(value: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print one JSON value on standard output, paths as text."""
    print(json.dumps(value, indent=2, default=str))


def warn(sentences: Sequence[str]) -> None:
    """Print warnings on standard error, one line each."""
    for sentence in sentences:
        print(f"warning: {sentence}", file=sys.stderr)


def print_run(path: Path, summary: Mapping[str, Any]) -> None:
    """Print the findings of a run and the place of its folder."""
    for row in summary.get("comparison") or []:
        print(f"  {row['name']}: {summary_accuracy(row)}")
    for key, value in (summary.get("best") or {}).items():
        print(f"  {key} = {parameter_value(value)}")
    if front := summary.get("front"):
        names = ", ".join(name.replace("_", " ") for name in summary.get("objectives") or [])
        print(f"front: {len(front)} candidates that no other beats in {names}; see the report and summary.json")
    if summary.get("num_feasible") == 0:
        print("no candidate keeps all constraints: the best is the one that breaks them least")
    if summary.get("test_accuracy") is not None:
        each = summary.get("test_accuracies") or []
        seeds = f" ({len(each)} seeds)" if len(each) > 1 else ""
        print(f"test accuracy: {summary_accuracy(summary)}{seeds}")
    for sentence in gain_sentences(summary):
        print(sentence)
    print(f"run folder: {path}")
