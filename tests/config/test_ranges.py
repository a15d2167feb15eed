"""What may be swept or searched."""

import pytest


def gene(path: str, entry: str) -> str:
    return f'[search.genes]\n"{path}" = {{ {entry} }}'


@pytest.mark.parametrize(
    ("path", "entry", "said"),
    [
        ("device.v_bia", "low = 0.0, high = 1.0", "Did you mean 'device.v_bias'?"),
        ("v_bias", "low = 0.0, high = 1.0", "Did you mean 'device.mach_zehnder.v_bias'?"),
        ("training.lr", "low = 0.1, high = 1.0", "there is no key 'training.lr'"),
        ("search.population", "low = 4, high = 8", "keys of [search] cannot be varied"),
        ("experiment.name", 'choices = ["a", "b"]', "a name changes no result"),
        ("data.name", 'choices = ["digits", "mnist"]', "stays with one data set"),
        ("data.train_size", "low = 100, high = 200, integer = true", "read once for all candidates"),
        ("network.decay_mem", "low = 0.5, high = 1.2", "high = 1.2 leaves the range of network.decay_mem"),
        ("device.v_pi", "low = -1.0, high = 5.0", "low = -1.0 leaves the range of device.mach_zehnder.v_pi"),
        ("network.threshold", "low = 2.0, high = 1.0", "low = 2.0 must be below high = 1.0"),
        ("network.threshold", "low = 1.0, high = 1.0", "must be below"),
        ("network.decay_mem", 'low = 0.0, high = 1.0, scale = "log"', "must be > 0 where scale"),
        ("network.threshold", "low = 1.0", "needs both low and high"),
        ("network.threshold", "low = 1.0, high = 2.0, choices = [1.0, 2.0]", "must be one of { low"),
        ("network.threshold", "integer = true", "must be one of { low"),
        ("network.reset", "low = 0.0, high = 1.0", "use choices"),
        ("network.reset", 'choices = ["zero", "soft"]', '"soft" is not allowed for network.reset'),
        ("network.reset", 'choices = ["zero", "zero"]', "stands twice"),
        ("network.reset", 'choices = ["zero", "subtract"], scale = "log"', "scale change nothing beside choices"),
        ("network.num_steps", "low = 5, high = 20", "add integer = true"),
        ("network.recurrent", "low = 0.0, high = 1.0", "use choices"),
        ("network.num_steps", "low = 5.5, high = 20, integer = true", "low = 5.5 must be a whole number"),
        ("device.reference", 'choices = ["zero", "mid"]', '"mid" is not allowed for device.decode.reference'),
        ("rule.feedback_scale", "low = 0.0, high = 1.0", "leaves the range"),
        ("training.momentum", "low = 0.1, high = 0.9", "'sgd' and 'rmsprop' have one"),
        ("feedback.share", "low = 0.1, high = 0.9", "'sparse' has one"),
        ("feedback.error_bits", "low = 2, high = 8, integer = true", "'rounded' has one"),
        ("network.surrogate_width", "low = 0.5, high = 2.0", "use the surrogate derivative"),
        ("device.optical_power", 'low = 1e-4, high = 1e-2, scale = "log"', "g(u) of this device changes by less than"),
    ],
)
def test_a_gene_that_cannot_be_is_refused_with_the_reason(mistakes_of, path, entry, said):
    mistakes = mistakes_of(more=gene(path, entry))
    assert all(mistake.startswith(f'search.genes."{path}"') for mistake in mistakes)
    assert said in mistakes[0]
    assert len(mistakes) == 1


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("device.v_bias", "low = 0.0, high = 9.4"),
        ("device.mach_zehnder.v_bias", "low = 0.0, high = 9.4"),
        ("device.reference", 'choices = ["zero", "balanced"]'),
        ("network.num_steps", "low = 5, high = 20, integer = true"),
        ("network.hidden", "choices = [[16], [32, 16]]"),
        ("network.recurrent", "choices = [false, true]"),
        ("network.recurrent", "choices = [[false], [true]]"),
        ("training.learning_rate", 'low = 1e-4, high = 1e-2, scale = "log"'),
        ("training.b1", "low = 0.8, high = 0.99"),
        ("training.clip", 'low = 0.1, high = 10.0, scale = "log"'),
        ("training.warmup", "low = 0.0, high = 0.2"),
        ("training.average", "low = 0.01, high = 0.3"),
        ("training.optimizer", 'choices = ["adam", "lion"]'),
        ("feedback.kind", 'choices = ["dense", "sparse"]'),
        ("feedback.precision", 'choices = ["exact", "ternary"]'),
    ],
)
def test_a_gene_within_the_range_of_its_key_is_kept(make, path, entry):
    config = make(more=gene(path, entry))
    assert config.search is not None
    assert list(config.search.genes) == [path]


def test_device_genes_without_a_device_are_refused(mistakes_of):
    mistakes = mistakes_of("rule.name=dfa", more=gene("device.v_bias", "low = 0.0, high = 1.0"))
    assert len(mistakes) == 1
    assert "the backward device acts only under the rules adfa, sparse_dfa, eprop and ottt" in mistakes[0]
    assert "(here rule.name = 'dfa')" in mistakes[0]


def test_a_gene_acts_where_another_gene_lets_it(make):
    both = gene("training.momentum", "low = 0.1, high = 0.9") + '\n"training.optimizer" = { choices = ["adam", "sgd"] }'
    assert make(more=both).search is not None


def test_a_number_of_a_projection_acts_where_a_gene_brings_that_projection(make):
    both = gene("feedback.camera_bits", "low = 4, high = 10, integer = true")
    both += '\n"feedback.kind" = { choices = ["dense", "scattering"] }'
    assert make(more=both).search is not None


def test_one_parameter_under_two_names_is_refused(mistakes_of):
    twice = (
        gene("device.v_bias", "low = 0.0, high = 1.0") + '\n"device.mach_zehnder.v_bias" = { low = 0.0, high = 1.0 }'
    )
    (mistake,) = mistakes_of(more=twice)
    assert "is the same parameter as" in mistake


def test_epochs_cannot_be_swept_where_the_sweep_has_its_own(mistakes_of):
    sweep = '[sweep]\nepochs = 2\n[sweep.parameters]\n"training.epochs" = { values = [1, 2] }'
    (mistake,) = mistakes_of(more=sweep)
    assert "sweep.epochs = 2 takes its place" in mistake


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("data.step", "low = 0.1, high = 0.2"),
        ("data.encoding", 'choices = ["delta", "threshold"]'),
    ],
)
def test_events_of_series_are_made_once_and_not_varied(mistakes_of, path, entry):
    found = mistakes_of("data.name=braille", "data.encoding=delta", more=f'[search.genes]\n"{path}" = {{ {entry} }}')
    assert any(f"{path} cannot be varied: the samples are read once" in mistake for mistake in found)


def test_an_encoding_that_may_vary_has_no_choice_that_makes_events(mistakes_of):
    found = mistakes_of(more='[search.genes]\n"data.encoding" = { choices = ["direct", "delta"] }')
    assert any("an encoding of series cannot be varied" in mistake for mistake in found)
