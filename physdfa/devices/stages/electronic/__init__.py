"""Electronic devices whose curve is g without any light: a diode, a transistor pair, a memristor."""

from physdfa.devices.stages.electronic.diode_clipper import DiodeClipper
from physdfa.devices.stages.electronic.memristor import Memristor
from physdfa.devices.stages.electronic.rectifier import Rectifier
from physdfa.devices.stages.electronic.tanh_amplifier import TanhAmplifier

__all__ = ["DiodeClipper", "Memristor", "Rectifier", "TanhAmplifier"]
