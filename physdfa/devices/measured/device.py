"""A laboratory's file as a backward device: membrane potential in, g out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jaxtyping import ArrayLike

from physdfa.devices.cascade import Cascade
from physdfa.devices.measured.curve import MeasuredCurve
from physdfa.devices.measured.measurement import read_measurement
from physdfa.devices.stages.decode import Decode
from physdfa.devices.stages.encode import Encode


class MeasuredDevice:
    """The chain encode -> curve -> decode around a measured curve."""

    @staticmethod
    def from_csv(
        path: str | Path,
        *,
        outside: str,
        x: str | int | None = None,
        y: str | int | Sequence[str | int] | None = None,
        branch: str = "mean",
        x_unit: str | None = None,
        y_unit: str | None = None,
        setting_column: str | int | None = None,
        repeat: int | str | None = None,
        drive_gain: ArrayLike = 1.0,
        offset: ArrayLike = 0.0,
        reference: str = "zero",
        **values: Any,
    ) -> Cascade:
        """The device of a measured curve f in a file, scaled so that max |g| is 1.

        g(u) = (f(drive_gain u + offset) - reference) / scale.

        **Arguments:**

        - `path`, `x`, `y`, `x_unit`, `y_unit`, `repeat`: as for `read_measurement`; `setting_column`: its `setting`.
        - `branch`, `outside`, `values`: as for `MeasuredCurve`.
        - `drive_gain`, `offset`: drive per unit of the membrane potential, and at u = 0, in the SI unit of the drive.
        - `reference`: what is subtracted, as for `Decode`.

        **Raises:** `InputError` with one sentence.
        """
        measurement = read_measurement(
            path, x=x, y=y, setting=setting_column, branch=branch, x_unit=x_unit, y_unit=y_unit, repeat=repeat
        )
        curve = MeasuredCurve.from_measurement(measurement, branch=branch, outside=outside, **values)
        encode = Encode(drive_gain=drive_gain, offset=offset, drive_unit=measurement.drive_unit)  # pyright: ignore
        return Cascade({"encode": encode, "curve": curve, "decode": Decode(reference=reference)})
