"""`physdfa device show`."""

from pathlib import Path
from typing import Annotated

import typer

from physdfa.cli.options import Set

app = typer.Typer(help="Backward devices.", no_args_is_help=True)


@app.command()
def show(
    device: Annotated[str, typer.Argument(metavar="PRESET or CONFIG", help="A preset's name, or an experiment file.")],
    changes: Set = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write the sheet as a page.")] = None,
) -> None:
    """Data sheet of a device: parameters with units and ranges, and the shape of g(u)."""
    from rich.console import Console

    from physdfa.report.datasheet import datasheet
    from physdfa.report.datasheet_page import write_datasheet_html
    from physdfa.workflow.device import device_of

    name, built, potentials = device_of(device, tuple(changes or ()))
    if html is not None:
        print(f"data sheet: {write_datasheet_html(html, name, built, potentials)}")
        return
    Console().print(datasheet(name, built, potentials))
