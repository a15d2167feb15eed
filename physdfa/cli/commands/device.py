"""`physdfa device show`."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from physdfa.cli.options import DataDir, Json, Set, refuse_folder
from physdfa.cli.output import print_json

PIPE_WIDTH = 120

app = typer.Typer(help="Backward devices.", no_args_is_help=True)


@app.command()
def show(
    device: Annotated[
        str, typer.Argument(metavar="DEVICE", help="A preset's name, an experiment file, or a fitted preset file.")
    ],
    changes: Set = None,
    data_dir: DataDir = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write the sheet as a page.")] = None,
    as_json: Json = False,
) -> None:
    """Data sheet of a device: g(u), noise, time and energy of a backward pass, quality before training, parameters."""
    refuse_folder("--html", html)
    from rich.console import Console

    from physdfa.data import resolve_data_dir
    from physdfa.report.datasheet import datasheet, device_sheet, sheet_record, write_datasheet_html
    from physdfa.workflow.device import device_subject

    sheet = device_sheet(device_subject(device, tuple(changes or ()), data_dir=resolve_data_dir(data_dir, os.environ)))
    if html is not None:
        write_datasheet_html(html, sheet)
    if as_json:
        print_json(sheet_record(sheet))
        return
    if html is not None:
        print(f"data sheet: {html}")
        return
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    Console(width=width).print(datasheet(sheet))
