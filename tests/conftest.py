"""Shape checks at run time for the whole suite, strict ranks, and the folder with the real data, where it is."""

import os
from pathlib import Path

import pytest
from jaxtyping import install_import_hook

install_import_hook(["physdfa", "ga_search"], "beartype.beartype")

# The suite compiles hundreds of small programs once each: unoptimised, they compile in half the time.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")

# The suite neither reads nor fills the user's cache of compiled programs.
os.environ.setdefault("JAX_ENABLE_COMPILATION_CACHE", "false")

import jax  # noqa: E402  (after the hook, as every physdfa module must be)

jax.config.update("jax_numpy_rank_promotion", "raise")


@pytest.fixture(scope="session")
def real_data_dir() -> Path:
    """The folder that holds `mnist/` and `fashion_mnist/`; the test is skipped, saying so, where it is missing."""
    candidates = [os.environ.get("PHYSDFA_DATA"), Path(__file__).parents[2] / "shared" / "data"]
    for candidate in candidates:
        if candidate and (Path(candidate) / "mnist").is_dir():
            return Path(candidate)
    pytest.skip("the published MNIST files are not here; set PHYSDFA_DATA to the folder that holds them")
