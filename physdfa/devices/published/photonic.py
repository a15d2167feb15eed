"""Modulators, absorbers and amplifiers of light, as published.

A number stands in `source` if we have read it in the work cited or in its abstract; a number that we only remember, or
that is ours, stands in `assumed`. The drive is always ours: no source drives its device with a membrane potential.
"""

from collections.abc import Mapping

from physdfa.devices.published.base import Preset

_DETECTED = "0.8 A/W, 1 nA"
_AS_SINE_SQUARED = (
    "driven by v_pi / 4 per unit of u from least transmission at u = 0, so that it rises over 4 thresholds, as "
    "`sine_squared` does"
)


def _mach_zehnder(
    *,
    description: str,
    source: str,
    assumed: str,
    v_pi: float,
    extinction_ratio_db: float,
    insertion_loss_db: float,
    optical_power: float = 1e-3,
    v_bias: float | None = None,
    others: Mapping[str, object] | None = None,
) -> Preset:
    """Least transmission at u = 0, full transmission at u = 4."""
    v_bias = v_pi if v_bias is None else v_bias
    return Preset(
        description=description,
        source=source,
        assumed=f"{assumed}; {_AS_SINE_SQUARED}",
        stages=("encode", "mach_zehnder", "photodiode", "decode"),
        values={
            "encode.drive_gain": v_pi / 4,
            "encode.offset": v_bias - v_pi,
            "mach_zehnder.v_pi": v_pi,
            "mach_zehnder.v_bias": v_bias,
            "mach_zehnder.extinction_ratio_db": extinction_ratio_db,
            "mach_zehnder.insertion_loss_db": insertion_loss_db,
            "mach_zehnder.optical_power": optical_power,
        }
        | dict(others or {}),
    )


PHOTONIC: dict[str, Preset] = {
    "single_drive_measured": _mach_zehnder(
        description="a laboratory's single-drive Mach-Zehnder modulator, fitted to its measured rising sweep",
        source="Labtel-IC/all-optical-ofdm (GitHub), SDMZM_Expe_Resul.m: our fit of the rising branch gives "
        "v_pi = 4.69 V, v_bias = 2.72 V and 1.11 mW; the sweep spans 31 dB",
        assumed=f"no insertion loss, as the laser's power is not given: 1.11 mW is what leaves; 30 dB, {_DETECTED}",
        v_pi=4.69,
        v_bias=2.72,
        extinction_ratio_db=30.0,
        insertion_loss_db=0.0,
        optical_power=1.11e-3,
    ),
    "lithium_niobate_thin_film": _mach_zehnder(
        description="integrated thin-film lithium niobate modulator for CMOS voltages",
        source="C. Wang et al., Nature 562, 101 (2018): on-chip loss below 0.5 dB (abstract)",
        assumed="0.5 dB, the stated bound; 1.4 V (the 20-mm device) and 30 dB from our memory of the text, not "
        f"checked; 1 mW, {_DETECTED}",
        v_pi=1.4,
        extinction_ratio_db=30.0,
        insertion_loss_db=0.5,
    ),
    "lithium_niobate_near_infrared": _mach_zehnder(
        description="hybrid thin-film lithium niobate and silicon nitride modulator at 784 nm",
        source="arXiv:2211.13348: v_pi L = 0.8 V cm at 784 nm, modulation length 0.8 cm (abstract), hence 1 V",
        assumed="25 dB extinction, 4 dB loss, 1 mW; 0.5 A/W of a silicon photodiode, 1 nA",
        v_pi=1.0,
        extinction_ratio_db=25.0,
        insertion_loss_db=4.0,
        others={"photodiode.responsivity": 0.5},
    ),
    "lithium_niobate_catalogue": _mach_zehnder(
        description="packaged bulk lithium niobate intensity modulator for 10 GHz",
        source="Exail (iXblue, Photline), catalogue modulator MX-LN-10: 3.5 dB loss, 10 GHz, as users of it state",
        assumed=f"6 V and 20 dB from our memory of the data sheet, not checked; 1 mW, {_DETECTED}",
        v_pi=6.0,
        extinction_ratio_db=20.0,
        insertion_loss_db=3.5,
    ),
    "plasmonic_organic": _mach_zehnder(
        description="all-plasmonic Mach-Zehnder modulator of 10 um length, with an organic electro-optic material",
        source="C. Haffner et al., Nature Photon. 9, 525 (2015): length 10 um, 70 GHz (abstract)",
        assumed="v_pi = 6 V (60 V um) and 8 dB loss from our memory of the text, not checked; 10 dB extinction, 1 mW, "
        + _DETECTED,
        v_pi=6.0,
        extinction_ratio_db=10.0,
        insertion_loss_db=8.0,
    ),
    "silicon_microdisk": Preset(
        description="depletion-mode silicon microdisk at its through port: a Lorentzian dip around u = 0",
        source="E. Timurdogan et al., Nature Commun. 5, 4008 (2014): 250 pm/V, 30 GHz/V (abstract)",
        assumed="line width 30 GHz (loaded quality factor 6,500), hence v_fwhm = 1 V; 10 dB extinction, 1 dB loss, "
        f"1 mW, {_DETECTED}; laser on resonance at u = 0 and half a line width per unit of u, so that g rises from the "
        "rest potential on, to nine tenths at 3 thresholds",
        stages=("encode", "microring", "photodiode", "decode"),
        values={
            "encode.drive_gain": 0.5,
            "microring.v_fwhm": 1.0,
            "microring.v_0": 0.0,
            "microring.extinction_ratio_db": 10.0,
            "microring.insertion_loss_db": 1.0,
        },
    ),
    "germanium_electro_absorption": Preset(
        description="germanium electro-absorption modulator in a silicon waveguide, inverted: a step up with u",
        source="N.-N. Feng et al., Opt. Express 19, 7062 (2011): 2.5 to 5 dB loss and 4 to 7.5 dB extinction at 4 V, "
        "1610 to 1640 nm (abstract)",
        assumed="the middle of both intervals, 3.75 dB and 5.75 dB; absorption with the square of the voltage, hence "
        f"v_0 = 3.48 V; 1 mW, {_DETECTED}; an inverting drive of 2 V per unit of u, from 4 V at u = 0 to 0 at u = 2, "
        "so that g rises through the threshold",
        stages=("encode", "electro_absorption", "photodiode", "decode"),
        values={
            "encode.drive_gain": -2.0,
            "encode.offset": 4.0,
            "electro_absorption.v_0": 3.48,
            "electro_absorption.exponent": 2.0,
            "electro_absorption.insertion_loss_db": 3.75,
        },
    ),
    "graphene_saturable_absorber": Preset(
        description="Mach-Zehnder modulator, then a waveguide under graphene that lets strong light pass",
        source="Q. Bao et al., Adv. Funct. Mater. 19, 3077 (2009), arXiv:0910.5820: modulation depth up to 66.5 % "
        "(abstract)",
        assumed="66.5 % of the absorbed light, so that 0.4655 of 0.7 saturate in a waveguide that passes 0.3; 0.7 mW, "
        "from a saturation intensity of 0.7 MW/cm^2 (our memory of the text, not checked) and a mode of 0.1 um^2; a "
        f"modulator as in `mach_zehnder` fed with 5 mW, {_DETECTED}; {_AS_SINE_SQUARED}",
        stages=("encode", "mach_zehnder", "saturable_absorber", "photodiode", "decode"),
        values={
            "encode.drive_gain": 4.7 / 4,
            "mach_zehnder.optical_power": 5e-3,
            "saturable_absorber.transmission": 0.3,
            "saturable_absorber.modulation_depth": 0.4655,
            "saturable_absorber.saturation_power": 7e-4,
        },
    ),
    "semiconductor_amplifier": Preset(
        description="Mach-Zehnder modulator, then a semiconductor optical amplifier whose gain saturates",
        source="Thorlabs, catalogue amplifier BOA1004P: 27 dB small-signal gain, 15 dBm saturation output power at "
        "1550 nm, as users of it state",
        assumed="15 dBm taken as the output at half the gain, hence P_sat = 2 P / G_0 = 0.126 mW at the input; a "
        "modulator as in `mach_zehnder` fed with 1 mW, three times P_sat; 0.8 A/W behind a 20-dB attenuator, 1 nA; "
        + _AS_SINE_SQUARED,
        stages=("encode", "mach_zehnder", "soa", "photodiode", "decode"),
        values={
            "encode.drive_gain": 4.7 / 4,
            "soa.gain_db": 27.0,
            "soa.saturation_power": 1.26e-4,
            "photodiode.responsivity": 0.008,
        },
    ),
}
