"""Presets of devices that somebody built: published or from a catalogue, each with its citation."""

from physdfa.devices.published.base import Preset
from physdfa.devices.published.electronic import ELECTRONIC
from physdfa.devices.published.photonic import PHOTONIC

PUBLISHED: dict[str, Preset] = PHOTONIC | ELECTRONIC
"""Presets by the name that `preset = "..."` in a config uses."""

__all__ = ["PUBLISHED", "Preset"]
