"""The commands by name."""

from typing import Annotated

import typer

from physdfa.cli.commands import data, device, inspect
from physdfa.cli.commands.demo import demo
from physdfa.cli.commands.merge import merge
from physdfa.cli.commands.parts import list_parts, write_schema
from physdfa.cli.commands.range import find as find_range
from physdfa.cli.commands.reproduce import reproduce
from physdfa.cli.commands.search import resume, search, sweep
from physdfa.cli.commands.study import init, study
from physdfa.cli.commands.train import train

app = typer.Typer(
    name="physdfa",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # brackets in the help are brackets
)


def tell_version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        from importlib.metadata import version

        print(f"physdfa {version('physdfa')}")
        raise typer.Exit


@app.callback()
def whole(
    version: Annotated[
        bool, typer.Option("--version", callback=tell_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Train spiking networks by augmented direct feedback alignment with an emulated physical backward device."""


app.command()(demo)
app.command()(study)
app.command()(init)
app.command()(train)
app.command()(sweep)
app.command()(search)
app.command()(resume)
app.command()(merge)
app.command()(reproduce)
app.command("range")(find_range)
app.command()(inspect.evaluate)
app.command()(inspect.report)
app.command("runs")(inspect.list_runs)
app.command("list")(list_parts)
app.command("schema")(write_schema)
app.command()(inspect.verify)
app.add_typer(data.app, name="data")
app.add_typer(device.app, name="device")
