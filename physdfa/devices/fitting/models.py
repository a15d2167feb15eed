"""The physical models by name."""

from physdfa.devices.fitting.absorption import ELECTRO_ABSORPTION, SATURABLE_ABSORBER
from physdfa.devices.fitting.amplification import LASER_DIODE, SOA
from physdfa.devices.fitting.electronic import RECTIFIER, TANH_AMPLIFIER
from physdfa.devices.fitting.interference import MACH_ZEHNDER, MICRORING_DROP, MICRORING_THROUGH
from physdfa.devices.fitting.model import Model
from physdfa.errors import InputError, unknown_name

MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        MACH_ZEHNDER,
        ELECTRO_ABSORPTION,
        MICRORING_THROUGH,
        MICRORING_DROP,
        SATURABLE_ABSORBER,
        SOA,
        LASER_DIODE,
        TANH_AMPLIFIER,
        RECTIFIER,
    )
}
"""Models that `fit` and `device fit --model` know."""


def model_called(name: str) -> Model:
    """The model of that name.

    **Raises:** `InputError` if there is none, with the nearest name.
    """
    if name not in MODELS:
        raise InputError(unknown_name("model", name, tuple(MODELS)))
    return MODELS[name]
