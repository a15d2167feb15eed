"""The honest floor: hidden layers stay as they started, only the readout learns."""

from typing import ClassVar

from physdfa.rules.base import AbstractRule
from physdfa.rules.final_error import final_error_update
from physdfa.rules.online_error import online_error_update


class ReadoutOnly(AbstractRule):
    """Gradient 0 in every hidden layer, the exact gradient in the output layer: does the device help at all?"""

    name: ClassVar[str] = "readout_only"
    takes_convolutions: ClassVar[bool] = True
    takes_recurrence: ClassVar[bool] = True
    learns_hidden: ClassVar[bool] = False

    def update(self, network, parameters, batch, device, state, /, *, key):
        """The update of the readout."""
        over_time = final_error_update if self.error == "final" else online_error_update
        return over_time(None, network, parameters, batch, device, state, key), state
