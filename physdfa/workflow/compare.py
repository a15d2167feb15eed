"""What differs between two runs, and whether their accuracies differ by more than their seeds."""

from pathlib import Path
from typing import Any, NamedTuple

from physdfa.analysis.paired_tests import PairedGain, paired_gain
from physdfa.config.tables import flatten
from physdfa.store.environment import changes_between
from physdfa.store.known_runs import open_run
from physdfa.toml_text import load_toml


class KeyChange(NamedTuple):
    """A key of the configuration, and its value in each run; None where a run has none."""

    key: str
    first: Any
    second: Any


class Comparison(NamedTuple):
    """Two runs beside each other.

    - `first`, `second`: the runs' folders; `summaries`: what they found.
    - `keys`: what their configurations differ in; `software`: versions and code, a few words each.
    - `gain`: test accuracy of the second over the first, over the seeds of both [fractions]; None for fewer than two.
    """

    first: Path
    second: Path
    summaries: tuple[dict[str, Any], dict[str, Any]]
    keys: list[KeyChange]
    software: list[str]
    gain: PairedGain | None


def compare_runs(first: Path, second: Path) -> Comparison:
    """Compare the configurations, software and test accuracies of two runs; seeds of both are taken in pairs.

    **Raises:** `RunFolderError` for a folder that is no run, or is damaged.
    """
    runs = open_run(first), open_run(second)
    summaries = runs[0].read_summary(), runs[1].read_summary()
    one, other = (dict(flatten(load_toml(run.config_text()))) for run in runs)
    keys = [KeyChange(key, one.get(key), other.get(key)) for key in {**one, **other} if one.get(key) != other.get(key)]
    found = [_by_seed(summary) for summary in summaries]
    common = sorted(found[0].keys() & found[1].keys())
    gain = paired_gain([found[1][seed] for seed in common], [found[0][seed] for seed in common])
    software = changes_between(
        runs[0].read_environment(), runs[1].read_environment(), ("in the first", "in the second")
    )
    return Comparison(runs[0].path, runs[1].path, summaries, keys, software, gain)


def _by_seed(summary: dict[str, Any]) -> dict[Any, float]:
    """Test accuracy of each seed; empty where a run has not got so far."""
    accuracies = summary.get("test_accuracies") or []
    seeds = summary.get("seeds") or [summary.get("seed")]
    return dict(zip(seeds, accuracies, strict=False))
