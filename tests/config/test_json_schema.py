"""The schema for editors takes what the program takes, and marks what it refuses."""

import copy
import json
import tomllib
from pathlib import Path

import fastjsonschema
import pytest

from physdfa.config import KEYS
from physdfa.config.choices import CHOICES, all_part_keys
from physdfa.config.json_schema import json_schema
from tests.config.conftest import SMALLEST

ROOT = Path(__file__).parents[2]
SHIPPED = sorted([*ROOT.glob("experiments/**/*.toml"), *ROOT.glob("physdfa/**/*.toml")])
VALIDATE = fastjsonschema.compile(json_schema())


def test_it_is_plain_json():
    text = json.dumps(json_schema(), allow_nan=False)
    assert json.loads(text) == json_schema()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_files_are_valid(path):
    VALIDATE(tomllib.loads(path.read_text(encoding="utf-8")))


def test_every_key_has_its_place_and_its_meaning():
    tables = json_schema()["properties"]
    fixed = [path for path in KEYS if path.count(".") == 1]
    for path in [*fixed, *(path for section in CHOICES for path in all_part_keys(section))]:
        section, name = path.split(".")
        assert tables[section]["properties"][name]["description"], path


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("network", "hidden", [0]),
        ("network", "decay_mem", 1.5),
        ("network", "recurrent", "yes"),
        ("network", "recurrent", [1]),
        ("network", "reset", "soft"),
        ("network", "hiden", [4]),
        ("rule", "name", "adfaa"),
        ("rule", "feedback_scale", 0.0),
        ("rule", "error", "finale"),
        ("rule", "width", 0.5),
        ("feedback", "camera_bits", 2.5),
        ("training", "epochs", "ten"),
        ("search", "genes", {"device.v_bias": {"low": "a"}}),
        ("serach", "genes", {}),
    ],
)
def test_what_the_program_refuses_is_marked(table, key, value):
    content = copy.deepcopy(tomllib.loads(SMALLEST))
    VALIDATE(content)
    content.setdefault(table, {})[key] = value
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        VALIDATE(content)


def test_a_part_of_ones_own_and_ranges_of_its_keys_are_allowed():
    content = tomllib.loads(SMALLEST + '[search.genes]\n"rule.gain" = { low = 0.1, high = 2.0, scale = "log" }')
    content["rule"] |= {"name": "bench:Window", "width": 0.5}
    VALIDATE(content)
