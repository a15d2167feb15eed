"""What a command prints: for people on a terminal, or one JSON value."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON value on standard output; paths as text."""
    print(json.dumps(value, indent=2, default=str))


def warn(sentences: tuple[str, ...]) -> None:
    """Warnings, one line each, on standard error."""
    for sentence in sentences:
        print(f"warning: {sentence}", file=sys.stderr)


def percent(mean: float, std: float | None = None, count: int = 1) -> str:
    """An accuracy as people read it."""
    spread = f" ± {100 * std:.2f}" if std is not None and count > 1 else ""
    return f"{100 * mean:.2f}{spread} %"


def print_run(path: Path, summary: Mapping[str, Any]) -> None:
    """What a finished run found, and where it lies."""
    accuracies = summary.get("test_accuracies") or []
    seeds = f" ({len(accuracies)} seeds)" if len(accuracies) > 1 else ""
    for row in summary.get("comparison") or []:
        print(
            f"  {row['name']}: {percent(row['test_accuracy'], row['test_accuracy_std'], len(row['test_accuracies']))}"
        )
    if summary.get("best"):
        for key, value in summary["best"].items():
            print(f"  {key} = {value:.6g}" if isinstance(value, float) else f"  {key} = {value}")
    if summary.get("test_accuracy") is not None:
        print(
            f"test accuracy: {percent(summary['test_accuracy'], summary.get('test_accuracy_std'), len(accuracies))}{seeds}"
        )
    print(f"run folder: {path}")


def duration(seconds: float) -> str:
    """Seconds as people read them."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
