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
Own parts   are classes with `parameter` and `option` fields; they derive from
            rules.AbstractRandomFeedback and rules.AbstractDirectFeedback, in this order, or from rules.AbstractRule,
            Device, network.AbstractReadout or AbstractLinearReadout, neurons.AbstractNeuron, data.AbstractEncoding,
            data.AbstractSource, training.AbstractLoss, feedback.AbstractProjection
            and are named "module:Class" in experiment files (docs/own_rule.md, docs/own_parts.md)

Rooms, each with more: `rules` (adfa, dfa, bptt, ...), `feedback` (the matrices B), `devices` (presets, stages),
`network`, `neurons`, `data`, `training` (populations of trainings as one program), `analysis`, `testing` (the laws of a
device), and for experiment files and run folders `config`, `workflow`, `store`, `report`. `help(physdfa.rules)`,
`help(physdfa.fit)` and so on tell more.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from physdfa import analysis as analysis
    from physdfa import config as config
    from physdfa import data as data
    from physdfa import devices as devices
    from physdfa import feedback as feedback
    from physdfa import network as network
    from physdfa import neurons as neurons
    from physdfa import report as report
    from physdfa import rules as rules
    from physdfa import store as store
    from physdfa import testing as testing
    from physdfa import training as training
    from physdfa import workflow as workflow
    from physdfa.data import Dataset as Dataset
    from physdfa.data import from_arrays as from_arrays
    from physdfa.devices import AbstractDevice
    from physdfa.devices import Cascade as Cascade
    from physdfa.devices import MeasuredDevice as MeasuredDevice
    from physdfa.devices import make_cascade as make_cascade
    from physdfa.devices import make_device as make_device
    from physdfa.errors import InputError as InputError
    from physdfa.network import Count as Count
    from physdfa.network import Membrane as Membrane
    from physdfa.network import Rate as Rate
    from physdfa.network import SpikingNetwork as SpikingNetwork
    from physdfa.neurons import Lif as Lif
    from physdfa.notebook import Evaluation as Evaluation
    from physdfa.notebook import Model as Model
    from physdfa.notebook import evaluate as evaluate
    from physdfa.notebook import fit as fit
    from physdfa.notebook import load as load
    from physdfa.parts import ParameterValue
    from physdfa.parts import option as option
    from physdfa.parts import parameter as parameter
    from physdfa.training import Optimizer as Optimizer

    Device = AbstractDevice
    Param = ParameterValue
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

_ROOMS = (
    "analysis",
    "config",
    "data",
    "devices",
    "feedback",
    "network",
    "neurons",
    "report",
    "rules",
    "store",
    "testing",
    "training",
    "workflow",
)

__all__ = ["__version__", *_ROOMS]  # pyright: ignore[reportUnsupportedDunderAll]
"""What `help(physdfa)` may write out: pydoc prints every class that is named here, which would be 1,400 lines."""

_NAMES = sorted([*__all__, *(name for names in _HOMES.values() for name in names)])


def __getattr__(name: str) -> Any:
    """Import what is asked for, the first time that it is."""
    if name == "__version__":
        from importlib.metadata import version  # it reads the installed package, which costs more than this module

        return version("physdfa")
    if name not in _NAMES:
        raise AttributeError(f"module 'physdfa' has no attribute '{name}'")
    home = next((room for room, names in _HOMES.items() if name in names), None)
    found = import_module(f"physdfa.{home or name}")
    globals()[name] = value = getattr(found, _THERE.get(name, name)) if home else found
    return value


def __dir__() -> list[str]:
    """The names above, and nothing else."""
    return _NAMES
