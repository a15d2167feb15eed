"""The boundary of a command: its exit code, and one sentence for every error. A traceback is shown only on request."""

import errno
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import typer

from physdfa.cli.app import app
from physdfa.cli.compilation_cache import keep_compiled_programs
from physdfa.cli.output import clean_output, tell_in_any_encoding
from physdfa.errors import PhysdfaError
from physdfa.interrupt import asked, exit_code, interrupted_sentence, what_is_kept
from physdfa.trust import one_command

DONE, UNEXPECTED, USERS_INPUT = 0, 1, 2
TRACEBACK = "PHYSDFA_TRACEBACK"
"""The environment variable that asks for the traceback of every error."""
UsageError = cast(type[Exception], typer.BadParameter.__mro__[1])
"""The exception for a mistyped command line, of the package click or of typer's own copy of it."""
PACKAGES = tuple(f"{os.sep}{name}{os.sep}" for name in ("physdfa", "ga_search"))
WAYS_OUT = {
    errno.ENOENT: "a folder on this path was moved or removed; put it back, or name another place",
    errno.ELOOP: "it is a link, through which nothing is written; put a file in its place",
    errno.ENOSPC: "make room, or name another place with --out",
    errno.EDQUOT: "make room within your quota, or name another place with --out",
    errno.EFBIG: "raise the limit on the size of files, or name another place with --out",
    errno.EROFS: "name another place with --out, or copy the folder to where it can be written",
    errno.EACCES: "give yourself the right to it, or name another place",
    errno.EPERM: "give yourself the right to it, or name another place",
    errno.ENAMETOOLONG: "give a shorter path",
    errno.EMFILE: "close other files, or raise the limit with ulimit -n",
}
"""Ways out of errors of the system that a user can mend."""


def answer() -> int:
    """Run the command on the command line, say everything that is to be said, and return its exit code."""
    tell_in_any_encoding()
    with clean_output():
        return _answer()


def _answer() -> int:
    keep_compiled_programs(os.environ)
    try:
        with one_command():
            code = app(prog_name="physdfa", standalone_mode=False) or DONE
    except PhysdfaError as error:
        code = told(error, USERS_INPUT, str(error))
    except UsageError as error:
        cast(Any, error).show()
        code = USERS_INPUT
    except (KeyboardInterrupt, typer.Abort):
        code = exit_code(signal.SIGINT)  # as newer versions of typer answer; older ones make the one of the other
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = UNEXPECTED
    except MemoryError as error:
        code = told(error, USERS_INPUT, with_what_is_kept(memory_sentence(error)))
    except Exception as error:
        code = told_of(error)
    except SystemExit as error:
        sentence = sentence_of_a_part(error)
        if sentence is None:
            raise
        code = told(error, USERS_INPUT, sentence)
    number = asked()
    if number is not None or code == exit_code(signal.SIGINT):
        print(interrupted_sentence(kept()), file=sys.stderr)
    return code if number is None else exit_code(number)


def told_of(error: Exception) -> int:
    """Say what went wrong: with the memory, a part of the user's own, the system, or this package."""
    if is_out_of_memory(error):
        return told(error, USERS_INPUT, with_what_is_kept(memory_sentence(error)))
    of_a_part = sentence_of_a_part(error)
    if of_a_part is not None:  # nothing on how to go on: as it stands, it fails again
        return told(error, USERS_INPUT, of_a_part)
    if isinstance(error, OSError):
        return told(error, USERS_INPUT, with_what_is_kept(system_sentence(error)))
    return told(error, UNEXPECTED, with_what_is_kept(unexpected_sentence(error, sys.argv)))


def sentence_of_a_part(error: BaseException) -> str | None:
    """The sentence for an error inside of a part of the user's own, where one was named at all."""
    own = sys.modules.get("physdfa.parts.own")
    return None if own is None else own.error_in_own_part(error)


def told(error: BaseException, code: int, sentence: str) -> int:
    """Say what went wrong, with the traceback where it is asked for; return the code."""
    if os.environ.get(TRACEBACK, "0") not in ("", "0"):
        traceback.print_exception(error)
    print(f"error: {sentence}", file=sys.stderr)
    return code


def kept() -> str:
    """Sentences on what the begun work keeps; empty without any, or where its folder cannot be read."""
    try:
        return what_is_kept()
    except (PhysdfaError, OSError):
        return ""


def with_what_is_kept(sentence: str) -> str:
    """The sentence of an error, and what the interrupted work keeps."""
    sentences = kept()
    return f"{sentence}\n{sentences}" if sentences else sentence


def system_sentence(error: OSError) -> str:
    """A sentence with the file, the system's words, and the way out where one is known."""
    where = f"{_shortened(str(error.filename))}: " if error.filename is not None else ""
    what = error.strerror or str(error) or type(error).__name__
    way_out = WAYS_OUT.get(error.errno or 0)
    way_out = f"; {way_out}" if way_out else f"; {TRACEBACK}=1 before the command shows where"
    return f"{where}{what[:1].lower()}{what[1:]}{way_out}."


def is_out_of_memory(error: Exception) -> bool:
    """Whether the error is the one of the compiler's allocator, which is no `MemoryError`."""
    return type(error).__name__ in ("JaxRuntimeError", "XlaRuntimeError") and "RESOURCE_EXHAUSTED" in str(error)


def memory_sentence(error: Exception) -> str:
    """A sentence on what did not fit into memory."""
    what = f" ({_shortened(str(error).splitlines()[0])})" if str(error) else ""
    return f"there is not enough memory for this{what}; make the network, the batch or the data smaller."


def unexpected_sentence(error: Exception, words: Sequence[str]) -> str:
    """A sentence on an unforeseen error: its words, the files named, the place in our code, the next step."""
    said = " ".join(str(error).split()) or "no message"
    files = [word for word in words[1:] if _is_there(word)]
    about = f" with {', '.join(_shortened(file) for file in files)}" if files else ""
    return (
        f"this failed{about} in a way that physdfa does not know: {type(error).__name__}: {_shortened(said, 300)} "
        f"({_place(error.__traceback__)}). That is a mistake of ours, or an input that nobody has thought of; "
        f"{TRACEBACK}=1 before the command shows the traceback, which helps to mend it."
    )


def _is_there(word: str) -> bool:
    try:
        return not word.startswith("-") and Path(word).exists()
    except (OSError, ValueError):
        return False


def _place(trace: TracebackType | None) -> str:
    """The last line of this project that the error passed."""
    frames = [frame for frame in traceback.extract_tb(trace) if any(name in frame.filename for name in PACKAGES)]
    if not frames:
        return "outside of our code"
    return f"{'/'.join(Path(frames[-1].filename).parts[-3:])}, line {frames[-1].lineno}"


def _shortened(text: str, most: int = 200) -> str:
    return text if len(text) <= most else f"{text[: most // 2]}…{text[-most // 2 :]}"
