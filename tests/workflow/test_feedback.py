"""Trainings end to end through each kind of projection."""

import jax
import numpy as np
import pytest

from physdfa.build import build_trial, load_samples, split_rows, training_key
from physdfa.config import with_values
from physdfa.training import Trainer
from physdfa.workflow.members import train_members
from tests.workflow.tiny import make_config

CHANCE = 0.1

KINDS = {
    "dense": (["feedback.precision=ternary"], {"feedback.error_threshold": (0.2, 0.5)}),
    "sparse": ([], {"feedback.share": (0.2, 0.9)}),
    "fan_in": (["feedback.entries=ternary"], {"feedback.fan_in": (1, 5)}),
    "block": ([], {"feedback.blocks": (2, 10)}),
    "scattering": (["feedback.shot_noise=0.01"], {"feedback.camera_bits": (3, 10), "feedback.reference": (0.5, 2.0)}),
    "weight_bank": (
        ["feedback.precision=rounded"],
        {"feedback.product_noise": (0.0, 0.098), "feedback.weight_bits": (3, 8), "feedback.error_bits": (3, 8)},
    ),
}


@pytest.mark.usefixtures("fresh_programs")
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_members_that_differ_in_numbers_of_a_projection_learn_digits_as_one_program(kind):
    overrides, varied = KINDS[kind]
    config = make_config(f"feedback.kind={kind}", *overrides)
    samples, trainer = load_samples(config, None), Trainer(2)
    trials = [
        build_trial(with_values(config, {key: ends[n] for key, ends in varied.items()}), samples.dataset, 0)
        for n in range(2)
    ]
    splits = split_rows(config, "search", samples.dataset, 2)
    population, reports = trainer.fit(trials, [training_key(0)] * 2, samples.train, splits, epochs=6)
    assert trainer.num_compilations == 3  # start, epoch, score
    accuracy = reports[-1].validation.accuracy
    assert (accuracy > 4 * CHANCE).all()
    first, second = (np.asarray(leaf) for leaf in population.states.parameters.weights[0])
    assert not np.array_equal(first, second)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(population.states.parameters))


def test_a_checkpoint_keeps_all_that_a_medium_has_drawn():
    config = make_config("feedback.kind=scattering", "training.epochs=1", kind="train")
    arrays = train_members(config, load_samples(config, None), [0]).named
    assert arrays["feedback/0"].shape == arrays["feedback/0/quadrature"].shape == (1, 16, 10)
