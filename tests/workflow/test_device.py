"""`device show`: a preset or an experiment file becomes a device, anything else a sentence."""

import pytest

from physdfa.devices import declared_parameters
from physdfa.errors import InputError
from physdfa.workflow.device import SHOWN_POTENTIALS, device_of
from tests.workflow.tiny import TINY


def declared_value(device, path: str):
    """The value of a declared parameter of a cascade."""
    assert path in declared_parameters(device)
    stage, name = path.split(".")
    return getattr(device.stages[device.names.index(stage)], name)


def test_a_preset_is_shown_with_the_values_it_is_given():
    for change in ("v_pi=3.5", "device.v_pi=3.5", "mach_zehnder.v_pi=3.5"):
        name, device, potentials = device_of("mach_zehnder", (change,))
        assert name == "mach_zehnder"
        assert declared_value(device, "mach_zehnder.v_pi") == 3.5
        assert (potentials[0], potentials[-1]) == SHOWN_POTENTIALS


def test_a_file_is_shown_over_its_own_threshold(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    name, _, potentials = device_of(str(path), ("network.threshold=2.0",))
    assert name == str(path)
    assert (potentials[0], potentials[-1]) == (2 * SHOWN_POTENTIALS[0], 2 * SHOWN_POTENTIALS[1])


@pytest.mark.parametrize(
    ("name", "changes", "complaint"),
    [
        ("mach_zender", (), "no device preset 'mach_zender'. Did you mean 'mach_zehnder"),
        ("nonsense", (), "A path must end in .toml"),
        ("curve.csv", (), "measured devices come in a later version"),
        ("nothing.toml", (), "no file 'nothing.toml'"),
        ("mach_zehnder", ("v_pi",), "--set v_pi: is KEY=VALUE"),
        ("mach_zehnder", ("v_pi=-1",), "must be > 0 V"),
        ("mach_zehnder", ("v_pi=much",), "must be a number"),
        ("mach_zehnder", ("v_bais=1",), "Did you mean 'mach_zehnder.v_bias'"),
    ],
)
def test_what_is_no_device_is_refused_with_the_way_out(name, changes, complaint):
    with pytest.raises(InputError) as caught:
        device_of(name, changes)
    assert complaint in str(caught.value)


def test_a_rule_without_a_device_has_none_to_show(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    with pytest.raises(InputError, match="its rule 'dfa' has no backward device to show"):
        device_of(str(path), ("rule.name=dfa",))
