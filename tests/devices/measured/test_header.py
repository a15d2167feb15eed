"""Files as instruments write them: each gives its columns with names and units.

The layouts are those of the instruments' own exports (Rigol DS1000E, DS1000Z, MSO5000; Keysight InfiniiVision,
Infiniium and EasyEXPERT; Siglent SDS1000X, SDS2000X; Tektronix TDS, MSO and MDO; LeCroy; Yokogawa DLM; Keithley 2450,
2600 and KickStart; GW Instek), with other numbers.
"""

import pytest

from physdfa.devices.measured import read_measurement
from physdfa.devices.measured.header import names_in, units_in
from physdfa.devices.measured.table import read_table
from physdfa.devices.measured.units import split_name
from physdfa.errors import InputError

TIME = [0.0, 1e-6, 2e-6, 3e-6, 4e-6]
DRIVE = [-2.0, -1.0, 0.0, 1.0, 2.0]
OUTPUT = [4.0, 1.0, 0.0, 1.5, 5.0]


def rows(line):
    """A row of each sample: {n}, {t}, {v}, {p}."""
    samples = zip(TIME, DRIVE, OUTPUT, strict=True)
    return "".join(line.format(n=n, t=t, v=v, p=p) + "\n" for n, (t, v, p) in enumerate(samples))


KEY = "{key},,  {t:.12f},   {v:.5f},\n"
TDS = [
    "Record Length,5e3",
    "Sample Interval,1e-6",
    ",",
    "Source,CH1",
    "Vertical Units,V",
    "Horizontal Units,s",
    ",",
    ",",
]
EASYEXPERT = (
    "SetupTitle, I/V Sweep\nPrimitiveTest, I/V Sweep\nTestParameter, Channel.Unit, SMU1:HR, SMU2:HR\n"
    "TestParameter, Channel.Ratio, 0, 0\nMetaData, TestRecord.RecordTime, 01/02/2012 10:00:00\n"
    "AnalysisSetup, Analysis.Setup.Vector.Graph.XAxis.Name, V1\nDimension1, 5, 5\nDimension2, 1, 1\n"
)
YOKOGAWA = (
    '"Header Size",16\n"Model Name","DLM2054"\n"Comment",""\n"BlockNumber",1\n"TraceName","CH1","CH2"\n'
    '"BlockSize",5,5\n"VUnit","V","mA"\n"SampleRate",1.0E+06,1.0E+06\n"HResolution",1.0E-06,1.0E-06\n'
    '"HOffset",-5.0E-04,-5.0E-04\n"HUnit","s","s"\n"DisplayBlockSize",5,5\n"DisplayPointNo.",0,0\n"PhaseShift",0,0\n'
    '"Date","2012/01/01","2012/01/01"\n"Time","12:00:00.00","12:00:00.00"\n'
)
TEKTRONIX = (
    "Model,DPO2024B\nFirmware Version,1.52\n\nPoint Format,Y,\nHorizontal Units,S,\nHorizontal Scale,4e-06,\n,,\n"
    "Sample Interval,1e-06,\nRecord Length,5,\nGating,0.0% to 100.0%,\nProbe Attenuation,10,1\nVertical Units,V,A\n"
    "Vertical Offset,0,0\n,,\nLabel,,\nTIME,CH1,CH2\n"
)
SIGLENT_KEYS = (
    "Record Length,5,5\nSample Interval,1e-9,1e-9\nVertical Units,V,V\nHorizontal Units,s,s\nModel Number,SDS2104X,\n"
    "Source,CH1,CH2\nSecond,Value,Value\n"
)
LECROY = (
    "LECROYWS44Xs,123,Waveform\nSegments,1,SegmentSize,5\nSegment,TrigTime,TimeSinceSegment1\n"
    "#1,22-Jan-2015 11:35:11,0   \n"
)

# content, names of the columns with numbers, their SI units, and the options without which it is refused
INSTRUMENTS = {
    "Rigol DS1000E": (
        "Time,X(CH1),X(CH2),\nSecond,Volt,Volt,\n" + rows("{t},{v},{p}, "), "Time X(CH1) X(CH2)", "s V V", {}
    ),
    "Rigol, time unnamed": (",CH1,CH2\nSecond,Volt,Volt\n" + rows("{t},{v},{p}, "), "Second CH1 CH2", "s V V", {}),
    "Rigol DS1000Z": (
        "X,CH1,CH2,Start,Increment,\nSequence,Volt,Volt,-5.99e-02,2.0e-05\n" + rows("{n},{v},{p},"),
        "X CH1 CH2", "- V V", {},
    ),
    "Rigol MSO5000": (
        "Time(s),CH1V,CH2V,t0 =-6e-03, tInc = 1e-06,\n" + rows("{t},{v},{p},,"), "Time CH1 CH2", "s V V", {}
    ),
    "Keysight InfiniiVision": ("x-axis,1,2\nsecond,Volt,Volt\n" + rows("{t},{v},{p}"), "x-axis 1 2", "s V V", {}),
    "Keysight EasyEXPERT": (
        EASYEXPERT + "DataName, V1, I1\n" + rows("DataValue, {v}, {p}"), "V1 I1", "none none",
        {"x_unit": "V", "y_unit": "A"},
    ),
    "Siglent": (
        "Record Length,Analog:5\nSample Rate,1e9\nVertical Scale,CH1: 0.05,CH2: 0.1\nHorizontal Scale, 1e-05\n"
        "Second,Volt,Volt\n" + rows("{t},{v},{p}"), "Second Volt Volt", "s V V", {"x": 2, "y": 3}
    ),
    "Siglent with keys": (SIGLENT_KEYS + rows("{t},{v},{p}"), "Second CH1 CH2", "s V V", {}),
    "Tektronix MSO": (TEKTRONIX + rows("{t},{v},{p}"), "TIME CH1 CH2", "s V A", {}),
    "Tektronix MDO": (
        "#Model,MDO3014\n#Horizontal Units,s,\n#Vertical Units,V,V\n#Label,bias,\n#TIME,CH1,CH2\n"
        + rows("{t},{v},{p}"),
        "TIME CH1 CH2", "s V V", {},
    ),
    "Tektronix TDS": (
        "".join(KEY.format(key=key, t=1e-6 * n, v=float(n)) for n, key in enumerate(TDS)), "|TIME|CH1", "none s V",
        {"x": "TIME", "y": "CH1"},
    ),
    "LeCroy": (LECROY + "Time,Ampl\n" + rows("{t},{v}"), "Time Ampl", "none none",
        {"x": "Time", "y": "Ampl", "x_unit": "s", "y_unit": "V"}),
    "LeCroy, two channels": (
        LECROY + "Time, Ampl1, Ampl2\n" + rows("{t},{v}, {p}"), "Time Ampl1 Ampl2", "none none none",
        {"x_unit": "V", "y_unit": "V"},
    ),
    "Yokogawa": (YOKOGAWA + rows(",{v},{p}"), "CH1 CH2", "V A", {}),
    "Yokogawa, blanks and a delimiter at the end": (YOKOGAWA + rows(",   {v},   {p},"), "CH1 CH2", "V A", {}),
    "Keithley KickStart": (
        '"Test","I-V"\n"SMU-1 Source","Voltage","-3","3"\n\n"Index","SMU-1 Time (s)","SMU-1 Voltage (V)",'
        '"SMU-1 Current (A)","SMU-1 Resistance (Ω)"\n' + rows('"{n}","{t}","{v}","{p}","1e3"') + '"End of data"\n',
        "Index|SMU-1 Time|SMU-1 Voltage|SMU-1 Current|SMU-1 Resistance", "none s V A Ω",
        {"x": "SMU-1 Voltage", "y": "SMU-1 Current"},
    ),
    "Keithley 2450": (
        "Keithley Instruments,2450,0409,1.7.3\nIndex,Reading,Unit,Status,Source Value,Date\n"
        + rows("{n},{p},Amp DC,1048586,{v},01/02/2020"), "Index|Reading|Status|Source Value", "none none none none",
        {"x": "Source Value", "y": "Reading", "x_unit": "V", "y_unit": "A"},
    ),
    "Keithley 2600": ("Index,Voltage [V],Current [A]\n" + rows("{n},{v},{p}"), "Index Voltage Current", "none V A", {}),
    "GW Instek": (
        "Memory Length,5,\nSource,CH2,\nVertical Units,V,\nHorizontal Units,S,\nMode,Detail,\nWaveform Data,\n"
        + rows("{t},{v},"), "TIME CH2", "s V", {"x": "TIME", "y": "CH2"},
    ),
    "Keysight Infiniium": (
        "Revision:,0\nPoints:,5\nXUnits:,second\nYUnits:,Volt\nDate:,1 JAN 2020\nData:\n" + rows("{t}, {v}"),
        "1 2", "s V", {"x": 1, "y": 2},
    ),
    "R": ("V (V);P (mW)\n" + rows("{n};{v};{p}"), "|V|P", "none V W", {}),
    "a data frame": (",bias_V,power_mW\n" + rows("{n},{v},{p}"), "|bias|power", "none V W", {}),
    "temperatures as names": (
        "V (V),20,30\n" + rows("{v},{p},{p}"), "V 20 30", "V none none", {"x": "V", "y": "20", "y_unit": "mW"}
    ),
    "names underlined": ("bias_V power_mW\n------ --------\n" + rows("{v} {p}"), "bias power", "V W", {}),
}  # fmt: skip


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_every_instrument_is_read_with_names_and_units(write, instrument):
    content, names, units, options = INSTRUMENTS[instrument]
    path = write(content)
    table = read_table(path)
    found = [split_name(name) for index, name in enumerate(table.names) if table.holds_numbers(index)]
    assert [name for name, _ in found] == (names.split("|") if "|" in names else names.split())
    assert [unit.si or "-" if unit else "none" for _, unit in found] == units.split()
    measurement = read_measurement(path, **options)
    if options:
        with pytest.raises(InputError, match=r"with x|with y|x and y|x_unit|y_unit|x = 2"):
            read_measurement(path)
    factor = {"mA": 1e-3, "mW": 1e-3}.get("mA" if "Yokogawa" in instrument else "mW" if "W" in units else "", 1.0)
    if len(found) > 2 and "temperatures" not in instrument and "TDS" not in instrument:
        assert measurement.drive == pytest.approx(DRIVE)
        assert measurement.output == pytest.approx([factor * p for p in OUTPUT])


@pytest.mark.parametrize("row", ["V,mW", "(V),(mW)", "[V],[mW]", "Volt,milliwatt", "volts,Milliwatts", "V,mW,"])
def test_a_row_of_units_stands_under_the_names(write, row):
    measurement = read_measurement(write(f"bias,power\n{row}\n" + rows("{v},{p}")))
    assert measurement.output == pytest.approx([1e-3 * p for p in OUTPUT])
    assert measurement.quantities == ("bias", "power")


@pytest.mark.parametrize(
    "header",
    [
        "A,B\nbias,power\nV,mW\nfirst sweep,second sweep\n",  # short and long names, units, remarks, as Origin has them
        "V,mW\nbias,power\n",
        "SMU1,SMU2\nbias,power\nV,mW\n",
        "SMU1,SMU2\nbias (V),power (mW)\n",
    ],
)
def test_a_header_of_several_lines_gives_names_and_units(write, header):
    measurement = read_measurement(write(header + rows("{v},{p}")))
    assert measurement.quantities == ("bias", "power")
    assert measurement.output == pytest.approx([1e-3 * p for p in OUTPUT])


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("bias_V,power_mW", ["bias_V", "power_mW", ""]),
        ("bias_V,power_mW,,", ["bias_V", "power_mW", ""]),
        ("bias_V,power_mW,Start,Increment", ["bias_V", "power_mW", ""]),
        ("bias_V,power_mW,T_K,gain", None),  # one name too many
        ("bias_V", None),
        ("bias_V,3", ["bias_V", "3", ""]),
        ("abc,3", None),  # it may be a row that is spoiled
        ("1 V,3", None),
        ("Model,DPO2024B", None),
        ("Date:,today", None),
        ("bias:,power:", ["bias:", "power:", ""]),
        ("Date,bias_V", ["Date", "bias_V", ""]),
        ("Vertical Units,V", None),
    ],
)
def test_a_line_holds_names_or_something_else(line, names):
    assert names_in(line, ",", ".", filled=2, width=3) == names


def test_a_line_of_units_holds_nothing_else():
    assert units_in("Sequence,Volt,Volt,-5.99e-02,2.0e-05", ",", 3) == ["Sequence", "Volt", "Volt"]
    assert units_in("Time,Volt", ",", 2) is None


def test_a_number_that_is_a_name_is_told_from_a_place(write):
    path = write("x-axis,1,2\nsecond,Volt,Volt\n" + rows("{t},{v},{p}"))
    by_name = read_measurement(path, x="1", y="2")
    assert by_name.drive.tolist() == DRIVE
    assert "x = 1 is taken for the name of column 2; x = #1 is the column at place 1" in by_name.remarks
    by_place = read_measurement(path, x="#1", y="#2")
    assert by_place.drive.tolist() == TIME
    assert by_place.output.tolist() == DRIVE
    assert not by_place.remarks
    with pytest.raises(
        InputError, match=r"x, y and setting must be different.*y = 2 is taken for the name of column 3"
    ):
        read_measurement(path, x="#3", y="2")
