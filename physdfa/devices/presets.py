"""Devices by name, with their values, the source of each number, and what was assumed."""

from physdfa.devices.base import AbstractDevice
from physdfa.devices.functions import Constant, RandomFourierSeries, SineSquared, SurrogateResponse
from physdfa.devices.measured import MeasuredCurve
from physdfa.devices.published import PUBLISHED, Preset
from physdfa.devices.stages import (
    Adc,
    AdditiveNoise,
    BiasDrift,
    Dac,
    Decode,
    DelayLoop,
    DiodeClipper,
    Driver,
    ElectroAbsorptionModulator,
    Encode,
    Hysteresis,
    KerrLoop,
    LiquidCrystal,
    MachZehnderModulator,
    Memristor,
    Microring,
    Photodiode,
    Rectifier,
    SaturableAbsorber,
    SecondHarmonic,
    SemiconductorOpticalAmplifier,
    TanhAmplifier,
    Tia,
    TimeMultiplexing,
)

STAGES: dict[str, type[AbstractDevice]] = {
    "encode": Encode,
    "dac": Dac,
    "driver": Driver,
    "bias_drift": BiasDrift,
    "hysteresis": Hysteresis,
    "mach_zehnder": MachZehnderModulator,
    "electro_absorption": ElectroAbsorptionModulator,
    "microring": Microring,
    "liquid_crystal": LiquidCrystal,
    "delay_loop": DelayLoop,
    "saturable_absorber": SaturableAbsorber,
    "soa": SemiconductorOpticalAmplifier,
    "second_harmonic": SecondHarmonic,
    "kerr_loop": KerrLoop,
    "curve": MeasuredCurve,
    "photodiode": Photodiode,
    "tia": Tia,
    "rectifier": Rectifier,
    "diode_clipper": DiodeClipper,
    "tanh_amplifier": TanhAmplifier,
    "memristor": Memristor,
    "filter": TimeMultiplexing,
    "adc": Adc,
    "additive_noise": AdditiveNoise,
    "decode": Decode,
}
"""Stages by the name that `stages = [...]` in a config uses."""


def _surrogate(kind: str, formula: str, source: str) -> Preset:
    return Preset(
        description=f"{formula} with x = (u - threshold) / width: the surrogate derivative of the forward neuron",
        source=source,
        assumed="peak 1 and area `width`, common to all five surrogates",
        device=SurrogateResponse,
        fixed={"kind": kind},
    )


PRESETS: dict[str, Preset] = {
    "mach_zehnder_ideal": Preset(
        description="lossless Mach-Zehnder modulator with infinite extinction; as it stands, sin^2(pi u / (2 v_pi))",
        source="Saleh & Teich, Fundamentals of Photonics, 'Electro-Optics'; role as g: Zhang et al., arXiv:2409.07776",
        assumed="v_pi = 4.7 V (a measured single-drive modulator), 1 V per unit of u, biased at least transmission",
        stages=("encode", "mach_zehnder", "photodiode", "decode"),
        values={
            "mach_zehnder.extinction_ratio_db": float("inf"),
            "mach_zehnder.insertion_loss_db": 0.0,
            "photodiode.dark_current": 0.0,
            "decode.reference": "zero",
        },
    ),
    "mach_zehnder": Preset(
        description="saturating driver, Mach-Zehnder modulator with loss and finite extinction, balanced detection",
        source="Saleh & Teich, Fundamentals of Photonics, 'Electro-Optics'; role as g: Zhang et al., arXiv:2409.07776",
        assumed="4.7 V, 25 dB extinction, 4 dB loss, 1 mW, 0.8 A/W, 1 nA, driver up to 5 V: typical values",
        stages=("encode", "driver", "mach_zehnder", "photodiode", "decode"),
        values={
            "mach_zehnder.extinction_ratio_db": 25.0,
            "mach_zehnder.insertion_loss_db": 4.0,
            "decode.reference": "balanced",
        },
    ),
    "sine_squared": Preset(
        description="sin^2(pi (u - shift) / (2 half_period)) - level: the ideal interferometer without units",
        source="Zhang et al., arXiv:2409.07776 (aDFA-Opto), as we read it",
        assumed="half_period = 4 (units of u): a quarter of the sinusoid's period is two thresholds",
        device=SineSquared,
    ),
    "triangle": _surrogate("triangle", "max(0, 1 - |x|)", "Bellec et al., NeurIPS 2018"),
    "rectangle": _surrogate("rectangle", "1 where |x| <= 1/2", "Wu et al., Front. Neurosci. 12:331 (2018)"),
    "fast_sigmoid": _surrogate("fast_sigmoid", "1 / (1 + 2|x|)^2", "Zenke & Ganguli, Neural Comput. 30 (2018)"),
    "arctan": _surrogate("arctan", "1 / (1 + (pi x)^2)", "Fang et al., ICCV 2021"),
    "exponential": _surrogate("exponential", "exp(-2|x|)", "Shrestha & Orchard, NeurIPS 2018"),
    "constant": Preset(
        description="the same gain at every potential",
        source="none: a floor for comparisons",
        assumed="gain 1",
        device=Constant,
    ),
    "random_fourier": Preset(
        description="random Fourier series with coefficients from U(-1, 1), normalised by the sum of their magnitudes",
        source="Zhang et al., arXiv:2409.07776; M. Nakajima et al., Nat. Commun. 13, 7847 (2022)",
        assumed="4 harmonics of a period of 8 (units of u)",
        device=RandomFourierSeries,
    ),
} | PUBLISHED
"""Presets by the name that `preset = "..."` in a config uses."""
