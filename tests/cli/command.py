"""The command line called in this process: a new one costs seconds."""

import contextlib
import io
import sys
from typing import NamedTuple

import pytest

from physdfa.cli.main import main


class Answer(NamedTuple):
    """Exit code, standard output and standard error of a command."""

    code: int
    out: str
    err: str


def physdfa(*words: object) -> Answer:
    """`physdfa("train", path, "--json")`, its streams a pipe."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(sys, "argv", ["physdfa", *map(str, words)])
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as left:
            main()
    code = left.value.code
    assert isinstance(code, int)
    return Answer(code, out.getvalue(), err.getvalue())


def refused(*words: object) -> str:
    """What a command says that must be refused: exit code 2, nothing on standard output, no traceback."""
    answer = physdfa(*words)
    assert (answer.code, answer.out) == (2, ""), answer
    assert "Traceback" not in answer.err
    return answer.err
