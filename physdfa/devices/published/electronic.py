"""Electronic devices from papers and catalogues; `assumed` holds what no source says, above all the drive."""

from physdfa.devices.published.base import Preset

ELECTRONIC: dict[str, Preset] = {
    "diode_rectifier": Preset(
        description="silicon diode 1N4148 with a load resistor: a ReLU with a soft corner",
        source="1N4148, simulation model in wide use (LTspice, standard.dio): I_s = 2.52 nA, n = 1.752",
        assumed="10 kOhm and 300 K, hence v_slope = 45.3 mV and v_th = v_slope ln(v_slope / (R I_s)) = 0.339 V; a "
        "supply of 3 V; 1 V per unit of u, so that it conducts from a third of the threshold on, up to 3.3 thresholds",
        stages=("encode", "rectifier", "decode"),
        values={"rectifier.v_th": 0.339, "rectifier.v_slope": 0.0453, "rectifier.saturation": 3.0},
    ),
    "differential_pair": Preset(
        description="bipolar transistor pair: tanh(v / (2 k_B T / q)) around the threshold",
        source="P. R. Gray, P. J. Hurst, S. H. Lewis & R. G. Meyer, Analysis and Design of Analog Integrated Circuits, "
        "emitter-coupled pair: gain = saturation / (2 k_B T / q)",
        assumed="300 K; 1 mA into 1 kOhm, hence 1 V and a gain of 19.3; 50 mV per unit of u and an offset of 50 mV, so "
        "that g crosses zero at the threshold and saturates one threshold beside it",
        stages=("encode", "tanh_amplifier", "decode"),
        values={
            "encode.drive_gain": 0.05,
            "tanh_amplifier.gain": 19.3,
            "tanh_amplifier.saturation": 1.0,
            "tanh_amplifier.v_offset": 0.05,
        },
    ),
    "titanium_dioxide_memristor": Preset(
        description="Pt/TiO2/Pt memristor read in its on state: a hyperbolic sine up to the compliance",
        source="S. Kvatinsky et al., Verilog-A for Memristor Models, Technion CCIT Report 801 (2011): beta = 9, "
        "alpha = 2, chi = 0.01, gamma = 4 in the relation of J. J. Yang et al., Nature Nanotechnol. 3, 429 (2008)",
        assumed="microampere for beta and chi, which come without a unit; fully on; compliance 0.1 mA; 0.5 V per unit "
        "of u, so that 3 thresholds stay below the compliance; a read that does not switch the device",
        stages=("encode", "memristor", "decode"),
        values={
            "encode.drive_gain": 0.5,
            "memristor.state": 1.0,
            "memristor.on_current": 9e-6,
            "memristor.on_slope": 2.0,
            "memristor.off_current": 1e-8,
            "memristor.off_slope": 4.0,
            "memristor.compliance": 1e-4,
        },
    ),
}
