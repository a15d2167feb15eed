"""JSON that vouches for itself: plain values, never NaN, and a SHA-256 beside the content.

    sealed = record + {"sha256": SHA-256(canonical(record))}
    canonical = JSON with sorted keys, no spaces, ASCII only, UTF-8 encoded

The hash is over the content, not over the layout, so that a line of a log and an indented file are checked alike.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import PurePath

from physdfa.store.version import with_form

HASH_KEY = "sha256"


def plain(value: object) -> object:
    """The value as JSON can hold it: arrays become lists, tuples lists, paths text; NaN and infinities become null.

    **Raises:** `TypeError` for anything that is not a number, text, truth value, array, path, or a collection of them.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(member) for key, member in value.items()}
    if isinstance(value, PurePath):
        return str(value)
    as_list = getattr(value, "tolist", None)  # numpy and jax scalars and arrays, without importing either
    if as_list is not None:
        return plain(as_list())
    if isinstance(value, Iterable) and not isinstance(value, bytes | bytearray):
        return [plain(member) for member in value]
    raise TypeError(f"a value of type {type(value).__name__} cannot be stored as JSON: {value!r}")


def canonical(value: object) -> str:
    """The one JSON text of a value: equal values give equal texts."""
    return _text_of(plain(value))


def _text_of(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def sha256_of(content: bytes) -> str:
    """SHA-256 of the bytes, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def seal(record: Mapping[str, object]) -> dict[str, object]:
    """The record in plain values, with the hash of its content as its last key (an old one is replaced)."""
    content = _content(record)
    return {**content, HASH_KEY: sha256_of(_text_of(content).encode())}


def _content(record: Mapping[str, object]) -> dict[str, object]:
    return {str(key): plain(value) for key, value in record.items() if key != HASH_KEY}


def unseal(text: str | bytes) -> dict[str, object]:
    """The record of a sealed JSON text, without its hash.

    **Raises:** `ValueError` saying what is wrong: no JSON, no object, no hash, or a hash of something else.
    """
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError too
        raise ValueError(f"is not JSON ({error})") from None
    if not isinstance(record, dict):
        raise ValueError("is not a JSON object")
    recorded = record.pop(HASH_KEY, None)
    if recorded is None:
        raise ValueError(f"has no '{HASH_KEY}' to check it by")
    try:
        actual = seal(record)[HASH_KEY]
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    if recorded != actual:
        raise ValueError("is not what was written: its content does not match its SHA-256")
    return record


def log_line(record: Mapping[str, object]) -> str:
    """The record sealed, as one line of text without its newline: canonical, with the hash as its last key."""
    content = _content(record)
    body = _text_of(content)
    comma = "," if content else ""
    return f'{body[:-1]}{comma}"{HASH_KEY}":"{sha256_of(body.encode())}"}}'


def sealed_text(record: Mapping[str, object]) -> str:
    """The record sealed, with the form of our files, as the indented text of a file that people read too."""
    return json.dumps(seal(with_form(record)), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
