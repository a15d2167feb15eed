"""`physdfa device list`, `show`, `fit`, `export` and `measure`."""

import os
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from physdfa.cli import options
from physdfa.cli.measured import Repeat, X, XUnit, Y, YUnit, reads_measurement
from physdfa.cli.output import print_json, print_table, warn
from physdfa.errors import InputError

PIPE_WIDTH = 120

DriveGain = Annotated[
    float | None, typer.Option("--drive-gain", metavar="VALUE", help="Drive per unit of the membrane potential.")
]
Offset = Annotated[float | None, typer.Option("--offset", metavar="VALUE", help="Drive at potential 0.")]

app = typer.Typer(help="Backward devices.", no_args_is_help=True)


@app.command("list", epilog=options.example("physdfa device list"))
def list_presets(as_json: options.Json = False) -> None:
    """List the devices that are known by name, and what each is."""
    from physdfa.devices import PRESETS
    from physdfa.report.table import Table

    if as_json:
        told = ("description", "source", "assumed", "stages")
        print_json([{"name": name, **{key: getattr(one, key) for key in told}} for name, one in PRESETS.items()])
        return
    rows = [(name, preset.description) for name, preset in PRESETS.items()]
    print_table(Table(header=("name", "what it is"), rows=rows))


@app.command(
    epilog=options.example(
        "physdfa device show mach_zehnder --set v_pi=3.5",
        "physdfa device show sweep.csv --html sheet.html",
        "physdfa device show driver.s2p",
    )
)
@reads_measurement
def show(
    device: Annotated[
        str,
        typer.Argument(
            metavar="DEVICE",
            help="A preset, its file or bundle, an experiment, a measurement (CSV), module:Class, or S parameters.",
        ),
    ],
    changes: options.Set = None,
    measured: Any = None,
    drive_gain: DriveGain = None,
    offset: Offset = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="NAME", help="Fit this model to the measurement.")
    ] = None,
    data_dir: options.DataDir = None,
    trust: options.Trust = False,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write the sheet as a page.")] = None,
    as_json: options.Json = False,
) -> None:
    """Data sheet of a device: g(u), noise, time and energy of a backward pass, quality before training, parameters."""
    options.refuse_folder("--html", html)
    from rich.console import Console

    from physdfa.data import resolve_data_dir
    from physdfa.devices.measured.touchstone import is_touchstone
    from physdfa.report.datasheet import datasheet, device_sheet, sheet_record
    from physdfa.workflow.device import device_subject

    measured = replace(measured, drive_gain=drive_gain, offset=offset, model=model)
    if is_touchstone(Path(device)):
        others = [*replace(measured, y=None).given, *(["--set"] if changes else []), *(["--html"] if html else [])]
        show_response(Path(device), measured.y, others, as_json=as_json)
        return
    folder = resolve_data_dir(data_dir, os.environ)
    sheet = device_sheet(device_subject(device, tuple(changes or ()), measured=measured, data_dir=folder))
    if html is not None:
        from physdfa.report.datasheet.page import write_datasheet_html

        write_datasheet_html(html, sheet)
    if as_json:
        print_json(sheet_record(sheet))
        return
    if html is not None:
        warn(sheet.subject.warnings)
        print(f"data sheet: {html}")
        return
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    Console(width=width, color_system=None).print(datasheet(sheet))


def show_response(path: Path, parameter: str | None, others: list[str], *, as_json: bool) -> None:
    """Print the bandwidth in a Touchstone file, and where it is written."""
    from physdfa.workflow.bandwidth import response_record, response_words

    if others:
        raise InputError(f"{', '.join(others)}: belongs to a device; a frequency response takes --y and --json alone.")
    record = response_record(path, parameter)
    if as_json:
        print_json(record)
        return
    print(*response_words(record), sep="\n")
    warn(record["warnings"])


@app.command(epilog=options.example("physdfa device fit sweep.csv --model mach_zehnder --save mine.toml"))
def fit(
    measurement: Annotated[Path, typer.Argument(metavar="CSV", help="A measured sweep: a text file with columns.")],
    model: Annotated[str, typer.Option("--model", metavar="NAME", help="The physical model, such as mach_zehnder.")],
    x: X = None,
    y: Y = None,
    branch: Annotated[
        str,
        typer.Option(
            "--branch", metavar="BRANCH", help="rising, falling, or mean: all samples, hysteresis among the residuals."
        ),
    ] = "mean",
    repeat: Repeat = None,
    x_unit: XUnit = None,
    y_unit: YUnit = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Seed of the random starts.")] = 0,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE.toml", help="Write the fitted device as a preset file.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Physical parameters of a measured device, with standard errors, residuals and what not to trust."""
    options.refuse_folder("--save", save)
    from rich.console import Console

    from physdfa.report.fit import fit_report
    from physdfa.workflow.fit import fit_file, fit_record, fit_warnings

    read, found = fit_file(
        measurement, model, x=x, y=y, x_unit=x_unit, y_unit=y_unit, branch=branch, repeat=repeat, seed=seed, save=save
    )
    if as_json:
        print_json({**fit_record(read, found), "saved": None if save is None else str(save)})
        return
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    Console(width=width, color_system=None).print(fit_report(read, found))
    if save is not None:
        print(f"preset: {save}")
    warn(fit_warnings(read, found))


@app.command(
    epilog=options.example(
        "physdfa device export sweep.csv my_modulator --outside hold --source 'A. Author, 2026' --license CC-BY-4.0"
    )
)
@reads_measurement
def export(
    device: Annotated[
        str,
        typer.Argument(
            metavar="DEVICE", help="A measurement (CSV), a preset, a preset file, a bundle, or an experiment file."
        ),
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A new folder, or a file that ends in .zip.")],
    source: Annotated[
        str, typer.Option("--source", metavar="TEXT", help="Who says so: authors, publication, data sheet.")
    ],
    license: Annotated[
        str, typer.Option("--license", metavar="TEXT", help="What others may do with it, such as CC-BY-4.0.")
    ],
    name: Annotated[
        str | None, typer.Option("--name", metavar="TEXT", help="What it is called; default as OUT.")
    ] = None,
    description: Annotated[
        str | None, typer.Option("--description", metavar="TEXT", help="What it is, in a sentence.")
    ] = None,
    changes: options.Set = None,
    measured: Any = None,
    drive_gain: DriveGain = None,
    offset: Offset = None,
    data_dir: options.DataDir = None,
    as_json: options.Json = False,
) -> None:
    """Write a device as a bundle that others can use: a folder or .zip with device.toml and the measured curve."""
    from physdfa.data import resolve_data_dir
    from physdfa.workflow.bundle import export_bundle

    about = {"name": name or out.stem, "source": source, "license": license}
    warnings = export_bundle(
        device,
        out,
        about if description is None else {**about, "description": description},
        overrides=tuple(changes or ()),
        measured=replace(measured, drive_gain=drive_gain, offset=offset),
        data_dir=resolve_data_dir(data_dir, os.environ),
    )
    warn(warnings)
    if as_json:
        print_json({"bundle": str(out), "warnings": warnings})
        return
    print(f"bundle: {out}")
    print(f'next: physdfa device show {out}, or preset = "{out}" in an experiment')


@app.command(epilog=options.example("physdfa device measure bench.toml --dry-run"))
def measure(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="The plan of a bench (.toml); see docs/bench.md.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.csv", help="The table of readings; default PLAN's name.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the plan and say what would be sent; nothing moves.")
    ] = False,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Sweep an instrument up and down within the limits of a plan, and write the curve that `measured` reads."""
    from physdfa.cli.runs import listening
    from physdfa.devices.bench import open_bench, read_plan
    from physdfa.workflow.bench import averages_of, check_out, measure_bench, plan_words

    read = read_plan(plan)
    out = out or Path(f"{plan.stem}.csv")
    check_out(out)
    if dry_run:
        if as_json:
            print_json({"plan": str(plan), "says": plan_words(read), "readings": str(out)})
        else:
            print(*plan_words(read), f"would write: {out} and {averages_of(out)}; nothing was sent", sep="\n")
        return
    with listening(quiet, as_json=as_json) as progress:
        found = measure_bench(read, out, progress)
    use = open_bench(read).use
    if as_json:
        print_json({"plan": str(plan), "readings": str(out), "averages": str(averages_of(out)), "bench": asdict(use)})
        return
    spread = float(found.readings.std(axis=0).mean())
    print(f"{use.values} readings in {use.seconds:.3g} s, {use.failed_tries} failed tries")
    print(f"readings: {found.readings.min():.4g} to {found.readings.max():.4g} {read.reading.unit}, ± {spread:.3g}")
    print(f"written: {out}, {averages_of(out)}")
    print(f"next: physdfa device show {out}, or physdfa study {out}")
