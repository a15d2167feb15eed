"""`physdfa compare`."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from physdfa.cli import options
from physdfa.cli.output import print_json, terminal


def compare(
    first: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder, or that of an experiment: its newest run.")],
    second: Annotated[Path, typer.Argument(metavar="OTHER", help="The run that is compared with it.")],
    as_json: options.Json = False,
) -> None:
    """Say what two runs differ in, and whether their test accuracies differ by more than their seeds."""
    from physdfa.workflow.compare import compare_runs

    found = compare_runs(first, second)
    if as_json:
        print_json(
            {
                "runs": [str(found.first), str(found.second)],
                "config": [change._asdict() for change in found.keys],
                "software": found.software,
                "test_accuracy": [summary.get("test_accuracy") for summary in found.summaries],
                "gain": None if found.gain is None else found.gain._asdict(),
            }
        )
        return
    tell_comparison(found)


def tell_comparison(found: Any) -> None:
    """Print the difference as `diff` does, in its colours on a terminal, then the accuracies."""
    from rich.console import Console
    from rich.text import Text

    from physdfa.config.keys import show
    from physdfa.harmless import for_terminal
    from physdfa.report.formatting import summary_accuracy

    console = Console(file=terminal(sys.stdout), highlight=False)

    def say(line: str, style: str = "") -> None:
        console.print(Text(for_terminal(line), style=style), soft_wrap=True)

    say(f"--- {found.first}", "bold")
    say(f"+++ {found.second}", "bold")
    for change in found.keys:
        for sign, value, style in (("-", change.first, "red"), ("+", change.second, "green")):
            if value is not None:
                say(f"{sign} {change.key} = {show(value)}", style)
    if not found.keys:
        say("the same configuration")
    for words in found.software:
        say(words)
    say("test accuracy: " + ", then ".join(map(summary_accuracy, found.summaries)))
    say(verdict(found.gain))


def verdict(gain: Any) -> str:
    """Whether two runs differ by more than their seeds, in a sentence."""
    if gain is None:
        return "Whether seeds alone make that cannot be told: it takes two seeds that both runs have (train --seeds 5)."
    mean, low, high = (100 * value for value in (gain.mean, gain.low, gain.high))
    told = f"{mean:+.2f} points ({low:+.2f} ... {high:+.2f}, 95 %, {gain.num_seeds} seeds of both)"
    return f"The second gains {told}: {'more' if low > 0 or high < 0 else 'no more'} than seeds alone make."
