"""Did results drift? Trains small networks of two revisions and compares the bytes of their weights.

    python benchmarks/drift.py 411dd96                    the working tree against a revision
    python benchmarks/drift.py 411dd96 --keep before.json

For every shipped config, and every rule with every readout and encoding, one epoch on the digits at the config's own
seed. Each revision reads its own shipped configs, so a file may be written anew as long as it means the same. Run both
revisions on one machine: the last bits of float32 belong to the processor.
"""

import argparse
import contextlib
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UNOPTIMISED = "--xla_backend_optimization_level=0"  # hundreds of programs run once each: they compile in half the time
DISCRETE_RULES = {
    "bptt": "", "dfa": "", "adfa": "", "readout_only": "", "fdfa": "", "erbp": 'error = "online"', "st_dfa": "",
    "sign_concordant": "", "drtp": "", "eprop": 'error = "online"',
    "eprop-symmetric": 'error = "online"\nsymmetric = true',
    "sparse_dfa-surrogate": 'local_factor = "surrogate"\nerror_threshold = 0.01',
    "sparse_dfa-device": 'local_factor = "device"\nupdate_threshold = 0.01',
    "bptt-online": 'error = "online"', "dfa-online": 'error = "online"', "adfa-online": 'error = "online"',
}  # fmt: skip
RECURRENT = {"bptt": "lif", "adfa": "lif", "dfa-online": "cuba_lif", "eprop": "alif", "eprop-symmetric": "cuba_lif"}
FEEDBACKS = {
    "dense": "", "sparse": "share = 0.3", "fan_in": "fan_in = 2", "single_entry": 'entries = "ternary"',
    "block": "blocks = 2", "scattering": "shot_noise = 0.02", "weight_bank": "product_noise = 0.01",
}  # fmt: skip
PRECISIONS = {"exact": "", "ternary": "error_threshold = 0.2", "rounded": "error_bits = 4"}
OPTIMIZERS = {"adam": "", "adamw": "weight_decay = 0.01", "sgd": "momentum = 0.5"}
NETWORK = "[network]\nhidden = [12, 10]\nnum_steps = 4\n"
SMALL = ("training.epochs=1", "data.train_size=300", "training.batch_size=50")
DEVICE = '[device]\npreset = "mach_zehnder"\nreference = "balanced"\n'


def experiment(name: str, tables: str) -> str:
    """An experiment file on the digits."""
    return f'[experiment]\nname = "{name}"\nseed = 3\n{tables}'


def grid() -> Iterator[tuple[str, str]]:
    """(name, text) of each combination of parts."""
    for (label, extra), readout, encoding in product(
        DISCRETE_RULES.items(), ("rate", "membrane", "count"), ("direct", "rate", "latency")
    ):
        rule = label.split("-")[0]
        device = DEVICE if rule == "adfa" or label == "sparse_dfa-device" else ""
        yield (
            f"{label}-{readout}-{encoding}",
            f'[data]\nname = "digits"\nencoding = "{encoding}"\n{NETWORK}readout = "{readout}"\n'
            f'[rule]\nname = "{rule}"\n{extra}\n{device}',
        )
    for gradient, optimizer in product(("sfdfa", "dfa", "bp"), ("average", "adam")):
        if gradient != "sfdfa" and optimizer == "adam":
            continue
        chosen = f'feedback_optimizer = "{optimizer}"' if gradient == "sfdfa" else ""
        yield (
            f"sfdfa-{gradient}-{optimizer}",
            '[data]\nname = "digits"\nencoding = "latency"\n[network]\nhidden = [12, 10]\n[rule]\nname = "sfdfa"\n'
            f'gradient = "{gradient}"\n{chosen}\n[events]\nlevels = 10\n',
        )
    base = f'[data]\nname = "digits"\n{NETWORK}[rule]\nname = "dfa"\n'
    for (kind, own), (precision, coarse) in product(FEEDBACKS.items(), PRECISIONS.items()):
        yield (
            f"feedback-{kind}-{precision}",
            f'{base}[feedback]\nkind = "{kind}"\nprecision = "{precision}"\n{own}\n{coarse}\n',
        )
    for (optimizer, own), schedule in product(OPTIMIZERS.items(), ("constant", "cosine")):
        yield (
            f"optimizer-{optimizer}-{schedule}",
            f'{base}[training]\noptimizer = "{optimizer}"\nschedule = "{schedule}"\n{own}\n',
        )
    for surrogate in ("triangle", "rectangle", "fast_sigmoid", "arctan", "exponential"):
        yield (
            f"surrogate-{surrogate}",
            f'[data]\nname = "digits"\n{NETWORK}surrogate = "{surrogate}"\nreset = "subtract"\nrefractory_steps = 1\n'
            '[rule]\nname = "dfa"\n',
        )
    for (label, neuron), encoding in product(RECURRENT.items(), ("direct", "rate")):
        rule, device = label.split("-")[0], DEVICE if label == "adfa" else ""
        yield (
            f"recurrent-{label}-{encoding}",
            f'[data]\nname = "digits"\nencoding = "{encoding}"\n{NETWORK}recurrent = [true, false]\n'
            f'neuron = "{neuron}"\n[rule]\nname = "{rule}"\n{DISCRETE_RULES[label]}\n{device}',
        )
    yield (
        "the-rest",
        f'[data]\nname = "digits"\nshift_augmentation = 1\n{NETWORK}readout = "membrane"\nmembrane_reduction = "last"\n'
        'readout_decay = 0.8\nweight_scale = 1.5\ninput_scale = 2.0\n[rule]\nname = "dfa"\nfeedback_scale = 0.5\n'
        '[training]\nloss = "mse"\ndropout = 0.2\ninput_dropout = 0.1\nlearning_rate = 3e-3\n',
    )


def shipped(checkout: Path) -> Iterator[tuple[str, Path]]:
    """(name, path) of the experiment files of a checkout."""
    paths = [path for folder in ("experiments", "physdfa") for path in sorted((checkout / folder).rglob("*.toml"))]
    yield from {f"shipped {path.stem}": path for path in reversed(paths)}.items()


def train(arguments: list[str], folder: Path) -> str:
    """The SHA-256 of the weights after `physdfa train`, or the first line of its refusal."""
    from physdfa.cli.boundary import answer

    out = folder / "results"
    said = io.StringIO()
    sys.argv = ["physdfa", "train", *arguments, "--out", str(out), "--quiet"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        code = answer()
    if code:
        return f"refused: {said.getvalue().partition('mistake')[2].strip()[:300]}"
    import numpy as np

    (path,) = out.rglob("final.npz")
    found, count = hashlib.sha256(), 0
    with np.load(path) as arrays:
        for name in sorted(arrays.files):
            if name.startswith(("weights", "biases", "feedback")):
                found.update(name.encode() + arrays[name].tobytes())
                count += 1
    assert count > 2, path  # two layers at least
    return found.hexdigest()


def child(checkout: Path, result: Path, only: str) -> None:
    """Train everything of the revision that this process has imported whose name contains `only`."""
    hashes: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, text in (one for one in grid() if only in one[0]):
            path = folder / f"{name}.toml"
            path.write_text(experiment(name, text), encoding="utf-8")
            hashes[name] = train([str(path), *_set(SMALL)], folder / name)
        for name, path in (one for one in shipped(checkout) if only in one[0]):
            own = ["data.name=digits", "network.hidden=[12]", "data.validation_size=0", *SMALL]
            table = tomllib.loads(path.read_text(encoding="utf-8"))
            if table["data"].get("encoding") == "events":
                own.append("data.encoding=latency")
                own += ["events.window=0.1"] if table["rule"]["name"] != "sfdfa" else []
            hashes[name] = train([str(path), *_set(own)], folder / f"shipped-{len(hashes)}")
    result.write_text(json.dumps(hashes, indent=1), encoding="utf-8")


def _set(values: tuple[str, ...] | list[str]) -> list[str]:
    return [word for value in values for word in ("--set", value)]


def hashes_of(checkout: Path, only: str) -> dict[str, str]:
    """What a process of that checkout finds."""
    with tempfile.NamedTemporaryFile(suffix=".json") as result:
        subprocess.run(
            [sys.executable, __file__, "--child", str(checkout), result.name, only],
            check=True,
            cwd=checkout,
            env=os.environ | {"PYTHONPATH": str(checkout), "XLA_FLAGS": UNOPTIMISED},
        )
        return json.loads(Path(result.name).read_text(encoding="utf-8"))


def kept_or_trained(revision: str, keep: Path | None, only: str) -> dict[str, str]:
    """The hashes of a revision: those kept earlier, or those of its trainings in a checkout of its own."""
    if keep and keep.is_file():
        return json.loads(keep.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as scratch:
        checkout = Path(scratch) / "before"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--detach", str(checkout), revision], check=True)
        try:
            found = hashes_of(checkout, only)
        finally:
            subprocess.run([*git, "remove", "--force", str(checkout)], check=True)
    if keep:
        keep.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return found


def main() -> int:
    """Compare, and say what differs."""
    if sys.argv[1:2] == ["--child"]:
        child(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("revision", help="what the working tree is compared with")
    parser.add_argument("--keep", type=Path, help="file for the hashes of that revision; read instead, where it exists")
    parser.add_argument("--only", default="", help="train only what has this in its name: shipped, sfdfa, feedback-")
    asked = parser.parse_args()
    with ThreadPoolExecutor(2) as beside:
        coming = beside.submit(hashes_of, ROOT, asked.only)
        before = kept_or_trained(asked.revision, asked.keep, asked.only)
        after = coming.result()
    different = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    for name in different:
        print(f"{name}\n  before: {before.get(name, 'not there')}\n  after:  {after.get(name, 'not there')}")
    trained = sum(not said.startswith("refused") for said in before.values())
    print(f"{len(before)} trainings, {trained} of them not refused: {len(different)} differ.")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
