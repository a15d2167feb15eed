"""Costs of learning beside time: numbers sent back to the hidden layers, and weights changed, per training sample.

A number is fed back where a value arrives over one feedback connection, by the definition of the rule
(`AbstractRule.floats_fed_back`); where a rule leaves some out, the summary of its run says how many it sent. What it
takes to learn the feedback itself, or to copy weights or their signs into it, is not counted. Weights changed are
counted in the trained network, sample by sample: see `weights_changed`.
"""

import dataclasses
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
"""The key in a row's record, and in the summary of a run that counts its own."""

WEIGHTS_CHANGED, COUNTED_AFTER = "counted_weights_changed", "counted_after_epochs"
"""Weights of all layers that one sample changes, and after how many epochs of training that was counted."""

COUNTED_SAMPLES = 256


def count_weights_changed(run: RunFolder, config: ExperimentConfig, samples: Samples) -> Record:
    """Weights that a training sample changes in the first trained network of a run, as a mean."""
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
