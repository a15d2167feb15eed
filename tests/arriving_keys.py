"""Every key that a search may vary, another value of it, and where the trial that is built holds that value."""

from physdfa.parts import Parameter, declarations
from physdfa.training import OPTIMIZERS, Sgd

ARRIVES = {
    "data.encoding": ("rate", lambda trial: trial.encoding.name),
    "data.shift_augmentation": (2, lambda trial: trial.max_shift),
    "data.time_jitter": (0.25, lambda trial: float(trial.time_jitter)),
    "network.hidden": ((12, 11), lambda trial: trial.network.layer_sizes[1:-1]),
    "network.num_steps": (7, lambda trial: trial.network.num_steps),
    "network.decay_mem": (0.25, lambda trial: trial.network.neuron.decay_mem),
    "network.threshold": (1.5, lambda trial: trial.network.neuron.threshold),
    "network.reset": ("subtract", lambda trial: trial.network.neuron.reset),
    "network.refractory_steps": (2, lambda trial: trial.network.neuron.refractory_steps),
    "network.readout": ("count", lambda trial: trial.network.readout.name),
    "network.surrogate": ("arctan", lambda trial: trial.network.neuron.surrogate),
    "network.surrogate_width": (0.75, lambda trial: trial.network.neuron.surrogate_width),
    "network.weight_scale": (2.5, lambda trial: trial.network.weight_scale),
    "network.recurrent": ((True,), lambda trial: trial.network.recurrent),
    "network.recurrent_scale": (0.5, lambda trial: trial.network.recurrent_scale),
    "network.weight_bits": (5, lambda trial: trial.weight_bits),
    "network.input_scale": (3.5, lambda trial: trial.network.input_scale),
    "rule.name": ("dfa", lambda trial: trial.rule.name),
    "rule.error": ("online", lambda trial: trial.rule.error),
    "rule.feedback_scale": (0.5, lambda trial: trial.rule.feedback_scale),
    "training.batch_size": (17, lambda trial: trial.batch_size),
    "training.optimizer": ("sgd", lambda trial: "sgd" if isinstance(trial.optimizer.direction, Sgd) else "adam"),
    "training.learning_rate": (0.125, lambda trial: trial.optimizer.learning_rate),
    "training.warmup": (0.25, lambda trial: trial.optimizer.warmup),
    "training.clip": (1.5, lambda trial: trial.optimizer.clip),
    "training.average": (0.25, lambda trial: trial.optimizer.average),
    "training.schedule": ("cosine", lambda trial: trial.optimizer.schedule),
    "training.label_smoothing": (0.25, lambda trial: trial.loss.label_smoothing),
    "training.loss": ("mse", lambda trial: trial.loss.name),
    "training.dropout": (0.25, lambda trial: trial.dropout),
    "training.input_dropout": (0.5, lambda trial: trial.input_dropout),
    "training.matmul_precision": ("high", lambda trial: trial.matmul_precision),
}
"""Each key, another value, and where the trial holds it."""

NEURONS_ARRIVE = {
    "network.decay_syn": ("cuba_lif", 0.5, lambda trial: trial.network.neuron.decay_syn),
    "network.threshold_rise": ("alif", 0.5, lambda trial: trial.network.neuron.threshold_rise),
    "network.decay_adaptation": ("alif", 0.5, lambda trial: trial.network.neuron.decay_adaptation),
}
"""Each number of one neuron only, that neuron, another value, and where the trial holds it."""

READOUTS_ARRIVE = {
    "network.readout_decay": ("count", 0.5, lambda trial: trial.network.readout.neuron.decay_mem),
    "network.membrane_reduction": ("membrane", "last", lambda trial: trial.network.readout.membrane_reduction),
}
"""Each number of a readout, one that has it, another value, and where the trial holds it."""

OPTIMIZERS_ARRIVE = [
    (name, number)
    for name, kind in OPTIMIZERS.items()
    for number, entry in declarations(kind).items()
    if isinstance(entry, Parameter)
]
"""Each optimiser with each of its numbers."""

FEEDBACK_ARRIVES = {
    "feedback.share": ({"feedback.kind": "sparse"}, 0.25),
    "feedback.fan_in": ({"feedback.kind": "fan_in"}, 3),
    "feedback.blocks": ({"feedback.kind": "block"}, 5),
    "feedback.reference": ({"feedback.kind": "scattering"}, 2.5),
    "feedback.full_scale": ({"feedback.kind": "scattering"}, 7.5),
    "feedback.camera_bits": ({"feedback.kind": "scattering"}, 5),
    "feedback.shot_noise": ({"feedback.kind": "scattering"}, 0.25),
    "feedback.weight_range": ({"feedback.kind": "weight_bank"}, 2.5),
    "feedback.weight_bits": ({"feedback.kind": "weight_bank"}, 5),
    "feedback.product_noise": ({"feedback.kind": "weight_bank"}, 0.125),
    "feedback.error_threshold": ({"feedback.precision": "ternary", "feedback.kind": "sparse"}, 0.25),
    "feedback.error_bits": ({"feedback.precision": "rounded", "feedback.kind": "scattering"}, 5),
}
"""Each number of a projection, the choices under which it acts, and another value."""

SPARSE_DFA = {"rule.name": "sparse_dfa", "rule.local_factor": "surrogate", "feedback.kind": "single_entry"}

SPARSE_DFA_ARRIVES = {
    "rule.error_threshold": (0.25, lambda trial: trial.rule.gate.error_threshold),
    "rule.update_threshold": (0.5, lambda trial: trial.rule.gate.update_threshold),
    "rule.local_factor": ("device", lambda trial: "device" if trial.rule.needs_device else "surrogate"),
}
"""Each key of the rule sparse_dfa, another value, and where the trial holds it."""

EVENTS_ARRIVE = {
    "events.tau_syn": (0.25, lambda trial: trial.network.output.tau_syn),
    "events.threshold": (0.5, lambda trial: trial.network.hidden.threshold),
    "events.output_threshold": (0.25, lambda trial: trial.network.output.threshold),
    "events.window": (0.05, lambda trial: round(float(trial.network.window), 6)),
    "events.duration": (0.3, lambda trial: trial.network.num_steps * 0.1 / 51),
    "events.levels": (10, lambda trial: trial.network.num_levels),
    "events.max_spikes": (5, lambda trial: trial.network.max_spikes),
    "events.output_max_spikes": (4, lambda trial: trial.network.output_max_spikes),
    "events.output_weight_range": (0.25, lambda trial: trial.network.output_weight_scale),
    "events.output_weight_mean": (0.125, lambda trial: trial.network.output_weight_mean),
    "events.weight_range": (0.5, lambda trial: trial.network.weight_scale),
    "events.wanted_true": (12.0, lambda trial: trial.loss.wanted_true),
    "events.wanted_false": (1.0, lambda trial: trial.loss.wanted_false),
    "events.rate_penalty": (0.5, lambda trial: trial.penalty.strength),
    "events.wanted_rate": (2.0, lambda trial: trial.penalty.target),
    "events.penalty_sides": ("above", lambda trial: trial.penalty.sides),
    "rule.feedback_rate": (0.25, lambda trial: trial.rule.projection.rate),
    "rule.feedback_optimizer": ("adam", lambda trial: trial.rule.projection.optimizer),
}
"""Each key of the rule sfdfa, another value, and where the trial holds it."""

NOT_OF_THE_TRIAL = {
    "events.tau_mem": "num_event_steps, which refuses what is not twice tau_syn",
    "rule.gradient": "made_rule",
    "rule.symmetric": "made_rule",
    "rule.through": "made_rule",
    "rule.local_gradient": "made_rule",
    "data.name": "load_samples",
    "data.train_size": "load_samples",
    "data.validation_size": "split_rows",
    **dict.fromkeys(("data.time_unit", "data.sensor_size", "data.test_size", "data.test_seed"), "load_samples"),
    **dict.fromkeys(("data.step", "data.sample_rate", "data.lowest", "data.highest", "data.levels"), "with_events"),
    "network.neuron": "build_spiking_network, in NEURONS_ARRIVE",
    "training.epochs": "the caller of fit",
    "training.checkpoint_every": "Checkpoints",
    "training.keep_best": "Checkpoints",
}
