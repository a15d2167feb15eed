"""The user's own modules that a run keeps in its inputs/, beside those that would be imported now."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from physdfa.errors import RunFolderError
from physdfa.parts.own import module_file
from physdfa.store.files import read_manifest, read_recorded
from physdfa.store.run_folder import INPUTS
from physdfa.trust import imports_limited

SUFFIX = ".py"


def changed_modules(folder: Path) -> dict[str, Path]:
    """Of the modules that the run in `folder` keeps, those whose file is another one now; the file of each.

    **Raises:** `RunFolderError` for a copy that is not what was kept.
    """
    return {module: file for module, file in _kept_modules(folder).items() if not _is_kept(folder, module, file)}


@contextmanager
def imports_of_run(folder: Path) -> Iterator[None]:
    """In here only those modules are imported of which the run in `folder` keeps the same file.

    A file inside of the run folder is the stranger's, whatever folder the user works in.
    """
    whole = folder.resolve()
    own = [
        module
        for module, file in _kept_modules(folder).items()
        if not file.resolve().is_relative_to(whole) and _is_kept(folder, module, file)
    ]
    with imports_limited(str(folder), own):
        yield


def _kept_modules(folder: Path) -> dict[str, Path]:
    """Module to the file that would be imported, of the modules that are kept and can be imported."""
    names = [name.removesuffix(SUFFIX) for name in read_manifest(folder / INPUTS) if name.endswith(SUFFIX)]
    return {name: file for name in names if (file := module_file(name)) is not None}


def _is_kept(folder: Path, module: str, file: Path) -> bool:
    try:
        return file.read_bytes() == read_recorded(folder / INPUTS / f"{module}{SUFFIX}")
    except OSError as error:
        raise RunFolderError(f"{file} cannot be read: {error.strerror}.") from None
