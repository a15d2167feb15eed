"""Ideal backward functions, for comparison with physical devices: no hardware behind them."""

from physdfa.devices.functions.constant import Constant
from physdfa.devices.functions.fourier import RandomFourierSeries
from physdfa.devices.functions.sine_squared import SineSquared
from physdfa.devices.functions.surrogate import SurrogateResponse

__all__ = ["Constant", "RandomFourierSeries", "SineSquared", "SurrogateResponse"]
