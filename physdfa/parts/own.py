"""Classes of a user's own, named "module:Class": how they are found, and their errors in words."""

import contextlib
import importlib
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Any, NamedTuple

import jax
import numpy as np

from physdfa.errors import InputError, PhysdfaError, shortened
from physdfa.trust import check_import

ADVICE = {
    "NonConcreteBooleanIndexError": "write jnp.where(mask, values, 0) in the place of values[mask]",
    "TracerBoolConversionError": "write jnp.where(condition, one, other) in the place of an `if`, `and` or `max`",
    "TracerArrayConversionError": "take jax.numpy in the place of numpy",
    "TracerIntegerConversionError": "make it a pf.option where it has to be a Python number, as sizes have",
    "ConcretizationTypeError": "take jax.numpy in the place of float(...), int(...) and range(...)",
    "UnexpectedTracerError": "return what a call has found, in the place of keeping it in the object or the module",
}
"""What to write, by the tracing error of jax: values are not known while a program is compiled."""

_OTHERS = {"physdfa", "equinox", "jaxtyping"} | sys.stdlib_module_names
"""Packages whose classes a part derives from without their being the user's own."""

_named: set[str] = set()
_parts: dict[type, str] = {}
_refused: dict[tuple[str, int], str] = {}
"""Of this process: modules of the user's that were named, their classes in words, and those not to be imported."""


class PartError(InputError):
    """An error inside of a part of the user's own, or an answer of another form than promised."""


class Place(NamedTuple):
    """A line of the user's own: the file as it is shown, the line, the function."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        """Where to look."""
        return f"{self.file}, line {self.line}, in {self.function}"


def is_ours(part: type) -> bool:
    """Whether a class comes with this package."""
    return part.__module__.partition(".")[0] == "physdfa"


def own_name(part: type) -> str:
    """A class as a config names it."""
    return f"{part.__module__}:{part.__qualname__}"


def named(what: str, part: type) -> str:
    """A class in words: "the readout 'bench:Largest'"."""
    return f"the {what} '{own_name(part)}'"


def note_part(what: str, part: type) -> None:
    """Remember a class of the user's own, so that an error inside of it is told as its own."""
    if not is_ours(part):
        _parts[part] = named(what, part)
        for base in part.__mro__:  # what it derives from may stand in another file of theirs
            if base.__module__.partition(".")[0] not in _OTHERS:
                _named.add(base.__module__)


def split_name(name: str) -> tuple[str, str]:
    """Module and class of "module:Class".

    **Raises:** `InputError` for what is written in another way.
    """
    module, _, class_name = name.rpartition(":")
    path = Path(module.replace("\\", "/"))
    if not module or not class_name:
        asked = class_name or "Class"
        raise InputError(
            f"{shortened(name)} lacks the {'class' if module else 'module'}: a class of your own is written "
            f'"{module or "module"}:{asked}", the module and the class.'
        )
    if path.suffix == ".py" or len(path.parts) > 1:
        where = "" if len(path.parts) == 1 else f", and run in the folder {path.parent}"
        raise InputError(f'write "{path.stem}:{class_name}", the module without folder and .py{where}.')
    if not all(part.isidentifier() for part in module.split(".")) or not class_name.isidentifier():
        raise InputError(
            f'{shortened(name)} is no "module:Class": names of modules and classes have letters, digits and '
            "underscores alone; rename the file."
        )
    return module, class_name


def import_own(module: str) -> ModuleType:
    """The module that a config has named. What it prints meanwhile goes to standard error.

    The working folder is looked through last, so that it hides no module, and from the first such import on: before,
    nothing that lies in it is ever imported.

    **Raises:** `InputError` with its file, the line and the error in words; for one that only a run folder names.
    """
    if module in sys.modules:
        _named.add(module)
        return sys.modules[module]
    check_import(module)
    _named.add(module)
    if "" not in sys.path:
        sys.path.append("")
    importlib.invalidate_caches()  # a file may be younger than the last look
    file = module_file(module)
    version = (module, 0 if file is None else file.stat().st_mtime_ns)
    if file is not None and version in _refused:  # not run again for each key of the config
        raise InputError(_refused[version])
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return importlib.import_module(module)
    except (Exception, SystemExit) as problem:  # whatever somebody's module raises while it is imported
        sentence = f"the module '{module}' cannot be imported: {_import_problem(module, problem)}"
        _refused[version] = sentence
        raise InputError(sentence) from problem


def module_file(module: str) -> Path | None:
    """The source file that would be imported; None where there is none."""
    loaded = getattr(sys.modules.get(module), "__file__", None)
    if loaded is not None:
        return Path(loaded)
    found = _found(module)
    return None if found is None or not found.has_location or found.origin is None else Path(found.origin)


def _found(module: str) -> ModuleSpec | None:
    """Where a module would be imported from; nothing is imported for it, not even the packages around it."""
    parts = module.split(".")
    found, path = None, None
    for end in range(1, len(parts) + 1):
        name = ".".join(parts[:end])
        finders = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]
        found = next((spec for finder in finders if (spec := finder.find_spec(name, path)) is not None), None)
        if found is None and end == 1:
            found = PathFinder.find_spec(name, [""])
        path = None if found is None else found.submodule_search_locations
        if path is None and end < len(parts):
            return None
    return found


def _import_problem(module: str, problem: BaseException) -> str:
    if isinstance(problem, ModuleNotFoundError) and problem.name and f"{module}.".startswith(f"{problem.name}."):
        return (
            f"there is none of that name in the working folder {Path.cwd()} or among the installed packages; run in "
            f"the folder of {module.replace('.', '/')}.py."
        )
    if isinstance(problem, SyntaxError):
        text = f": {problem.text.strip()}" if problem.text else ""
        return f"{shown_path(problem.filename or module)}, line {problem.lineno}: {problem.msg}{text}."
    place = _innermost(problem.__traceback__, {module}) or _innermost(problem.__traceback__, None)
    said = str(problem) if isinstance(problem, PhysdfaError) else _in_words(problem)
    return (f"{place}: {said}" if place else said).removesuffix(".") + "."


def file_in_words(module: ModuleType) -> str:
    """The file of a module, and whether it hides one of the same name in the working folder."""
    file = getattr(module, "__file__", None)
    if file is None:
        return "built into Python"
    beside = Path(*module.__name__.split(".")).with_suffix(".py")
    if beside.is_file() and not Path(file).samefile(beside):
        return f"{file}, which comes before your {beside}: rename yours"
    return shown_path(file)


def shown_path(file: str) -> str:
    """A path as it is told: from the working folder, where it lies below it."""
    with contextlib.suppress(ValueError, OSError):
        return str(Path(file).resolve().relative_to(Path.cwd()))
    return file


def error_in_own_part(error: BaseException) -> str | None:
    """The sentence for an error that was raised inside of a user's own part; None for any other."""
    place = _innermost(error.__traceback__, _named)
    if place is not None:
        return _failed(_blamed_part(error), place, error)
    return _failed_on_the_host(str(error))


_IN_A_TRACEBACK = re.compile(r'File "([^"]+)", line (\d+), in (\S+)')


def _failed_on_the_host(text: str) -> str | None:
    """The sentence for what a compiled program has called back, of which the traceback is in the error's text."""
    files = {str(file): module for module in _named if (file := getattr(sys.modules.get(module), "__file__", None))}
    found = [match for match in _IN_A_TRACEBACK.findall(text) if match[0] in files]
    if not found:
        return None
    file, line, function = found[-1]
    said = next((line.strip() for line in reversed(text.splitlines()) if re.match(r"\w+(\.\w+)*: ", line)), "")
    classes = [words for part, words in _parts.items() if part.__module__ == files[file]]
    part = " or ".join(classes) or f"the module '{files[file]}'"
    return f"{part} failed in {Place(shown_path(file), int(line), function)}: {said.removesuffix('.')}."


def _failed(part: str, place: Place | None, error: BaseException) -> str:
    where = f" in {place}" if place else ""
    advice = next((ADVICE[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in ADVICE), None)
    hint = f" While a program is compiled its values are not known: {advice}." if advice else ""
    said = _in_words(error)
    return f"{part} failed{where}: {said}{'' if said.endswith('.') else '.'}{hint}"


def _in_words(error: BaseException) -> str:
    """The kind of an error, and the first line of what it says."""
    said = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {said[:300]}" if said else type(error).__name__


def _frames(trace: TracebackType | None) -> Iterator[tuple[str, CodeType, int, dict[str, Any]]]:
    """(module, code, line, local names) of each frame, the outermost first."""
    for frame, line in traceback.walk_tb(trace):
        yield frame.f_globals.get("__name__", ""), frame.f_code, line, frame.f_locals


def _innermost(trace: TracebackType | None, modules: set[str] | None) -> Place | None:
    """The innermost line in one of these modules; in any file, where there are none."""
    place = None
    for module, code, line, _ in _frames(trace):
        if modules is None or module in modules:
            place = Place(shown_path(code.co_filename), line, code.co_name)
    return place


def _blamed_part(error: BaseException) -> str:
    """The part in whose code an error was raised, in words: by the object, or the class that the code belongs to."""
    found, module_of = None, None
    for module, code, _, names in _frames(error.__traceback__):
        if module in _named:
            module_of = module
            within = [part for part in _parts if f"{module}.{code.co_qualname}.".startswith(_path(part))]
            owner = next((part for part in _parts if type(names.get("self")) is part), None)
            owner = owner or next(iter(within), None)
            found = owner or found
    if found is not None:
        return _parts[found]
    classes = [words for part, words in _parts.items() if part.__module__ == module_of]
    return " or ".join(classes) or f"the module '{module_of}'"


def _path(part: type) -> str:
    return f"{part.__module__}.{part.__qualname__}."


@contextlib.contextmanager
def blamed(part: str, modules: Sequence[str] = ()) -> Iterator[None]:
    """Whatever is raised in here is the mistake of a part of the user's own.

    **Arguments:**

    - `part`: the part in words; `modules`: where its code stands.

    **Raises:** `PartError` in the place of any error but ours.
    """
    try:
        yield
    except PhysdfaError:
        raise
    except Exception as error:
        place = _innermost(error.__traceback__, {*_named, *modules})
        raise PartError(_failed(part, place, error)) from error


def make(what: str, part: Callable[..., Any], values: Mapping[str, Any]) -> Any:
    """An object of a class, from its values.

    **Raises:** `InputError` for a value that it does not take; `PartError` for what it raises itself.
    """
    if not isinstance(part, type) or is_ours(part):
        return part(**values)
    note_part(what, part)
    with blamed(named(what, part), [part.__module__]):
        return part(**values)


def answer(call: Callable[..., Any], *arguments: Any) -> Any:
    """What a function gives, as shapes and types: nothing is computed. What is no array stays as it is."""
    found: list[Any] = []

    def traced(*values: Any) -> int:
        found.append(jax.tree.map(_described, call(*values), is_leaf=lambda leaf: leaf is None))
        return 0

    jax.eval_shape(traced, *arguments)
    return found[0]


def _described(leaf: Any) -> Any:
    try:
        described = jax.typeof(leaf)
    except TypeError:
        return leaf
    return jax.ShapeDtypeStruct(described.shape, described.dtype, weak_type=described.weak_type)


def expect_shape(part: str, method: str, found: Any, shape: tuple[int, ...], axes: str, what: str = "an array") -> None:
    """Refuse what a part gave, unless it is an array of this shape; `what` names it in the sentence.

    **Raises:** `PartError` with what was expected and what was found.
    """
    if not isinstance(found, jax.ShapeDtypeStruct) or tuple(found.shape) != shape:
        raise PartError(f"{part}: `{method}` has to return {what} [{axes}], here {shape}; got {in_words(found)}.")


def expect_like(part: str, method: str, found: Any, wanted: Any, what: str) -> None:
    """Refuse what a part gave, unless its arrays have the same form as others.

    **Raises:** `PartError` with what was expected and what was found.
    """
    same_tree = jax.tree.structure(found) == jax.tree.structure(wanted)
    leaves = [jax.tree.leaves(tree) for tree in (found, wanted)]
    if not same_tree or not all(_is_like(one, other) for one, other in zip(*leaves, strict=True)):
        raise PartError(f"{part}: `{method}` has to return {what}, {in_words(wanted)}; got {in_words(found)}.")


def expect_values(part: str, method: str, found: Any, names: Sequence[str]) -> tuple[Any, ...]:
    """What a part gave, so many values.

    **Raises:** `PartError` for another number of values.
    """
    if not isinstance(found, tuple | list) or len(found) != len(names):
        raise PartError(
            f"{part}: `{method}` has to return {len(names)} values, {' and '.join(names)}; got {in_words(found)}."
        )
    return tuple(found)


def _is_like(found: Any, wanted: Any) -> bool:
    """Whether an array can take the place of another; one made of a Python number takes any type."""
    if not isinstance(found, jax.ShapeDtypeStruct) or not isinstance(wanted, jax.ShapeDtypeStruct):
        return type(found) is type(wanted)
    return found.shape == wanted.shape and (found.dtype == wanted.dtype or bool(wanted.weak_type))


def in_words(value: Any) -> str:
    """What a part gave, in words: shapes of arrays, kinds of other things."""
    if isinstance(value, jax.ShapeDtypeStruct):
        kind = "" if value.dtype == np.float32 else f" of {value.dtype}"
        return f"an array of the shape {tuple(value.shape)}{kind}" if value.shape else f"a single number{kind}"
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    if isinstance(value, tuple | list):
        named_tuple = type(value).__name__ if hasattr(value, "_fields") else ""
        return f"{named_tuple}({', '.join(in_words(one) for one in value)})"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if callable(value) and hasattr(value, "__name__"):
        return "a function"
    return f"a {type(value).__name__}"
