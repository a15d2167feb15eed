"""Our own training step for the table, in the project's environment; and the data that every variant trains on.

`ours.py --write FILE` writes that data: MNIST where PHYSDFA_DATA names the folder that holds it, else random images of
its sparsity. A call is one compiled epoch of `STEPS_PER_CALL` steps, with its shuffle and metrics.
"""

import argparse
import os
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from variants import BATCH, Setting, Training

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import STEPS_PER_CALL, epoch_call, make_data, make_trial

from physdfa.data import Dataset, load_dataset
from physdfa.training import Data


def training(setting: Setting, rule: str, readout: str, coding: str = "direct") -> Training:
    """One rule with one readout; the neurons reset by subtraction, as those of the others do."""
    trial = make_trial(rule, "sin2", setting.num_steps, readout=readout, encoding=coding, reset="subtract")
    samples = jnp.asarray(np.round(255 * setting.images).astype(np.uint8))
    call, _ = epoch_call(trial, Data(samples, jnp.asarray(setting.labels)))
    return Training(lambda batch: jax.block_until_ready(call()), STEPS_PER_CALL)


def adfa_count(setting: Setting) -> Training:
    """aDFA whose output neurons spike: the network of the others."""
    return training(setting, "adfa", "count")


def adfa_rate(setting: Setting) -> Training:
    """aDFA with outputs linear in the hidden spike rates: our default."""
    return training(setting, "adfa", "rate")


def bptt_count(setting: Setting) -> Training:
    """Backpropagation through time, with the network of the others."""
    return training(setting, "bptt", "count")


def bptt_rate(setting: Setting) -> Training:
    """Backpropagation through time with outputs linear in the hidden spike rates."""
    return training(setting, "bptt", "rate")


def adfa_count_rate_coding(setting: Setting) -> Training:
    """aDFA whose output neurons spike, inputs drawn as spikes."""
    return training(setting, "adfa", "count", "rate")


def adfa_rate_rate_coding(setting: Setting) -> Training:
    """aDFA with outputs linear in the hidden spike rates, inputs drawn as spikes."""
    return training(setting, "adfa", "rate", "rate")


def chosen_data() -> tuple[str, np.ndarray, np.ndarray]:
    """Its name, pixels of 0 to 1, and labels: as many as `STEPS_PER_CALL` batches take."""
    folder, rows = os.environ.get("PHYSDFA_DATA"), STEPS_PER_CALL * BATCH
    if folder and (Path(folder) / "mnist").is_dir():
        dataset = load_dataset("mnist", data_dir=Path(folder))
        assert isinstance(dataset, Dataset)
        return "MNIST", dataset.train_images[:rows] / np.float32(255), dataset.train_labels[:rows]
    data = make_data()
    return "random images, 19 % lit", np.asarray(data.samples) / np.float32(255), np.asarray(data.labels)


def main() -> None:
    """Write the data, and print its name."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, required=True, help=".npz file to write")
    options = parser.parse_args()
    name, images, labels = chosen_data()
    np.savez(options.write, images=images, labels=labels)
    print(name)


if __name__ == "__main__":
    main()
