"""The memory of a whole process: `physdfa train`, from its imports to its last file, as the system counts it."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from common import BATCH, CLASSES, HIDDEN, make_data

CONFIG = """
[experiment]
name = "process"
[data]
name = "{data}"
[network]
hidden = [{hidden}]
num_steps = {steps}
[rule]
name = "{rule}"
{device}
[training]
epochs = 1
batch_size = {batch}
"""
DEVICE = """
[device]
preset = "mach_zehnder"
reference = "balanced"
"""


def process_row(rule: str, few: int = 10, many: int = 100) -> dict[str, object]:
    """The peak of a training of one epoch at `many` steps over that at `few`, a process each, all compiled anew."""
    held = [peak_of(rule, steps) for steps in (few, many)]
    what = f"peak of the process at T = {many} over T = {few}: {rule}"
    return {"what": what, "ratio": held[1] / held[0], "bytes": held}


def peak_of(rule: str, steps: int) -> int:
    """Most bytes resident [B] of one `physdfa train` of 784-800-10 on the images of the benchmarks."""
    images, labels = (np.asarray(values) for values in make_data())
    with tempfile.TemporaryDirectory() as folder:
        data, config = Path(folder) / "images.npz", Path(folder) / "process.toml"
        labels = np.arange(len(labels)) % CLASSES  # every class occurs
        np.savez(data, x_train=images, y_train=labels, x_test=images[:500], y_test=labels[:500])
        device = DEVICE if rule == "adfa" else ""
        config.write_text(CONFIG.format(data=data, hidden=HIDDEN, steps=steps, rule=rule, device=device, batch=BATCH))
        command = [sys.executable, "-c", "from physdfa.cli.main import main; main()", "train", str(config)]
        environment = {**os.environ, "JAX_ENABLE_COMPILATION_CACHE": "false"}
        child = subprocess.Popen(
            [*command, "--threads", "1", "--quiet", "--out", folder], env=environment, stdout=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise RuntimeError(f"the training of {rule} at T = {steps} ended with code {child.returncode}.")
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def bench_process() -> list[dict[str, object]]:
    """Whole trainings of the two rules whose step is measured under `memory`."""
    return [process_row(rule) for rule in ("adfa", "bptt")]
