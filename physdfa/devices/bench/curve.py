"""A measured curve whose device stands on the bench: training asks the device, everything else the curve."""

import dataclasses
from typing import Any, cast

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.bench.plan import BenchPlan
from physdfa.devices.bench.session import open_bench
from physdfa.devices.measured import MeasuredCurve, Measurement
from physdfa.errors import InputError
from physdfa.noise import noise_key


class BenchCurve(MeasuredCurve):
    """output = the reading of the instrument at the drive, where a key asks; the measured curve without a key.

    With a key, as training asks, the drives go out to the bench of the plan and its readings come in, through
    `jax.pure_callback`: noise, drift and hysteresis are those of the device itself. Without one, as for levels, the
    curve answers that was measured before (`physdfa device measure`). Beyond the measured drives `outside` says what
    is asked for, so that nothing beyond them is ever sent.
    """

    plan: BenchPlan | None = eqx.field(static=True, default=None)

    @classmethod
    def on_bench(cls, measurement: Measurement, plan: BenchPlan, **values: Any) -> "BenchCurve":
        """The curve of a measurement of the device on the bench.

        **Arguments:**

        - `values`: as for `MeasuredCurve.from_measurement`.

        **Raises:** `InputError` if the curve is in other units, or goes beyond the limits of the plan.
        """
        curve = cls.from_measurement(measurement, **values)
        _check_plan(plan, measurement, curve)
        for name in ("noise_scale", "optical_power", "setting", "bootstrap"):
            if values.get(name) is not None:
                raise InputError(f"curve.{name}: has no effect on a device on the bench; leave it out.")
        if curve.branch == "random":
            raise InputError('curve.branch = "random": the device on the bench has its own; leave it out.')
        return cast(BenchCurve, dataclasses.replace(curve, plan=plan))

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """The readings of the bench at the drives `signal`, [*shape], all in one block; without a key the curve."""
        if key is None or self.plan is None:
            return super().respond(signal)
        bench = open_bench(self.plan)
        span = self.high - self.low
        if self.outside == "periodic":
            place = (signal - self.low) / span
            signal = self.low + span * (place - jnp.floor(place))
        drives = jnp.clip(signal, self.low, self.high).astype(jnp.float32)

        def ask(asked: Any, _number: Any) -> np.ndarray:
            return bench.ask(np.asarray(asked))

        # The number makes each update's question another one: a pure function may be asked once for two equal ones.
        number = jax.random.bits(noise_key(key, 2))
        return jax.pure_callback(
            ask, jax.ShapeDtypeStruct(drives.shape, jnp.float32), drives, number, vmap_method="broadcast_all"
        )

    @property
    def answers_in_blocks(self) -> bool:
        """Whether it is asked once for all steps of an update."""
        return self.plan is not None


def remeasured_curve(measurement: Measurement, plan: BenchPlan, **values: Any) -> MeasuredCurve:
    """The curve of a measurement that its bench will make again while a network trains.

    **Arguments:**

    - `values`: as for `MeasuredCurve.from_measurement`.

    **Raises:** `InputError` if the plan cannot have made the measurement, or cannot make it again.
    """
    for name, why in (("setting", "a plan drives one coordinate"), ("bootstrap", "the readings themselves are used")):
        if values.get(name) is not None:
            raise InputError(f"curve.{name}: {why} where a device is measured again; leave it out.")
    curve = MeasuredCurve.from_measurement(measurement, **values)
    _check_plan(plan, measurement, curve)
    return curve


def _check_plan(plan: BenchPlan, measurement: Measurement, curve: MeasuredCurve) -> None:
    """Refuse a curve that the plan cannot have measured."""
    drive, where = plan.drive, f"{plan.source}: "
    way_out = f"measure it with this plan: physdfa device measure {plan.source}."
    units = (measurement.drive_unit, measurement.output_unit)
    if units != (drive.unit, plan.reading.unit):
        raise InputError(
            f"{where}drives {drive.unit} and reads {plan.reading.unit}, and {measurement.source} is in {units[0]} "
            f"and {units[1]}; {way_out}"
        )
    low, high = float(curve.low), float(curve.high)
    if low < np.float32(drive.low) or high > np.float32(drive.high):
        raise InputError(
            f"{where}allows {drive.low:g} to {drive.high:g} {drive.unit}, and {measurement.source} goes from "
            f"{low:g} to {high:g} {drive.unit}; {way_out}"
        )
