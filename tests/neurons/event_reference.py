"""Event neurons in plain numpy, float64, sharing no code with physdfa: brute force, closed form, traces."""

from typing import NamedTuple

import numpy as np


class Neuron(NamedTuple):
    """The numbers of a neuron: time constants [s] and threshold."""

    tau_syn: float
    threshold: float

    @property
    def tau_mem(self) -> float:
        return 2 * self.tau_syn

    @property
    def rheobase(self) -> float:
        return self.threshold / self.tau_mem


def of(lif) -> Neuron:
    """The numbers that a neuron of physdfa has, as it rounds them."""
    return Neuron(float(lif.tau_syn), float(lif.threshold))


def brute_force(neuron: Neuron, times, weights, t_end: float, step: float) -> list[float]:
    """Spike times by the midpoint rule with a fixed step; input times are multiples of it."""
    arrivals: dict[int, float] = {}
    for time, weight in zip(times, weights, strict=True):
        index = round(time / step)
        arrivals[index] = arrivals.get(index, 0.0) + weight
    potential = current = 0.0
    spikes = []
    for index in range(round(t_end / step)):
        current += arrivals.get(index, 0.0)
        middle_current = current * (1 - step / 2 / neuron.tau_syn)
        middle = potential + step / 2 * (current - potential / neuron.tau_mem)
        following = potential + step * (middle_current - middle / neuron.tau_mem)
        if following >= neuron.threshold:
            share = (neuron.threshold - potential) / (following - potential)
            spikes.append((index + share) * step)
            following = middle_current * (1 - share) * step
        potential, current = following, current * (1 - step / neuron.tau_syn + (step / neuron.tau_syn) ** 2 / 2)
    return spikes


def closed_form(neuron: Neuron, times, weights, t_end: float) -> list[float]:
    """Spike times from event to event by the quadratic of section 2.1 of the specification."""
    order = np.argsort(times, kind="stable")
    potential = current = now = 0.0
    spikes = []
    for time, weight in [*((times[n], weights[n]) for n in order), (t_end, 0.0)]:
        while True:
            linear = potential / neuron.tau_mem + current
            discriminant = linear**2 - 4 * current * neuron.rheobase
            if current <= 0 or linear <= 0 or discriminant <= 0:
                break
            root = (linear + np.sqrt(discriminant)) / (2 * current)
            if root >= 1 or now - neuron.tau_mem * np.log(root) > time:
                break
            now -= neuron.tau_mem * np.log(root)
            current, potential = current * root**2, 0.0
            spikes.append(now)
        decay = np.exp(-(time - now) / neuron.tau_mem)
        potential = neuron.tau_mem * ((potential / neuron.tau_mem + current) * decay - current * decay**2)
        current, now = current * decay**2 + weight, time
    return spikes


def trace_gradient(neuron: Neuron, times, sources, weights, spikes, num_inputs: int, bounded: bool) -> np.ndarray:
    """sum_k dt_k/dw_j by the eligibility trace (eqs. 19-21): one synaptic and one trace variable per input."""
    synaptic, trace, total = np.zeros(num_inputs), np.zeros(num_inputs), np.zeros(num_inputs)
    current = now = 0.0
    # An input at the very time of a spike comes after it: H(0) = 0.
    events = sorted([(t, 1, n) for n, t in enumerate(times)] + [(t, 0, -1) for t in spikes])
    for time, is_input, index in events:
        fast, slow = np.exp(-(time - now) / neuron.tau_syn), np.exp(-(time - now) / neuron.tau_mem)
        # dE/dt = -E/tau_mem - s/tau_mem with s decaying at tau_syn: E - s follows the slow decay alone.
        trace = (trace - synaptic) * slow + synaptic * fast
        synaptic, current, now = synaptic * fast, current * fast, time
        if is_input:
            # E = sum [fast - slow]: a new input adds 0 to E and 1 to s.
            synaptic[sources[index]] += 1
            current += weights[index]
        else:
            excess = current if bounded else current - neuron.rheobase
            total += neuron.tau_mem / excess * trace
            trace = trace * (1 + neuron.rheobase / excess)
    return total
