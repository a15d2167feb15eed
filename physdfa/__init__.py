"""Spiking networks trained by augmented direct feedback alignment with an emulated physical backward device.

    import optax, physdfa as pf

    data = pf.load("digits")
    network = pf.SpikingNetwork([64, 64, 10], pf.Lif(decay_mem=0.9), num_steps=10)
    device = pf.make_device("mach_zehnder", {"v_bias": 1.0})
    model, log = pf.fit(network, pf.rules.adfa(), device, optax.adam(3e-3), data, epochs=10)
    print(pf.evaluate(model, data.test))

Data        load (by name, or an .npz file), from_arrays (of arrays in memory), Dataset (what both give)
Networks    SpikingNetwork, Lif, Rate, Membrane, Count (the readouts)
Devices     Device (to derive your own from), Param, parameter, option, make_device (by name), make_cascade, Cascade,
            MeasuredDevice (from a file)
Training    fit, evaluate, Model, Evaluation, Optimizer (where a search varies its numbers; else any of optax)
Mistakes    InputError (one sentence that says what is allowed)

Rooms, each with more: `rules` (adfa, dfa, bptt, ...), `feedback` (the matrices B), `devices` (presets, stages),
`network`, `neurons`, `data`, `training` (populations of trainings as one program), `analysis`, `testing` (the laws of a
device), and for experiment files and run folders `config`, `workflow`, `store`, `report`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from physdfa import (
        analysis,
        config,
        data,
        devices,
        feedback,
        network,
        neurons,
        report,
        rules,
        store,
        testing,
        training,
        workflow,
    )
    from physdfa.data import Dataset, from_arrays
    from physdfa.devices import AbstractDevice as Device
    from physdfa.devices import Cascade, MeasuredDevice, make_cascade, make_device
    from physdfa.errors import InputError
    from physdfa.network import Count, Membrane, Rate, SpikingNetwork
    from physdfa.neurons import Lif
    from physdfa.notebook import Evaluation, Model, evaluate, fit, load
    from physdfa.parts import ParameterValue as Param
    from physdfa.parts import option, parameter
    from physdfa.training import Optimizer

    __version__: str

_HOMES = {
    "data": ("Dataset", "from_arrays"),
    "devices": ("Cascade", "Device", "MeasuredDevice", "make_cascade", "make_device"),
    "errors": ("InputError",),
    "network": ("Count", "Membrane", "Rate", "SpikingNetwork"),
    "neurons": ("Lif",),
    "notebook": ("Evaluation", "Model", "evaluate", "fit", "load"),
    "parts": ("Param", "option", "parameter"),
    "training": ("Optimizer",),
}
"""Where each name is defined; a room stands for itself. Nothing is imported before it is asked for."""

_THERE = {"Device": "AbstractDevice", "Param": "ParameterValue"}
"""Names that are others at home."""

__all__ = [
    "Cascade",
    "Count",
    "Dataset",
    "Device",
    "Evaluation",
    "InputError",
    "Lif",
    "MeasuredDevice",
    "Membrane",
    "Model",
    "Optimizer",
    "Param",
    "Rate",
    "SpikingNetwork",
    "__version__",
    "analysis",
    "config",
    "data",
    "devices",
    "evaluate",
    "feedback",
    "fit",
    "from_arrays",
    "load",
    "make_cascade",
    "make_device",
    "network",
    "neurons",
    "option",
    "parameter",
    "report",
    "rules",
    "store",
    "testing",
    "training",
    "workflow",
]


def __getattr__(name: str) -> Any:
    """Import what is asked for, the first time that it is."""
    if name == "__version__":
        from importlib.metadata import version  # it reads the installed package, which costs more than this module

        return version("physdfa")
    if name not in __all__:
        raise AttributeError(f"module 'physdfa' has no attribute '{name}'")
    home = next((room for room, names in _HOMES.items() if name in names), None)
    found = import_module(f"physdfa.{home or name}")
    globals()[name] = value = getattr(found, _THERE.get(name, name)) if home else found
    return value


def __dir__() -> list[str]:
    """The names above, and nothing else."""
    return __all__
