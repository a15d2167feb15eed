"""How a measurement is read, and what it leaves open: the options of every command that takes one, declared once."""

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

X = Annotated[str | None, typer.Option("--x", metavar="COL", help="Column of the drive, by name or number.")]
Y = Annotated[str | None, typer.Option("--y", metavar="COL", help="Column of the output; of both sweeps: A,B.")]
XUnit = Annotated[str | None, typer.Option("--x-unit", metavar="UNIT", help="Unit of the drive, such as V or mA.")]
YUnit = Annotated[str | None, typer.Option("--y-unit", metavar="UNIT", help="Unit of the output, such as mW or dBm.")]
Repeat = Annotated[
    str | None,
    typer.Option("--repeat", metavar="N", help="The repeat of each sweep direction that is kept, or mean: all."),
]
Curves = Annotated[
    int | None,
    typer.Option(
        "--curves", metavar="N", min=2, max=1000, help="Train through N curves redrawn from the measurement as well."
    ),
]

READING: dict[str, Any] = {
    "x": X,
    "y": Y,
    "x_unit": XUnit,
    "y_unit": YUnit,
    "branch": Annotated[
        str | None, typer.Option("--branch", metavar="BRANCH", help="rising, falling, mean or random; default mean.")
    ],
    "repeat": Repeat,
    "setting_column": Annotated[
        str | None, typer.Option("--setting-column", metavar="COL", help="Second coordinate, such as a temperature.")
    ],
    "setting": Annotated[
        float | None, typer.Option("--setting", metavar="VALUE", help="Where the second coordinate is read.")
    ],
    "outside": Annotated[
        str | None,
        typer.Option(
            "--outside",
            metavar="POLICY",
            help="Beyond the measured drives: hold (default of study and init), periodic or refuse (of device show).",
        ),
    ],
}
"""Fields of `MeasuredOptions`, and the options that give them."""


def reads_measurement(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the options of `READING` in the place of its parameter `measured`, a `MeasuredOptions`."""
    signature = inspect.signature(command)
    parameters: list[inspect.Parameter] = []
    for parameter in signature.parameters.values():
        if parameter.name != "measured":
            parameters.append(parameter)
            continue
        parameters += [parameter.replace(name=name, annotation=said, default=None) for name, said in READING.items()]

    @functools.wraps(command)
    def with_options(**given: Any) -> None:
        from physdfa.workflow.measured_device import MeasuredOptions

        measured = MeasuredOptions(**{name: given.pop(name) for name in READING})
        command(measured=measured, **given)

    with_options.__signature__ = signature.replace(parameters=parameters)  # pyright: ignore[reportAttributeAccessIssue]
    return with_options
