"""A parameter acts, or is refused."""

import pytest

from physdfa.config import inactive_reason, own_values


@pytest.mark.parametrize(
    ("overrides", "acting", "idle"),
    [
        (["rule.name=adfa"], ["device.v_pi", "rule.feedback_scale"], ["network.surrogate", "network.surrogate_width"]),
        (["rule.name=dfa"], ["rule.feedback_scale", "network.surrogate_width"], ["device.v_pi"]),
        (["rule.name=bptt"], ["network.surrogate"], ["rule.feedback_scale", "device.v_pi"]),
        (
            ["rule.name=sparse_dfa", "rule.local_factor=surrogate"],
            ["rule.error_threshold", "rule.update_threshold", "feedback.kind", "network.surrogate"],
            ["device.v_pi", "rule.gradient"],
        ),
        (
            ["rule.name=sparse_dfa", "rule.local_factor=device"],
            ["rule.local_factor", "device.v_pi", "rule.feedback_scale"],
            ["network.surrogate_width"],
        ),
        (["rule.name=dfa"], [], ["rule.local_factor", "rule.error_threshold", "rule.update_threshold"]),
        (["rule.name=readout_only"], ["training.dropout"], ["rule.feedback_scale", "network.surrogate", "device.v_pi"]),
        (
            ["network.readout=count"],
            ["network.surrogate_width", "network.readout_decay"],
            ["network.membrane_reduction"],
        ),
        (["network.readout=membrane"], ["network.readout_decay", "network.membrane_reduction"], ["network.surrogate"]),
        (["network.readout=rate"], ["network.decay_mem"], ["network.readout_decay", "network.membrane_reduction"]),
        (
            ["network.num_steps=1"],
            ["network.threshold"],
            ["network.decay_mem", "network.reset", "rule.error", "network.recurrent"],
        ),
        (["rule.name=bptt"], ["network.recurrent"], ["network.recurrent_scale"]),
        (["rule.name=bptt", "network.recurrent=true"], ["network.recurrent_scale"], []),
        (["rule.name=bptt", "network.recurrent=[false]"], [], ["network.recurrent_scale"]),
        (["training.optimizer=sgd"], ["training.momentum"], ["training.weight_decay"]),
        (["training.optimizer=adamw"], ["training.weight_decay"], ["training.momentum"]),
        (
            ["feedback.kind=sparse"],
            ["feedback.share", "feedback.entries"],
            ["feedback.camera_bits", "feedback.weight_bits", "feedback.fan_in", "feedback.blocks"],
        ),
        (["feedback.kind=fan_in"], ["feedback.fan_in", "feedback.entries"], ["feedback.share", "feedback.blocks"]),
        (["feedback.kind=block"], ["feedback.blocks", "feedback.entries"], ["feedback.share", "feedback.fan_in"]),
        (["feedback.kind=single_entry"], ["feedback.entries"], ["feedback.share", "feedback.fan_in"]),
        (["feedback.kind=dense"], [], ["feedback.entries", "feedback.share"]),
        (
            ["feedback.kind=scattering"],
            ["feedback.reference", "feedback.full_scale", "feedback.camera_bits", "feedback.shot_noise"],
            ["feedback.share", "feedback.product_noise"],
        ),
        (
            ["feedback.kind=weight_bank"],
            ["feedback.weight_range", "feedback.weight_bits", "feedback.product_noise"],
            ["feedback.share", "feedback.shot_noise"],
        ),
        (["feedback.precision=ternary"], ["feedback.error_threshold"], ["feedback.error_bits"]),
        (["feedback.precision=rounded"], ["feedback.error_bits"], ["feedback.error_threshold"]),
        (
            ["rule.name=bptt", "feedback.kind=dense"],
            [],
            ["feedback.kind", "feedback.precision", "feedback.share", "feedback.error_bits"],
        ),
        (["rule.name=dfa"], ["analysis.alignment"], []),
        (["rule.name=readout_only"], [], ["analysis.alignment"]),
        (
            ["rule.name=sfdfa", "data.encoding=latency"],
            [
                "network.hidden",
                "rule.feedback_rate",
                "events.threshold",
                "training.learning_rate",
                "analysis.alignment",
            ],
            [
                "network.num_steps",
                "network.readout",
                "network.weight_bits",
                "rule.feedback_scale",
                "training.loss",
                "device.v_pi",
                "rule.symmetric",
            ],
        ),
        (
            ["rule.name=sfdfa", "data.encoding=latency", "rule.gradient=dfa"],
            ["rule.feedback_scale", "rule.local_gradient"],
            ["rule.feedback_rate", "rule.feedback_optimizer", "feedback.kind"],
        ),
        (
            ["rule.name=sfdfa", "data.encoding=latency", "events.rate_penalty=0.0"],
            ["events.rate_penalty"],
            ["events.wanted_rate", "events.penalty_sides"],
        ),
        (["rule.name=dfa"], ["rule.error"], ["events.threshold", "rule.gradient", "rule.local_gradient"]),
        (
            ["rule.name=fdfa"],
            ["rule.feedback_rate", "rule.feedback_optimizer", "network.surrogate", "rule.error"],
            ["rule.feedback_scale", "feedback.kind", "rule.gradient", "rule.symmetric", "events.levels"],
        ),
        (
            ["rule.name=eprop", "rule.error=online"],
            ["rule.symmetric", "rule.feedback_scale", "feedback.kind", "network.surrogate_width"],
            ["rule.feedback_rate", "device.v_pi"],
        ),
        (
            ["rule.name=eprop", "rule.error=online", "rule.symmetric=true"],
            ["rule.symmetric", "network.surrogate"],
            ["rule.feedback_scale", "feedback.kind", "feedback.precision"],
        ),
        (
            ["rule.name=ottt", "rule.error=online"],
            ["rule.through", "network.surrogate_width", "network.decay_mem", "training.dropout"],
            ["rule.feedback_scale", "feedback.kind", "device.v_pi", "rule.symmetric"],
        ),
        (
            ["rule.name=ottt", "rule.error=online", "rule.through=direct", "rule.local_factor=device"],
            ["rule.feedback_scale", "feedback.kind", "device.v_pi"],
            ["network.surrogate_width"],
        ),
        (
            ["rule.name=erbp", "rule.error=online"],
            ["network.surrogate_width", "rule.feedback_scale", "feedback.kind"],
            ["network.surrogate", "rule.symmetric"],
        ),
        (
            ["rule.name=st_dfa"],
            ["rule.feedback_scale", "feedback.kind", "network.decay_mem"],
            ["network.surrogate", "network.surrogate_width", "rule.feedback_rate"],
        ),
        (
            ["rule.name=sign_concordant"],
            ["rule.feedback_scale", "network.surrogate_width"],
            ["feedback.kind", "feedback.share", "rule.feedback_rate"],
        ),
        (["rule.name=drtp"], ["rule.feedback_scale", "feedback.kind", "network.surrogate"], ["rule.symmetric"]),
        (["data.name=own.npz"], ["data.encoding", "data.shift_augmentation"], []),
        (
            ["data.name=shd", "data.encoding=events"],
            ["events.window", "network.num_steps", "network.input_scale", "training.input_dropout"],
            ["events.levels", "events.duration", "data.shift_augmentation"],
        ),
        (["data.encoding=latency"], [], ["events.window", "events.output_max_spikes", "events.output_weight_mean"]),
    ],
)
def test_what_acts_follows_from_the_rule_the_readout_and_the_optimizer(make, overrides, acting, idle):
    config = make(*overrides)
    assert {key: inactive_reason(config, key) for key in acting} == dict.fromkeys(acting)
    assert all(inactive_reason(config, key) for key in idle)


@pytest.mark.parametrize(
    "overrides",
    [
        ["rule.feedback_rate=0.5", "rule.name=sfdfa", "data.encoding=latency", "rule.gradient=bp"],
        ["feedback.kind=sparse", "rule.name=bptt"],
        ["network.decay_mem=0.5", "network.num_steps=1"],
        ["network.surrogate_width=0.5"],
        ["network.recurrent_scale=0.5"],
        ["data.shift_augmentation=2", "data.name=shd", "data.encoding=events"],
    ],
)
def test_a_value_that_cannot_act_is_refused_with_the_reason(mistakes_of, overrides):
    (mistake,) = mistakes_of(*overrides)
    assert mistake.startswith(overrides[0].split("=")[0])
    assert "changes nothing" in mistake
    assert "(here " in mistake


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["rule.feedback_scale=2.0", "rule.name=bptt"], "the rule 'bptt' has no key 'feedback_scale'; 'dfa', 'adfa', "),
        (
            ["feedback.share=0.1"],
            "the feedback 'dense' has no key 'share'; 'sparse' has one",
        ),
        (["rule.feedback_rate=0.1"], "has no key 'feedback_rate'; 'sfdfa' and 'fdfa' have one"),
        (
            ["rule.symmetric=true", "rule.name=dfa"],
            "the rule 'dfa' has no key 'symmetric'; 'eprop' has one. Known: error",
        ),
        (
            ["feedback.camera_bits=6", "feedback.kind=weight_bank"],
            "the feedback 'weight_bank' has no key 'camera_bits'; 'scattering' has one",
        ),
        (
            ["feedback.entries=ternary", "feedback.kind=dense"],
            "the feedback 'dense' has no key 'entries'; 'sparse', 'fan_in', ",
        ),
        (["rule.error_threshold=0.1", "rule.name=dfa"], "'sparse_dfa' has one"),
        (["rule.local_factor=device", "rule.name=adfa"], "the rule 'adfa' has no key 'local_factor'"),
        (["feedback.error_bits=4", "feedback.precision=ternary"], "the precision 'ternary' has no key 'error_bits'"),
        (["training.momentum=0.5"], "the optimizer 'adam' has no key 'momentum'; 'sgd' and 'rmsprop' have one"),
        (["training.weight_decay=0.1", "training.optimizer=sgd"], "'adamw' and 'lion' have one. Known: momentum, "),
        (
            ["network.readout_decay=0.5"],
            "the readout 'rate' has no key 'readout_decay'; 'membrane' and 'count' have one.",
        ),
        (
            ["network.membrane_reduction=last"],
            "the readout 'rate' has no key 'membrane_reduction'; 'membrane' has one.",
        ),
        (["rule.speed=4"], "the rule 'adfa' has no key 'speed'. Known: error, feedback_scale."),
    ],
)
def test_a_key_of_another_part_is_refused_with_the_parts_that_have_it(mistakes_of, overrides, said):
    (mistake,) = mistakes_of(*overrides)
    assert mistake.startswith(overrides[0].split("=")[0])
    assert said in mistake


def test_the_default_of_another_part_may_be_written_as_earlier_versions_did(make):
    config = make("rule.gradient=sfdfa", "feedback.camera_bits=8")
    assert set(own_values(config, "rule")) == {"error", "feedback_scale"}
    assert own_values(config, "feedback") == {}


def test_the_default_may_be_written_where_it_cannot_act(make):
    assert "readout_decay" not in make("network.readout_decay=0.9").network.values
    assert "momentum" not in make("training.momentum=0.0").training.values


def test_a_value_that_acts_for_one_choice_of_a_gene_is_kept(make):
    genes = '[search.genes]\n"network.readout" = { choices = ["rate", "membrane"] }'
    assert make("network.readout_decay=0.5", more=genes).network.values["readout_decay"] == 0.5


def test_nothing_is_concluded_from_a_mistaken_rule(mistakes_of):
    assert len(mistakes_of("rule.name=adfaa", "rule.feedback_scale=2.0")) == 1
    gene = '[search.genes]\n"rule.width" = { low = 0.1, high = 2.0 }'
    assert len(mistakes_of("rule.name=adfaa", more=gene)) == 1


def test_images_of_ones_own_may_be_shifted_and_events_may_not(make):
    own = make("data.name=own.npz", "data.shift_augmentation=2")
    assert inactive_reason(own, "data.shift_augmentation") is None
    assert "no images" in inactive_reason(make("data.name=shd", "data.encoding=events"), "data.shift_augmentation")
    series = make("data.name=braille", "data.encoding=delta")
    assert "rows and columns of a sensor" in inactive_reason(series, "data.shift_augmentation")
    assert inactive_reason(series, "data.time_jitter") is None
    assert inactive_reason(make("data.name=nmnist_small", "data.encoding=events"), "data.shift_augmentation") is None
    assert "have times to be changed" in inactive_reason(own, "data.time_jitter")
