"""The `[device]` table of a fit: the chain that emulates what was measured."""

import numpy as np

from physdfa.devices.fitting.fit import Fit
from physdfa.devices.presets import STAGES
from physdfa.devices.registry import make_cascade
from physdfa.errors import InputError


def preset_table(found: Fit) -> dict[str, object]:
    """Stages and values as `[device]` takes them: the fitted stage, then the residual spread as noise.

        encode (only before a stage that takes V), the fitted stage, additive_noise, decode

    Loss and laser power act as one in what was measured: the loss is 0 and the power that of the largest output. Of a
    stage without a largest output, g = 1 is the largest output over the sweep.

    **Raises:** `InputError` if no stage has the model's parameters, or if the stage refuses a fitted value.
    """
    model = found.model
    if model.stage is None or model.stage not in STAGES:
        raise InputError(f"the model {model.name} has no stage among the devices, so its fit cannot be saved as one.")
    largest = float(np.max(np.abs(found.curve(found.drive))))
    stages = [*(["encode"] if model.drive_unit == "V" else []), model.stage, "additive_noise", "decode"]
    table: dict[str, object] = {
        "stages": stages,
        model.stage: model.stage_values(found.values, largest),
        "additive_noise": {"noise_std": found.residual_std},
    }
    if not model.is_limited:
        table["decode"] = {"scale": largest}
    make_cascade(stages, {name: value for name, value in table.items() if name != "stages"})
    return table
