"""Names of the form "module:Class": what cannot be imported or found is told with its file and line."""

import sys

import pytest

from physdfa.data import ENCODINGS
from physdfa.errors import InputError
from physdfa.network import READOUTS
from physdfa.rules import RULES

HEAD = "import physdfa as pf\n"
RULE = HEAD + (
    "class Mine(pf.rules.AbstractRandomFeedback, pf.rules.AbstractDirectFeedback):\n"
    "    {}\n"
    "    factor = property(lambda self: pf.rules.SURROGATE)\n"
)
ENCODING = HEAD + (
    "class Mine(pf.data.AbstractEncoding):\n    {}\n    def encode(self, pixels, step, num_steps, key):\n"
    "        return pixels\n"
)
PARAMETER = '{}: pf.Param = pf.parameter(default=1.0, unit="", meaning="a number")'


@pytest.fixture
def bench(tmp_path, monkeypatch, request):
    """`bench(text)`: the name of a module with this text, in the working folder."""
    name = f"bench_{abs(hash(request.node.name))}"
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)

    def written(text):
        (tmp_path / f"{name}.py").write_text(text)
        return name

    yield written
    sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\ndef f(:\n", r"bench_\d+\.py, line 2: invalid syntax: def f\(:"),
        ("import not_there\n", r"bench_\d+\.py, line 1, in <module>: ModuleNotFoundError: No module named 'not_there'"),
        ("x = 1\nraise SystemExit('no')\n", r"bench_\d+\.py, line 2, in <module>: SystemExit: no"),
        ("def f():\n    return 1 / 0\n\n\nf()\n", r"bench_\d+\.py, line 2, in f: ZeroDivisionError: division by zero"),
        (
            HEAD + "pf.option(default=0.1, meaning='a share')\n",
            r"bench_\d+\.py, line 2, in <module>: an option is a choice",
        ),
    ],
)
def test_a_module_that_cannot_be_imported_is_told_with_its_line(bench, text, said):
    module = bench(text)
    with pytest.raises(InputError, match=rf"^the module '{module}' cannot be imported: {said}"):
        RULES.find(f"{module}:Mine")


def test_a_module_that_was_mended_is_imported(bench):
    module = bench("1 / 0")
    with pytest.raises(InputError, match="ZeroDivisionError"):
        RULES.find(f"{module}:Mine")
    bench(RULE.format("gain = 1"))
    assert RULES.find(f"{module}:Mine").__name__ == "Mine"


def test_what_a_module_prints_goes_to_standard_error(bench, capsys):
    RULES.find(f"{bench('print(1234)' + chr(10) + RULE.format('gain = 1'))}:Mine")
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "1234\n")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere:Mine", r"there is none of that name in the working folder .*; run in the folder of nowhere\.py"),
        (":Mine", r"lacks the module: .* \"module:Mine\""),
        ("bench:", r"lacks the class: .* \"bench:Class\""),
        ("bench.py:Mine", r"^write \"bench:Mine\", the module without folder and \.py\.$"),
        ("some/bench.py:Mine", r"^write \"bench:Mine\".*, and run in the folder some\."),
        ("my-bench:Mine", r"names of modules and classes have letters, digits and underscores alone"),
        ("code:Mine", r"the module 'code' \(.*code\.py\) has no learning rule called 'Mine'"),
        ("tests.own_parts:Largest", r"'Largest' of the module .* is a readout, not a learning rule\."),
        ("tests.bad_parts:Unfinished", r"the learning rule 'Unfinished' of .* lacks `factor`: define it"),
        ("tests.bad_parts:Rases", r"Did you mean 'Raises'\? It has: Base, Raises, .*, \.\.\.\.$"),
    ],
)
def test_a_name_that_leads_to_no_class_is_told_with_the_way_out(name, said):
    with pytest.raises(InputError, match=said) as refusal:
        RULES.find(name)
    assert str(refusal.value).count(name.rpartition(":")[2] or "bench") <= 2


def test_a_file_that_python_hides_behind_its_own_is_named(bench, tmp_path):
    bench("")
    (tmp_path / "numbers.py").write_text(RULE.format("gain = 1"))
    with pytest.raises(InputError, match=r"numbers\.py, which comes before your numbers\.py: rename yours\)"):
        RULES.find("numbers:Mine")


@pytest.mark.parametrize(
    ("registry", "text", "said"),
    [
        (RULES, RULE.format(PARAMETER.format("name")), "a declared field cannot be called `name`"),
        (RULES, RULE.format(PARAMETER.format("error")), "`error` hides `error` of Abstract.*rename it"),
        (RULES, RULE.format(PARAMETER.format("reads")), "`reads` hides `reads` of AbstractDirectFeedback"),
        (ENCODINGS, ENCODING.format(PARAMETER.format("is_static")), "`is_static` hides `is_static` of Abstract"),
        (ENCODINGS, ENCODING.format("is_static: bool = True"), r"`is_static` is a fact of the class.*ClassVar"),
        (RULES, RULE.format('name: str = "mine"'), r"`name` is a fact of the class.*ClassVar"),
    ],
)
def test_a_field_that_hides_what_a_part_says_of_itself_is_refused(bench, registry, text, said):
    with pytest.raises(InputError, match=said):
        registry.find(f"{bench(text)}:Mine")


@pytest.mark.parametrize(
    "line", ["is_static = True", "gain: float = 0.5", PARAMETER.format("gain"), "is_static: ClassVar[bool] = True"]
)
def test_facts_and_numbers_of_ones_own_pass(bench, line):
    assert ENCODINGS.find(f"{bench('from typing import ClassVar' + chr(10) + ENCODING.format(line))}:Mine")


def test_a_default_of_ones_own_may_take_the_place_of_ours(bench):
    scale = 'feedback_scale: pf.Param = pf.parameter(default=2.0, unit="", low=0, meaning="the spread")'
    assert float(RULES.find(f"{bench(RULE.format(scale))}:Mine")().feedback_scale) == 2


def test_ours_are_found_by_their_module_too():
    assert READOUTS.find("physdfa.network:Rate") is READOUTS["rate"]
