"""The sheet as JSON: everything it knows, and nothing that is no JSON."""

import json

import pytest

from physdfa.report.datasheet import device_sheet, sheet_record
from tests.report.datasheet.subjects import make_fit, make_measurement, make_network, make_subject


def test_everything_is_in_it():
    subject = make_subject(measurement=make_measurement(), fit=make_fit(), network=make_network(), threshold=1.0)
    record = json.loads(json.dumps(sheet_record(device_sheet(subject)), allow_nan=False))
    assert record["cost"]["num_requests"] == 16_000
    assert record["measurement"]["hysteresis"]["largest"] == pytest.approx(1e-3)
    assert record["measurement"]["contrast_db"] is None  # infinite
    assert record["quality"]["layers"][0] == {"correlation": 0.5, "mean_over_spread": 1.5, "sign_agreement": 0.75}
    assert record["quality"]["layers"][1]["mean_over_spread"] is None  # infinite
    assert len(record["fit"]["residuals"]) == len(record["measurement"]["drive"])
    assert record["light"]["contrast_db"] > 0


def test_what_is_not_known_is_null():
    record = sheet_record(device_sheet(make_subject("triangle")))
    assert [record[key] for key in ("noise", "light", "cost", "quality", "measurement", "fit", "threshold")] == [
        None
    ] * 7
