"""Accuracy over the sparsity of feedback, and over skipped weight updates: the table and figure of docs/sparse_dfa.md.

    python experiments/sparse_dfa/curve.py --data DIR               train all rows, fill the document
    python experiments/sparse_dfa/curve.py --data DIR --only NAME   train one row (repeatable)
    python experiments/sparse_dfa/curve.py --render                 fill the document, train nothing
    python experiments/sparse_dfa/curve.py --scale smoke            the same code on the embedded digits, in a minute

DIR holds mnist/. Each row changes feedback, thresholds or local factor of `sparse_dfa.toml` as `ROWS` says. The test
set is read once, at the end of each training. The runs are kept under results/reference/sparse_dfa/.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path(__file__).with_name("sparse_dfa.toml")
REFERENCE = ROOT / "results" / "reference" / "sparse_dfa"
DOCUMENT = ROOT / "docs" / "sparse_dfa.md"
FIGURE = ROOT / "docs" / "images" / "sparse_dfa.svg"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"

DENSE = "dense"
DEVICE = (
    "rule.local_factor=device",
    "device.preset=mach_zehnder",
    "device.v_pi=4.7",
    "device.v_bias=6.03532",
    "device.drive_gain=1.65873",
    "device.reference=balanced",
    "training.learning_rate=2e-3",
)
"""The Mach-Zehnder modulator of ../mnist_adfa_opto.toml, and its learning rate."""


SMOOTH = ("network.surrogate=fast_sigmoid",)
"""A derivative that is 0 nowhere, so that no neuron stops to learn."""


class Row(NamedTuple):
    """One training: its title, the share of the feedback connections that it builds, and what it changes.

    `curve`: the line of the figure that it belongs to.
    """

    title: str
    share: float
    overrides: tuple[str, ...]
    curve: str


def fan_in(count: int) -> Row:
    """Connections from `count` of the 10 classes to each neuron."""
    overrides = ("feedback.kind=fan_in", f"feedback.fan_in={count}")
    return Row(f"fan-in {count}", count / 10, overrides, "sparsity")


def skipping(**thresholds: float) -> Row:
    """Single entries, with a threshold on errors or on updates."""
    title = " and ".join(f"{name} threshold {value:g}" for name, value in thresholds.items())
    overrides = tuple(f"rule.{name}_threshold={value}" for name, value in thresholds.items())
    return Row(f"single entry, {title}", 0.1, overrides, "skipping")


ROWS: dict[str, Row] = {
    DENSE: Row("dense: DFA", 1.0, ("feedback.kind=dense",), "sparsity"),
    "fan_in_5": fan_in(5),
    "fan_in_3": fan_in(3),
    "fan_in_2": fan_in(2),
    "fan_in_1": fan_in(1),
    "share_5": Row("random share of 5 %", 0.05, ("feedback.kind=sparse", "feedback.share=0.05"), "sparsity"),
    "single_entry": Row("single entry, balanced", 0.1, (), "skipping"),
    "single_entry_ternary": Row("single entry, ternary", 0.1, ("feedback.entries=ternary",), ""),
    "error_0.01": skipping(error=0.01),
    "error_0.05": skipping(error=0.05),
    "error_0.2": skipping(error=0.2),
    "update_0.01": skipping(update=0.01),
    "smooth_dense": Row("dense, fast sigmoid", 1.0, ("feedback.kind=dense", *SMOOTH), ""),
    "smooth_single_entry": Row("single entry, fast sigmoid", 0.1, SMOOTH, "smooth"),
    "smooth_error_0.01": Row(
        "single entry, fast sigmoid, error threshold 0.01", 0.1, (*SMOOTH, "rule.error_threshold=0.01"), "smooth"
    ),
    "smooth_error_0.01_long": Row(
        "the same, 30 epochs", 0.1, (*SMOOTH, "rule.error_threshold=0.01", "training.epochs=30"), "smooth"
    ),
    "device_single_entry": Row("single entry, Mach–Zehnder g", 0.1, DEVICE, "device"),
    "device_error_0.01": Row(
        "single entry, Mach–Zehnder g, error threshold 0.01", 0.1, (*DEVICE, "rule.error_threshold=0.01"), "device"
    ),
}
"""Every row by name."""

SMOKE = (
    "data.name=digits",
    "network.hidden=[64]",
    "network.num_steps=8",
    "training.epochs=5",
    "training.batch_size=32",
)
SEEDS = {"smoke": 1, "full": 5}


def curve_rows(
    config: Path,
    scale: str,
    *,
    data: Path | None,
    out: Path,
    only: Sequence[str] = (),
    command_line: Sequence[str] = (),
    on_row: Callable[[str, Path, dict[str, Any]], None] = lambda name, run, summary: None,
) -> dict[str, dict[str, Any]]:
    """Train the rows and return their summaries by name.

    **Arguments:**

    - `config`: the experiment file that the rows change; `scale`: "smoke" (embedded digits) or "full".
    - `data`: folder with mnist/; None: what the environment says. `out`: where the run folders go.
    - `only`: names in `ROWS`; all when empty.
    - `on_row`: called with the name, the run folder and the summary of each row that has been trained.
    """
    from physdfa.cli.progress import make_progress
    from physdfa.config import load_config
    from physdfa.data import resolve_data_dir
    from physdfa.workflow.train import train

    found = {}
    for name in only or ROWS:
        overrides = (*ROWS[name].overrides, *(SMOKE if scale == "smoke" else ()), f"experiment.name=sparse_dfa_{name}")
        progress = make_progress(quiet=scale == "smoke")
        try:
            run = train(
                load_config(config, overrides, kind="train"),
                out_dir=out,
                data_dir=resolve_data_dir(data, os.environ),
                num_seeds=SEEDS[scale],
                command_line=command_line,
                progress=progress,
            )
        finally:
            progress.close()
        found[name] = run.read_summary()
        on_row(name, run.path, found[name])
    return found


def kept_rows() -> dict[str, dict[str, Any]]:
    """The summaries under results/reference/sparse_dfa/ by name of the row."""
    paths = {name: REFERENCE / name / "summary.json" for name in ROWS}
    return {name: json.loads(path.read_text(encoding="utf-8")) for name, path in paths.items() if path.exists()}


def accuracy(summary: dict[str, Any]) -> str:
    """Test accuracy, mean ± standard deviation over the seeds."""
    count = len(summary["test_accuracies"])
    spread = f" ± {100 * summary['test_accuracy_std']:.2f}" if count > 1 else ""
    return f"{100 * summary['test_accuracy']:.2f}{spread} % ({count} seed{'s' if count > 1 else ''})"


def table(rows: dict[str, dict[str, Any]]) -> str:
    """The table as Markdown; a row that was not run says so."""
    lines = [
        "| feedback | connections | accuracy | floats sent back per sample | weight updates per sample | "
        "in all, of dense DFA's | of its own without thresholds |",
        "|---|---|---|---|---|---|---|",
    ]
    dense = rows.get(DENSE, {}).get("weight_updates")
    for name, row in ROWS.items():
        head = f"| {row.title} | {100 * row.share:g} % |"
        if name not in rows:
            lines.append(f"{head} not run | – | – | – | – |")
            continue
        found = rows[name]
        of_dense = "–" if dense is None else f"{100 * found['weight_updates'] / dense:.1f} %"
        lines.append(
            f"{head} {accuracy(found)} | {found['feedback_floats_per_sample']:,.0f} | "
            f"{found['weight_updates_per_sample']:,.0f} | {of_dense} | "
            f"{100 * found['weight_updates_share']:.1f} % |"
        )
    return "\n".join(lines)


def draw(rows: dict[str, dict[str, Any]]) -> str:
    """Accuracy over the share of connections, and over the weight updates per sample, as SVG."""
    from physdfa.report.figures.style import CYCLE, DASHES, drawing, svg_text

    panels = (
        ("feedback connections [%]", {"sparsity": "triangle"}, lambda name, found: 100 * ROWS[name].share),
        (
            "weight updates per sample (single entry)",
            {"skipping": "triangle", "smooth": "fast sigmoid", "device": "Mach–Zehnder g"},
            lambda name, found: found["weight_updates_per_sample"],
        ),
    )
    with drawing(8.0, 3.2) as figure:
        for axes, (label, curves, place) in zip(figure.subplots(1, 2, sharey=True), panels, strict=True):
            for number, (curve, title) in enumerate(curves.items()):
                chosen = sorted(
                    (place(name, found), 100 * found["test_accuracy"], 100 * found["test_accuracy_std"])
                    for name, found in rows.items()
                    if ROWS[name].curve == curve
                )
                if not chosen:
                    continue
                places, means, spreads = (list(values) for values in zip(*chosen, strict=True))
                style = {"color": CYCLE[number], "linestyle": DASHES[number], "label": title}
                axes.errorbar(places, means, yerr=spreads, marker="o", markersize=3, capsize=3, **style)
            axes.set_xscale("log")
            axes.set_xlabel(label)
            axes.legend(loc="best")
        figure.axes[0].set_ylabel("test accuracy [%]")
        return svg_text(figure, "sparse_dfa")


def render() -> None:
    """Fill the document, and draw the figure, from results/reference/."""
    from physdfa.store.reference import fill_between

    rows = kept_rows()
    FIGURE.write_text(draw(rows), encoding="utf-8")
    image = f"![Test accuracy over feedback connections and over weight updates](images/{FIGURE.name})"
    fill_between(DOCUMENT, BEGIN, END, f"{table(rows)}\n\n{image}")


def main() -> None:
    """Train and fill; see the head of this file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with mnist/")
    parser.add_argument("--only", action="append", choices=list(ROWS), help="one row; repeatable")
    parser.add_argument("--out", type=Path, default=ROOT / "results", help="where the run folders go")
    parser.add_argument("--scale", choices=("smoke", "full"), default="full")
    parser.add_argument("--render", action="store_true", help="fill the document from results/reference/ only")
    options = parser.parse_args()
    from physdfa.store.reference import keep_reference

    def on_row(name: str, run: Path, summary: dict[str, Any]) -> None:
        share = 100 * summary["weight_updates_share"]
        print(f"{name}: {accuracy(summary)}, {share:.1f} % of the weight updates", flush=True)
        if options.scale == "full":
            keep_reference(run, REFERENCE / name)

    if not options.render:
        rows = curve_rows(
            CONFIG,
            options.scale,
            data=options.data,
            out=options.out,
            only=options.only or (),
            command_line=["python", "experiments/sparse_dfa/curve.py", *sys.argv[1:]],
            on_row=on_row,
        )
        if options.scale == "smoke":
            print(table(rows))
    if options.render or (options.scale == "full" and not options.only):
        render()


if __name__ == "__main__":
    from physdfa.errors import PhysdfaError

    try:
        main()
    except PhysdfaError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
