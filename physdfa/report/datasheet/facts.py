"""The numbers of a data sheet in words, in groups, as the terminal and the page show them."""

import math

from physdfa.arrays import as_scalar
from physdfa.devices import Cascade, PassCost, cost_mistakes
from physdfa.devices.measured import MeasuredCurve
from physdfa.report.datasheet.sheet import DeviceSheet, Transfer
from physdfa.report.formatting import DIGITS_TO_COPY, count, decibels, engineering, interval, number, percent
from physdfa.report.table import Table

CONSUMERS = {"laser_j": "laser", "driver_j": "driver", "tia_j": "TIA", "dac_j": "DAC", "adc_j": "ADC"}

FIT = "Fit"
"""The group that the table of fitted parameters follows."""


def fact_groups(sheet: DeviceSheet) -> list[Table]:
    """Groups of facts: all but the parameters and the curves. A group with nothing to say is left out."""
    groups = {
        "Provenance": sheet.subject.provenance,
        "Measurement": _measurement(sheet),
        FIT: _fit(sheet),
        "Response g(u)": _response(sheet),
        "Light": _light(sheet),
        "One backward pass": _cost(sheet),
        "Quality before training": _quality(sheet),
    }
    return [Table(header=("what", "words"), rows=rows, title=title) for title, rows in groups.items() if rows]


def _response(sheet: DeviceSheet) -> tuple[tuple[str, str], ...]:
    rows = [("g", sheet.statistics)]
    if sheet.sampled_stages:
        rows.append(("range", _sampled(sheet)))
    if sheet.subject.threshold is not None:
        rows.append(("threshold", number(sheet.subject.threshold, DIGITS_TO_COPY)))
    if sheet.noise is None:
        rows.append(("noise", "none as it is set"))
    else:
        rows.append(("noise", f"{number(sheet.noise.rms)} rms"))
        rows.append(("signal to noise", decibels(sheet.noise.signal_to_noise_db)))
    policy = sheet.subject.device.range_policy
    if policy is not None:
        share = percent(float(sheet.outside.mean()))
        rows.append(("beyond the known", f'{share} of this range of u, answered by outside = "{policy}"'))
    return tuple(rows)


def _sampled(sheet: DeviceSheet) -> str:
    """The range of g over all potentials, and which of its stages state none of their own."""
    low, high = sheet.subject.device.output_range(as_scalar(-math.inf), as_scalar(math.inf))
    return (
        f"{float(low):.4g} to {float(high):.4g}, found by sampling, since {', '.join(sheet.sampled_stages)} states "
        "none: a narrow peak can be missed"
    )


def _light(sheet: DeviceSheet) -> tuple[tuple[str, str], ...]:
    light = sheet.light
    if light is None:
        return ()
    rows = [
        ("drive", f"{interval(light.drive, light.drive_unit)}, into {light.first}"),
        ("power", f"{interval(light.power, 'W')}, behind {light.last}"),
    ]
    if light.contrast_db is not None:
        rows.append(("contrast", decibels(light.contrast_db)))
    return tuple(rows)


def _cost(sheet: DeviceSheet) -> tuple[tuple[str, str], ...]:
    if sheet.cost is None:
        return (("hardware", "none: a function of u, which no laser or driver stands for"),)
    cost = sheet.cost
    return (
        ("calls of g", f"{count(sheet.subject.num_requests)}: {sheet.subject.requests}"),
        ("time", engineering(float(cost.time_s), "s")),
        ("energy", engineering(float(cost.energy_j), "J")),
        *_shares(cost),
        *_not_stated(sheet),
    )


def _shares(cost: PassCost) -> list[tuple[str, str]]:
    """The consumers of energy in this chain, each with its share."""
    total = float(cost.energy_j)
    parts = {name: float(getattr(cost, key)) for key, name in CONSUMERS.items()}
    return [
        (f"of it {name}", f"{engineering(energy, 'J')} ({percent(energy / total)})")
        for name, energy in parts.items()
        if energy > 0
    ]


def _not_stated(sheet: DeviceSheet) -> list[tuple[str, str]]:
    """A row about the laser where nobody has stated its light, which the energy then lacks."""
    acts = not cost_mistakes(sheet.subject.device, ["optical_power"])
    if not acts or sheet.subject.cost.optical_power is not None or sheet.subject.measurement is None:
        return []
    return [("not counted", "the laser: state the light that the device takes in, cost.optical_power")]


def _quality(sheet: DeviceSheet) -> tuple[tuple[str, str], ...]:
    network = sheet.subject.network
    if network is None:
        return ()
    rows = [("network", network.words)]
    for layer, score in enumerate(network.quality, start=1):
        rows.append(
            (
                f"hidden layer {layer}",
                f"correlation of g with f' {score.correlation:.3f}, mean over spread of g "
                f"{score.mean_over_spread:.3f}, sign agrees for {percent(score.sign_agreement)}",
            )
        )
    return tuple(rows)


def _measurement(sheet: DeviceSheet) -> tuple[tuple[str, str], ...]:
    measurement, transfer = sheet.subject.measurement, sheet.transfer
    if measurement is None or transfer is None:
        return ()
    rising = int((measurement.direction > 0).sum())
    samples = f"{count(rising)} rising, {count(measurement.drive.size - rising)} falling"
    rows = [
        ("file", f"{measurement.source}, SHA-256 {measurement.sha256[:16]}…"),
        ("columns", f"{measurement.x} → {measurement.y}"),
        ("samples", samples),
        *(("warning", sentence) for sentence in sheet.subject.warnings),
        *_transfer(transfer, measurement.drive_unit, measurement.output_unit),
        *(("note", remark) for remark in _remarks(sheet)),
    ]
    return tuple(rows)


def _remarks(sheet: DeviceSheet) -> tuple[str, ...]:
    """Remarks from reading the measurement and from making a curve of it."""
    device, measurement = sheet.subject.device, sheet.subject.measurement
    stages = device.stages if isinstance(device, Cascade) else (device,)
    of_curves = [stage.remarks for stage in stages if isinstance(stage, MeasuredCurve)]
    if of_curves:
        return of_curves[0]
    return () if measurement is None else measurement.remarks


def _transfer(transfer: Transfer, drive_unit: str, output_unit: str) -> list[tuple[str, str]]:
    rows = [("usable drive", interval(transfer.drive_range, drive_unit))]
    if transfer.potential_range is not None:
        rows.append(("in units of u", interval(transfer.potential_range, "")))
    rows.append(("output", interval(transfer.output_range, output_unit)))
    if transfer.contrast_db is not None:
        rows.append(("contrast", decibels(transfer.contrast_db)))
    if transfer.hysteresis is None:
        rows.append(("hysteresis", "not known: it takes two sweep directions over the same drives, at one setting"))
    else:
        found = transfer.hysteresis
        rows.append(
            (
                "hysteresis",
                f"largest {engineering(found.largest, output_unit)} at {engineering(found.drive, drive_unit)} "
                f"({percent(found.share)} of the swing), mean {engineering(found.mean, output_unit)}",
            )
        )
    return rows


def _fit(sheet: DeviceSheet) -> tuple[tuple[str, str], ...]:
    fit = sheet.subject.fit
    return () if fit is None else (("model", fit.model), *fit.facts)
