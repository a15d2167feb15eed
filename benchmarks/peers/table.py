"""From measured seconds to the table: images per second, what ours is faster by, and a line for what did not run."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field

WAYS = {"ours": "ours", "documented": "as documented", "tuned": "tuned by hand"}


@dataclass(kw_only=True)
class Row:
    """One variant: what it is, and what was measured of it.

    - `seconds`, `cpu_seconds`: of single training steps, by the clock on the wall and of processor time.
    - `start_s`, `start_cpu_s`: from the imports to the first step, compilers included, less the steps themselves [s].
    - `memory_mb`: the most memory that a fresh process held, by number of time steps [MB].
    - `failed`: why it did not run.
    """

    name: str
    way: str
    coding: str
    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    start_s: float | None = None
    start_cpu_s: float | None = None
    memory_mb: dict[int, float | str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    failed: str | None = None

    def median(self, clock: str) -> float | None:
        """Median seconds per training step by the clock "seconds" or "cpu_seconds"; None where none was measured."""
        measured = getattr(self, clock)
        return statistics.median(measured) if measured else None


def reference(rows: Iterable[Row], coding: str) -> Row | None:
    """Ours with that coding and the network of the others: the first of ours in the table."""
    return next((row for row in rows if row.way == "ours" and row.coding == coding), None)


def ours_over(row: Row, rows: Sequence[Row], clock: str) -> float | None:
    """How many times as fast as `row` ours is, with the same coding."""
    ours, theirs = reference(rows, row.coding), row.median(clock)
    mine = ours.median(clock) if ours else None
    return theirs / mine if theirs and mine else None


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def _table(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rule = ["---", "---", "---", *["---:"] * (len(header) - 3)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (header, rule, *lines))


def speed_table(rows: Sequence[Row], batch: int) -> str:
    """Images per second of each variant, and what ours is faster by; sorted by coding and way, the slowest first."""
    ran = [row for row in rows if row.seconds]
    ran.sort(key=lambda row: (row.coding, list(WAYS).index(row.way), -(row.median("seconds") or 0)))
    lines = []
    for row in ran:
        wall, cpu = row.median("seconds"), row.median("cpu_seconds")
        lines.append(
            (
                row.name,
                WAYS[row.way],
                row.coding,
                _number(batch / wall if wall else None, ",.0f"),
                _number(ours_over(row, rows, "seconds"), ".2f"),
                _number(batch / cpu if cpu else None, ",.0f"),
                _number(ours_over(row, rows, "cpu_seconds"), ".2f"),
                _number(row.start_s, ".1f"),
                _number(row.start_cpu_s, ".1f"),
            )
        )
    header = (
        "variant",
        "way",
        "coding",
        "images/s",
        "ours ×",
        "by CPU time: images/s",
        "ours ×",
        "start [s]",
        "CPU [s]",
    )
    return _table(header, lines)


def memory_table(rows: Sequence[Row]) -> str:
    """Peak memory of each variant by number of time steps, and what the most steps take over the fewest."""
    ran = [row for row in rows if row.memory_mb]
    steps = sorted({count for row in ran for count in row.memory_mb})
    lines = []
    for row in ran:
        held = [row.memory_mb.get(count, "–") for count in steps]
        more = held[-1] - held[0] if isinstance(held[0], float) and isinstance(held[-1], float) else None
        cells = [value if isinstance(value, str) else f"{value:,.0f}" for value in held]
        lines.append((row.name, WAYS[row.way], row.coding, *cells, _number(more, "+,.0f")))
    return _table(("peak memory [MB]", "way", "coding", *(f"T = {count}" for count in steps), "last − first"), lines)


def summary(rows: Sequence[Row], clock: str = "seconds") -> list[str]:
    """Each of ours over the fastest peer of each way with the same coding, one line each."""
    lines = []
    for ours in (row for row in rows if row.way == "ours"):
        for way in ("documented", "tuned"):
            others = [row for row in rows if (row.way, row.coding) == (way, ours.coding) and row.median(clock)]
            mine = ours.median(clock)
            if not others or not mine:
                continue
            best = min(others, key=lambda row: row.median(clock) or 0)
            ratio = (best.median(clock) or 0) / mine
            lines.append(f"{ours.name}, {ours.coding} coding: {ratio:.2f} × the fastest {WAYS[way]} ({best.name})")
    return lines


def failures(rows: Iterable[Row]) -> list[str]:
    """A line for each variant that did not run."""
    return [f"{row.name} ({WAYS[row.way]}, {row.coding} coding): {row.failed}" for row in rows if row.failed]


def as_json(rows: Sequence[Row], batch: int) -> list[dict[str, object]]:
    """The rows with their medians and ratios, for a file."""
    result = []
    for row in rows:
        kept: dict[str, object] = {key: value for key, value in asdict(row).items() if key != "versions"}
        for clock in ("seconds", "cpu_seconds"):
            median = row.median(clock)
            kept[f"median_{clock}"] = median
            kept[f"images_per_{clock[:-1]}"] = batch / median if median else None
            kept[f"ours_over_{clock}"] = ours_over(row, rows, clock)
        result.append(kept)
    return result
