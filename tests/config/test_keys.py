"""The declarations themselves, and the page made from them."""

from pathlib import Path

from physdfa.config import KEYS, describe_keys


def test_the_documentation_is_what_the_declarations_say():
    page = Path(__file__).parents[2] / "docs" / "configuration.md"
    assert describe_keys() in page.read_text(encoding="utf-8")


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
    decay, rate, drop = KEYS["network.decay_mem"], KEYS["training.learning_rate"], KEYS["training.dropout"]
    assert [decay.contains(value) for value in (-0.1, 0.0, 1.0, 1.1)] == [False, True, True, False]
    assert [rate.contains(value) for value in (0.0, 1e-9, 1e9)] == [False, True, True]
    assert [drop.contains(value) for value in (0.0, 0.99, 1.0)] == [True, True, False]
