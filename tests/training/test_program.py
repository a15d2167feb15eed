"""A program is compiled once per structure and shape, and knows its cost before it runs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.training import Program


def make_program(**values) -> Program:
    return Program(lambda tree: {"sum": tree["a"] + 2 * tree["b"]}, **values)


def test_other_values_of_the_same_shapes_run_the_program_that_is_there():
    program = make_program()
    answers = [program({"a": jnp.full(3, float(n)), "b": jnp.ones(3)})["sum"] for n in range(4)]
    np.testing.assert_allclose(answers, [[n + 2.0] * 3 for n in range(4)])
    assert program.num_compilations == 1


def test_a_new_shape_type_or_structure_is_compiled_once_each():
    program = Program(lambda tree: jax.tree.map(lambda leaf: leaf + 1, tree))
    arguments = [jnp.zeros(3), jnp.zeros(4), jnp.zeros(3, dtype=jnp.int32), (jnp.zeros(3),)]
    for _ in range(2):
        for argument in arguments:
            program(argument)
    assert program.num_compilations == len(arguments)


@pytest.mark.usefixtures("fresh_programs")
def test_what_one_program_compiled_the_next_of_the_same_name_takes_over():
    first, second, other = (make_program(shared_as=name) for name in ("sum", "sum", "another"))
    for program in (first, second, other):
        program({"a": jnp.zeros(1000), "b": jnp.ones(1000)})
    assert [program.num_compilations for program in (first, second, other)] == [1, 0, 1]
    assert second.compile_time_s == 0
    assert second.peak_bytes == first.peak_bytes > 0


@pytest.mark.usefixtures("fresh_programs")
def test_the_process_keeps_the_programs_used_last_and_a_program_those_it_uses(monkeypatch):
    monkeypatch.setattr("physdfa.training.program.MOST_KEPT", 2)
    first, second, third = (make_program(shared_as=name) for name in range(3))
    arguments = {"a": jnp.zeros(3), "b": jnp.ones(3)}
    for program in (first, second):
        program(arguments)
    make_program(shared_as=0)(arguments)  # used again: now the second is the one to go
    third(arguments)
    again = [make_program(shared_as=name) for name in (0, 1)]
    for program in (*again, second):
        program(arguments)
    assert [program.num_compilations for program in again] == [0, 1]
    assert second.num_compilations == 1


def test_preparing_compiles_without_running_and_the_call_uses_it():
    program = make_program()
    abstract = {name: jax.ShapeDtypeStruct((3,), jnp.float32) for name in "ab"}
    program.prepare(abstract)
    assert program.num_compilations == 1
    assert program.compile_time_s > 0
    program({"a": jnp.zeros(3), "b": jnp.ones(3)})
    assert program.num_compilations == 1


def test_the_peak_memory_counts_arguments_and_outputs_of_the_largest():
    program = make_program()
    for size in (1000, 10):
        program({"a": jnp.zeros(size), "b": jnp.ones(size)})
    assert 3 * 4 * 1000 <= program.peak_bytes < 4 * 4 * 1000  # two arguments, one output, float32


def test_a_donated_argument_is_not_held_twice():
    kept, donated = Program(lambda a: a + 1), Program(lambda a: a + 1, donate=(0,))
    for program in (kept, donated):
        program(jnp.zeros(1000))
    assert donated.peak_bytes == kept.peak_bytes - 4 * 1000


def test_shapes_are_told_without_a_compilation():
    program = make_program()
    shapes = program.shapes({"a": jnp.zeros(3), "b": jnp.ones(3)})
    assert shapes["sum"].shape == (3,)
    assert program.num_compilations == 0


def test_the_precision_that_jax_is_told_belongs_to_the_program():
    program = Program(lambda a: a @ a)
    for precision in ("highest", "default", "highest"):
        with jax.default_matmul_precision(precision):
            program(jnp.ones((2, 2)))
    assert program.num_compilations == 2
