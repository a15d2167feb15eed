"""The declarations themselves."""

from physdfa.config import KEYS


def test_every_key_says_what_it_means_and_what_it_allows():
    assert len(KEYS) > 50
    for path, key in KEYS.items():
        assert key.meaning, path
        assert key.allowed, path


def test_every_default_lies_in_its_own_range():
    for path, key in KEYS.items():
        if not key.required and key.default is not None:
            assert key.allows(list(key.default) if isinstance(key.default, tuple) else key.default), path


def test_ranges_are_read_off_the_annotations():
    decay, rate, drop = KEYS["search.crossover_probability"], KEYS["training.learning_rate"], KEYS["training.dropout"]
    assert [decay.contains(value) for value in (-0.1, 0.0, 1.0, 1.1)] == [False, True, True, False]
    assert [rate.contains(value) for value in (0.0, 1e-9, 1e9)] == [False, True, True]
    assert [drop.contains(value) for value in (0.0, 0.99, 1.0)] == [True, True, False]
