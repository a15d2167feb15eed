"""`physdfa data list` and `physdfa data fetch`."""

import os
import sys
from typing import Annotated

import typer

from physdfa.cli import options
from physdfa.cli.output import print_json, print_table, terminal

app = typer.Typer(help="Data sets: which there are, and fetching them.", no_args_is_help=True)


@app.command("list", epilog=options.example("physdfa data list"))
def list_command(data: options.DataDir = None, as_json: options.Json = False) -> None:
    """List the data sets and whether they are here."""
    from physdfa.data import list_datasets, resolve_data_dir
    from physdfa.report.table import Table

    rows = list_datasets(resolve_data_dir(data, os.environ))
    if as_json:
        print_json({"datasets": [row._asdict() for row in rows]})
        return
    cells = []
    for row in rows:
        shape = "x".join(str(size) for size in row.image_shape)
        place = row.where if row.where == "embedded" else f"in {row.where}"
        way = f"physdfa data fetch {row.name}" if row.can_be_fetched else f"put its file into {row.where}"
        state = place if row.is_present else f"not here: {way}"
        cells.append([row.name, str(row.train_size), str(row.test_size), shape, str(row.num_classes), state])
    header = ["name", "train", "test", "shape", "classes", "where"]
    print_table(Table(header=header, rows=cells, numeric=(1, 2, 4)))


@app.command(epilog=options.example("physdfa data fetch mnist"))
def fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="mnist, fashion_mnist, emnist_balanced or shd.")],
    data: options.DataDir = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Download a data set and check its bytes."""
    from physdfa.data import resolve_data_dir
    from physdfa.data.download import fetch_dataset
    from physdfa.report.formatting import memory

    def show(filename: str, received: int, announced: int) -> None:
        whole = f" of {memory(announced)}" if announced else ""
        print(f"\r{filename}: {memory(received)}{whole}   ", end="", file=terminal(sys.stderr), flush=True)

    def say_nothing(filename: str, received: int, announced: int) -> None:
        del filename, received, announced

    silent = quiet or as_json or not sys.stderr.isatty()
    try:
        folder = fetch_dataset(name, resolve_data_dir(data, os.environ), progress=say_nothing if silent else show)
    finally:
        if not silent:
            print(file=sys.stderr)
    if as_json:
        print_json({"dataset": name, "folder": str(folder)})
    else:
        print(f"{name}: in {folder}")
