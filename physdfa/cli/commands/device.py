"""`physdfa device show`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from physdfa.cli.options import Json, Set, refuse_folder
from physdfa.cli.output import print_json

PIPE_WIDTH = 120

app = typer.Typer(help="Backward devices.", no_args_is_help=True)


@app.command()
def show(
    device: Annotated[str, typer.Argument(metavar="PRESET or CONFIG", help="A preset's name, or an experiment file.")],
    changes: Set = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write the sheet as a page.")] = None,
    as_json: Json = False,
) -> None:
    """Data sheet of a device: parameters with units and ranges, and the shape of g(u)."""
    refuse_folder("--html", html)
    from rich.console import Console

    from physdfa.report.datasheet import datasheet, device_sheet
    from physdfa.report.datasheet_page import write_datasheet_html
    from physdfa.workflow.device import device_of

    name, built, potentials = device_of(device, tuple(changes or ()))
    if html is not None:
        write_datasheet_html(html, name, built, potentials)
    if as_json:
        sheet = device_sheet(name, built, potentials)
        curve = {"potential": sheet.potentials.tolist(), "g": sheet.response.tolist()}
        print_json({"device": name, "stages": sheet.stages, "parameters": [vars(row) for row in sheet.rows], **curve})
        return
    if html is not None:
        print(f"data sheet: {html}")
        return
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    Console(width=width).print(datasheet(name, built, potentials))
