"""`physdfa list` and `physdfa schema`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from physdfa.cli import options
from physdfa.cli.output import print_json, print_table


def list_parts(
    kind: Annotated[
        str | None,
        typer.Argument(
            metavar="KIND",
            help="rules, feedback, precisions, devices (their stages), neurons, readouts, encodings, datasets, losses "
            "or optimizers; without it, all of them.",
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="One of them, or module:Class of your own: its keys.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """List the parts that an experiment file chooses by name, or the keys of one of them."""
    from physdfa.report.parts import KINDS, keys_table, parts_table
    from physdfa.report.table import Table

    if kind is None:
        table = Table(header=("kind", "names"), rows=[(each, ", ".join(KINDS[each][0])) for each in KINDS])
    else:
        table = parts_table(kind) if name is None else keys_table(kind, name)
    if as_json:
        print_json([dict(zip(table.header, row, strict=True)) for row in table.rows])
        return
    print_table(table)


def write_schema(
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="File to write; by default standard output.")
    ] = None,
) -> None:
    """Write a JSON schema of experiment files, with which editors complete keys and mark mistakes.

    Name it in the first line of a file: #:schema physdfa.schema.json
    """
    from physdfa.config.json_schema import json_schema
    from physdfa.store import write_output

    text = json.dumps(json_schema(), indent=1) + "\n"
    if output is None:
        print(text, end="")
        return
    write_output(output, text.encode())
    print(f"schema: {output}")
