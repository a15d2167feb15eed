"""`device show`: a preset or an experiment file becomes a device, anything else a sentence."""

import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import declared_parameters
from physdfa.errors import InputError
from physdfa.report.datasheet import device_sheet
from physdfa.report.datasheet.facts import fact_groups
from physdfa.workflow.device import SHOWN_POTENTIALS, device_subject
from tests.workflow.tiny import TINY


def declared_value(device, path: str):
    """The value of a declared parameter of a cascade."""
    assert path in declared_parameters(device)
    stage, name = path.split(".")
    return getattr(device.stages[device.names.index(stage)], name)


def test_a_preset_is_shown_with_the_values_it_is_given():
    for change in ("v_pi=3.5", "device.v_pi=3.5", "mach_zehnder.v_pi=3.5"):
        subject = device_subject("mach_zehnder", (change,))
        assert subject.name == "mach_zehnder"
        assert declared_value(subject.device, "mach_zehnder.v_pi") == 3.5
        assert (subject.potentials[0], subject.potentials[-1]) == SHOWN_POTENTIALS


def test_the_hardware_around_a_preset_can_be_stated():
    cost = device_subject("mach_zehnder", ("cost.driver_power=0.25",)).cost
    assert (float(cost.driver_power), float(cost.symbol_rate)) == (0.25, 1e9)


def test_an_experiment_is_shown_with_its_fresh_network(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    subject = device_subject(str(path), ("network.threshold=2.0", "network.hidden=[16,8]"))
    assert (subject.name, subject.threshold) == (str(path), 2.0)
    low, high = SHOWN_POTENTIALS
    assert subject.potentials[0] <= 2 * low
    assert subject.potentials[-1] >= 2 * high
    assert subject.num_requests == 32 * 4 * 24  # batch, steps, neurons
    network = subject.network
    assert network is not None
    assert network.words == "64-16-8-10, 4 steps, at 64 samples of digits"
    assert [layer.shape for layer in network.potentials] == [(4, 64, 16), (4, 64, 8)]
    assert all(-1 <= score.correlation <= 1 and 0 <= score.sign_agreement <= 1 for score in network.quality)


def test_the_device_of_an_experiment_is_calibrated_as_in_its_training(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    subject = device_subject(str(path), ("device.reference=calibrated",))
    assert subject.network is not None
    # AC coupling takes out the mean of g over exactly these potentials.
    u = np.concatenate([layer.ravel() for layer in subject.network.potentials])
    assert np.mean(subject.device.respond(jnp.asarray(u))) == pytest.approx(0.0, abs=1e-3)


def test_where_the_data_are_missing_the_digits_take_their_place(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    subject = device_subject(str(path), ("data.name=mnist",), data_dir=tmp_path)
    assert subject.network is not None
    assert subject.network.words == "64-16-10, 4 steps, at 64 samples of digits (mnist is not here)"


def test_where_data_of_spikes_are_missing_the_digits_take_their_place_as_pixels(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    subject = device_subject(str(path), ("data.name=shd", "data.encoding=events"), data_dir=tmp_path)
    assert subject.network is not None
    assert subject.network.words.endswith("samples of digits (shd is not here)")


BENCH = """
import jax.numpy as jnp
from physdfa.devices import AbstractDevice
from physdfa.parts import ParameterValue, parameter

class SquareLaw(AbstractDevice):
    bias: ParameterValue = parameter(default=0.5, unit="V", low=-1, high=1, meaning="the input of least output")

    def respond(self, signal, *, key=None):
        return jnp.tanh(signal - self.bias) ** 2
"""


def test_a_class_of_ones_own_is_shown_and_its_range_said_to_be_sampled(tmp_path, monkeypatch):
    (tmp_path / "bench_of_sheet.py").write_text(BENCH)
    monkeypatch.syspath_prepend(tmp_path)
    sheet = device_sheet(device_subject("bench_of_sheet:SquareLaw", ("bias=-0.5",)))
    assert sheet.sampled_stages == ("square_law",)
    rows = {what: words for group in fact_groups(sheet) for what, words in group.rows}
    assert rows["range"].startswith("0 to 1, found by sampling, since square_law states none")
    # tanh^2 is least at its bias, and the sheet is read every hundredth of a threshold.
    assert sheet.response[np.argmin(np.abs(sheet.potentials + 0.5))] == pytest.approx(0.0, abs=1e-4)


def test_the_range_of_a_device_that_states_it_is_not_said_to_be_sampled():
    assert device_sheet(device_subject("mach_zehnder")).sampled_stages == ()


def test_a_class_that_is_not_there_is_a_sentence():
    with pytest.raises(InputError, match="'no_such_bench'"):
        device_subject("no_such_bench:SquareLaw")


PRESET_FILE = """
[device]
stages = ["encode", "mach_zehnder", "photodiode", "decode"]
mach_zehnder.v_pi = 4.5
[provenance]
source = "sweep.csv"
r_squared = 0.9993
warnings = ["one", "two"]
[provenance.values]
v_pi = 4.5
peak_output = 0.001
[provenance.standard_errors]
v_pi = 0.01
"""


def test_a_fitted_preset_file_is_shown_with_its_provenance_and_errors(tmp_path):
    path = tmp_path / "fitted.toml"
    path.write_text(PRESET_FILE)
    subject = device_subject(str(path), ("v_bias=1.5",))
    assert declared_value(subject.device, "mach_zehnder.v_pi") == 4.5
    assert declared_value(subject.device, "mach_zehnder.v_bias") == 1.5
    assert subject.provenance == (
        ("source", "sweep.csv"),
        ("r_squared", "0.9993"),
        ("warnings", "one"),
        ("warnings", "two"),
        ("v_pi", "4.5 ± 0.01"),
        ("peak_output", "0.001"),
    )
    assert subject.standard_errors == {"mach_zehnder.v_pi": 0.01}


def test_a_fitted_value_that_is_replaced_loses_its_standard_error(tmp_path):
    path = tmp_path / "fitted.toml"
    path.write_text(PRESET_FILE)
    assert device_subject(str(path), ("v_pi=4.6",)).standard_errors == {}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[provenance]\n", r"\[device\] is missing"),
        (PRESET_FILE + "[network]\n", r"\[network\] has no place"),
        (PRESET_FILE.replace("4.5", "-1.0"), "must be > 0 V"),
        (PRESET_FILE.replace("photodiode", "fotodiode"), "there is no device stage 'fotodiode'"),
    ],
)
def test_a_preset_file_that_is_none_is_refused(tmp_path, text, complaint):
    path = tmp_path / "fitted.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=complaint):
        device_subject(str(path))


@pytest.mark.parametrize(
    ("name", "changes", "complaint"),
    [
        ("mach_zender", (), "no device preset 'mach_zender'. Did you mean 'mach_zehnder"),
        ("nonsense", (), "A path is that of an experiment"),
        ("nothing.toml", (), "There is no file 'nothing.toml'"),
        ("mach_zehnder", ("cost.tia_power=1",), "`tia_power` is the electrical power"),
        ("mach_zehnder", ("cost.driver_power=-1",), "must be >= 0 W"),
        ("mach_zehnder", ("cost.driver_pwoer=1",), "Did you mean 'cost.driver_power'"),
        ("mach_zehnder", ("v_pi",), "--set v_pi: is KEY=VALUE"),
        ("mach_zehnder", ("v_pi=-1",), "must be > 0 V"),
        ("mach_zehnder", ("v_pi=much",), "must be a number"),
        ("mach_zehnder", ("v_bais=1",), "Did you mean 'mach_zehnder.v_bias'"),
    ],
)
def test_what_is_no_device_is_refused_with_the_way_out(name, changes, complaint):
    with pytest.raises(InputError) as caught:
        device_subject(name, changes)
    assert complaint in str(caught.value)


def test_a_rule_without_a_device_has_none_to_show(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    with pytest.raises(InputError, match="its rule 'dfa' has no backward device to show"):
        device_subject(str(path), ("rule.name=dfa",))


@pytest.mark.parametrize("text", ["on", '"on"', "'on'", " on "])
def test_a_choice_is_set_with_or_without_quotation_marks_as_in_an_experiment(text):
    assert device_subject("mach_zehnder", (f"shot_noise={text}",)).device["photodiode"].shot_noise == "on"


@pytest.mark.parametrize("line", ["preset=constant", "device.stages=[]", "measured=sweep.csv"])
def test_a_value_does_not_make_another_device_of_the_one_named(line):
    with pytest.raises(InputError, match="another device is not a value of this one"):
        device_subject("mach_zehnder", (line,))
