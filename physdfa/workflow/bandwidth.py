"""`device show` of a Touchstone file: the bandwidth of a part, and where an experiment takes it."""

from pathlib import Path
from typing import Any

from physdfa.devices.measured.touchstone import bandwidth_of, read_touchstone
from physdfa.report.formatting import engineering, interval


def response_record(path: Path, parameter: str | None = None) -> dict[str, Any]:
    """What is known of a frequency response, as JSON can hold it.

    **Arguments:**

    - `parameter`: the parameter of the file; by default "S21".

    **Raises:** `InputError` and `MissingExtraError` as `read_touchstone` and `bandwidth_of`.
    """
    response = read_touchstone(path, parameter or "S21")
    found = bandwidth_of(response)
    return {
        "source": str(path),
        "parameter": response.parameter,
        "ports": response.ports,
        "points": len(response.frequency),
        "frequency_hz": [float(response.frequency[0]), float(response.frequency[-1])],
        **found._asdict(),
        "warnings": list(found.warnings),
    }


def response_words(record: dict[str, Any]) -> list[str]:
    """The record in lines, the last of them what to write into an experiment."""
    low, high = record["frequency_hz"]
    f_3db = record["f_3db"]
    lines = [
        f"{record['source']}: {record['parameter']} at {record['points']} frequencies, {interval((low, high), 'Hz')}",
        f"level at {engineering(low, 'Hz')}: {record['level_db']:.3g} dB",
    ]
    if f_3db is None:
        return [
            *lines,
            f"f_3dB: above {engineering(high, 'Hz')}, where the sweep ends",
            "next: leave the bandwidth of this part as it is where the symbol rate is far below; else measure further",
        ]
    return [
        *lines,
        f"f_3dB: {engineering(f_3db, 'Hz', 4)}",
        f"a first-order low pass of this f_3dB is at most {record['misfit_db']:.2g} dB away up to twice f_3dB",
        f'next: filter.bandwidth = {f_3db:.4g} in [device], with "filter" among its stages; that of a photodiode or an '
        "amplifier as photodiode.bandwidth or tia.bandwidth",
    ]
