"""Typed experiment files: read, checked as a whole, varied by dotted key, and written back."""

from physdfa.config.checks import Kind, config_warnings, reference_seeds
from physdfa.config.choices import own_values
from physdfa.config.device_table import check_device_table
from physdfa.config.keys import KEYS, Key
from physdfa.config.load import load_config, read_config
from physdfa.config.ranges import find_key
from physdfa.config.schema import (
    DataSection,
    DeviceSection,
    EventsSection,
    ExperimentConfig,
    ExperimentSection,
    NetworkSection,
    RuleSection,
    TrainingSection,
)
from physdfa.config.search_schema import Constraint, GeneRange, Halving, SearchSection, SweepRange, SweepSection
from physdfa.config.usage import inactive_reason, rule_of
from physdfa.config.values import validation_size, value_at, with_values
from physdfa.config.write import config_hash, to_toml

__all__ = [
    "KEYS",
    "Constraint",
    "DataSection",
    "DeviceSection",
    "EventsSection",
    "ExperimentConfig",
    "ExperimentSection",
    "GeneRange",
    "Halving",
    "Key",
    "Kind",
    "NetworkSection",
    "RuleSection",
    "SearchSection",
    "SweepRange",
    "SweepSection",
    "TrainingSection",
    "check_device_table",
    "config_hash",
    "config_warnings",
    "find_key",
    "inactive_reason",
    "load_config",
    "own_values",
    "read_config",
    "reference_seeds",
    "rule_of",
    "to_toml",
    "validation_size",
    "value_at",
    "with_values",
]
