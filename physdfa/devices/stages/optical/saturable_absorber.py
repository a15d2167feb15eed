"""The saturable absorber: weak light is absorbed, strong light passes: a soft threshold for optical power."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.promises import Monotone
from physdfa.errors import InputError
from physdfa.parts import ParameterValue, check_declared, is_traced, parameter


class SaturableAbsorber(Monotone):
    """P_out = P T(P),   T(P) = T_0 + dT P / (P + P_sat).

    Static: the light changes slowly against the absorber's recovery. Power below 0, which only noise can ask for, is
    taken as darkness.

    **Arguments:**

    - `transmission`: T_0, of weak light, 0..1.
    - `modulation_depth`: dT, how much more of strong light passes, 0..1, with T_0 + dT <= 1.
    - `saturation_power`: P_sat, at which half of dT is reached [W], > 0: the saturation intensity times the mode area.

    **Raises:** `InputError` at construction, if a value leaves its range or T_0 + dT exceeds 1.

    **Source:** B. E. A. Saleh & M. C. Teich, *Fundamentals of Photonics*, "Amplifier Nonlinearity", saturable
    absorbers: alpha(P) = alpha_0 / (1 + P / P_sat), here for a thin absorber, whose transmission is linear in alpha.
    """

    transmission: ParameterValue = parameter(
        default=0.3, unit="", low=0.0, high=1.0, typical=(0.1, 0.5), meaning="the transmission of weak light"
    )
    modulation_depth: ParameterValue = parameter(
        default=0.4,
        unit="",
        low=0.0,
        high=1.0,
        typical=(0.05, 0.5),
        meaning="the additional transmission of strong light",
    )
    saturation_power: ParameterValue = parameter(
        default=2e-4,
        unit="W",
        low=0.0,
        low_open=True,
        typical=(1e-5, 1e-2),
        meaning="the power that saturates half of the absorption",
    )

    def __check_init__(self):
        check_declared(self)
        if is_traced(self.transmission) or is_traced(self.modulation_depth):
            return
        strongest = np.max(np.asarray(self.transmission + self.modulation_depth))
        if strongest > 1.0:
            raise InputError(
                "`transmission` + `modulation_depth` is the transmission of strong light and must be <= 1; got "
                f"{strongest:g}: lower one of the two."
            )

    @property
    def units(self) -> tuple[str | None, str | None]:
        """Watts in, watts out."""
        return "W", "W"

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """Transmitted power [W] for the incident power `signal` [W]."""
        del key  # noiseless
        power = jnp.maximum(signal, 0.0)
        # Rounding may carry the sum past 1, which the largest float32 would not survive.
        transmission = self.transmission + self.modulation_depth * (power / (power + self.saturation_power))
        return power * jnp.minimum(transmission, 1.0)

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """Exact: more light in is more light out, without end."""
        least, largest = super().output_range(low, high)
        return least, jnp.where(jnp.isposinf(high), jnp.inf, largest)
