"""What `import physdfa` promises: nothing is imported before it is asked for, and every name is there."""

import pydoc
import re
import subprocess
import sys

import pytest

import physdfa as pf


@pytest.mark.parametrize("name", dir(pf))
def test_every_public_name_is_there(name):
    assert getattr(pf, name) is not None
    assert name in dir(pf)


def test_another_name_is_refused_as_python_does():
    with pytest.raises(AttributeError, match="module 'physdfa' has no attribute 'train'"):
        pf.train  # noqa: B018


def test_the_import_brings_nothing_that_takes_time():
    told = subprocess.run(
        [sys.executable, "-c", "import sys, physdfa; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in told.stdout.split()}
    assert "physdfa" in loaded
    assert not loaded & {"jax", "numpy", "equinox", "optax", "pandas", "importlib_metadata"}


def test_the_help_begins_with_a_table_of_what_there_is():
    assert pf.__doc__ is not None
    words = pf.__doc__.replace(",", " ").replace("`", " ").split()
    rooms_and_names = [name for name in dir(pf) if not name.startswith("_")]
    assert set(rooms_and_names) <= set(words)


def test_the_help_has_little_after_its_table():
    lines = pydoc.plain(pydoc.render_doc(pf)).splitlines()
    assert len(lines) < 90
    assert "AbstractDirectFeedback" in "".join(lines)


@pytest.mark.parametrize("name", pf.rules.__all__)
def test_the_help_of_the_rules_begins_with_a_table_of_them(name):
    assert pf.rules.__doc__ is not None
    words = set(re.findall(r"\w+", pf.rules.__doc__))
    assert name in words or name.lower() in words or pf.rules.RULES[getattr(pf.rules, name).name]
