"""The folder with the measured devices, where it is."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def measured_devices(real_data_dir) -> Path:
    """The folder `device_measurements/`; the test is skipped, saying so, where it is missing."""
    folder = real_data_dir / "device_measurements"
    if not folder.is_dir():
        pytest.skip("the measured devices are not here; set PHYSDFA_DATA to the folder that holds device_measurements/")
    return folder
