"""For which kind of backend programs are made: what is fast on a processor and on an accelerator differs.

On a processor a member stays in the cache while it trains, and long kernels run out of registers. An accelerator starts
kernels one after the other, each of them some microseconds: few and large ones fill it. Results are equal to rounding.
"""

import os

import jax

from physdfa.errors import InputError

TUNED_FOR = "PHYSDFA_TUNED_FOR"
"""The environment variable that chooses one of `KINDS`, whatever JAX computes on: to compare, and for tests."""

KINDS = ("processor", "accelerator")


def for_accelerator() -> bool:
    """Whether programs are made for an accelerator: where JAX computes on one, unless `TUNED_FOR` says otherwise.

    **Raises:** `InputError` for another value of the variable.
    """
    asked = os.environ.get(TUNED_FOR, "")
    if asked and asked not in KINDS:
        raise InputError(
            f"the environment variable {TUNED_FOR} = {asked}: must be {' or '.join(KINDS)}; leave it out for what JAX "
            "computes on."
        )
    return asked == "accelerator" if asked else jax.default_backend() != "cpu"
