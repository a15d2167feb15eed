"""The detector: from optical power to current."""

from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.base import AbstractDevice, affine_range
from physdfa.devices.parameter import ParameterValue, parameter


class Photodiode(AbstractDevice):
    """i = responsivity P + dark_current; noiseless and without saturation.

    **Arguments:**

    - `responsivity`: R [A/W], >= 0.
    - `dark_current`: current without light [A], >= 0.

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** Saleh & Teich, *Fundamentals of Photonics*, "Semiconductor Photon Detectors".
    """

    responsivity: ParameterValue = parameter(
        default=0.8, unit="A/W", low=0.0, typical=(0.5, 1.1), meaning="the photocurrent per optical power"
    )
    dark_current: ParameterValue = parameter(
        default=1e-9, unit="A", low=0.0, typical=(0.0, 1e-6), meaning="the current without light"
    )

    @property
    def units(self) -> tuple[str | None, str | None]:
        """Watts in, amperes out."""
        return "W", "A"

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """Photocurrent [A] for the optical power `signal` [W]."""
        del key  # noiseless
        return self.responsivity * signal + self.dark_current

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """Exact."""
        return affine_range(low, high, self.responsivity, self.dark_current)
