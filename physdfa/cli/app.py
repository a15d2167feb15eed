"""The commands by name."""

from typing import Annotated

import typer

from physdfa.cli.commands import data, device, inspect
from physdfa.cli.commands.compare import compare
from physdfa.cli.commands.dashboard import dashboard
from physdfa.cli.commands.demo import demo
from physdfa.cli.commands.doctor import doctor
from physdfa.cli.commands.exchange import export_network, import_network
from physdfa.cli.commands.merge import merge
from physdfa.cli.commands.parts import list_parts, write_schema
from physdfa.cli.commands.range import find as find_range
from physdfa.cli.commands.reproduce import reproduce
from physdfa.cli.commands.search import resume, search, sweep
from physdfa.cli.commands.study import init, study
from physdfa.cli.commands.train import train
from physdfa.cli.options import example

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


app.command(epilog=example("physdfa demo", "physdfa demo --set search.generations=2 --set search.population=6"))(demo)
app.command(epilog=example("physdfa study sweep.csv --budget 4m", "physdfa study mach_zehnder --level 0.9"))(study)
app.command(epilog=example("physdfa init --from sweep.csv --output study.toml"))(init)
app.command(
    epilog=example("physdfa train mine.toml --seeds 5", "physdfa train mine.toml --set training.epochs=5 --dry-run")
)(train)
app.command(epilog=example("physdfa sweep study.toml", "physdfa sweep results/study_sweep --add 24"))(sweep)
app.command(epilog=example("physdfa search mine.toml --set search.generations=5"))(search)
app.command(epilog=example("physdfa resume results/mine"))(resume)
app.command(epilog=example("physdfa merge results/mine"))(merge)
app.command(epilog=example("physdfa reproduce", "physdfa reproduce sfdfa-table1 --scale smoke"))(reproduce)
app.command("range", epilog=example("physdfa range results/study_sweep --level 0.9"))(find_range)
app.command(epilog=example("physdfa evaluate results/mine --save predictions.csv"))(inspect.evaluate)
app.command(epilog=example("physdfa report results/mine", "physdfa report results/*/"))(inspect.report)
app.command(epilog=example("physdfa dashboard", "physdfa dashboard --storage sqlite:///studies.sqlite3 --once"))(
    dashboard
)
app.command(
    "export", epilog=example("physdfa export results/mine net.nir", "physdfa export results/mine --tensorboard logs")
)(export_network)
app.command("import", epilog=example("physdfa import net.nir mine.toml"))(import_network)
app.command(
    "runs", epilog=example("""physdfa runs --where "rule == 'adfa' and test_accuracy > 0.97" --sort=-test_accuracy""")
)(inspect.list_runs)
app.command(epilog=example("physdfa compare results/mine results/other"))(compare)
app.command("list", epilog=example("physdfa list rules", "physdfa list devices mach_zehnder"))(list_parts)
app.command("schema", epilog=example("physdfa schema --output physdfa.schema.json"))(write_schema)
app.command(epilog=example("physdfa verify results"))(inspect.verify)
app.command(epilog=example("physdfa doctor"))(doctor)
app.add_typer(data.app, name="data")
app.add_typer(device.app, name="device")
