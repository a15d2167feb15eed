"""A measured modulator as g, ideal and with one imperfection at a time: the table of docs/measured_mzm.md.

    python experiments/measured_mzm/table.py --data DIR               train all rows, fill the table
    python experiments/measured_mzm/table.py --data DIR --only NAME   train one row (repeatable)
    python experiments/measured_mzm/table.py --render                 fill the table, train nothing
    python experiments/measured_mzm/table.py --scale smoke --data DIR the same code on the embedded digits, in a minute

DIR holds mnist/ and device_measurements/. The row `measured_mzm` is the frozen config beside this file, 5 seeds of 15
epochs. The other rows change its chain as `CONDITIONS` says, and train 3 seeds of 8 epochs, `rising` among them, so
that they compare with each other. The test set is read once, at the end of each training.
"""

import argparse
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path(__file__).with_name("measured_mzm.toml")
REFERENCE = ROOT / "results" / "reference" / "measured_mzm"
DOCUMENT = ROOT / "docs" / "measured_mzm.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"

SYMBOL_RATE = 1e9  # Bd
V_PI = 4.69  # V, from `physdfa device fit`
UPDATES_PER_EPOCH = 60000 // 128
DRIFT_RATE = 0.01 * V_PI / UPDATES_PER_EPOCH**0.5  # V/sqrt(s), at one update per second: 1 % of V_pi per epoch


def stages(*names: str) -> str:
    """The override that sets the chain."""
    return "device.stages=[" + ", ".join(f'"{name}"' for name in names) + "]"


DETECTED = ("encode", "curve", "photodiode", "tia", "decode")
CONVERTED = ("encode", "dac", "curve", "photodiode", "tia", "adc", "decode")
DRIFTING = ("encode", "bias_drift", "curve", "decode")
FILTERED = ("encode", "curve", "photodiode", "tia", "filter", "decode")


def bits(count: int) -> tuple[str, ...]:
    """DAC and ADC of `count` bits; the DAC reaches over the measured range."""
    return (
        stages(*CONVERTED),
        "device.dac.full_scale=7.0",
        f"device.dac.num_bits={count}",
        f"device.adc.num_bits={count}",
    )


def noisy(power: float) -> tuple[str, ...]:
    """Shot noise and thermal noise of a receiver for 1 GBd, at `power` W of light."""
    return (
        stages(*DETECTED),
        f"device.curve.optical_power={power}",
        f"device.photodiode.bandwidth={SYMBOL_RATE}",
        "device.photodiode.shot_noise=on",
        "device.tia.thermal_noise=on",
    )


def drifting(relock_every: int) -> tuple[str, ...]:
    """A bias that walks 1 % of V_pi per epoch, re-locked every so many updates (0: never)."""
    return (
        stages(*DRIFTING),
        f"device.bias_drift.drift_rate={DRIFT_RATE}",
        "device.bias_drift.update_period=1.0",
        f"device.bias_drift.relock_every={relock_every}",
    )


def filtered(share: float) -> tuple[str, ...]:
    """A bandwidth of `share` times the symbol rate: each neuron hears the ones before it."""
    return (
        stages(*FILTERED),
        f"device.filter.symbol_rate={SYMBOL_RATE}",
        f"device.filter.bandwidth={share * SYMBOL_RATE}",
    )


CONDITIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "rising": ("rising branch", ()),
    "falling": ("falling branch", ("device.branch=falling",)),
    "random": ("either branch, at random for each use", ("device.branch=random",)),
    "bits_8": ("DAC and ADC of 8 bits", bits(8)),
    "bits_6": ("DAC and ADC of 6 bits", bits(6)),
    "bits_4": ("DAC and ADC of 4 bits", bits(4)),
    "noise_1_mw": ("shot and thermal noise at 1 mW", noisy(1e-3)),
    "noise_0.1_mw": ("shot and thermal noise at 0.1 mW", noisy(1e-4)),
    "noise_0.01_mw": ("shot and thermal noise at 0.01 mW", noisy(1e-5)),
    "drift": ("bias drift of 1 % of V_pi per epoch", drifting(0)),
    "drift_controlled": ("the same, re-locked ten times per epoch", drifting(UPDATES_PER_EPOCH // 10)),
    "bandwidth_1": ("f_3dB = symbol rate", filtered(1.0)),
    "bandwidth_0.5": ("f_3dB = 0.5 symbol rate", filtered(0.5)),
    "bandwidth_0.2": ("f_3dB = 0.2 symbol rate", filtered(0.2)),
}
FINAL = "measured_mzm"
ROWS = [FINAL, *CONDITIONS]
SMOKE = (
    "data.name=digits",
    "network.hidden=[32]",
    "network.num_steps=4",
    "training.epochs=2",
    "training.batch_size=64",
)


def train_row(name: str, *, data: Path | None, out: Path, is_smoke: bool) -> dict[str, object]:
    """Train one row and return its summary; at full scale its small files go to results/reference/measured_mzm/."""
    from physdfa.cli.progress import make_progress
    from physdfa.config import load_config
    from physdfa.data import resolve_data_dir
    from physdfa.store.reference import keep_reference
    from physdfa.workflow.train import train

    overrides = () if name == FINAL else ("training.epochs=8", *CONDITIONS[name][1])
    seeds = 5 if name == FINAL else 3
    if is_smoke:
        overrides, seeds = (*overrides, *SMOKE), 1
    folder = resolve_data_dir(data, os.environ)
    config = load_config(CONFIG, (*overrides, f"experiment.name={name}"), kind="train", data_dir=folder)
    progress = make_progress(quiet=is_smoke)
    try:
        run = train(
            config,
            out_dir=out,
            data_dir=folder,
            num_seeds=seeds,
            command_line=["python", "experiments/measured_mzm/table.py", "--only", name],
            progress=progress,
        )
    finally:
        progress.close()
    if not is_smoke:
        keep_reference(run.path, REFERENCE / name)
    return run.read_summary()


def table() -> str:
    """The table as Markdown, from results/reference/; a row that was not run says so."""
    lines = ["| chain | test accuracy | requests outside the measured range |", "|---|---|---|"]
    titles = {FINAL: "**rising branch, 15 epochs**"} | {name: title for name, (title, _) in CONDITIONS.items()}
    lines += [f"| {title} | {' | '.join(cells(name))} |" for name, title in titles.items()]
    return "\n".join(lines)


def cells(name: str) -> tuple[str, str]:
    """Test accuracy and ledger of one row, in percent."""
    path = REFERENCE / name / "summary.json"
    if not path.exists():
        return "not run", ""
    summary = json.loads(path.read_text())
    count = len(summary["test_accuracies"])
    accuracy = f"{100 * summary['test_accuracy']:.2f} ± {100 * summary['test_accuracy_std']:.2f} % ({count} seeds)"
    return accuracy, f"{100 * max(summary['outside_range']):.2f} %"


def main() -> None:
    """Train and fill; see the head of this file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with mnist/ and device_measurements/")
    parser.add_argument("--only", action="append", choices=ROWS, help="one row; repeatable")
    parser.add_argument("--out", type=Path, default=ROOT / "results", help="where the run folders go")
    parser.add_argument("--scale", choices=("smoke", "full"), default="full")
    parser.add_argument("--render", action="store_true", help="fill the table from results/reference/ only")
    options = parser.parse_args()
    from physdfa.store.reference import fill_between

    is_smoke = options.scale == "smoke"
    for name in [] if options.render else options.only or ROWS:
        print(f"{name} …", file=sys.stderr, flush=True)
        summary = train_row(name, data=options.data, out=options.out, is_smoke=is_smoke)
        print(f"{name}: {100 * float(str(summary['test_accuracy'])):.2f} %", flush=True)
    if options.render or not (options.only or is_smoke):
        fill_between(DOCUMENT, BEGIN, END, table())


if __name__ == "__main__":
    from physdfa.errors import PhysdfaError

    try:
        main()
    except PhysdfaError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
