"""Shape checks at run time for the whole suite, strict ranks, and the folder with the real data, where it is."""

import ctypes
import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from jaxtyping import install_import_hook
from platformdirs import user_cache_path

# A shell has what it starts in the background ignore Ctrl-C, which tests send, and their processes inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Shapes are checked at every call of each module that declares any. In the others it took a tenth of the time.
ROOT = Path(__file__).parents[1]
SHAPED = [path for path in ROOT.glob("physdfa/**/*.py") if "from jaxtyping" in path.read_text(encoding="utf-8")]
install_import_hook([".".join(path.relative_to(ROOT).with_suffix("").parts) for path in SHAPED], "beartype.beartype")

# The suite compiles thousands of small programs once each. Unoptimised, fused the old way and in one piece, twelve
# programs of trainings compile in 2.3 s, not 11.6 s; with the new fusion in 7.5 s, in many pieces in 3.2 s.
FAST = ("backend_optimization_level=0", "cpu_use_fusion_emitters=false", "cpu_parallel_codegen_split_count=1")
os.environ.setdefault("XLA_FLAGS", " ".join(f"--xla_{flag}" for flag in FAST))

# A worker per core: threads of the linear algebra that share the cores take ten times as long.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from physdfa.cli.compilation_cache import processor  # noqa: E402

# What any worker of this or an earlier run compiled is taken from disk; the user's own programs are left alone.
COMPILED = user_cache_path("physdfa") / "tests" / processor()
MOST_COMPILED_BYTES = 1_000_000_000
os.environ["JAX_COMPILATION_CACHE_DIR"] = str(COMPILED)
os.environ["JAX_ENABLE_COMPILATION_CACHE"] = "true"
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"

import jax  # noqa: E402  (after the hook, as every physdfa module must be)

jax.config.update("jax_numpy_rank_promotion", "raise")

from physdfa.training import free_bytes  # noqa: E402
from physdfa.training.program import forget_programs  # noqa: E402

MOST_BYTES = 2_000_000_000
"""What a worker may hold before it forgets its compiled programs, which it then traces again and reads from disk."""

LEAST_GROWN = 500_000_000
"""By as much it has grown before it forgets again: what stays after that is held by others."""

WORKER_BYTES = 2_500_000_000
MOST_WORKERS = 8


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """A worker per core, as far as memory goes."""
    return max(1, min(os.cpu_count() or 1, MOST_WORKERS, free_bytes() // WORKER_BYTES))


def pytest_configure(config: pytest.Config) -> None:
    """Compiled programs of a full folder are forgotten, the oldest half of them, before any worker reads one."""
    if hasattr(config, "workerinput") or not COMPILED.is_dir():
        return
    found = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in COMPILED.iterdir())
    if sum(size for _, size, _ in found) > MOST_COMPILED_BYTES:
        for _, _, path in found[: len(found) // 2]:
            path.unlink()


C_LIBRARY = ctypes.CDLL(None)
held_after_forgetting = [0]


@pytest.fixture(autouse=True)
def bounded_memory() -> Iterator[None]:
    """Thousands of small programs, all kept, grow a worker to 5 GB."""
    yield
    if _held_bytes() > max(MOST_BYTES, held_after_forgetting[0] + LEAST_GROWN):
        forget_programs()
        jax.clear_caches()
        gc.collect()
        if hasattr(C_LIBRARY, "malloc_trim"):  # glibc keeps what was freed
            C_LIBRARY.malloc_trim(0)
        held_after_forgetting[0] = _held_bytes()


def _held_bytes() -> int:
    """Bytes of this process in memory now; 0 where the system does not tell."""
    pages = Path("/proc/self/statm")
    return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if pages.exists() else 0


@pytest.fixture
def fresh_programs() -> None:
    """No program is taken over from the tests before, for a test that counts what is compiled."""
    forget_programs()


@pytest.fixture(scope="session")
def real_data_dir() -> Path:
    """The folder that holds `mnist/` and `fashion_mnist/`; the test is skipped, saying so, where it is missing."""
    candidates = [os.environ.get("PHYSDFA_DATA"), Path(__file__).parents[2] / "shared" / "data"]
    for candidate in candidates:
        if candidate and (Path(candidate) / "mnist").is_dir():
            return Path(candidate)
    pytest.skip("the published MNIST files are not here; set PHYSDFA_DATA to the folder that holds them")


def pytest_collection_finish() -> None:
    """What is there now stays: the collector need not look at it again, nor at every few hundred new objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
