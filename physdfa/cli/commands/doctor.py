"""`physdfa doctor`."""

import os

import typer

from physdfa.cli import options
from physdfa.cli.output import print_json, print_table


def doctor(out: options.Out = options.RESULTS, data: options.DataDir = None, as_json: options.Json = False) -> None:
    """Say whether all is well: versions, what JAX computes on, caches, data, and where results go.

    Exit code 2 where something must be mended.
    """
    from physdfa.data import resolve_data_dir
    from physdfa.report.table import Table
    from physdfa.workflow.doctor import examine

    found = examine(resolve_data_dir(data, os.environ), out, os.environ)
    problems = [finding.problem for finding in found if finding.problem]
    if as_json:
        print_json([finding._asdict() for finding in found])
    else:
        rows = [("MEND" if finding.problem else "ok", finding.what, finding.found) for finding in found]
        print_table(Table(header=("", "what", "found"), rows=rows))
        print("\n".join(problems) or "all is well")
    if problems:
        raise typer.Exit(2)
