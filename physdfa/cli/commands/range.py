"""`physdfa range`: the effective working range of a finished sweep or search, and whether a device is inside."""

import math
import os
import re
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from physdfa.cli import options
from physdfa.cli.measured import Curves
from physdfa.cli.output import print_json, warn
from physdfa.errors import InputError

NO_TERMINAL = (100, 24)
"""Columns and lines of what is written to a file or to another program."""
VERDICTS = {
    "inside": "inside the range",
    "outside": "outside the range",
    "too_close": "too close to the edge to tell",
    "unknown": "unknown",
}


def find(
    run: options.Run,
    level: Annotated[
        float | None, typer.Option("--level", metavar="A", help="What works: an accuracy, as a fraction (0.95).")
    ] = None,
    within_best: Annotated[
        float | None,
        typer.Option("--within-best", metavar="POINTS", help="... or so many points below the best; default 1."),
    ] = None,
    within_dfa: Annotated[
        float | None,
        typer.Option("--within-dfa", metavar="POINTS", help="... or so many points below the rule dfa, trained alike."),
    ] = None,
    helps: Annotated[
        float | None,
        typer.Option("--helps", metavar="POINTS", help="... or so many points above a constant g: where it helps."),
    ] = None,
    confidence: Annotated[
        float | None,
        typer.Option("--confidence", metavar="P", help="Probability of being right that a verdict needs; default 0.8."),
    ] = None,
    dfa_seeds: Annotated[
        int | None,
        typer.Option("--dfa-seeds", metavar="N", min=1, max=options.MOST, help="Seeds of the rule dfa; default 5."),
    ] = None,
    yield_spread: Annotated[
        str | None,
        typer.Option(
            "--yield-spread",
            metavar="S,S",
            help="Train devices with these relative spreads: 0.05,0.2; or of single parameters: offset=50mV,gain=0.1.",
        ),
    ] = None,
    yield_drift: Annotated[
        float | None,
        typer.Option(
            "--yield-drift",
            metavar="D",
            min=0.0,
            max=1.0,
            help="Drift of biases, as a share of v_pi or drive span; default 0.",
        ),
    ] = None,
    yield_samples: Annotated[
        int | None,
        typer.Option(
            "--yield-samples",
            metavar="N",
            min=2,
            max=options.MOST,
            help="Devices per yield (default 24) or tolerance (default 48).",
        ),
    ] = None,
    yield_at: Annotated[
        str | None,
        typer.Option("--yield-at", metavar="WHERE", help="ends (default): best point and interval ends; or best."),
    ] = None,
    curves: Curves = None,
    tolerance: Annotated[
        float | None,
        typer.Option(
            "--tolerance",
            metavar="Y",
            help="Largest tolerance of all device numbers together at this yield, such as 0.9, verified by training.",
        ),
    ] = None,
    verify: Annotated[
        int | None,
        typer.Option(
            "--verify",
            metavar="N",
            min=1,
            help="Train N fresh devices called inside and N called outside, and count the right ones.",
        ),
    ] = None,
    check: Annotated[
        str | None,
        typer.Option(
            "--check",
            metavar="DEVICE",
            help="Is this device (experiment, preset, its file or bundle) in the saved range? Computes nothing else.",
        ),
    ] = None,
    refine: Annotated[
        str | None,
        typer.Option(
            "--refine", metavar="TIME", help="First add points to the sweep where they tell most: for 90s, 15m or 2h."
        ),
    ] = None,
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Accept an interrupted run; the result says so.")
    ] = False,
    changes: options.Set = None,
    out: options.Out = options.RESULTS,
    data: options.DataDir = None,
    trust: options.Trust = False,
    threads: options.Threads = None,
    devices: options.Devices = None,
    ray: options.Ray = None,
    chunk: options.Chunk = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Working range of a finished sweep or search: intervals, maps, share, sensitivity, yield; kept in its folder."""
    run = run if run.exists() else next((path for path in [out / run] if path.exists()), run)
    if check is not None:
        refuse_beside_check(
            {
                "--level": level, "--within-best": within_best, "--within-dfa": within_dfa, "--helps": helps,
                "--confidence": confidence,
                "--dfa-seeds": dfa_seeds, "--yield-spread": yield_spread, "--yield-drift": yield_drift,
                "--yield-samples": yield_samples, "--yield-at": yield_at, "--tolerance": tolerance,
                "--curves": curves, "--verify": verify, "--incomplete": incomplete or None, "--refine": refine,
            }
        )  # fmt: skip
        tell_verdict(run, check, tuple(changes or ()), as_json=as_json)
        return
    if changes:
        raise InputError("--set: changes the device of --check; a range is that of the run as it was made.")
    from physdfa.cli.runs import listening
    from physdfa.data import resolve_data_dir
    from physdfa.workflow.range.files import RangeNotKeptError
    from physdfa.workflow.range.find import find_range
    from physdfa.workflow.range.options import RangeOptions
    from physdfa.workflow.refine import Growth, extend_sweep

    refuse_without_use(within_dfa, dfa_seeds, yield_spread, yield_drift, yield_samples, yield_at, tolerance)
    asked: dict[str, Any] = {
        "confidence": None if confidence is None else verdict_confidence(confidence),
        "baseline_seeds": dfa_seeds,
        "drift": yield_drift,
        "yield_samples": yield_samples,
        "tolerance_samples": yield_samples,
        "tolerance": tolerance,
        "at_ends": None if yield_at is None else yield_at == "ends",
        "curves": curves,
        "verify": verify,
    }
    spreads, own_spreads = spreads_of(yield_spread)
    wanted = RangeOptions(
        rule=level_rule(level, within_best, within_dfa, helps),
        spreads=spreads,
        own_spreads=own_spreads,
        accept_incomplete=incomplete,
        **{name: value for name, value in asked.items() if value is not None},
    )
    problem: RangeNotKeptError | None = None
    asked_run = run
    seconds = None if refine is None else options.seconds_of("--refine", refine)
    with listening(quiet, as_json=as_json) as progress:
        if seconds is not None:
            growth = Growth(rule=wanted.rule, points=None, until=time.monotonic() + seconds)
            run = extend_sweep(run, growth, data_dir=resolve_data_dir(data, os.environ), progress=progress).path
        try:
            folder, record = find_range(
                run,
                wanted,
                data_dir=resolve_data_dir(data, os.environ),
                progress=progress,
                words=[word for word in sys.argv[2:] if Path(word) != asked_run],
            )
        except RangeNotKeptError as error:
            problem, folder, record = error, error.run, error.record
    if as_json:
        print_json({"run_folder": str(folder.path), **record})
    else:
        tell_gain(folder)
        tell_range(record)
    if problem is not None:
        raise problem
    if as_json:
        return
    print(f"saved: {folder.path / 'range.json'}; `physdfa report {folder.path}` shows it")


def level_rule(level: float | None, within_best: float | None, within_dfa: float | None, helps: float | None) -> Any:
    """The level that the options ask for; by default one point below the best.

    **Raises:** `InputError` for more than one.
    """
    from physdfa.analysis.working_range import LevelRule

    kinds = {
        "--level": ("absolute", level),
        "--within-best": ("best", within_best),
        "--within-dfa": ("baseline", within_dfa),
        "--helps": ("constant", helps),
    }
    given: dict[str, tuple[Any, float]] = {
        name: (kind, value) for name, (kind, value) in kinds.items() if value is not None
    }
    if len(given) > 1:
        raise InputError(f"{' and '.join(given)}: say the level in one way only.")
    for name, (kind, value) in given.items():
        try:
            return LevelRule(kind=kind, value=value)
        except InputError as error:
            raise InputError(f"{name} {value:g}: {error}") from None
    return LevelRule()


def refuse_beside_check(values: Mapping[str, object]) -> None:
    """Refuse options of finding a range beside --check, which only asks about a device."""
    given = [name for name, value in values.items() if value is not None]
    if given:
        raise InputError(
            f"{', '.join(given)}: the verdict of --check is that of the saved range; find the range anew with it first."
        )


def refuse_without_use(
    within_dfa: float | None,
    dfa_seeds: int | None,
    yield_spread: str | None,
    yield_drift: float | None,
    yield_samples: int | None,
    yield_at: str | None,
    tolerance: float | None,
) -> None:
    """Refuse options without effect here, and places that do not exist."""
    if dfa_seeds is not None and within_dfa is None:
        raise InputError("--dfa-seeds: is of the training that --within-dfa asks for; give that, or leave it out.")
    of_a_yield = {"--yield-drift": yield_drift, "--yield-at": yield_at}
    of_a_yield |= {"--yield-samples": yield_samples} if tolerance is None else {}
    given = [name for name, value in of_a_yield.items() if value is not None]
    if given and yield_spread is None:
        raise InputError(f"{', '.join(given)}: a yield is trained with --yield-spread only; give that, such as 0.05.")
    if yield_at not in (None, "ends", "best"):
        raise InputError(f"--yield-at is 'ends' or 'best'; got '{yield_at}'.")


def verdict_confidence(confidence: float) -> float:
    """The confidence that is asked for, checked.

    **Raises:** `InputError` for one that is none.
    """
    from physdfa.analysis.working_range import checked_confidence

    try:
        return checked_confidence(confidence)
    except InputError as error:
        raise InputError(f"--confidence {confidence:g}: {error}") from None


def spreads_of(text: str | None) -> tuple[tuple[float, ...], tuple[Any, ...]]:
    """The spreads in "0.05,0.2,offset=50mV": those of all parameters, and an `OwnSpread` for each that is named.

    **Raises:** `InputError` for what is neither, is not above 0, or is a share above 1.
    """
    from physdfa.workflow.range.spreads import OwnSpread

    shared, own = list[float](), list[OwnSpread]()
    for part in () if text is None else text.split(","):
        name, is_named, said = part.rpartition("=")
        written = re.fullmatch(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*", said)
        unit = written[2] if written else ""
        if not written or (unit not in ("", "%") and not is_named):
            raise InputError(
                f"--yield-spread {text}: is a list of relative spreads, such as 0.05,0.2, or of spreads of single "
                f"parameters, such as offset=50mV,drive_gain=0.1; '{part.strip()}' is neither."
            )
        amount, unit = (float(written[1]) / 100, "") if unit == "%" else (float(written[1]), unit)
        if not 0 < amount <= (math.inf if unit else 1):
            most = "" if unit else " and at most 1; write 0.05 for 5 %"
            raise InputError(f"--yield-spread {text}: each spread is above 0{most}; got '{part.strip()}'.")
        if is_named:
            own.append(OwnSpread(name=name.strip(), amount=amount, unit=unit))
        else:
            shared.append(amount)
    return tuple(shared), tuple(own)


def tell_gain(run: Any) -> None:
    """Print what the best device of a run is worth over a constant g."""
    from physdfa.report.references import gain_sentences

    for sentence in gain_sentences(run.read_summary()):
        print(sentence)


def tell_range(record: Mapping[str, Any]) -> None:
    """Print the range for people on a terminal."""
    from physdfa.report.range_words import range_facts, range_tables
    from physdfa.report.table import as_text

    for name, text in range_facts(record):
        print(f"{name}: {text}")
    for table in range_tables(record):
        print(f"\n{table.title}\n{as_text(table, shutil.get_terminal_size(NO_TERMINAL).columns)}")
    print()
    warn(record["notes"])


def tell_verdict(run: Path, device: str, changes: Sequence[str], *, as_json: bool) -> None:
    """Print whether a device is inside a saved range."""
    from physdfa.report.formatting import FEW_DIGITS, accuracy, parameter_value, percent
    from physdfa.workflow.range.find import check_device

    found = check_device(run, device, changes)
    if as_json:
        print_json({**found.verdict._asdict(), "values": found.values, "different": list(found.different)})
        return
    verdict = found.verdict
    print(", ".join(f"{key} = {parameter_value(value)}" for key, value in found.values.items()))
    print(VERDICTS[verdict.state] + (f": {verdict.reason}" if verdict.reason else f" (level {found.level})"))
    if verdict.accuracy is not None and verdict.error is not None:
        print(f"predicted accuracy: {accuracy(verdict.accuracy, verdict.error)}")
    if verdict.probability is not None:
        asked = f"; a verdict needs {percent(found.confidence)} for it or against it"
        print(f"probability that it reaches the level: {percent(verdict.probability, FEW_DIGITS)}{asked}")
    if verdict.distance is not None:
        print(f"distance to the edge: {verdict.distance:.3f} of the declared ranges")
    warn(found.different)
