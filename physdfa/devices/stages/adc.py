"""The analogue-to-digital converter: the last analogue voltage of the chain, read in steps and within a full scale."""

import equinox as eqx
import numpy as np
from jaxtyping import Array, Bool, PRNGKeyArray

from physdfa.arrays import Signal, as_scalar
from physdfa.devices.promises import Monotone
from physdfa.devices.stages.converter import quantised, reach_of
from physdfa.errors import InputError
from physdfa.parts import ParameterValue, is_traced, option, parameter

# The automatic full scale is met exactly but for rounding.
_ROUNDING = 1e-5


class Adc(Monotone):
    """The level nearest to v, clipped to its range: k full_scale / (2^num_bits - 1), k = 0 .. 2^num_bits - 1.

    **Arguments:**

    - `num_bits`: resolution, whole, 1 to 16.
    - `full_scale`: largest level [V], > 0; by default the largest |v| over the range of v before this stage.
    - `polarity`: "unipolar": 0 .. full_scale, as above; "bipolar": +-full_scale, with the levels of `Dac`.

    The range of v is that of the chain before this stage for every possible potential, without noise. The cascade sets
    the automatic full scale, `reach`, when it is built or calibrated, and leaves it until then. Outside of a cascade
    it is 1 V.

    **Raises:** `InputError` at construction, if a value leaves its range; in a cascade, if the range of v has no end
    but `full_scale` needs one.
    """

    num_bits: ParameterValue = parameter(
        default=8.0, unit="bit", low=1.0, high=16.0, typical=(4.0, 16.0), meaning="the resolution in bits", whole=True
    )
    full_scale: ParameterValue | None = parameter(
        default=None, unit="V", low=0.0, low_open=True, typical=(0.1, 1.0), meaning="the largest voltage"
    )
    polarity: str = option(
        default="unipolar", choices=("unipolar", "bipolar"), meaning="whether negative voltages are read"
    )
    reach: ParameterValue = eqx.field(converter=as_scalar, default=1.0)

    @property
    def units(self) -> tuple[str | None, str | None]:
        """Volts in, volts out."""
        return "V", "V"

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """Voltage read [V] for the voltage `signal` [V]."""
        del key  # noiseless
        full_scale = self.reach if self.full_scale is None else self.full_scale
        return quantised(signal, self.num_bits, full_scale, is_bipolar=self.polarity == "bipolar")

    def clips(self, signal: Signal) -> Bool[Array, "*shape"]:
        """Voltages beyond the full scale, and negative ones where it reads none."""
        full_scale = self.reach if self.full_scale is None else self.full_scale
        margin = _ROUNDING * full_scale
        least = -full_scale if self.polarity == "bipolar" else 0.0
        return (signal < least - margin) | (signal > full_scale + margin)

    def with_levels(self, low: ParameterValue, high: ParameterValue, mean: ParameterValue | None = None) -> "Adc":
        """The stage with its automatic full scale set for voltages from `low` to `high`."""
        del mean
        if self.full_scale is not None:
            return self
        if not is_traced(low) and not is_traced(high) and not np.all(np.isfinite([low, high])):
            raise InputError(
                "`adc` needs a voltage with a largest and a least value, and nothing before it in this chain limits "
                "it: give `adc.full_scale`, or put a driver or a modulator before it."
            )
        return eqx.tree_at(lambda stage: stage.reach, self, reach_of(low, high))
