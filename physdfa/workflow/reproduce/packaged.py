"""Experiment files packaged with this room, and configs made of them."""

import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from physdfa.config import ExperimentConfig, Kind, read_config
from physdfa.rules import RULES
from physdfa.workflow.reproduce.scale import SMOKE_DISCRETE, SMOKE_EVENTS, SMOKE_WIDTH, Scale


def packaged_tables(stem: str) -> dict[str, Any]:
    """The tables of `configs/<stem>.toml`, as they are written."""
    return tomllib.loads((files("physdfa.workflow.reproduce") / "configs" / f"{stem}.toml").read_text(encoding="utf-8"))


def packaged_config(
    stem: str,
    *,
    name: str | None = None,
    tables: Mapping[str, Mapping[str, Any]] | None = None,
    overrides: Sequence[str] = (),
    scale: Scale = "full",
    smoke: Sequence[str] = (),
    kind: Kind = "train",
    data_dir: Path | None = None,
) -> ExperimentConfig:
    """The config of a packaged file, at a scale.

    **Arguments:**

    - `name`: of the experiment; by default the file's. At the smoke scale `_smoke` is added.
    - `tables`: values by table that replace those of the file, or are added to it.
    - `overrides`: "key.path=value" each, after the tables; `smoke`: more of them, at the smoke scale only.
    - `data_dir`: where a measured curve is looked for.

    **Raises:** `ConfigError` with every mistake, as for a data set that is not known here.
    """
    raw = packaged_tables(stem)
    for section, values in (tables or {}).items():
        raw[section] = {**raw.get(section, {}), **values}
    name = name or raw["experiment"]["name"]
    if scale == "smoke":
        has_events = RULES[raw["rule"]["name"]].event_neurons
        widths = [SMOKE_WIDTH] * len(raw["network"]["hidden"])
        small = SMOKE_EVENTS if has_events else SMOKE_DISCRETE
        name, overrides = f"{name}_smoke", (*overrides, *small, f"network.hidden={widths}", *smoke)
    overrides = (*overrides, f"experiment.name={name}")
    return read_config(raw, source=f"{stem}.toml", overrides=overrides, kind=kind, data_dir=data_dir)
