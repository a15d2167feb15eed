"""Experiment files made in memory, so that a test states only what matters to it."""

import tomllib
from collections.abc import Callable, Sequence

import pytest

from physdfa.config import ExperimentConfig, read_config
from physdfa.errors import ConfigError

SMALLEST = """
[experiment]
name = "test"
[data]
name = "digits"
[network]
hidden = [16]
[rule]
name = "adfa"
[device]
preset = "mach_zehnder_ideal"
"""

Make = Callable[..., ExperimentConfig]
MistakesOf = Callable[..., list[str]]


@pytest.fixture
def make() -> Make:
    """`make("network.num_steps=5", ..., more="[search.genes] ...", kind=...)` -> a configuration."""

    def build(*overrides: str, more: str = "", kind=None) -> ExperimentConfig:
        return read_config(tomllib.loads(SMALLEST + more), overrides=overrides, kind=kind)

    return build


@pytest.fixture
def mistakes_of(make: Make) -> MistakesOf:
    """The mistakes of what `make` would be given, without the note on their origin."""

    def refuse(*overrides: str, more: str = "", kind=None) -> Sequence[str]:
        with pytest.raises(ConfigError) as caught:
            make(*overrides, more=more, kind=kind)
        return [mistake.removesuffix(" (set by --set)") for mistake in caught.value.mistakes]

    return refuse
