"""What learning costs beside time: numbers sent back to the hidden layers, and weights changed, per training sample.

A number is fed back where a value arrives over one feedback connection; a weight update is one weight of a layer that
learns. Both are counted from the definition of the rule, a full matrix and every update counted whole. Where a rule
leaves some out, the summary of its run says how many numbers it sent, and which share of the updates it wrote. What it
takes to learn the feedback itself, or to copy weights or their signs into it, is not counted.
"""

from collections.abc import Sequence
from itertools import pairwise

from physdfa.config import ExperimentConfig

FLOATS_FED_BACK = "feedback_floats_per_sample"
WEIGHT_UPDATES = "weights_changed_per_sample"
WRITTEN_SHARE = "weight_updates_share"
"""The names under which they stand: the first and the last also in the summary of a run that counts its own."""


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


def weight_updates(config: ExperimentConfig, layer_sizes: Sequence[int], written_share: float = 1.0) -> float:
    """Weights of all layers that learn, of the hidden ones the share that is written; biases are left out."""
    *hidden, output = [float(pre * post) for pre, post in pairwise(layer_sizes)]
    return output if config.rule.name == "readout_only" else written_share * sum(hidden) + output
