"""Reading an experiment file: complete, or refused with all of its mistakes."""

from pathlib import Path

import pytest

from physdfa.config import load_config, own_values, read_config
from physdfa.errors import ConfigError, InputError

SPECIFIED = """
[experiment]
name = "mnist-adfa-opto"
seed = 0

[data]
name = "mnist"
encoding = "direct"
train_size = 60000

[network]
hidden = [800]
num_steps = 20
decay_mem = 0.9
threshold = 1.0
reset = "zero"
readout = "rate"

[rule]
name = "adfa"

[device]
preset = "mach_zehnder_ideal"
v_pi = 4.7
v_bias = 1.2
drive_gain = 1.5

[training]
epochs = 20
batch_size = 128
optimizer = "adam"
learning_rate = 1e-3
schedule = "cosine"

[sweep]
method = "grid"
[sweep.parameters]
"device.v_bias" = { low = 0.0, high = 9.4, num = 21 }
"device.drive_gain" = { low = 0.1, high = 10.0, num = 21, scale = "log" }

[search]
population = 24
generations = 15
epochs = 3
seeds = 1
objectives = ["accuracy"]
[search.genes]
"device.v_bias" = { low = 0.0, high = 9.4 }
"device.drive_gain" = { low = 0.1, high = 10.0, scale = "log" }
"training.learning_rate" = { low = 1e-4, high = 1e-2, scale = "log" }
"network.reset" = { choices = ["zero", "subtract"] }
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "experiment.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_specified_example_is_read_as_written(tmp_path):
    config = load_config(write(tmp_path, SPECIFIED))
    assert config.experiment.name == "mnist-adfa-opto"
    assert config.network.hidden == (800,)
    assert config.device is not None
    assert config.device.preset == "mach_zehnder_ideal"
    assert config.device.values == {"v_pi": 4.7, "v_bias": 1.2, "drive_gain": 1.5}
    assert config.sweep is not None
    assert config.sweep.parameters["device.drive_gain"].scale == "log"
    assert config.search is not None
    assert config.search.genes["network.reset"].choices == ("zero", "subtract")
    assert own_values(config, "training") == {
        "b1": 0.9,
        "b2": 0.999,
        "eps": 1e-8,
        "nesterov": "off",
        "label_smoothing": 0.0,
    }  # the stated defaults


def test_all_mistakes_of_a_file_are_reported_together(tmp_path):
    text = SPECIFIED.replace("decay_mem = 0.9", "decay_mem = 1.2").replace(
        "learning_rate = 1e-3", "lerning_rate = 1e-3"
    )
    text = text.replace("v_pi = 4.7", "v_pi = -4.7").replace(
        '"device.v_bias" = { low = 0.0, high = 9.4 }', '"device.v_bia" = { low = 0.0, high = 9.4 }'
    )
    text = text.replace("[experiment]", "[experimnt]\n[experiment]")
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, text))
    mistakes = caught.value.mistakes
    assert len(mistakes) == 5
    starts = ["experimnt:", "network.decay_mem = 1.2:", "training.lerning_rate = 0.001:", "device.v_pi = -4.7:"]
    for mistake, start in zip(mistakes, [*starts, 'search.genes."device.v_bia":'], strict=True):
        assert mistake.startswith(start)
    assert "Did you mean 'experiment'?" in mistakes[0]
    assert "from 0 to 1" in mistakes[1]
    assert "Did you mean 'learning_rate'?" in mistakes[2]
    assert "> 0 V" in mistakes[3]
    assert "Did you mean 'device.v_bias'?" in mistakes[4]
    assert caught.value.source.endswith("experiment.toml")
    assert not any(jargon in str(caught.value) for jargon in ("pydantic", "http", "Input should", "dataclass"))


def test_an_empty_file_names_every_required_key(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, ""))
    named = [mistake.split(":")[0] for mistake in caught.value.mistakes]
    assert named == ["experiment.name", "data.name", "network.hidden", "rule.name"]


def test_a_syntax_error_is_told_with_line_and_column(tmp_path):
    with pytest.raises(ConfigError, match="line 3, column 8: is not valid TOML"):
        load_config(write(tmp_path, "[experiment]\nname = 'a'\nseed = \n"))


def test_an_unfinished_file_is_told_with_its_last_line(tmp_path):
    with pytest.raises(ConfigError, match="line 2, column 11: is not valid TOML"):
        load_config(write(tmp_path, "[network]\nhidden = ["))


def test_a_missing_file_and_a_folder_are_one_sentence_each(tmp_path):
    with pytest.raises(InputError, match=r"There is no file '.*absent.toml'"):
        load_config(tmp_path / "absent.toml")
    with pytest.raises(InputError, match="is a folder"):
        load_config(tmp_path)


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path):
    path = tmp_path / "latin.toml"
    path.write_bytes(b"[experiment]\nname = '\xe9'\n")
    with pytest.raises(ConfigError, match="line 2: is not UTF-8"):
        load_config(path)


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    path = tmp_path / "bom.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SPECIFIED.encode())
    assert load_config(path).data.name == "mnist"


def test_overrides_replace_the_file_and_their_mistakes_say_where_they_come_from(tmp_path):
    path = write(tmp_path, SPECIFIED)
    config = load_config(
        path, ["training.epochs=3", "device.mach_zehnder.v_bias=2.5", "data.name=digits", "experiment.name=2024"]
    )
    assert config.training.epochs == 3
    assert config.device is not None
    assert config.device.values == {"v_pi": 4.7, "drive_gain": 1.5, "mach_zehnder.v_bias": 2.5}
    assert config.data.name == "digits"
    assert config.experiment.name == "2024"
    with pytest.raises(ConfigError) as caught:
        load_config(path, ["training.epoch=3", "network.num_steps=many", "epochs"])
    assert len(caught.value.mistakes) == 3
    syntax, steps, epoch = caught.value.mistakes
    assert "must read key.path=value" in syntax
    assert steps.startswith('network.num_steps = "many": must be a whole number from 1 to 1000000000')
    assert steps.endswith("(set by --set)")
    assert "Did you mean 'epochs'?" in epoch
    with pytest.raises(ConfigError, match=r"experiment\.shard = .* got '9'\. \(set by --shard\)$"):
        load_config(path, ["training.epochs=3", '--shard experiment.shard="9"'])


def test_a_section_that_is_no_table_is_one_mistake():
    with pytest.raises(ConfigError) as caught:
        read_config({"experiment": {"name": "a"}, "data": {"name": "digits"}, "network": 3, "rule": {"name": "dfa"}})
    assert caught.value.mistakes == ("network = 3: must be a table, [network].",)
