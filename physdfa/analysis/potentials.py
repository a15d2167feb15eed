"""Membrane potentials that occur, and the answers of the backward device to them."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, PRNGKeyArray

from physdfa.devices import AbstractDevice
from physdfa.network import NetworkParameters, SpikingNetwork
from physdfa.training import Data, Trial, layer_potentials

NUM_BINS = 160
OUTLIER_SHARE = 0.01
"""Share of the potentials on each side that may lie outside the drawn range."""


class BackwardTable(NamedTuple):
    """g(u) and how often each u occurs, in bins of the membrane potential of the first hidden layer.

    - `potential`: bin centres [unit of u]; `g`: the device's answer there, NaN without a device.
    - `density_initial`, `density_trained`: share of the potentials per unit of u.
    - `surrogate_derivative`: f'(u), for comparison.
    """

    potential: np.ndarray
    g: np.ndarray
    density_initial: np.ndarray
    density_trained: np.ndarray
    surrogate_derivative: np.ndarray


def first_layer_potentials(
    trial: Trial, parameters: NetworkParameters, data: Data, rows: Int[Array, " rows"], key: PRNGKeyArray
) -> np.ndarray:
    """The u_t, before reset, of the first hidden layer while the network sees the samples at `rows`.

    All of them, or as many as `layer_potentials` keeps: the densities then have their bins to about 1 %.
    """
    return np.asarray(_first_layer(trial, parameters, data, rows, key)).ravel()


@jax.jit
def _first_layer(trial, parameters, data, rows, key):
    return layer_potentials(trial, parameters, data, rows, key)[0]


def backward_table(
    trial: Trial, device: AbstractDevice | None, initial: np.ndarray, trained: np.ndarray
) -> BackwardTable:
    """The device over the potentials that occur before and after training.

    **Arguments:**

    - `device`: as calibrated in the run, or None.
    - `initial`, `trained`: potentials from `first_layer_potentials`.
    """
    network = trial.network
    assert isinstance(network, SpikingNetwork)  # an event network has no potentials to hand in
    threshold = float(network.neuron.threshold)
    occupied = np.concatenate([initial, trained])
    low, high = np.quantile(occupied, [OUTLIER_SHARE, 1 - OUTLIER_SHARE])
    low, high = min(float(low), 0.0), max(float(high), 2 * threshold)
    edges = np.linspace(low, high, NUM_BINS + 1)
    centres = (edges[:-1] + edges[1:]) / 2
    grid = jnp.asarray(centres, dtype=jnp.float32)
    response = np.full(NUM_BINS, np.nan) if device is None else np.asarray(device.respond(grid))
    return BackwardTable(
        centres,
        response,
        _density(initial, edges),
        _density(trained, edges),
        np.asarray(network.neuron.surrogate_derivative(grid)),
    )


def _density(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    counts, _ = np.histogram(values, edges)
    return counts / (values.size * np.diff(edges))
