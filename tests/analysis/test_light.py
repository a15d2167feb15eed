"""The light behind a modulator, from its equation."""

import numpy as np
import pytest

from physdfa.analysis.light import optical_swing
from physdfa.devices import make_device


def test_the_light_of_a_modulator_over_its_full_swing_has_its_extinction_as_contrast():
    # from full transmission at u = -1 to the least at u = 3: 4 V = v_pi, 20 dB, 1 mW
    values = {"v_pi": 4.0, "v_bias": -1.0, "extinction_ratio_db": 20.0, "insertion_loss_db": 0.0}
    light = optical_swing(make_device("mach_zehnder_ideal", values), np.linspace(-1.0, 3.0, 81, dtype=np.float32))
    assert light is not None
    assert (light.drive, light.drive_unit) == ((-1.0, 3.0), "V")
    assert light.power == pytest.approx((1e-5, 1e-3), rel=1e-4)
    assert light.contrast_db == pytest.approx(20.0, abs=1e-3)


def test_a_function_of_u_has_no_light():
    assert optical_swing(make_device("triangle", {}), np.linspace(-1.0, 3.0, 5, dtype=np.float32)) is None
