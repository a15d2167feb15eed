"""Physical models fitted to measured curves."""

from physdfa.devices.fitting.emulation import preset_table
from physdfa.devices.fitting.fit import FITTED_BRANCHES, Fit, fit
from physdfa.devices.fitting.model import FittedParameter, Model
from physdfa.devices.fitting.models import MODELS

__all__ = ["FITTED_BRANCHES", "MODELS", "Fit", "FittedParameter", "Model", "fit", "preset_table"]
