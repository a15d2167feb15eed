"""What the suite itself relies on."""

import jax

from tests.conftest import COMPILED


def test_what_a_test_compiles_is_kept_on_disk_for_the_next_run():
    def kept_by_the_suite(number):
        return number * 3.5 + 0.25

    for path in COMPILED.glob("jit_kept_by_the_suite-*"):
        path.unlink()
    assert jax.jit(kept_by_the_suite)(2.0) == 7.25
    assert list(COMPILED.glob("jit_kept_by_the_suite-*"))
