"""The data sheet as plain numbers and texts: what `--json` prints."""

from collections.abc import Mapping
from typing import Any, cast

from physdfa.report.datasheet.parameters import hardware_rows
from physdfa.report.datasheet.sheet import DeviceSheet
from physdfa.store.records import plain


def sheet_record(sheet: DeviceSheet) -> Mapping[str, Any]:
    """All numbers of the sheet in SI units; null stands for what is infinite or not a number."""
    subject, noise, light, transfer = sheet.subject, sheet.noise, sheet.light, sheet.transfer
    measurement, fit, network = subject.measurement, subject.fit, subject.network
    record = {
        "device": sheet.name,
        "remarks": dict(sheet.remarks),
        "stages": sheet.stages,
        "parameters": [vars(row) for row in sheet.rows],
        "provenance": dict(subject.provenance),
        "standard_errors": subject.standard_errors,
        "threshold": subject.threshold,
        "potential": sheet.potentials,
        "g": sheet.response,
        "outside": sheet.outside,
        "range_policy": subject.device.range_policy,
        "range_sampled": sheet.sampled_stages,
        "noise": None if noise is None else noise._asdict(),
        "light": None if light is None else light._asdict(),
        "cost": None
        if sheet.cost is None
        else {
            "num_requests": subject.num_requests,
            "requests": subject.requests,
            **sheet.cost._asdict(),
            "hardware": [vars(row) for row in hardware_rows(subject.device, subject.cost)],
        },
        "quality": None
        if network is None
        else {"network": network.words, "layers": [score._asdict() for score in network.quality]},
        "measurement": None
        if measurement is None or transfer is None
        else {
            **vars(measurement),
            **vars(transfer),
            "hysteresis": None if transfer.hysteresis is None else transfer.hysteresis._asdict(),
        },
        "fit": None if fit is None else {**vars(fit), "facts": dict(fit.facts)},
    }
    return cast(dict[str, Any], plain(record))
