"""`export` and `import`: a trained network through a NIR file and back, bit for bit."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from physdfa.store import open_run
from tests.cli.command import physdfa, refused
from tests.workflow.tiny import TINY, make_config

nir = pytest.importorskip("nir")

LAST = 'hidden = [16, 8]\nreadout = "{}"'


def trained(folder, text=TINY, *words):
    config = folder / "net.toml"
    config.write_text(text)
    answer = physdfa("train", config, "--set", "training.epochs=1", "--quiet", "--json", *words)
    assert answer.code == 0, answer.err
    return json.loads(answer.out)["run"]


def imported(*words):
    answer = physdfa("import", *words, "--json")
    assert answer.code == 0, answer.err
    return json.loads(answer.out)["run"]


@pytest.mark.parametrize("readout", ["rate", "membrane", "count"])
def test_a_network_comes_back_bit_for_bit_and_answers_alike(tmp_path, readout):
    run = trained(tmp_path, TINY.replace("hidden = [16]", LAST.format(readout)), "--seeds", "2")
    seed = open_run(Path(run)).load_tree("final")[1]["seeds"][1]
    assert physdfa("export", run, "net.nir", "--seed", seed).code == 0
    again = imported("net.nir")
    before, after = (open_run(Path(path)).load_tree("final")[0] for path in (run, again))
    for name in after:
        np.testing.assert_array_equal(after[name][0], before[name][1], err_msg=name)
    accuracies = [json.loads(physdfa("evaluate", path, "--json").out)["accuracies"][-1] for path in (run, again)]
    assert accuracies[0] == accuracies[1]
    assert physdfa("export", again, "again.nir").code == 0
    first, second = (nir.read(name) for name in ("net.nir", "again.nir"))
    for name, node in first.nodes.items():
        for key, value in vars(node).items():
            if isinstance(value, np.ndarray):
                np.testing.assert_array_equal(value, vars(second.nodes[name])[key], err_msg=f"{name}.{key}")


def test_a_graph_of_another_hand_is_taken_in_with_its_scales_in_the_weights(tmp_path):
    generator = np.random.default_rng(0)
    tau, dt = 5e-4, 1e-4  # v' = (1 - 0.2) v + 0.2 r I
    weights = [generator.normal(size=shape).astype(np.float32) for shape in ((16, 64), (10, 16))]
    lif = nir.LIF(
        tau=np.full(16, tau), r=np.full(16, 2.0), v_leak=np.full(16, 0.5), v_threshold=np.ones(16), v_reset=np.zeros(16)
    )
    nodes = {
        "in": nir.Input(np.array([64])), "a": nir.Linear(weights[0]), "b": lif,
        "c": nir.Affine(weights[1], np.arange(10, dtype=np.float32)), "out": nir.Output(np.array([10])),
    }  # fmt: skip
    nir.write("other.nir", nir.NIRGraph(nodes, [("in", "a"), ("a", "b"), ("b", "c"), ("c", "out")]))
    config = tmp_path / "net.toml"
    config.write_text(TINY)
    assert "name the experiment" in refused("import", "other.nir")
    assert "network.decay_mem = 0.8" in refused("import", "other.nir", config).replace("0.89999", "0.8")
    run = imported("other.nir", config, "--set", "network.decay_mem=0.8")
    arrays = open_run(Path(run)).load_tree("final")[0]
    np.testing.assert_allclose(arrays["weights/0"][0], weights[0] * 2.0 * dt / tau, rtol=1e-6)
    np.testing.assert_allclose(arrays["biases/0"][0], np.full(16, 0.5 * dt / tau), rtol=1e-6)
    np.testing.assert_array_equal(arrays["biases/1"][0], np.arange(10))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (['network.reset="subtract"'], "network.reset = 'subtract': NIR's neurons are set to a value"),
        (["network.refractory_steps=2"], "network.refractory_steps = 2: NIR's neurons never rest"),
        (['network.hidden=["2c3", 4]'], "NIR is written for fully connected layers alone"),
        (["network.recurrent=true"], "network.recurrent = true: NIR is written for layers without recurrent weights"),
        (["network.decay_mem=1.0"], "network.decay_mem = 1: NIR's neurons have a finite time constant"),
    ],
)
def test_what_nir_cannot_say_is_refused_and_nothing_is_written(results, monkeypatch, tmp_path, keys, said):
    # as if the run had been trained so: the configuration alone is refused
    monkeypatch.setattr("physdfa.workflow.exchange.read_run_config", lambda run, kind: make_config(*keys, kind=kind))
    assert said in refused("export", results.train, "net.nir")
    assert not list(tmp_path.glob("*net.nir*"))


def test_graphs_that_are_not_trained_here_are_refused(tmp_path):
    ones = {"tau": np.full(4, 1e-3), "r": np.full(4, 10.0), "v_leak": np.zeros(4), "v_threshold": np.ones(4)}
    eye, zero = np.eye(4, dtype=np.float32), np.zeros(4, np.float32)

    def graph(lif, edges=(("in", "a"), ("a", "b"), ("b", "c"), ("c", "out"))):
        nodes = {"in": nir.Input(np.array([4])), "a": nir.Affine(eye, zero), "b": lif, "c": nir.Affine(eye, zero)}
        nir.write("x.nir", nir.NIRGraph(nodes | {"out": nir.Output(np.array([4]))}, list(edges)))
        return refused("import", "x.nir", "x.toml")

    (tmp_path / "x.toml").write_text(TINY)
    assert "differs from neuron to neuron" in graph(nir.LIF(**ones | {"tau": np.array([1, 2, 3, 4]) * 1e-3}))
    assert "v_reset = 0.5 of 'b'" in graph(nir.LIF(**ones, v_reset=np.full(4, 0.5)))
    assert "shorter than a step" in graph(nir.LIF(**ones | {"tau": np.full(4, 1e-5)}))
    assert "is a IF" in graph(nir.IF(r=np.ones(4), v_threshold=np.ones(4)))
    recurrent = (("in", "a"), ("a", "b"), ("b", "c"), ("c", "b"), ("c", "out"))
    assert "branches or runs in a circle" in graph(nir.LIF(**ones), recurrent)
    (tmp_path / "x.nir").write_bytes(b"no HDF5")
    assert "is not a NIR graph" in refused("import", "x.nir", "x.toml")


SNNTORCH = """
import sys
import nir, numpy as np, torch
from snntorch.import_nir import import_from_nir
network = import_from_nir(nir.read(sys.argv[1]))
neuron = next(one for one in network.modules() if type(one).__name__ == "Leaky")
first = next(one for one in network.modules() if isinstance(one, torch.nn.Linear))
current = first(torch.tensor(np.load(sys.argv[2])))
with torch.no_grad():
    spikes = [neuron(current).numpy() for _ in range(int(sys.argv[3]))]
np.save(sys.argv[4], np.array(spikes, dtype=np.float32))
"""


@pytest.mark.slow
def test_another_simulator_fires_the_same_spikes(tmp_path):
    """snnTorch in an environment of its own: PHYSDFA_SNNTORCH names its Python."""
    python = os.environ.get("PHYSDFA_SNNTORCH")
    if python is None:
        pytest.skip("PHYSDFA_SNNTORCH does not name the Python of an environment with snntorch, nir and nirtorch")
    import jax
    import jax.numpy as jnp

    from physdfa.data import load_dataset
    from physdfa.neurons import Lif

    run = trained(tmp_path)
    assert physdfa("export", run, "net.nir").code == 0
    arrays = open_run(Path(run)).load_tree("final")[0]
    images = load_dataset("digits").test_images[:200].astype(np.float32) / 16.0
    np.save("images.npy", images)
    done = subprocess.run(
        [python, "-c", SNNTORCH, "net.nir", "images.npy", "12", "spikes.npy"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    theirs = np.load("spikes.npy")
    current = jnp.asarray(images) @ arrays["weights/0"][0].T + arrays["biases/0"][0][None]
    neuron = Lif()

    def step(state, _):
        shown, state = neuron.step(current, state)
        return state, shown.spikes

    _, ours = jax.lax.scan(step, neuron.initial_state(current.shape), None, length=12)
    assert 0.01 < theirs.mean() < 0.99
    assert np.mean(np.asarray(ours) != theirs) == 0.0
    assert sys.executable != python
