"""Every device, rule, readout, encoding and projection, and a training, in a process with one of JAX's switches set."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.devices.curves import make_measurement

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("switch", ["JAX_ENABLE_X64", pytest.param("JAX_DISABLE_JIT", marks=pytest.mark.slow)])
def test_every_part_answers_with_its_shapes_and_types_under_a_switch_of_jax(switch):
    done = subprocess.run(
        [sys.executable, "-m", "tests.contracts.under_switches"],
        cwd=Path(__file__).parents[2],
        env=os.environ | {switch: "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["mistakes"] == {}
    assert said["looked_at"] > 50
    assert said["wide"] == (switch == "JAX_ENABLE_X64")
    # A monotone interpolant meets the mean of the repeats at each drive.
    sweep = make_measurement()
    rising = sweep.output[sweep.direction == 1].reshape(-1, 3).mean(axis=1)[::8]
    np.testing.assert_allclose(said["answers"], rising, rtol=0, atol=1e-6 * np.ptp(sweep.output))
