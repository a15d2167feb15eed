"""`physdfa evaluate`, `report`, `runs` and `verify`: look at what is under results/."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from physdfa.cli import options
from physdfa.cli.output import print_json, print_table, warn


def evaluate(
    run: options.Run,
    changes: options.Set = None,
    data: options.DataDir = None,
    part: Annotated[str, typer.Option("--part", metavar="PART", help="test or train.")] = "test",
    best: Annotated[
        bool, typer.Option("--best", help="The networks after their best epochs (training.keep_best).")
    ] = False,
    save: Annotated[Path | None, typer.Option("--save", metavar="FILE", help="Predictions as .csv or .npz.")] = None,
    trust: options.Trust = False,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Score the trained network of a run, or its last checkpoint: accuracy, a table per class, predictions."""
    del quiet  # taken as everywhere; there is no progress to silence
    from physdfa.data import resolve_data_dir
    from physdfa.errors import InputError
    from physdfa.workflow.evaluate import check_predictions_path, evaluate_run, save_predictions

    if part not in ("test", "train"):
        raise InputError(f"--part is 'test' or 'train'; got '{part}'.")
    if save is not None:
        check_predictions_path(save)
    folder, overrides = resolve_data_dir(data, os.environ), tuple(changes or ())
    found = evaluate_run(run, data_dir=folder, overrides=overrides, part=part, best=best)
    summary = found.summary()
    if as_json:
        print_json(summary)
    else:
        warn(found.warnings)
        tell_evaluation(summary)
    if save is not None:  # after what it found was told: the disk may be full
        save_predictions(found, save)
        if not as_json:
            print(f"predictions: {save}")


def tell_evaluation(summary: Mapping[str, Any]) -> None:
    """Print accuracies for people on a terminal."""
    from physdfa.report.formatting import accuracy
    from physdfa.report.table import Table, as_text

    def told(mean: float, std: float) -> str:
        return accuracy(mean, std if len(summary["seeds"]) > 1 else None)

    rows = [[str(row["class"]), str(row["samples"]), told(row["accuracy"], row["std"])] for row in summary["per_class"]]
    print(as_text(Table(header=["class", "samples", "accuracy"], rows=rows, numeric=(0, 1, 2))))
    overall = told(summary["accuracy"], summary["accuracy_std"])
    after = f" {summary['after']}" if summary["after"] else ""
    print(f"{summary['part']} accuracy on {summary['dataset']}{after}: {overall}")


def report(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN", help="Run folders; pages among them are left out.")],
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Where the page goes.")] = None,
    trust: options.Trust = False,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Write one self-contained HTML page, with SVG figures and the CSV behind each."""
    del quiet  # taken as everywhere; there is no progress to silence
    options.refuse_folder("--output", output)
    from physdfa.report.page import write_report

    page = write_report(runs, output=output)
    if as_json:
        print_json({"report": str(page)})
    else:
        print(f"report: {page}")


def list_runs(
    where: Annotated[
        str | None,
        typer.Option(
            "--where", metavar="EXPR", help="For example: \"device == 'sweep.csv' and test_accuracy > 0.97\"."
        ),
    ] = None,
    sort: Annotated[
        str | None, typer.Option("--sort", metavar="KEY", help="Column to sort by; -KEY for largest first.")
    ] = None,
    out: options.Out = options.RESULTS,
    as_json: options.Json = False,
) -> None:
    """List the runs under results/: by rule, device, dataset, accuracy, time and more, with --where and --sort."""
    from physdfa.report.formatting import ABSENT, accuracy, parameter_value
    from physdfa.report.table import Table
    from physdfa.store.catalogue import filter_runs
    from physdfa.store.catalogue import list_runs as read_catalogue
    from physdfa.store.records import plain

    table = filter_runs(read_catalogue(out), where, sort)
    if as_json:
        # Not pandas' own JSON, which rounds: an accuracy here is the one of the summary, to the last digit.
        print_json([plain(row) for row in table.astype(object).where(table.notna(), None).to_dict("records")])
        return
    if table.empty:
        print(f"no runs under {out}" if where is None else f"no run under {out} where {where}")
        return
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    if not sys.stdout.isatty():
        cells = [[ABSENT if value is None else parameter_value(value) for value in row.values()] for row in rows]
        print_table(Table(header=list(table), rows=cells))
        return
    told = ("run", "kind", "status", "rule", "dataset")
    of_rows = [accuracy(row["test_accuracy"], row["test_accuracy_std"] or None) for row in rows]
    cells = [[*(str(row[name] or ABSENT) for name in told), text] for row, text in zip(rows, of_rows, strict=True)]
    print_table(Table(header=[*told, "test accuracy"], rows=cells))
    for row in rows:
        if row["reason"]:
            print(f"{row['run']}: {row['reason']}")


def verify(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Run folders, or folders of such.")],
    as_json: options.Json = False,
) -> None:
    """Say which stored files are whole."""
    from physdfa.errors import RunFolderError
    from physdfa.store.known_runs import looks_like_run, run_folders_of
    from physdfa.store.verify import verify_run

    def runs_in(path: Path) -> list[Path]:
        if looks_like_run(path) or not path.is_dir():
            return [path]
        experiments = [child for child in sorted(path.iterdir()) if child.is_dir()]
        return run_folders_of(path) or [run for child in experiments for run in run_folders_of(child)] or [path]

    found = {run: verify_run(run) for path in paths for run in runs_in(path)}
    if as_json:
        print_json({"runs": [{"run": str(run), "problems": problems} for run, problems in found.items()]})
    else:
        for run, problems in found.items():
            print("\n".join(problems) or f"{run}: whole")
    num_problems = sum(len(problems) for problems in found.values())
    if num_problems:
        raise RunFolderError(f"{num_problems} damaged or missing file(s), of {len(found)} run(s).")
