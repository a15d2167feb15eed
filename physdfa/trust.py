"""Which modules may be imported: those that the user names, and not those that only a run folder names.

A run folder may come from a stranger. A module that it names is imported if it keeps a copy of the very file that would
be imported, or if the user trusts it (`--trust`). Limits hold while the folder is read; under the command line, which
does one thing, to its end, since values of the folder may name modules later.
"""

import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from physdfa.errors import InputError

OPTION = "--trust"


class _Limit(NamedTuple):
    """The folder that names modules, and those of them that may be imported."""

    folder: str
    modules: Collection[str]


class _State:
    """The limit of this process, if any; whether it lasts; whether the user has lifted all of them."""

    limit: _Limit | None = None
    lasting: bool = False
    trusts: bool = False


_state = _State()


def trust_run_folders(yes: bool = True) -> None:
    """Import whatever run folders name from now on, or no longer."""
    _state.trusts = yes


@contextlib.contextmanager
def one_command() -> Iterator[None]:
    """A command: the limit of the last folder that it reads lasts to its end, and nothing outlives it."""
    _state.lasting = True
    try:
        yield
    finally:
        _state.limit, _state.lasting, _state.trusts = None, False, False


@contextlib.contextmanager
def imports_limited(folder: str, modules: Collection[str]) -> Iterator[None]:
    """In here only these modules are imported, of those that are not yet."""
    before, _state.limit = _state.limit, _Limit(folder, modules)
    try:
        yield
    finally:
        if not _state.lasting:
            _state.limit = before


@contextlib.contextmanager
def imports_as_named() -> Iterator[None]:
    """In here modules are imported that the user names, whatever was read before."""
    before, _state.limit = _state.limit, None
    try:
        yield
    finally:
        _state.limit = before


def check_instrument(plan: str) -> None:
    """Refuse to drive an instrument by a plan that nobody but a run folder brings.

    That of your own run is yours: the working folder has the same file.

    **Raises:** `InputError` with the plan and the way out.
    """
    limit, own = _state.limit, Path(Path(plan).name)
    if limit is None or _state.trusts or not Path(plan).resolve().is_relative_to(Path(limit.folder).resolve()):
        return
    if not (own.is_file() and own.read_bytes() == Path(plan).read_bytes()):
        raise InputError(
            f"{plan} is the plan of a bench that comes with a run folder, and is not followed: that would drive an "
            f"instrument. Go to the folder where its '{own}' lies, or, if you trust the run folder, add {OPTION}."
        )


def check_import(module: str) -> None:
    """Refuse a module that nobody but a run folder names.

    **Raises:** `InputError` with the module and the way out.
    """
    limit = _state.limit
    if limit is not None and not _state.trusts and module not in limit.modules:
        raise InputError(
            f"the module '{module}' is named by the run folder {limit.folder} and is not imported: that would run its "
            f"code, and the folder keeps no copy that is the same as yours. If you trust the folder, add {OPTION}."
        )
