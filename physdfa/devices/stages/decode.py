"""The pure number g from the last signal of the chain: subtract a reference, divide by a scale."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal, as_scalar
from physdfa.devices.base import affine_range
from physdfa.devices.promises import Affine
from physdfa.errors import InputError
from physdfa.parts import Parameter, ParameterValue, is_traced, option, parameter

# A chain whose output moves less than this (an amplitude in A or V) does not move: it gets the scale 1, and g = 0.
_NO_SWING = 1e-30


class Decode(Affine):
    """g = (v - v_ref) / v_scale.

    **Arguments:**

    - `reference`: "zero": v_ref = 0; "balanced": the middle of the range of v (balanced detection); "calibrated": the
      mean of v over the potentials given to `calibrate` (AC coupling), and the middle of the range until then.
    - `scale`: v_scale in the unit of v, > 0; by default the largest |v - v_ref| over the range of v: max |g| = 1.

    The range of v is that of the chain before this stage for every possible potential. The cascade sets the two levels
    that follow from it, `level` (v_ref) and `swing` (the automatic v_scale), when it is built or calibrated; like the
    potentiometers they stand for, they then stay, whatever drifts later. Outside of a cascade they are 0 and 1.

    **Raises:** `InputError` at construction, if a value leaves its range; in a cascade, if the range of v has no end
    but `reference` or `scale` needs one.
    """

    reference: str = option(
        default="zero",
        choices=("zero", "balanced", "calibrated"),
        meaning="the level that is subtracted",
    )
    scale: ParameterValue | None = parameter(
        default=None,
        unit="",
        low=0.0,
        low_open=True,
        typical=(1e-4, 1e-2),
        meaning="the signal, in A or V, that makes g = 1",
    )
    level: ParameterValue = eqx.field(converter=as_scalar, default=0.0)
    swing: ParameterValue = eqx.field(converter=as_scalar, default=1.0)

    def _scale(self) -> ParameterValue:
        return self.swing if self.scale is None else self.scale

    def unit_of(self, declared: Parameter, incoming: str | None) -> str:
        """That of the signal."""
        del declared
        return incoming or ""

    @property
    def units(self) -> tuple[str | None, str | None]:
        """Any unit in, a pure number out."""
        return None, ""

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """g for the signal of the stage before, in its unit."""
        del key  # noiseless
        return (signal - self.level) * (1.0 / self._scale())

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """Exact ends of an affine answer."""
        slope = 1.0 / self._scale()
        return affine_range(low - self.level, high - self.level, slope, as_scalar(0.0))

    def with_levels(self, low: ParameterValue, high: ParameterValue, mean: ParameterValue | None = None) -> "Decode":
        """The stage with `level` and `swing` set for a signal from `low` to `high` whose measured mean is `mean`."""
        needs_range = self.scale is None or self.reference != "zero"
        if needs_range and not is_traced(low) and not is_traced(high) and not np.all(np.isfinite([low, high])):
            raise InputError(
                "`decode` needs a signal with a largest and a least value, and nothing in this chain limits it: put a "
                'driver or a modulator before it, or give `decode.scale` with decode.reference = "zero".'
            )
        if self.reference == "zero":
            level = jnp.zeros_like(low)
        elif self.reference == "calibrated" and mean is not None:
            level = mean
        else:
            level = 0.5 * (low + high)
        swing = jnp.maximum(jnp.abs(high - level), jnp.abs(low - level))
        swing = jnp.where((swing > _NO_SWING) & jnp.isfinite(swing), swing, 1.0)
        return eqx.tree_at(lambda stage: (stage.level, stage.swing), self, (level, swing))
