"""Whatever is in a file, its reader gives a value or one sentence: no traceback, no hang, no full memory."""

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.durability.fuzzing import MOST_BYTES, NUM_INPUTS, survive
from tests.durability.kinds import KINDS

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize("kind", KINDS)
def test_random_changes(kind, tmp_path):
    made = KINDS[kind](tmp_path)
    survive(made.read, made.whole, made.tokens, seed=list(KINDS).index(kind))


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed: pip install atheris")
@pytest.mark.parametrize("kind", KINDS)
def test_changes_guided_by_the_lines_they_reach(kind, tmp_path):
    done = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-m", "tests.durability.guided", kind, str(tmp_path)),
            *(f"-atheris_runs={NUM_INPUTS}", "-timeout=5", f"-rss_limit_mb={MOST_BYTES >> 20}"),
        ],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
    )
    # Not the exit status: the timer of libFuzzer may strike once more after the end.
    assert f"Done {NUM_INPUTS} in" in done.stderr, done.stderr[-5000:]
