"""One table at a time: each key against its own range."""

import pytest


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("network.hidden=[]", "network.hidden = []: must be a list of one or more whole numbers >= 1"),
        ("network.hidden=[0]", "network.hidden = [0]: must be a list of one or more whole numbers >= 1"),
        (
            'network.hidden=["16c5 step 2"]',
            "'16c5 step 2' is no convolutional layer: it needs channels, c and the side of the kernel",
        ),
        ('network.hidden=["4c3 padding 3"]', "padding = 3 must be 0 to 2"),
        ("network.hidden=[4.0]", "whole numbers >= 1, or texts such as"),
        ("network.num_steps=0", "must be a whole number from 1 to 1000000000"),
        ("network.num_steps=2.5", "must be a whole number from 1 to 1000000000"),
        ("network.num_steps=true", "must be a whole number from 1 to 1000000000"),
        ("network.decay_mem=nan", "must be a number from 0 to 1"),
        ("network.threshold=0.0", "must be a number > 0"),
        ("network.reset=soft", "must be one of 'zero', 'subtract'"),
        ("experiment.name=../up", "must be up to 100 letters, digits"),
        ("experiment.name=..", "must be up to 100 letters, digits"),
        ("experiment.seed=-1", "must be a whole number from 0 to 4294967295"),
        (
            "data.name=imagenet",
            "there is no data set 'imagenet'. Known: digits, mnist, fashion_mnist, emnist_balanced, shd, nmnist_small, "
            'braille, emnist47_small. A class of your own is written "module:Class". A path must end in .npz, .h5 or '
            ".hdf5.",
        ),
        ("data.shift_augmentation=9", "must be a whole number from 0 to 8 [pixels]"),
        ("training.dropout=1.0", "must be a number >= 0 and < 1"),
        ("training.learning_rate='fast'", 'training.learning_rate = "fast": must be a number > 0'),
        ("training.learning_rate=inf", "training.learning_rate = inf: must be a number > 0 and finite"),
        ("network.a.b=1", "there is no key 'a.b'. Known: hidden, num_steps"),
        (
            "rule.name=backprop",
            "there is no learning rule 'backprop'. Did you mean 'eprop'? Known: bptt",
        ),
    ],
)
def test_a_value_out_of_range_is_refused_with_what_is_allowed(mistakes_of, override, said):
    (mistake,) = mistakes_of(override)
    assert mistake.startswith(override.split("=")[0])
    assert said in mistake


def test_a_convolutional_layer_is_kept_in_its_shortest_form(make):
    made = make('network.hidden=["16c5 pool 2 stride 1 padding 1", 20]')
    assert made.network.hidden == ("16c5 padding 1 pool 2", 20)


def test_a_whole_number_serves_where_a_number_is_due(make):
    assert make("network.decay_mem=1").network.values["decay_mem"] == 1.0


def test_a_key_in_the_wrong_table_is_sent_to_its_own(mistakes_of):
    (mistake,) = mistakes_of("network.learning_rate=0.1")
    assert "It belongs in [training]." in mistake


def test_an_unknown_objective_is_answered_with_those_there_are(mistakes_of):
    genes = '[search]\nobjectives = ["accuracy", "cost"]\n[search.genes]\n"device.v_bias" = { low = 0.0, high = 1.0 }'
    (mistake,) = mistakes_of(more=genes)
    assert "'energy', 'feedback_bits', 'robustness'" in mistake


def test_a_key_of_an_inner_table_is_refused_at_its_place(mistakes_of):
    genes = (
        '[search]\nhalving = { rungs = [0], kep = 0.5 }\n[search.genes]\n"device.v_bias" = { low = 0.0, high = 1.0 }'
    )
    mistakes = mistakes_of(more=genes)
    assert any(it.startswith("search.halving.rungs = [0]: must be a list of rising") for it in mistakes)
    assert any(it.startswith("search.halving.kep = 0.5") and "'keep'" in it for it in mistakes)
    assert len(mistakes) == 2


def test_an_inner_table_is_set_from_the_command_line(make):
    genes = '[search]\npopulation = 4\n[search.genes]\n"device.v_bias" = { low = 0.0, high = 1.0 }'
    search = make("search.halving.rungs=[3]", "search.constraints.accuracy.low=0.5", more=genes).search
    assert (search.halving.rungs, search.halving.keep) == ((3,), 0.5)
    assert search.constraints["accuracy"].low == 0.5


def test_a_gene_with_an_unknown_word_is_refused_at_its_place(mistakes_of):
    genes = '[search.genes]\n"device.v_bias" = { low = 0.0, hig = 1.0 }\n"device.v_pi" = 3'
    mistakes = mistakes_of(more=genes)
    assert any(it.startswith('search.genes."device.v_bias".hig = 1.0') and "'high'" in it for it in mistakes)
    assert any(it.startswith('search.genes."device.v_pi" = 3: must be a table such as') for it in mistakes)
    assert len(mistakes) == 2
