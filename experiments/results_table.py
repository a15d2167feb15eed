"""The results table of README.md: every rule on MNIST and Fashion-MNIST, 784-800-10, mean ± spread over seeds.

    python experiments/results_table.py --data DIR                train all, fill the table
    python experiments/results_table.py --data DIR --only NAME    train one row (repeatable)
    python experiments/results_table.py --render                  fill the table, train nothing
    python experiments/results_table.py --scale smoke             the same code on the embedded digits, in a minute

Each row is one config beside this file, frozen before the test set was read; the test set is read once, at the end of
each training. The runs are kept under results/reference/; those of the smoke scale are not.
"""

import argparse
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "results" / "reference"
README = ROOT / "README.md"
BEGIN, END = "<!-- results table: begin -->", "<!-- results table: end -->"

RULES = {
    "bptt": "BPTT (surrogate gradient)",
    "dfa": "DFA (surrogate derivative)",
    "adfa_fourier": "aDFA, random Fourier g",
    "adfa_opto": "aDFA-Opto, Mach–Zehnder g",
    "readout_only": "hidden layer frozen",
}
DATASETS = {"mnist": "MNIST", "fashion_mnist": "Fashion-MNIST"}
ROWS = [f"{dataset}_{rule}" for dataset in DATASETS for rule in RULES]
SMOKE = (
    "data.name=digits",
    "network.hidden=[64]",
    "network.num_steps=8",
    "training.epochs=5",
    "training.batch_size=32",
)


def train_row(
    name: str, *, data: Path | None, seeds: int, out: Path, overrides: tuple[str, ...] = ()
) -> dict[str, object]:
    """Train one config and return its summary; at full scale its small files go to results/reference/."""
    from physdfa.cli.progress import make_progress
    from physdfa.config import load_config
    from physdfa.data import resolve_data_dir
    from physdfa.store.reference import keep_reference
    from physdfa.workflow.train import train

    config = load_config(ROOT / "experiments" / f"{name}.toml", overrides, kind="train")
    progress = make_progress(quiet=False)
    try:
        run = train(
            config,
            out_dir=out,
            data_dir=resolve_data_dir(data, os.environ),
            num_seeds=seeds,
            command_line=["python", "experiments/results_table.py", "--only", name, "--seeds", str(seeds)],
            progress=progress,
        )
    finally:
        progress.close()
    if not overrides:
        keep_reference(run.path, REFERENCE / name)
    return run.read_summary()


def table() -> str:
    """The table as Markdown, from results/reference/; a row that was not run says so."""
    lines = ["| rule | " + " | ".join(DATASETS.values()) + " |", "|---|" + "---|" * len(DATASETS)]
    for rule, title in RULES.items():
        cells = [cell(f"{dataset}_{rule}") for dataset in DATASETS]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def cell(name: str) -> str:
    """Test accuracy of one row, in percent."""
    path = REFERENCE / name / "summary.json"
    if not path.exists():
        return "not run"
    summary = json.loads(path.read_text())
    count = len(summary["test_accuracies"])
    return f"{100 * summary['test_accuracy']:.2f} ± {100 * summary['test_accuracy_std']:.2f} % ({count} seeds)"


def main() -> None:
    """Train and fill; see the head of this file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with mnist/ and fashion_mnist/")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", action="append", choices=ROWS, help="one row; repeatable")
    parser.add_argument("--out", type=Path, default=ROOT / "results", help="where the run folders go")
    parser.add_argument("--scale", choices=("smoke", "full"), default="full")
    parser.add_argument("--render", action="store_true", help="fill the table from results/reference/ only")
    options = parser.parse_args()
    from physdfa.store.reference import fill_between

    if options.scale == "smoke":
        for name in options.only or ROWS[: len(RULES)]:
            summary = train_row(name, data=None, seeds=2, out=options.out, overrides=SMOKE)
            print(f"{name} on the digits: {100 * float(str(summary['test_accuracy'])):.1f} %")
        return
    for name in [] if options.render else options.only or ROWS:
        print(f"{name} …", file=sys.stderr, flush=True)
        train_row(name, data=options.data, seeds=options.seeds, out=options.out)
        print(f"{name}: {cell(name)}", flush=True)
    if options.render or not options.only:
        fill_between(README, BEGIN, END, table())


if __name__ == "__main__":
    from physdfa.errors import PhysdfaError

    try:
        main()
    except PhysdfaError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
