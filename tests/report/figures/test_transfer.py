"""The measured transfer curve as a figure."""

import numpy as np
import pandas as pd

from physdfa.report.figures.transfer import MOST_POINTS, transfer_curve

DRIVE = np.linspace(-7.0, 7.0, 11)
SAMPLES = pd.DataFrame({"drive": DRIVE, "output": 1e-3 * DRIVE**2, "direction": 1})
BOTH = pd.concat([SAMPLES, SAMPLES.assign(direction=-1)], ignore_index=True)


def draw(samples, model=None):
    return transfer_curve(samples, drive=("bias_V", "V"), output=("power", "W"), model=model)


def test_both_directions_and_the_units_are_named():
    panel = draw(BOTH)
    for words in ("rising", "falling", "bias_V [V]", "power [mW]"):
        assert words in panel.svg
    pd.testing.assert_frame_equal(panel.data, BOTH)


def test_a_direction_that_was_not_swept_is_not_named():
    assert "falling" not in draw(SAMPLES).svg


def test_a_model_is_drawn_with_its_residuals():
    panel = draw(SAMPLES.assign(residual=1e-5), SAMPLES[["drive", "output"]])
    assert "model" in panel.svg
    assert "residual [mW]" in panel.svg
    assert "minus the model" in panel.caption


def test_a_long_record_is_thinned_and_says_so():
    drive = np.linspace(0.0, 1.0, 10 * MOST_POINTS)
    panel = draw(pd.DataFrame({"drive": drive, "output": drive, "direction": 1}))
    assert panel.caption.startswith(f"{MOST_POINTS} of {10 * MOST_POINTS} samples")
    assert len(panel.svg) < 400_000


def test_a_name_with_a_dollar_sign_is_text():
    panel = transfer_curve(SAMPLES, drive=("a$b$", ""), output=("y", ""), model=None)
    assert "a$b$ [a. u.]" in panel.svg
