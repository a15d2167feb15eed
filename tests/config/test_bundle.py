"""A bundle: a folder or zip archive with device.toml, from which nothing outside of it is reached."""

import re
import tomllib
import zipfile
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.config import load_config, to_toml
from physdfa.config.bundle import Bundle, checked, is_bundle, read_bundle
from physdfa.config.device_table import build_device
from physdfa.errors import ConfigError, InputError
from tests.config.test_device_source import HEAD

ABOUT = '[bundle]\nname = "mine"\nsource = "A. Author"\nlicense = "CC0-1.0"\n'
DEVICE = '[device]\nmeasured = "sweep.csv"\noutside = "hold"\nreference = "zero"\n'
SWEEP = "bias_V,power_mW\n" + "".join(f"{volts},{3 * volts}\n" for volts in range(5))


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_folder(folder, text=ABOUT + DEVICE, sweep=SWEEP):
    folder.mkdir(parents=True)
    (folder / "device.toml").write_text(text)
    (folder / "sweep.csv").write_text(sweep)
    return folder


def write_zip(path, text=ABOUT + DEVICE, sweep=SWEEP, inner=""):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{inner}device.toml", text)
        archive.writestr(f"{inner}sweep.csv", sweep)
    return path


def config_of(folder, table):
    path = folder / "test.toml"
    path.write_text(HEAD + table)
    return load_config(path, kind="train")


def g_of(config, potentials):
    return np.asarray(build_device(config.device).respond(jnp.asarray(potentials, jnp.float32)))


def make(form, workplace):
    if form == "folder":
        write_folder(workplace / "mine")
        return "mine", "mine/sweep.csv"
    inner = "" if form == "zip" else "inner/"
    write_zip(workplace / "mine.zip", inner=inner)
    return "mine.zip", f"mine.zip/{inner}sweep.csv"


@pytest.mark.parametrize("form", ["folder", "zip", "zip with one folder"])
def test_a_bundle_is_the_device_of_its_curve_whatever_lies_in_the_working_folder(workplace, form):
    preset, named = make(form, workplace)
    (workplace / "sweep.csv").write_text("bias_V,power_mW\n0,4\n4,0\n")
    config = config_of(workplace, f'preset = "{preset}"\noffset = 1.0\n')
    # Power over voltage is straight, up to 12 mW at 4 V: g is (u + 1) / 4, held at its ends.
    assert g_of(config, [-1.0, 0.0, 1.0, 9.0]) == pytest.approx([0.0, 0.25, 0.5, 1.0], abs=1e-6)
    assert config.device.source.measured == named
    assert config.device.source.files() == {"sweep.csv": SWEEP.encode()}


@pytest.mark.parametrize("form", ["folder", "zip", "zip with one folder"])
def test_the_config_as_text_gives_the_same_device(workplace, form):
    preset, _ = make(form, workplace)
    config = config_of(workplace, f'preset = "{preset}"\n')
    again = workplace / "again.toml"
    again.write_text(to_toml(config))
    assert load_config(again, kind="train") == config


def test_a_bundle_is_found_beside_the_config(workplace):
    write_folder(workplace / "configs" / "mine")
    config = config_of(workplace / "configs", 'preset = "mine"\n')
    assert config.device.stages == ("encode", "curve", "decode")


def test_an_archive_that_was_written_again_is_read_again(workplace):
    write_zip(workplace / "mine.zip")
    fixed = 'preset = "mine.zip"\nscale = 1e-3\n'
    assert g_of(config_of(workplace, fixed), [1.0]) == pytest.approx([3.0], rel=1e-5)
    write_zip(workplace / "mine.zip", sweep=SWEEP.replace("4,12", "4,12\n5,15").replace(",3\n", ",6\n"))
    assert g_of(config_of(workplace, fixed), [1.0]) == pytest.approx([6.0], rel=1e-5)


def test_a_curve_may_lie_in_a_folder_of_the_bundle(workplace):
    folder = write_folder(workplace / "mine", ABOUT + DEVICE.replace("sweep.csv", "data/curve.csv"))
    (folder / "data").mkdir()
    (folder / "sweep.csv").rename(folder / "data" / "curve.csv")
    assert config_of(workplace, 'preset = "mine"\n').device.source.measured == "mine/data/curve.csv"


def test_a_bundle_without_a_curve_is_its_values_and_the_config_wins(workplace):
    write_folder(
        workplace / "mine", ABOUT + '[device]\npreset = "mach_zehnder"\nmach_zehnder.v_pi = 3.0\nv_bias = 1.0\n'
    )
    section = config_of(workplace, 'preset = "mine"\nv_pi = 5.0\n').device
    assert (section.preset, dict(section.values)) == ("mach_zehnder", {"v_bias": 1.0, "v_pi": 5.0})


def test_what_a_bundle_says_of_itself_is_kept(workplace):
    text = ABOUT + 'description = "a line"\n' + DEVICE + '[provenance]\nsource = "x.csv"\n'
    found = read_bundle(write_zip(workplace / "mine.zip", text))
    assert found.about == {"name": "mine", "source": "A. Author", "license": "CC0-1.0", "description": "a line"}
    assert found.provenance == {"source": "x.csv"}


@pytest.mark.parametrize("name", ["../sweep.csv", "/etc/passwd", "data/../../sweep.csv", "..\\\\sweep.csv", "link.csv"])
@pytest.mark.parametrize("form", ["folder", "zip"])
def test_nothing_outside_of_a_bundle_is_read(workplace, form, name):
    (workplace / "sweep.csv").write_text(SWEEP)
    text = ABOUT + DEVICE.replace("sweep.csv", name)
    if form == "folder":
        (write_folder(workplace / "mine", text) / "link.csv").symlink_to(workplace / "sweep.csv")
        preset = "mine"
    else:
        with zipfile.ZipFile(write_zip(workplace / "mine.zip", text), "a") as archive:
            archive.writestr("../sweep.csv", SWEEP)
        preset = "mine.zip"
    with pytest.raises(ConfigError, match=r"leads out of the bundle|No such file"):
        config_of(workplace, f'preset = "{preset}"\n')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no toml", "is no bundle: its device.toml cannot be read"),
        (DEVICE, "bundle.name, bundle.source, bundle.license is missing"),
        (ABOUT.replace("license", "licence") + DEVICE, "Did you mean 'license'?"),
        (ABOUT.replace('"mine"', "3") + DEVICE, "bundle.name must be text"),
        (ABOUT.replace("mine", "m" * 3000) + DEVICE, "bundle.name must be text of 1 to 2000 signs"),
        (ABOUT, r"the table \[device\] is missing"),
        ("device = 3\n" + ABOUT, r"\[bundle\], \[device\] and \[provenance\] must be tables"),
        (ABOUT + DEVICE + "[network]\n", "there is no table 'network'"),
        (ABOUT + DEVICE + 'instrument = "plan.toml"\n', "would drive an instrument"),
        (ABOUT + '[device]\nstages = ["encode", "bench:Mine", "decode"]\n', "'bench:Mine' is a class"),
        (ABOUT + '[device]\npreset = "other.toml"\n', "there is no device preset 'other.toml'"),
        (ABOUT + '[device]\npreset = "mach_zender"\n', "Did you mean 'mach_zehnder"),
        (ABOUT + DEVICE.replace("sweep.csv", "sweap.csv"), "cannot be read in the bundle: No such file"),
        (ABOUT + DEVICE + "v_pie = 3.0\n", "v_pie"),
    ],
)
def test_what_is_no_bundle_is_refused_in_a_sentence(workplace, text, said):
    write_folder(workplace / "mine", text)
    with pytest.raises(ConfigError, match=said):
        config_of(workplace, 'preset = "mine"\n')


def test_archives_that_are_none_are_refused(workplace):
    (workplace / "mine.zip").write_bytes(b"no archive")
    with pytest.raises(ConfigError, match="is no zip archive that can be read"):
        config_of(workplace, 'preset = "mine.zip"\n')
    with zipfile.ZipFile(workplace / "mine.zip", "w") as archive:
        archive.writestr("a/device.toml", ABOUT)
        archive.writestr("b/device.toml", ABOUT)
    with pytest.raises(ConfigError, match=r"has more than one device\.toml"):
        config_of(workplace, 'preset = "mine.zip"\n')
    with zipfile.ZipFile(workplace / "mine.zip", "w") as archive:
        archive.writestr("a/b/device.toml", ABOUT)
    with pytest.raises(ConfigError, match=r"has no device\.toml"):
        config_of(workplace, 'preset = "mine.zip"\n')
    with pytest.raises(ConfigError, match="there is no such file"):
        config_of(workplace, 'preset = "other.zip"\n')
    with pytest.raises(ConfigError, match="there is no such file"):
        config_of(workplace, 'preset = "no/where"\n')


def test_an_archive_that_unpacks_to_more_than_a_measurement_can_need_is_refused(workplace):
    write_zip(workplace / "mine.zip", sweep="0,0\n" * (9 << 20))  # 36 MiB of which 35 kB lie in the archive
    assert (workplace / "mine.zip").stat().st_size < 1 << 20
    with pytest.raises(ConfigError, match="it has more than the"):
        config_of(workplace, 'preset = "mine.zip"\n')


def test_a_damaged_member_is_refused(workplace):
    path = write_zip(workplace / "mine.zip")
    content = path.read_bytes()
    place = content.index(b"sweep.csv") + len("sweep.csv")
    path.write_bytes(content[:place] + bytes(8) + content[place + 8 :])
    with pytest.raises(ConfigError, match="cannot be read in the bundle: its zip archive is damaged"):
        config_of(workplace, 'preset = "mine.zip"\n')


def test_a_preset_file_that_names_another_one_is_refused(workplace):
    (workplace / "mine.toml").write_text('[device]\npreset = "mine.toml"\n')
    with pytest.raises(ConfigError, match="names another preset file"):
        config_of(workplace, 'preset = "mine.toml"\n')


def test_a_run_folder_reaches_no_bundle_by_a_path(workplace):
    write_folder(workplace / "deep" / "mine")
    run = workplace / "run"
    run.mkdir()
    for name in ("config.toml", "summary.json", "environment.json"):
        (run / name).touch()
    with pytest.raises(ConfigError, match="there is no such file"):
        config_of(run, f'preset = "{workplace}/deep/mine"\n')


def test_a_folder_with_device_toml_and_an_archive_are_bundles(workplace):
    assert is_bundle(write_folder(workplace / "mine"))
    assert is_bundle("anything.zip")
    assert not is_bundle(workplace)
    assert not is_bundle("mach_zehnder")


def test_signs_that_a_terminal_obeys_are_written_out_in_a_refusal(tmp_path):
    with pytest.raises(InputError) as refusal:
        checked(tomllib.loads(ABOUT + '[device]\nstages = ["a:\\u001b[31mB"]\n'), tmp_path, "mine")
    assert "\x1b" not in str(refusal.value)


def test_a_file_of_a_bundle_is_one_that_can_be_read(tmp_path):
    write_folder(tmp_path / "mine")
    bundle = Bundle(tmp_path / "mine", "mine", {}, {}, {})
    assert bundle.file("sweep.csv") == tmp_path / "mine" / "sweep.csv"
    with pytest.raises(InputError, match="cannot be read in the bundle"):
        bundle.file(".")


def test_the_bundle_of_the_page_is_one(workplace):
    page = (Path(__file__).parents[2] / "docs" / "bring_your_own_device.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```text\n(\[bundle\].*?)```", page, re.DOTALL)
    write_folder(workplace / "mine", text)
    assert config_of(workplace, 'preset = "mine"\n').device.source.x == "bias_V"
