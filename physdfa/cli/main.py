"""The command line: parse, call, print. Exit codes: 0 done, 2 the user's input, 130 interrupted, 1 anything else."""

import os
import sys
from typing import Any, cast

import typer

from physdfa.cli.commands import data, device, inspect
from physdfa.cli.commands.demo import demo
from physdfa.cli.commands.range import find as find_range
from physdfa.cli.commands.reproduce import reproduce
from physdfa.cli.commands.search import resume, search, sweep
from physdfa.cli.commands.train import train
from physdfa.cli.compilation_cache import keep_compiled_programs
from physdfa.cli.output import tell_in_any_encoding
from physdfa.errors import PhysdfaError

INTERRUPTED = 130
UsageError = cast(type[Exception], typer.BadParameter.__mro__[1])
"""What a mistyped command line raises: of the package click, or of typer's own copy of it, as the version has it."""

app = typer.Typer(
    name="physdfa",
    help="Train spiking networks by augmented direct feedback alignment with an emulated physical backward device.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # brackets in the help are brackets
    add_completion=False,
)
app.command()(demo)
app.command()(train)
app.command()(sweep)
app.command()(search)
app.command()(resume)
app.command()(reproduce)
app.command("range")(find_range)
app.command()(inspect.evaluate)
app.command()(inspect.report)
app.command("runs")(inspect.list_runs)
app.command()(inspect.verify)
app.add_typer(data.app, name="data")
app.add_typer(device.app, name="device")


def main() -> None:
    """Run the command line and exit with its code."""
    tell_in_any_encoding()
    keep_compiled_programs(os.environ)
    # The working folder, for the modules of one's own that a config names; last, so that it hides none.
    sys.path.append("")
    try:
        code = app(standalone_mode=False)
    except PhysdfaError as error:
        print(f"error: {error}", file=sys.stderr)
        code = 2
    except UsageError as error:
        cast(Any, error).show()
        code = 2
    except (KeyboardInterrupt, typer.Abort):  # older versions of typer make the one of the other
        code = INTERRUPTED
    if code == INTERRUPTED:
        print("interrupted; a run that had begun keeps what it reached in its folder", file=sys.stderr)
    sys.exit(code or 0)
