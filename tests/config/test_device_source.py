"""A device from other files: a measurement, or a preset that was saved."""

import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.build import build_device
from physdfa.config import config_warnings, load_config, to_toml
from physdfa.errors import ConfigError
from physdfa.store.files import write_recorded

HEAD = """
[experiment]
name = "test"
[data]
name = "digits"
[network]
hidden = [16]
[rule]
name = "adfa"
[device]
"""
MEASURED = 'measured = "sweep.csv"\noutside = "hold"\nreference = "zero"\n'


@pytest.fixture
def config_of(tmp_path, monkeypatch):
    """`config_of(table, *overrides, files=..., **arguments)`: the config of a [device] table in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").mkdir()

    def load(table, *overrides, **arguments):
        path = tmp_path / "configs" / "test.toml"
        path.write_text(HEAD + table)
        return load_config(path, overrides, kind="train", **arguments)

    return load


def write_sweep(folder, header="bias_V,power_mW", scale=1.0):
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f"{volts},{scale * volts}" for volts in range(5)]
    (folder / "sweep.csv").write_text("\n".join([header, *rows]) + "\n")


def response(config, potentials):
    return np.asarray(build_device(config, 0).respond(jnp.asarray(potentials, jnp.float32)))


def test_a_measured_curve_is_driven_by_the_potential_and_scaled_to_one(config_of, tmp_path):
    write_sweep(tmp_path)
    config = config_of(MEASURED + "drive_gain = 2.0\n")
    assert config.device.stages == ("encode", "curve", "decode")
    assert response(config, [0.0, 1.0, 2.0, 9.0]) == pytest.approx([0.0, 0.5, 1.0, 1.0], abs=1e-6)


@pytest.mark.parametrize("line", ["device.x=1", "device.x='1'", 'device.x="1"', "device.x=bias_V"])
def test_a_column_is_named_by_its_number_or_its_name(config_of, tmp_path, line):
    write_sweep(tmp_path)
    assert response(config_of(MEASURED + "y = 2\n", line), [1.0]) == pytest.approx([0.25], abs=1e-6)


def test_a_current_drives_what_is_measured_over_a_current(config_of, tmp_path):
    write_sweep(tmp_path, header="current_A,power_mW")
    assert response(config_of(MEASURED), [2.0]) == pytest.approx([0.5], abs=1e-6)


def test_a_measured_curve_takes_its_place_in_a_chain(config_of, tmp_path):
    write_sweep(tmp_path)
    stages = 'stages = ["encode", "driver", "curve", "photodiode", "decode"]\n'
    config = config_of(MEASURED + stages + "driver.saturation = 1e6\n[device.photodiode]\ndark_current = 0.0\n")
    assert response(config, [2.0]) == pytest.approx([0.5], abs=1e-3)


@pytest.mark.parametrize("place", ["configs", "configs/inputs", "data", "data/device_measurements", "."])
def test_the_file_is_found_beside_the_config_in_the_data_folder_or_here(config_of, tmp_path, place):
    write_sweep(tmp_path / place)
    config = config_of(MEASURED, data_dir=tmp_path / "data")
    assert config.device.source.path.resolve() == (tmp_path / place / "sweep.csv").resolve()


def test_a_run_is_repeated_with_the_file_that_it_keeps_even_if_another_lies_here(config_of, tmp_path):
    write_sweep(tmp_path, scale=7.0)
    write_sweep(tmp_path / "configs" / "inputs")
    assert config_of(MEASURED).device.source.path == tmp_path / "configs" / "inputs" / "sweep.csv"


def test_a_run_is_not_repeated_with_a_file_that_has_changed(config_of, tmp_path):
    kept = tmp_path / "configs" / "inputs" / "sweep.csv"
    kept.parent.mkdir()
    write_recorded(kept, b"bias_V,power_mW\n0,0\n1,1\n2,3\n")
    config_of(MEASURED)
    kept.write_text("bias_V,power_mW\n0,0\n1,1\n2,4\n")
    with pytest.raises(ConfigError, match=r"sweep\.csv has changed since it was written"):
        config_of(MEASURED)


def test_the_config_as_text_names_the_file_as_it_was_written_and_gives_the_same_device(config_of, tmp_path):
    write_sweep(tmp_path / "data")
    config = config_of(MEASURED + 'x = "bias_V"\n', data_dir=tmp_path / "data")
    text = to_toml(config)
    assert 'measured = "sweep.csv"' in text
    assert str(tmp_path) not in text
    again = tmp_path / "configs" / "again.toml"
    again.write_text(text)
    assert load_config(again, kind="train", data_dir=tmp_path / "data") == config


def test_a_file_that_was_written_again_is_read_again(config_of, tmp_path):
    write_sweep(tmp_path)
    fixed = MEASURED + "scale = 1e-3\n"
    assert response(config_of(fixed), [1.0]) == pytest.approx([1.0], rel=1e-5)
    write_sweep(tmp_path, scale=10.0)
    assert response(config_of(fixed), [1.0]) == pytest.approx([10.0], rel=1e-5)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('measured = "sweep.csv"\n', "`outside` is the answer beyond"),
        (MEASURED + 'x = "volts"\n', "bias_V"),
        (MEASURED + "x = 3\n", "x = '3' is not a column of this file"),
        (MEASURED + "x = true\n", "must be text or a number, the column of the drive"),
        (MEASURED + 'y = ["power_mW"]\n', "must be text or a number, the column of the output"),
        (MEASURED.replace("sweep", "sweap"), "there is no such file; looked in"),
        (MEASURED.replace("sweep", "s" * 5000), "there is no such file; looked in"),
        (MEASURED + 'stages = ["encode", "mach_zehnder", "decode"]\n', "has no `curve`"),
        ('stages = ["encode", "curve", "decode"]\noutside = "hold"\n', "answers from a measurement"),
        (MEASURED + 'branch = "random"\n', "branch"),
    ],
)
def test_what_cannot_be_a_measured_device_is_refused_in_a_sentence(config_of, tmp_path, table, said):
    write_sweep(tmp_path)
    with pytest.raises(ConfigError) as refusal:
        config_of(table)
    (mistake,) = refusal.value.mistakes
    assert said in mistake


def test_a_preset_file_is_a_device_and_what_the_config_says_wins(config_of, tmp_path):
    (tmp_path / "configs" / "mine.toml").write_text(
        '[device]\nstages = ["encode", "mach_zehnder", "decode"]\n'
        "[device.mach_zehnder]\nv_pi = 3.0\nv_bias = 1.0\n[provenance]\nsource = 'x.csv'\n"
    )
    config = config_of('preset = "mine.toml"\nv_pi = 5.0\n')
    assert config.device.preset is None
    assert config.device.stages == ("encode", "mach_zehnder", "decode")
    assert dict(config.device.values) == {"mach_zehnder.v_bias": 1.0, "v_pi": 5.0}


@pytest.mark.parametrize("content", ["no toml", "[other]\n"])
def test_a_file_that_is_no_preset_is_refused(config_of, tmp_path, content):
    (tmp_path / "configs" / "mine.toml").write_text(content)
    with pytest.raises(ConfigError, match="is not a preset file"):
        config_of('preset = "mine.toml"\n')


def test_a_spread_draws_a_device_per_seed_and_leaves_the_nominal_one_alone(config_of):
    table = 'preset = "mach_zehnder_ideal"\n[device.spread]\nv_pi = 0.1\n'
    config = config_of(table)
    drawn = [float(build_device(config, seed)["mach_zehnder"].v_pi) for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]
    assert 4.7 not in drawn
    assert float(build_device(config_of(table, "device.spread.v_pi=0.0"), 0)["mach_zehnder"].v_pi) == np.float32(4.7)


def test_a_spread_and_the_parameter_itself_are_two_keys(config_of):
    config = config_of('preset = "mach_zehnder_ideal"\n[device.spread]\nv_pi = 0.1\n', "device.v_pi=3.0")
    assert dict(config.device.values) == {"spread.v_pi": 0.1, "v_pi": 3.0}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("spread.v_pai = 0.1", "Did you mean 'spread.mach_zehnder.v_pi'?"),
        ("spread.v_pi = -0.1", "`spread.mach_zehnder.v_pi`"),
        ("cost.driver_power = 1.0", "this chain has no driver"),
        ("cost.diver_power = 1.0", "Did you mean 'cost.driver_power'?"),
        ("cost.wall_plug_efficiency = 2.0", "<= 1"),
    ],
)
def test_spread_and_cost_are_checked_like_every_other_value(config_of, line, said):
    with pytest.raises(ConfigError) as refusal:
        config_of(f'preset = "mach_zehnder_ideal"\n{line}\n')
    (mistake,) = refusal.value.mistakes
    assert said in mistake


def test_the_policy_beyond_the_range_must_be_chosen_even_where_a_driver_keeps_the_drive_within(config_of, tmp_path):
    write_sweep(tmp_path)
    stages = 'stages = ["encode", "driver", "curve", "decode"]\n'
    config_of(MEASURED.replace("reference", "offset = 2.0\nreference") + stages + "driver.saturation = 3.0\n")


STATES = "v (V),i (A)\n0,0\n1,100\n2,200\n1,100\n0,0\n-1,-100\n-2,-200\n-1,-10\n0,0\n1,10\n2,20\n"
"""A memristor: 100 S, and 10 S from the second sweep from -2 V on."""
RISING = MEASURED + 'branch = "rising"\n'


def test_a_device_that_averages_states_is_warned_of_with_the_choice(config_of, tmp_path):
    (tmp_path / "sweep.csv").write_text(STATES)
    said = config_warnings(config_of(RISING), "train")
    assert len(said) == 1
    assert "the 2 rising repeats of `i (A)` disagree" in said[0]
    assert 'repeat = "mean"' in said[0]
    assert not config_warnings(config_of(RISING + 'repeat = "mean"\n'), "train")
    assert not config_warnings(config_of(RISING, 'rule.name="dfa"', "device.repeat=1"), "train")[1:]


@pytest.mark.parametrize("line", ["repeat = 2", 'repeat = "2"'])
def test_a_repeat_is_chosen_in_the_file_and_kept_in_the_run(config_of, tmp_path, line):
    (tmp_path / "sweep.csv").write_text(STATES)
    config = config_of(RISING + line + "\n")
    assert not config_warnings(config, "train")
    # From 0 to 2 V the current of the second rising sweep is 10 S times the voltage; at most 20 A, at -1 V -10 A.
    assert response(config, [1.0, 2.0]) == pytest.approx([0.5, 1.0], abs=1e-5)
    assert 'repeat = "2"' in to_toml(config)


@pytest.mark.parametrize(
    ("line", "message"), [("repeat = 3", "repeats are 1 to 2"), ("repeat = true", 'must be text "mean"')]
)
def test_a_repeat_that_is_none_is_refused(config_of, tmp_path, line, message):
    (tmp_path / "sweep.csv").write_text(STATES)
    with pytest.raises(ConfigError, match=message):
        config_of(RISING + line + "\n")


def test_directions_that_nobody_chose_between_are_warned_of(config_of, tmp_path):
    (tmp_path / "sweep.csv").write_text(
        "bias_V,rising_mW,falling_mW\n" + "".join(f"{v},{v},{v + 1}\n" for v in range(5))
    )
    said = config_warnings(config_of(MEASURED), "train")
    assert len(said) == 1
    assert "rising and falling sweeps" in said[0]
    assert not config_warnings(config_of(MEASURED + 'branch = "mean"\n'), "train")


def test_of_the_path_that_a_run_names_only_the_name_counts(config_of, tmp_path):
    write_sweep(tmp_path)
    for name in ("config.toml", "summary.json", "environment.json"):
        (tmp_path / "configs" / name).touch()
    elsewhere = tmp_path / "configs" / "deeper"
    elsewhere.mkdir()
    write_sweep(elsewhere)
    config = config_of(MEASURED.replace("sweep.csv", f"{elsewhere}/sweep.csv"))
    assert config.device.source.path.resolve() == tmp_path / "sweep.csv"
