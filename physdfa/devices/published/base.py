"""The make-up of a named device, and the sources of its numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from physdfa.devices.base import AbstractDevice


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A named device.

    **Arguments:**

    - `description`: one line: what g(u) is.
    - `source`: citation.
    - `assumed`: what no source says.
    - `stages`: names of `STAGES`, in order; empty for a single device.
    - `device`: the class of a single device; None for a chain.
    - `values`: where the preset departs from the defaults of its parts; dotted names in a chain.
    - `fixed`: structure of a single device that a config cannot change.
    """

    description: str
    source: str
    assumed: str
    stages: tuple[str, ...] = ()
    device: type[AbstractDevice] | None = None
    values: Mapping[str, object] = field(default_factory=dict)
    fixed: Mapping[str, object] = field(default_factory=dict)
