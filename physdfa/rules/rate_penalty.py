"""The regularisation of firing rates: hidden neurons are drawn towards a wanted mean number of spikes."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from physdfa.arrays import Scalar, as_scalar
from physdfa.errors import InputError, unknown_name

PENALTY_SIDES = ("both", "above")


class RatePenalty(eqx.Module):
    """L' = L + (strength / 2) sum_i (r_i - target)^2, r_i the mean spike count of hidden neuron i over the batch.

    **Arguments:**

    - `strength`: lambda, >= 0; `target`: the wanted mean spike count r*, >= 0.
    - `sides`: "both" draws silent neurons up, too; "above" only punishes what fires too often.

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** Bacho & Chu, arXiv:2403.08804, whose formula is not known to us: two-sided as in the authors' programs.
    """

    strength: Scalar = eqx.field(converter=as_scalar, default=0.0)
    target: Scalar = eqx.field(converter=as_scalar, default=0.0)
    sides: str = eqx.field(static=True, default="both")

    def __check_init__(self):
        if self.sides not in PENALTY_SIDES:
            raise InputError(f"`sides`: {unknown_name('side', self.sides, PENALTY_SIDES)}")
        for name in ("strength", "target"):
            if not np.all(np.asarray(getattr(self, name)) >= 0):
                raise InputError(f"`{name}` of a rate penalty must be >= 0; got {getattr(self, name)}.")

    def teaching(self, counts: Float[Array, "batch neurons"]) -> Float[Array, " neurons"]:
        """What is added to the teaching signal (wanted minus counted) of each neuron: lambda (r* - r_i)."""
        missing = self.target - jnp.mean(counts, axis=0)
        return self.strength * (missing if self.sides == "both" else jnp.minimum(missing, 0.0))
