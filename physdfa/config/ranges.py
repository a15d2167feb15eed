"""What a sweep or a search may vary: each range against the range of the key that it names."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from physdfa.config.choices import CHOICES, all_part_keys, own_values, part_keys
from physdfa.config.device_table import device_keys, plan_mistake
from physdfa.config.keys import KEYS, VARIABLE_SECTIONS, Key, show
from physdfa.config.schema import ExperimentConfig
from physdfa.config.search_schema import GeneRange, SweepRange
from physdfa.data import ENCODINGS
from physdfa.errors import InputError

FIXED = {
    "experiment.name": "a name changes no result",
    "experiment.description": "a description changes no result",
    "experiment.shard": "a part is what one run makes of the whole",
    "experiment.seed": "results over several seeds are asked for with `seeds`",
    "data.name": "a sweep or a search stays with one data set; write one file for each",
    "data.train_size": "the samples are read once for all candidates; write one file for each",
    "data.validation_size": "candidates are compared on the same validation samples",
    "training.checkpoint_every": "when a training is kept changes no result",
    "training.matmul_precision": "candidates are compared at one precision; write one file for each",
    "training.keep_best": "what is kept of a training changes no result",
    "device.preset": "a sweep or a search stays with one device; write one file for each",
    "device.stages": "a sweep or a search stays with one device; write one file for each",
}
"""Keys that are never varied, and why."""


def fixed_reason(config: ExperimentConfig, path: str) -> str | None:
    """Why a key is never varied; None for one that may be."""
    if path in FIXED:
        return FIXED[path]
    if not path.startswith("data."):
        return None
    read_once = own_values(config, "data.name")
    if _makes_events(config.data.encoding):
        read_once |= own_values(config, "data.encoding") | {"encoding": None}
    return FIXED["data.train_size"] if path.partition(".")[2] in read_once else None


def _makes_events(encoding: str) -> bool:
    """Whether an encoding makes events of the samples before any training."""
    try:
        part = ENCODINGS.find(encoding)
    except InputError:  # reported where it stands
        return False
    return part.gives_events and not part.takes_events


def find_key(config: ExperimentConfig, path: str) -> Key | None:
    """The declaration of a key that a sweep or a search may vary, device parameters included; `None` where none is."""
    section, _, name = path.partition(".")
    if section == "device":
        return device_keys(config.device).get(name)
    if section not in VARIABLE_SECTIONS:
        return None
    by_part = all_part_keys(section).get(path, {})
    return KEYS.get(path) or part_keys(config, section).get(path) or next(iter(by_part.values()), None)


def check_ranges(config: ExperimentConfig, table: str, ranges: Mapping[str, SweepRange | GeneRange]) -> Iterator[str]:
    """The mistakes of `[sweep.parameters]` or `[search.genes]`, one sentence each.

    **Arguments:**

    - `table`: "sweep.parameters" or "search.genes".
    """
    if not ranges:
        yield f"{table}: is empty; name at least one key, such as " + '"training.learning_rate" = { low = 1e-4, ... }.'
    seen: dict[str, str] = {}
    for path, entry in ranges.items():
        where = f'{table}."{path}"'
        if reason := fixed_reason(config, path):
            yield f"{where}: {path} cannot be varied: {reason}."
            continue
        if path.startswith("device.") and config.device is not None and plan_mistake(config.device):
            continue  # what this device has is not known
        key = find_key(config, path)
        if key is None:
            yield f"{where}: {unknown_key(config, path)}"
            continue
        if key.path in seen:
            yield f'{where}: is the same parameter as "{seen[key.path]}"; keep one of the two.'
        seen[key.path] = path
        if path == "data.encoding" and any(_makes_events(str(choice)) for choice in entry.choices or ()):
            yield f"{where}: an encoding of series cannot be varied: {FIXED['data.train_size']}."
        yield from _form_mistakes(where, entry)
        yield from _value_mistakes(where, key, entry)


def unknown_key(config: ExperimentConfig, path: str) -> str:
    """The sentence for a dotted path that is no key to be varied: the nearest one, or the way out."""
    section, _, _ = path.partition(".")
    if section == "device" and config.device is None:
        return f"there is no parameter '{path}', because the file has no [device] table."
    known = [key for key in KEYS if key.split(".")[0] in VARIABLE_SECTIONS and key not in FIXED]
    known += [key for table in CHOICES for key in part_keys(config, table)]
    known += [f"device.{name}" for name in device_keys(config.device)]
    if section not in (*VARIABLE_SECTIONS, "device") and path in KEYS:
        return f"keys of [{section}] cannot be varied."
    # "v_bias" alone means one of the keys that end so, before any name that merely looks alike.
    near = [key for key in known if key.endswith(f".{path}")] or get_close_matches(path, known, n=1, cutoff=0.5)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    same_table = [key for key in known if key.startswith(f"{section}.")]
    return f"there is no key '{path}'.{hint} Known: {', '.join(same_table or known)}."


def _form_mistakes(where: str, entry: SweepRange | GeneRange) -> Iterator[str]:
    """Whether a range is said in exactly one way."""
    is_gene = isinstance(entry, GeneRange)
    lists = [name for name in ("values", "choices") if getattr(entry, name, None) is not None]
    ends = [name for name in ("low", "high") if getattr(entry, name) is not None]
    ways = (
        "{ low = ..., high = ... } or { choices = [...] }"
        if is_gene
        else ("{ low = ..., high = ... }, { values = [...] } or { choices = [...] }")
    )
    if len(lists) + bool(ends) != 1:
        yield f"{where}: must be one of {ways}."
        return
    if lists:
        others = [name for name in ("num", "integer") if getattr(entry, name, None)]
        others += ["scale"] if entry.scale == "log" else []
        if others:
            yield f"{where}: {' and '.join(others)} change nothing beside {lists[0]}; remove them."
        return
    if entry.low is None or entry.high is None:
        yield f"{where}: needs both low and high."
        return
    if entry.low >= entry.high:
        yield f"{where}: low = {show(entry.low)} must be below high = {show(entry.high)}."
    if entry.scale == "log" and entry.low <= 0:
        yield f'{where}: low = {show(entry.low)} must be > 0 where scale = "log".'


def _value_mistakes(where: str, key: Key, entry: SweepRange | GeneRange) -> Iterator[str]:
    """Whether all that a range visits is allowed by the key."""
    ends = {name: getattr(entry, name) for name in ("low", "high") if getattr(entry, name) is not None}
    listed: list[Any] = [*(entry.choices or ()), *(getattr(entry, "values", None) or ())]
    if ends and key.kind not in ("number", "whole number"):
        yield f"{where}: {key.path} has no low and high; use choices: it must be {key.allowed}."
        return
    for name, end in ends.items():
        if key.kind == "whole number" and not float(end).is_integer():
            yield f"{where}: {name} = {show(end)} must be a whole number, as {key.path} is."
        elif not key.contains(end):
            yield f"{where}: {name} = {show(end)} leaves the range of {key.path}: it must be {key.allowed}."
    if ends and isinstance(entry, GeneRange) and key.kind == "whole number" and not entry.integer:
        yield f"{where}: {key.path} takes whole numbers; add integer = true."
    for value in listed:
        if not key.allows(value):
            yield f"{where}: {show(value)} is not allowed for {key.path}: it must be {key.allowed}."
    if len({show(value) for value in listed}) < len(listed):
        yield f"{where}: the same value stands twice in {show(listed)}."
