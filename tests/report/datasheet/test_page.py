"""The data sheet as a page of its own."""

import pandas as pd
import pytest

from physdfa.errors import InputError
from physdfa.report.datasheet import device_sheet
from physdfa.report.datasheet.page import write_datasheet_html
from tests.report.datasheet.subjects import make_fit, make_measurement, make_network, make_subject


def write(path, **more) -> str:
    return write_datasheet_html(path, device_sheet(make_subject(**more))).read_text()


def test_the_page_holds_the_curve_and_every_parameter(tmp_path):
    text = write(tmp_path / "sheet.html", threshold=1.0)
    for words in ("<svg", "threshold 1", "extinction_ratio_db", "Saleh &amp; Teich", "energy", "wall_plug_efficiency"):
        assert words in text


def test_the_page_needs_nothing_from_elsewhere(tmp_path):
    text = write(tmp_path / "sheet.html", measurement=make_measurement(), fit=make_fit())
    for words in ("<script", "<img", "<link", "url(http"):
        assert words not in text


def test_a_measurement_is_drawn_with_its_fit_and_the_numbers_lie_beside_the_page(tmp_path):
    text = write(
        tmp_path / "sheet.html", measurement=make_measurement(), fit=make_fit(), network=make_network(), threshold=1.0
    )
    for words in ("Transfer curve", "residual [", "density of u, before training", "standard error", "hysteresis"):
        assert words in text
    folder = tmp_path / "sheet_figures"
    names = {path.name for path in folder.iterdir()}
    assert names == {f"{name}.{kind}" for name in ("transfer_curve", "backward_function") for kind in ("svg", "csv")}
    samples = pd.read_csv(folder / "transfer_curve.csv")
    assert list(samples.columns) == ["drive", "output", "direction", "residual"]
    assert samples["output"].max() == pytest.approx(15e-3)


def test_an_axis_has_one_unit(tmp_path):
    measurement = make_measurement(x="bias_mV", y="rising_dBm, falling_dBm")
    text = write(tmp_path / "sheet.html", measurement=measurement, fit=make_fit())
    assert "rising, falling [mW]" in text
    assert "bias [V]" in text


def test_the_name_is_escaped(tmp_path):
    assert "<script>" not in write(tmp_path / "sheet.html", provenance=(("by", "<script>x"),))


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write(tmp_path / "file" / "x.html")
