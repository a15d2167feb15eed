import pytest

from physdfa.devices.measured import read_measurement


@pytest.fixture
def write(tmp_path):
    def write(content, name="sweep.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


SAME_SWEEP = {
    "comma": "bias (V),power (mW)\n-1.5,0.25\n0,1e0\n1.5,.5\n",
    "tab": "bias (V)\tpower (mW)\n-1.5\t0.25\n0\t1\n1.5\t0.5\n",
    "semicolon": "bias_V;power_mW\n-1.5;0.25\n0;1\n1.5;0.5\n",
    "space": "bias_V power_mW\n-1.5  0.25\n 0 1\n 1.5 0.5\n",
    "space and words in the header": "bias (V)  power (mW)\n-1.5 0.25\n0 1\n1.5 0.5\n",
    "decimal comma, semicolon": "bias [V];power [mW]\n-1,5;0,25\n0;1\n1,5;0,5\n",
    "decimal comma, tab": "bias/V\tpower/mW\n-1,5\t0,25\n0\t1\n1,5\t0,5\n",
    "decimal comma, space": "bias/V power/mW\n-1,5 0,25\n0 1\n1,5 0,5\n",
    "quotation marks": '"bias, V (V)","power (mW)"\n"-1,5","0,25"\n"0","1"\n"1,5","0,5"\n',
    "comments": '# laser 1, 2 mW\n"#\tUser: a, b",,\n% 3\n// 4\n\nbias_V,power_mW\n-1.5,0.25\n# 0.3,1\n0,1\n1.5,0.5\n',
    "text above the header": "Keithley 2400\nDate;2024\nbias_V;power_mW\n-1,5;0,25\n0;1\n1,5;0,5\n",
    "header as a comment": "# bias_V power_mW\n-1.5 0.25\n0 1\n1.5 0.5\n",
    "a row of units": "bias,power\nV,mW\n-1.5,0.25\n0,1\n1.5,0.5\n",
    "millivolts and dBm": "bias_mV,power_dBm\n-1500,-6.020599913279624\n0,0\n1500,-3.010299956639812\n",
    "byte order mark": "\ufeffbias_V,power_mW\r\n-1.5,0.25\r\n0,1\r\n1.5,0.5\r\n",
    "old Mac line ends": "bias_V,power_mW\r-1.5,0.25\r0,1\r1.5,0.5",
    "UTF-16": "bias_V,power_mW\n-1.5,0.25\n0,1\n1.5,0.5\n".encode("utf-16"),
    "Windows-1252": "température 20 °C\nbias_V,power_µW\n-1.5,250\n0,1000\n1.5,500\n".encode("cp1252"),
    "typeset minus": "bias_V,power_mW\n\u22121.5,0.25\n0,1\n1.5,0.5\n",
    "a comma after each row": "bias_V,power_mW,\n-1.5,0.25,\n0,1,\n1.5,0.5,\n",
    "rows": "bias_V,-1.5,0,1.5\npower_mW,0.25,1,0.5\n",
    "time first": "t (s),bias_V,power_mW\n0,-1.5,0.25\n1,0,1\n2,1.5,0.5\n",
    "a column of text": "bias_V,power_mW,status\n-1.5,0.25,ok\n0,1,ok\n1.5,0.5,late\n",
}


@pytest.mark.parametrize("layout", SAME_SWEEP)
def test_the_same_sweep_is_read_from_every_layout(write, layout):
    drive, output = (0, 1) if layout != "time first" else (1, 2)
    measurement = read_measurement(write(SAME_SWEEP[layout]), x=drive + 1, y=output + 1)
    assert measurement.drive == pytest.approx([-1.5, 0.0, 1.5])
    assert measurement.output == pytest.approx([0.25e-3, 1e-3, 0.5e-3])
    assert (measurement.drive_unit, measurement.output_unit) == ("V", "W")
    assert measurement.direction.tolist() == [1, 1, 1]
