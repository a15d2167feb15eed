"""The data sheet of a device: what it is about, what it says, and how it is shown.

What imports matplotlib is in a module of its own: `report.datasheet.page.write_datasheet_html`.
"""

from physdfa.report.datasheet.record import sheet_record
from physdfa.report.datasheet.sheet import device_sheet
from physdfa.report.datasheet.subject import DeviceSubject, FittedModel, Network
from physdfa.report.datasheet.terminal import datasheet

__all__ = [
    "DeviceSubject",
    "FittedModel",
    "Network",
    "datasheet",
    "device_sheet",
    "sheet_record",
]
