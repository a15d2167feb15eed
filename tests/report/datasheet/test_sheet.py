"""What a sheet says follows from the device and from what is known around it."""

import numpy as np
import pytest

from physdfa.devices import Cascade, Decode, Encode, HardwareCost, declared_parameters, make_device
from physdfa.devices.measured import MeasuredCurve
from physdfa.report.datasheet import device_sheet
from tests.report.datasheet.subjects import POTENTIALS, make_measurement, make_subject


@pytest.mark.parametrize("name", ["mach_zehnder", "triangle"])
def test_every_declared_parameter_has_a_row(name):
    device = make_device(name, {})
    rows = device_sheet(make_subject(name, device)).rows
    named = {f"{row.stage}.{row.name}" if row.stage else row.name: row for row in rows}
    for key, parameter in declared_parameters(device).items():
        assert named[key].allowed == parameter.allowed
        assert named[key].unit == ("" if named[key].value == "not set" else parameter.unit)


def test_the_statistics_are_those_of_sine_squared():
    # sin^2(pi u / (2 V_pi)) with V_pi = 2: 0 at u = 0, 1 at u = 2
    sheet = device_sheet(make_subject(device=make_device("mach_zehnder_ideal", {"v_pi": 2.0, "v_bias": 2.0})))
    np.testing.assert_allclose(sheet.response, np.sin(np.pi * POTENTIALS / 4) ** 2, atol=1e-6)
    assert "max 1 for u from -1 to 3" in sheet.statistics


def test_a_function_of_u_has_neither_light_nor_cost():
    sheet = device_sheet(make_subject("triangle"))
    assert sheet.light is None
    assert sheet.cost is None


def test_the_cost_is_that_of_the_stated_hardware():
    # 1 mW / 10 % + 2 W, for 5000 / 1e9 s
    cost = device_sheet(make_subject(cost=HardwareCost(driver_power=2.0), num_requests=5000)).cost
    assert cost is not None
    assert cost.energy_j == pytest.approx((1e-3 / 0.1 + 2.0) * 5e-6, rel=1e-5)


def test_a_measured_line_has_its_range_contrast_and_hysteresis():
    transfer = device_sheet(make_subject(measurement=make_measurement())).transfer
    assert transfer is not None
    assert transfer.drive_range == (-7.0, 7.0)
    assert transfer.output_range == pytest.approx((0.0, 15e-3))
    assert transfer.contrast_db == np.inf
    assert transfer.hysteresis is not None
    assert transfer.hysteresis.largest == pytest.approx(1e-3)
    assert transfer.hysteresis.mean == pytest.approx(1e-3)


def test_the_usable_drive_is_given_in_units_of_the_potential_too():
    # v = 2 u - 1: -7 V is u = -3, 7 V is u = 4
    measurement = make_measurement()
    curve = MeasuredCurve.from_measurement(measurement, outside="hold")
    device = Cascade({"encode": Encode(drive_gain=2.0, offset=-1.0), "curve": curve, "decode": Decode()})
    sheet = device_sheet(make_subject("line.csv", device, measurement=measurement))
    assert sheet.transfer is not None
    assert sheet.transfer.potential_range == (-3.0, 4.0)
    # of u from -1 to 3, all of v from -3 to 5 V is known
    assert not sheet.outside.any()
    wide = device_sheet(make_subject("line.csv", device, measurement=measurement, potentials=np.linspace(-5, 5, 11)))
    np.testing.assert_array_equal(wide.potentials[wide.outside], [-5.0, -4.0, 5.0])


def test_a_table_over_two_coordinates_has_no_hysteresis():
    measurement = make_measurement(setting=np.repeat([20.0, 30.0], 15), setting_unit="K")
    transfer = device_sheet(make_subject(measurement=measurement)).transfer
    assert transfer is not None
    assert transfer.hysteresis is None
