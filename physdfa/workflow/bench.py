"""`device measure`: the plan of a bench -> a measured curve, every reading and the averages."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from physdfa.devices.bench import BenchError, BenchPlan, open_bench
from physdfa.errors import InputError, shortened
from physdfa.store.files import write_output
from physdfa.workflow.progress import NO_PROGRESS, Progress


@dataclass(frozen=True)
class Sweeps:
    """What was measured: `readings` [sweeps, points] at the drives of each sweep, every other one falling.

    - `drives`: [points] of a rising sweep, in the unit of the drive.
    """

    drives: np.ndarray
    readings: np.ndarray


def plan_words(plan: BenchPlan) -> list[str]:
    """What a measurement would do, a line each."""
    drive, reading, sweep = plan.drive, plan.reading, plan.measure
    num = 2 * sweep.repeats * sweep.points
    least = num / drive.rate if drive.rate else None
    blocks = f"in blocks of up to {drive.block}" if plan.takes_blocks else "one at a time"
    return [
        f"instrument: {plan.instrument.resource}, through {plan.instrument.library or 'the VISA of the vendor'}; "
        f"timeout {plan.instrument.timeout}, {plan.instrument.retries} further tries",
        f"drives: {sweep.points} from {drive.low:g} to {drive.high:g} {drive.unit} and back, {sweep.repeats} times: "
        f"{num} values, {blocks}, with {drive.command!r}",
        f"readings: {reading.query!r}, between {reading.low:g} and {reading.high:g} {reading.unit}",
        "time: " + ("as fast as it answers; drive.rate limits it" if least is None else f"at least {least:.3g} s"),
    ]


def check_out(out: Path) -> None:
    """Refuse to write over a measurement.

    **Raises:** `InputError` with the way out.
    """
    for path in (out, averages_of(out)):
        if path.exists():
            raise InputError(f"{shortened(path)} is there already, and a measurement is kept; name another --out.")
    if out.suffix != ".csv":
        raise InputError(f"{shortened(out)}: a measurement is written as a table; name a file ending in .csv.")


def averages_of(out: Path) -> Path:
    """The file of the averages beside that of the readings."""
    return out.with_name(f"{out.stem}_average.csv")


def measure_bench(plan: BenchPlan, out: Path, progress: Progress = NO_PROGRESS) -> Sweeps:
    """Sweep up and down between the limits as often as planned, and write both tables after every sweep.

    The first has every reading in its order, as `MeasuredDevice.from_csv` reads it. The second has the mean and the
    standard deviation by drive and direction.

    **Raises:** `InputError` for a file that is there; `BenchError` where the bench fails: whole sweeps are kept.
    """
    check_out(out)
    kept = 0

    def keep(found: Sweeps) -> None:
        nonlocal kept
        kept = len(found.readings)
        write_output(out, readings_text(plan, found).encode())
        write_output(averages_of(out), _averages_text(plan, found).encode())
        progress.advance()

    progress.begin("sweeps", 2 * plan.measure.repeats)
    try:
        return swept(plan, plan.drive.low, plan.drive.high, plan.measure.points, keep)
    except BenchError as error:
        open_bench(plan).failure = None
        said = f"{kept} sweeps are in {shortened(out)}." if kept else "Nothing was measured."
        raise BenchError(f"{error} {said}") from None


def swept(
    plan: BenchPlan, low: float, high: float, points: int, on_sweep: Callable[[Sweeps], None] = lambda found: None
) -> Sweeps:
    """Sweep up and down between two drives as often as planned, and leave the device at rest.

    **Arguments:**

    - `on_sweep`: called after every sweep with those so far.

    **Raises:** `BenchError` where the bench fails.
    """
    bench = open_bench(plan)
    drives = np.linspace(low, high, points).astype(np.float32)
    found = Sweeps(drives, np.empty((0, points), np.float32))
    for number in range(2 * plan.measure.repeats):
        order = slice(None) if number % 2 == 0 else slice(None, None, -1)
        found = Sweeps(drives, np.vstack([found.readings, bench.ask(drives[order])[order]]))
        on_sweep(found)
    bench.close()
    return found


def readings_text(plan: BenchPlan, found: Sweeps) -> str:
    """Every reading in its order, as a table that `read_measurement` reads."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([f"drive ({plan.drive.unit})", f"reading ({plan.reading.unit})"])
    for number, readings in enumerate(found.readings):
        pairs = list(zip(found.drives, readings, strict=True))
        for drive, reading in pairs if number % 2 == 0 else pairs[::-1]:
            writer.writerow([f"{drive:.9g}", f"{reading:.9g}"])
    return text.getvalue()


def _averages_text(plan: BenchPlan, found: Sweeps) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    unit, ddof = plan.reading.unit, 1 if len(found.readings) > 2 else 0
    names = [f"{name} {what} ({unit})" for name in ("rising", "falling") for what in ("mean", "standard deviation")]
    writer.writerow([f"drive ({plan.drive.unit})", *names])
    for point, drive in enumerate(found.drives):
        row = [f"{drive:.9g}"]
        for direction in (found.readings[0::2, point], found.readings[1::2, point]):
            known = len(direction) > ddof
            row += [f"{np.mean(direction):.9g}", f"{np.std(direction, ddof=ddof):.9g}"] if known else ["", ""]
        writer.writerow(row)
    return text.getvalue()
