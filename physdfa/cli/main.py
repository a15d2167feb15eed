"""The command line: parse, call, print. Exit codes: 0 done, 2 the user's input, 130 interrupted, 1 anything else."""

import sys

import click
import typer

from physdfa.cli.commands import data, device, inspect
from physdfa.cli.commands.demo import demo
from physdfa.cli.commands.search import search, sweep
from physdfa.cli.commands.train import train
from physdfa.errors import PhysdfaError

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
app.command()(inspect.evaluate)
app.command()(inspect.report)
app.command("runs")(inspect.list_runs)
app.command()(inspect.verify)
app.add_typer(data.app, name="data")
app.add_typer(device.app, name="device")


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        code = app(standalone_mode=False)
    except PhysdfaError as error:
        print(f"error: {error}", file=sys.stderr)
        code = 2
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        print("interrupted; what was reached is in the run folder, see: physdfa runs", file=sys.stderr)
        code = 130
    sys.exit(code or 0)
