"""`physdfa list`."""

from typing import Annotated

import typer

from physdfa.cli import options
from physdfa.cli.output import print_json


def list_parts(
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="rules, feedback, precisions, devices (their stages) or optimizers.")
    ],
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="One of them: its keys.")] = None,
    as_json: options.Json = False,
) -> None:
    """List the parts that an experiment file chooses by name, or the keys of one of them."""
    from physdfa.report.parts import keys_table, parts_table
    from physdfa.report.table import folding

    table = parts_table(kind) if name is None else keys_table(kind, name)
    if as_json:
        print_json([dict(zip(table.header, row, strict=True)) for row in table.rows])
        return
    from rich.console import Console

    Console(highlight=False).print(folding(table))
