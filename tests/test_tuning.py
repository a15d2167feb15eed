"""What programs are made for: what JAX computes on, unless somebody chooses."""

import pytest

from physdfa.errors import InputError
from physdfa.tuning import TUNED_FOR, for_accelerator


def test_programs_are_made_for_what_jax_computes_on_unless_the_variable_chooses(monkeypatch):
    assert not for_accelerator()
    monkeypatch.setattr("jax.default_backend", lambda: "gpu")
    assert for_accelerator()
    monkeypatch.setenv(TUNED_FOR, "processor")
    assert not for_accelerator()


def test_another_choice_is_refused(monkeypatch):
    monkeypatch.setenv(TUNED_FOR, "gpu")
    with pytest.raises(InputError, match="PHYSDFA_TUNED_FOR = gpu: must be processor or accelerator"):
        for_accelerator()
