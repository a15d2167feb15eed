"""Physical models fitted to measured curves."""

from physdfa.devices.fitting.emulation import preset_table
from physdfa.devices.fitting.fit import FITTED_BRANCHES, Fit, fit
from physdfa.devices.fitting.models import MODELS

__all__ = ["FITTED_BRANCHES", "MODELS", "Fit", "fit", "preset_table"]
