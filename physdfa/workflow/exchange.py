"""Trained networks out and in, in the Neuromorphic Intermediate Representation (NIR).

A discrete step of ours is one Euler step of NIR's equations: with time constant tau = dt / (1 - decay) and resistance
R = tau / dt, tau v' = -v + R I gives v_t = decay v_{t-1} + I_t.

    Input [-> Scale] -> Affine -> LIF -> ... -> Affine [-> LI | LIF] -> Output

**Source:** J. E. Pedersen et al., "Neuromorphic intermediate representation", Nat. Commun. 15, 8122 (2024).
"""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import numpy as np

from physdfa.arrays import as_scalar
from physdfa.bounded import memory_share
from physdfa.build import build_spiking_network
from physdfa.config import ExperimentConfig, load_config, read_config, to_toml, with_values
from physdfa.config.keys import show
from physdfa.config.raw import parse
from physdfa.errors import InputError, MissingExtraError, shortened
from physdfa.network import Count, Membrane, Rate, SpikingNetwork
from physdfa.neurons import Lif
from physdfa.store import RunFolder, open_run
from physdfa.store.files import write_output
from physdfa.training import rounded_weight
from physdfa.trust import imports_limited
from physdfa.workflow.begin import begin_run
from physdfa.workflow.kept import kept_networks
from physdfa.workflow.own_modules import read_run_config

DT = 1e-4
"""The step [s] that NIR's equations are given where nobody asks for another: what snnTorch takes as its own."""
OURS = "physdfa"
"""The key of a graph's metadata under which the experiment stands."""


@dataclass(frozen=True)
class Chain:
    """What a graph says, in our terms.

    - `weights` [post pre] and `biases` [post] of each layer; `decays`, `thresholds` of each hidden layer.
    - `input_scale`; `readout`: "affine", ("li", decay) or ("lif", decay, threshold) of the last node.
    - `config`: the experiment as TOML text, where the file was written here; `seed` of the network.
    """

    weights: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    decays: tuple[float, ...]
    thresholds: tuple[float, ...]
    input_scale: float
    readout: tuple[Any, ...]
    config: str | None
    seed: int

    @property
    def hidden(self) -> list[int]:
        """Neurons of the hidden layers."""
        return [len(bias) for bias in self.biases[:-1]]


def export_nir(
    path: Path, file: Path, *, seed: int | None = None, best: bool = False, dt: float = DT
) -> tuple[int, list[str]]:
    """Write one network of a run. The answer is its seed, and a sentence for each thing that NIR does not say.

    **Arguments:**

    - `seed`: of the network; None: the first. `best`: as it was after its best epoch in validation.
    - `dt`: the time that a step stands for [s].

    **Raises:** `InputError` for a network that NIR cannot say, a seed that the run lacks, or a `dt` that is no time.
    """
    nir = _nir()
    if not 0 < dt < float("inf"):
        raise InputError(f"--dt {dt:g}: must be a time above 0 [s].")
    run = open_run(path)
    config = read_run_config(run, "train")
    arrays, seeds, _ = kept_networks(run, best=best)
    chosen = cast(dict[str, Any], run.read_summary().get("best") or {})
    config = with_values(config, chosen)
    if seed is not None and seed not in seeds:
        raise InputError(f"{run.path} has no network of seed {seed}; it has {', '.join(map(str, seeds))}.")
    seed = seeds[0] if seed is None else seed
    member = seeds.index(seed)
    num = sum(name.startswith("weights/") for name in arrays)
    weights = [arrays[f"weights/{layer}"][member] for layer in range(num)]
    biases = [arrays[f"biases/{layer}"][member] for layer in range(num)]
    if config.network.weight_bits is not None:
        bits = as_scalar(config.network.weight_bits)
        weights = [np.asarray(rounded_weight(as_scalar(weight), bits)) for weight in weights]
    network = _network(config, [weights[0].shape[1], *(len(bias) for bias in biases)])
    neuron = cast(Lif, network.neuron)
    nodes: dict[str, Any] = {"input": nir.Input(np.array([weights[0].shape[1]]))}
    if float(network.input_scale) != 1.0:
        nodes["scale"] = nir.Scale(np.full(weights[0].shape[1], float(network.input_scale)))
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        nodes[f"affine_{layer}"] = nir.Affine(weight=weight, bias=bias)
        if layer < num - 1:
            nodes[f"lif_{layer}"] = _lif(nir, neuron, len(bias), dt)
    nodes |= _readout_node(nir, network, dt)
    nodes["output"] = nir.Output(np.array([len(biases[-1])]))
    names = list(nodes)
    told = {"config": to_toml(config), "seed": seed, "dt": dt, "num_steps": network.num_steps}
    graph = nir.NIRGraph(
        nodes,
        list(pairwise(names)),
        metadata={f"{OURS}_{key}": one for key, one in told.items()},
    )
    partial = file.with_name(f".{file.name}.{np.random.default_rng().integers(2**62):x}")
    try:
        nir.write(str(partial), graph)
        write_output(file, partial.read_bytes())
    finally:
        partial.unlink(missing_ok=True)
    return seed, [
        f"NIR has no encoding, no number of steps and no readout: the input comes as '{config.data.encoding}' shows it "
        f"in {network.num_steps} steps of {dt:g} s, and {_READS[type(network.readout)]}.",
        "NIR's neurons fire above their threshold, ours at it, too: that differs where a potential meets it exactly.",
    ]


_READS = {
    Rate: "the class has the largest mean over all steps",
    Membrane: "the class has the largest potential, in the mean or at the end as network.membrane_reduction says",
    Count: "the class has the most spikes",
}


def _network(config: ExperimentConfig, layer_sizes: Sequence[int]) -> SpikingNetwork:
    """The network of a config that NIR can say.

    **Raises:** `InputError` naming what it cannot.
    """
    if any(isinstance(layer, str) for layer in config.network.hidden):
        raise InputError(
            f"network.hidden = {show(list(config.network.hidden))}: NIR is written for fully connected layers alone; "
            "train with those."
        )
    if np.any(config.network.recurrent):
        raise InputError(
            f"network.recurrent = {show(config.network.recurrent)}: NIR is written for layers without recurrent "
            "weights alone; train without them."
        )
    if config.network.neuron != "lif":
        raise InputError(
            f"network.neuron = '{config.network.neuron}': NIR is written for 'lif' alone; train with that."
        )
    network = build_spiking_network(config, tuple(layer_sizes))
    neuron = cast(Lif, network.neuron)
    if neuron.reset != "zero":
        raise InputError(
            f"network.reset = '{neuron.reset}': NIR's neurons are set to a value; only 'zero' can be said."
        )
    if neuron.refractory_steps:
        raise InputError(
            f"network.refractory_steps = {neuron.refractory_steps}: NIR's neurons never rest; 0 can be said."
        )
    if type(network.readout) not in _READS:
        raise InputError(
            f"network.readout = '{config.network.readout}': NIR has no such readout; rate, membrane or count."
        )
    return network


def _leak(key: str, decay: float, dt: float) -> tuple[float, float]:
    """(tau [s], R) of a leak per step."""
    if decay == 1:
        raise InputError(f"network.{key} = 1: NIR's neurons have a finite time constant; train with less than 1.")
    tau = dt / (1.0 - decay)
    return tau, tau / dt


def _lif(nir: Any, neuron: Lif, num: int, dt: float, key: str = "decay_mem") -> Any:
    tau, resistance = _leak(key, float(neuron.decay_mem), dt)
    return nir.LIF(
        tau=np.full(num, tau),
        r=np.full(num, resistance),
        v_leak=np.zeros(num),
        v_threshold=np.full(num, float(neuron.threshold)),
        v_reset=np.zeros(num),
    )


def _readout_node(nir: Any, network: SpikingNetwork, dt: float) -> dict[str, Any]:
    readout, num = network.readout, network.layer_sizes[-1]
    if isinstance(readout, Membrane):
        tau, resistance = _leak("readout_decay", float(readout.readout_decay), dt)
        return {"li": nir.LI(tau=np.full(num, tau), r=np.full(num, resistance), v_leak=np.zeros(num))}
    if isinstance(readout, Count):
        return {"lif_out": _lif(nir, cast(Lif, readout.neuron), num, dt, "readout_decay")}
    return {}


def read_chain(file: Path, dt: float | None = None) -> Chain:
    """The layers of a NIR file.

    **Arguments:**

    - `dt`: the time of a step [s], where the file does not say it; `DT` without.

    **Raises:** `InputError` for a file that is none, and for a graph that we do not train: another node, a branch, a
    recurrence, neurons of one layer that differ.
    """
    nir = _nir()
    try:
        _check_size(file)
        graph = nir.read(str(file))
        chain = _in_order(graph)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, AssertionError) as error:
        raise InputError(f"{shortened(file)} is not a NIR graph that can be read: {error}.") from None
    told = {str(key).removeprefix(f"{OURS}_"): one for key, one in dict(getattr(graph, "metadata", None) or {}).items()}
    dt = float(told.get("dt", DT)) if dt is None else dt
    place = f"{shortened(file)}: "
    weights, biases, decays, thresholds = [], [], [], []
    scale, readout = 1.0, ("affine",)
    for index, (name, node) in enumerate(chain[1:-1], start=1):
        kind = type(node).__name__
        is_last = index == len(chain) - 2
        follows_affine = type(chain[index - 1][1]).__name__ in ("Affine", "Linear")
        if kind == "Scale" and index == 1:
            scale = _one(place, name, "scale", node.scale)
        elif kind in ("Affine", "Linear") and not follows_affine:
            weights.append(np.asarray(node.weight, np.float32))
            biases.append(np.asarray(getattr(node, "bias", np.zeros(len(node.weight))), np.float32))
        elif kind == "LIF" and follows_affine:
            decay, threshold = _of_lif(place, name, node, dt, weights, biases)
            if is_last:
                readout = ("lif", decay, threshold)
            else:
                decays.append(decay)
                thresholds.append(threshold)
        elif kind == "LI" and follows_affine and is_last:
            readout = ("li", _of_leak(place, name, node, dt, weights, biases))
        else:
            raise InputError(
                f"{place}the node '{name}' is a {kind}, which is not trained here at this place; a network is Input, "
                "Scale (or none), Affine and LIF by turns, a last Affine with LI, LIF or nothing, Output."
            )
    if len(weights) < 2 or len(decays) != len(weights) - 1:
        raise InputError(f"{place}has {len(weights)} layers of weights and {len(decays)} of neurons between them.")
    config = told.get("config")
    config = config.decode() if isinstance(config, bytes) else config
    return Chain(
        tuple(weights), tuple(biases), tuple(decays), tuple(thresholds), scale, readout,
        None if config is None else str(config), int(told.get("seed", 0)),
    )  # fmt: skip


def _in_order(graph: Any) -> list[tuple[str, Any]]:
    """The nodes from input to output. **Raises:** `ValueError` for anything but a chain."""
    after: dict[str, list[str]] = {}
    for start, end in graph.edges:
        after.setdefault(start, []).append(end)
    starts = [name for name, node in graph.nodes.items() if type(node).__name__ == "Input"]
    if len(starts) != 1:
        raise ValueError(f"it has {len(starts)} inputs, and a network here has one")
    names = [starts[0]]
    while names[-1] in after:
        following = after[names[-1]]
        if len(following) > 1 or following[0] in names:
            raise ValueError(f"behind '{names[-1]}' it branches or runs in a circle, and networks here are chains")
        names.append(following[0])
    if type(graph.nodes[names[-1]]).__name__ != "Output" or len(names) != len(graph.nodes):
        raise ValueError("its nodes are no single chain from input to output")
    return [(name, graph.nodes[name]) for name in names]


def _one(place: str, name: str, what: str, values: Any) -> float:
    """The value that all neurons of a node share."""
    found = np.unique(np.asarray(values, dtype=float))
    if len(found) != 1 or not np.isfinite(found[0]):
        raise InputError(f"{place}`{what}` of '{name}' differs from neuron to neuron; here all of a layer are alike.")
    return float(found[0])


def _of_leak(place: str, name: str, node: Any, dt: float, weights: list[np.ndarray], biases: list[np.ndarray]) -> float:
    """The share kept per step; what a unit of input raises the potential by goes into the weights before it."""
    tau, resistance = _one(place, name, "tau", node.tau), _one(place, name, "r", node.r)
    if not tau >= dt:
        raise InputError(f"{place}tau = {tau:g} s of '{name}' is shorter than a step of {dt:g} s; give a shorter --dt.")
    gain = resistance * dt / tau
    if not np.isclose(gain, 1.0, rtol=1e-9, atol=0.0):
        weights[-1], biases[-1] = weights[-1] * np.float32(gain), biases[-1] * np.float32(gain)
    rest = _one(place, name, "v_leak", node.v_leak)
    biases[-1] = biases[-1] + np.float32(rest * dt / tau)
    return float(np.float32(1.0 - dt / tau))


def _of_lif(
    place: str, name: str, node: Any, dt: float, weights: list[np.ndarray], biases: list[np.ndarray]
) -> tuple[float, float]:
    """(share kept per step, threshold)."""
    if (reset := _one(place, name, "v_reset", node.v_reset)) != 0:
        raise InputError(f"{place}v_reset = {reset:g} of '{name}': a spike sets the potential to 0 here.")
    decay = _of_leak(place, name, node, dt, weights, biases)
    return decay, float(np.float32(_one(place, name, "v_threshold", node.v_threshold)))


def import_nir(
    file: Path, config: ExperimentConfig, chain: Chain, *, out_dir: Path, command_line: Sequence[str] = ()
) -> RunFolder:
    """A run folder that holds the network of a file, as if it had been trained with the config.

    **Raises:** `InputError` naming each key of the config that says something else than the file.
    """
    check_config(config, chain, file)
    run = begin_run(config, "train", out_dir=out_dir, command_line=command_line)
    arrays = {f"weights/{layer}": weight[None] for layer, weight in enumerate(chain.weights)}
    arrays |= {f"biases/{layer}": bias[None] for layer, bias in enumerate(chain.biases)}
    run.save_tree("final", arrays, {"seeds": [chain.seed]})
    run.write_summary({"status": "done", "seeds": [chain.seed], "imported_from": file.name})
    return run


def config_for(
    file: Path, chain: Chain, path: Path | None, overrides: Sequence[str], *, data_dir: Path | None
) -> ExperimentConfig:
    """The experiment at `path`, or without one that of the file, whose modules are imported only if trusted.

    **Raises:** `InputError` where the file has none; `ConfigError` for mistakes in it.
    """
    if path is not None:
        return load_config(path, overrides, kind="train", data_dir=data_dir)
    if chain.config is None:
        raise InputError(f"{shortened(file)} was written elsewhere: name the experiment that it belongs to behind it.")
    with imports_limited(str(file), ()):
        return read_config(
            parse(chain.config, str(file)), source=str(file), overrides=overrides, kind="train", data_dir=data_dir
        )


def _check_size(file: Path) -> None:
    """Refuse a file whose arrays would fill the memory, before they are read."""
    sizes = []

    def note(_name: str, found: Any) -> None:
        if hasattr(found, "nbytes"):
            sizes.append(int(found.nbytes))

    with importlib.import_module("h5py").File(file, "r") as content:
        content.visititems(note)
    if sum(sizes) > memory_share():
        raise ValueError(f"its arrays have {sum(sizes):,} bytes, more than half of the memory of this machine")


def check_config(config: ExperimentConfig, chain: Chain, file: Path) -> None:
    """Compare a config with the network of a file.

    **Raises:** `InputError` with all that differs, and how to say it.
    """
    sizes = [chain.weights[0].shape[1], *(len(bias) for bias in chain.biases)]
    network = _network(config, sizes)
    neuron = cast(Lif, network.neuron)
    wanted: dict[str, tuple[Any, Any]] = {"network.hidden": (list(config.network.hidden), chain.hidden)}
    wanted["network.input_scale"] = (float(network.input_scale), float(np.float32(chain.input_scale)))
    for key, ours, theirs in (
        ("network.decay_mem", float(neuron.decay_mem), chain.decays),
        ("network.threshold", float(neuron.threshold), chain.thresholds),
    ):
        if len(set(theirs)) > 1:
            raise InputError(f"{shortened(file)}: its layers differ in {key}: {theirs}; here all have the same.")
        wanted[key] = (ours, theirs[0])
    kinds = {"affine": Rate, "li": Membrane, "lif": Count}
    kind = kinds[chain.readout[0]]
    names = {Rate: "rate", Membrane: "membrane", Count: "count"}
    wanted["network.readout"] = (config.network.readout, names[kind])
    if isinstance(network.readout, Membrane) and kind is Membrane:
        wanted["network.readout_decay"] = (float(network.readout.readout_decay), chain.readout[1])
    if isinstance(network.readout, Count) and kind is Count:
        wanted["network.readout_decay"] = (float(network.readout.readout_decay), chain.readout[1])
        wanted["network.threshold"] = (float(neuron.threshold), chain.readout[2])
    said = [
        f"{key} = {ours}: {shortened(file)} has {theirs}" for key, (ours, theirs) in wanted.items() if ours != theirs
    ]
    if said:
        raise InputError("; ".join(said) + ". Change the experiment, or add --set KEY=VALUE.")


def _nir() -> Any:
    try:
        return importlib.import_module("nir")
    except ImportError:
        raise MissingExtraError("nir", "nir") from None
