"""The commands by name."""

import typer

from physdfa.cli.commands import data, device, inspect
from physdfa.cli.commands.dashboard import dashboard
from physdfa.cli.commands.demo import demo
from physdfa.cli.commands.exchange import export_network, import_network
from physdfa.cli.commands.merge import merge
from physdfa.cli.commands.parts import list_parts, write_schema
from physdfa.cli.commands.range import find as find_range
from physdfa.cli.commands.reproduce import reproduce
from physdfa.cli.commands.search import resume, search, sweep
from physdfa.cli.commands.study import init, study
from physdfa.cli.commands.train import train

app = typer.Typer(
    name="physdfa",
    help="Train spiking networks by augmented direct feedback alignment with an emulated physical backward device.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # brackets in the help are brackets
    add_completion=False,
)
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
app.command()(dashboard)
app.command("export")(export_network)
app.command("import")(import_network)
app.command("runs")(inspect.list_runs)
app.command("list")(list_parts)
app.command("schema")(write_schema)
app.command()(inspect.verify)
app.add_typer(data.app, name="data")
app.add_typer(device.app, name="device")
