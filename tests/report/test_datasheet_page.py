"""The data sheet as a page of its own."""

import numpy as np
import pytest

from physdfa.devices import make_device
from physdfa.errors import InputError
from physdfa.report.datasheet_page import write_datasheet_html

POTENTIALS = np.linspace(-1.0, 3.0, 41)


def test_the_page_holds_the_curve_and_every_parameter(tmp_path):
    device = make_device("mach_zehnder", {})
    text = write_datasheet_html(tmp_path / "sheet.html", "mach_zehnder", device, POTENTIALS, threshold=1.0).read_text()
    for words in ("<svg", "threshold 1", "extinction_ratio_db", "Saleh &amp; Teich"):
        assert words in text


def test_the_name_is_escaped(tmp_path):
    path = write_datasheet_html(tmp_path / "sheet.html", "<script>x", make_device("triangle", {}), POTENTIALS)
    assert "<script>" not in path.read_text()


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_datasheet_html(tmp_path / "file" / "x.html", "triangle", make_device("triangle", {}), POTENTIALS)
