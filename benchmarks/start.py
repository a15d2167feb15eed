"""Seconds from the imports to the end of the first training step, in a process of its own.

Beside them the time of all processors that the process took, which other programs on the machine hardly change.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

WORKER = """
import json, time
begun = time.perf_counter()
import jax, numpy as np
from common import BATCH, make_data, make_trial
from physdfa.training import Splits, Trainer
jax.devices()
imported, used = time.perf_counter(), time.process_time()
trial, data, trainer = make_trial("adfa", "sin2", 25, readout=READOUT), make_data(), Trainer(1)
splits = Splits(train=np.arange(BATCH)[None], validation=np.zeros((1, 0), int))
trainer.run_epoch(trainer.start([trial], [jax.random.key(0)], data, splits), data, splits, 1)
ended, spent = time.perf_counter(), time.process_time()
print(json.dumps({"imports": imported - begun, "step": ended - imported, "processors": spent - used}))
"""


def bench_start() -> list[dict[str, object]]:
    """The first step with an empty compilation cache and with the cache that it has left."""
    rows = []
    for readout in ("rate", "count"):
        with tempfile.TemporaryDirectory() as cache:
            first, second = (first_step(readout, cache) for _ in range(2))
        rows.append(
            {
                "what": f"first step with cache over without: aDFA, {readout}",
                "ratio": second["step"] / first["step"],
                "cold_s": first["step"],
                "cached_s": second["step"],
                "imports_s": second["imports"],
                "cold_processors_s": first["processors"],
                "cached_processors_s": second["processors"],
            }
        )
    return rows


def first_step(readout: str, cache: str) -> dict[str, float]:
    """Seconds of the imports, and from there to the end of the first step: of the clock, and of all processors."""
    settings = (
        "import jax",
        f"jax.config.update('jax_compilation_cache_dir', {cache!r})",
        "jax.config.update('jax_persistent_cache_min_compile_time_secs', 0)",
        f"READOUT = {readout!r}",
    )
    finished = subprocess.run(
        [sys.executable, "-c", "\n".join([*settings, WORKER])],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(finished.stdout.splitlines()[-1])
