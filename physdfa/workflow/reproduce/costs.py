"""What learning costs beside time: numbers sent back to the hidden layers, and weights changed, per training sample.

A number is fed back where a value arrives over one feedback connection: from the definition of the rule, a full matrix
counted whole; where a rule leaves some out, the summary of its run says how many it sent. What it takes to learn the
feedback itself, or to copy weights or their signs into it, is not counted. Weights changed are counted in the trained
network, sample by sample: see `weights_changed`.
"""

import dataclasses
from collections.abc import Sequence
from itertools import pairwise
from typing import cast

import jax
import jax.numpy as jnp

from physdfa.analysis.weights_changed import weights_changed
from physdfa.build import Samples, build_trial, split_rows, training_key
from physdfa.config import ExperimentConfig
from physdfa.feedback import LearnedProjection
from physdfa.network import NetworkParameters
from physdfa.store import RunFolder
from physdfa.training.step import start_training
from physdfa.workflow.reproduce.entry import Record

FLOATS_FED_BACK = "feedback_floats_per_sample"
"""Also in the summary of a run that counts its own."""

WEIGHTS_CHANGED, COUNTED_AFTER = "counted_weights_changed", "counted_after_epochs"
"""Weights of all layers that one sample changes, and after how many epochs of training that was counted."""

COUNTED_SAMPLES = 256


def floats_fed_back(config: ExperimentConfig, layer_sizes: Sequence[int], spikes: Sequence[float]) -> float:
    """Values that arrive over feedback connections.

    - direct feedback (also of a rule that is not named here): each connection from an output to a hidden neuron once
      per error, `share` of them in a sparse matrix; with the error `online` an error per step;
    - `bptt`: each weight behind a hidden layer once per step; the last one once only, where the readout is linear and
      its error the final one, the same for all steps;
    - `drtp`: the label's connection to each hidden neuron;
    - exact gradient of event neurons: each weight behind a hidden neuron once per spike of that neuron;
    - `readout_only`: none.

    **Arguments:**

    - `layer_sizes`: inputs, hidden layers, classes.
    - `spikes`: of a hidden neuron per sample, mean of each hidden layer; read for event neurons only.
    """
    hidden, classes, rule = layer_sizes[1:-1], layer_sizes[-1], config.rule
    if rule.name == "readout_only":
        return 0.0
    behind = [float(pre * post) for pre, post in pairwise(layer_sizes[1:])]
    if rule.name == "sfdfa" and rule.gradient == "bp":
        return sum(weights * count for weights, count in zip(behind, spikes, strict=True))
    steps = 1 if rule.name == "sfdfa" else config.network.num_steps
    if rule.name == "bptt":
        is_static = rule.error == "final" and config.network.readout != "count"
        return steps * sum(behind[:-1]) + behind[-1] * (1 if is_static else steps)
    share = config.feedback.share if config.feedback.kind == "sparse" else 1.0
    if rule.name == "drtp":
        classes = 1
    return share * classes * sum(hidden) * (steps if rule.error == "online" and rule.name != "sfdfa" else 1)


def count_weights_changed(run: RunFolder, config: ExperimentConfig, samples: Samples) -> Record:
    """Weights that a training sample changes in the first trained network of a run: mean over the first samples."""
    arrays, metadata = run.load_tree("final")
    seed = cast(list[int], metadata["seeds"])[0]
    trial = build_trial(config, samples.dataset, seed)
    rows = jnp.asarray(split_rows(config, "train", samples.dataset, 1).train[0], jnp.int32)
    state = jax.jit(start_training)(trial, samples.train, rows, training_key(seed))
    layers = range(len(state.parameters.weights))
    trained = (tuple(jnp.asarray(arrays[f"{part}/{layer}"][0]) for layer in layers) for part in ("weights", "biases"))
    feedback = tuple(
        dataclasses.replace(one, matrix=jnp.asarray(arrays[f"feedback/{layer}"][0]))
        if isinstance(one, LearnedProjection)
        else one  # drawn from the seed as it was, or made of the weights
        for layer, one in enumerate(state.rule_state.feedback)
    )
    state = state._replace(
        parameters=NetworkParameters(*trained), rule_state=state.rule_state._replace(feedback=feedback)
    )
    found = jax.jit(weights_changed)(trial, state, samples.train, rows[:COUNTED_SAMPLES], jax.random.key(0))
    return {WEIGHTS_CHANGED: float(jnp.sum(found)), COUNTED_AFTER: config.training.epochs}
