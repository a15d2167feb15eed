"""What is free: as the machine says, or less in a container that may hold less."""

import os
from types import SimpleNamespace

import pytest

from physdfa.training import free_memory


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """`machine("meminfo", text)`: the files that Linux would show, none to begin with."""
    monkeypatch.setattr(free_memory, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(free_memory, "CGROUP", tmp_path)

    def say(name: str, text: str) -> None:
        (tmp_path / name).write_text(text)

    return say


def test_linux_says_what_is_available(machine):
    machine("meminfo", "MemTotal:  4096 kB\nMemFree:  1 kB\nMemAvailable:   2048 kB\n")
    assert free_memory.free_bytes() == 2048 * 1024


def test_a_container_has_what_its_limit_leaves(machine):
    machine("meminfo", "MemAvailable: 2048 kB\n")
    machine("memory.current", "400\n")
    machine("memory.max", "1000\n")
    assert free_memory.free_bytes() == 600
    machine("memory.max", "max\n")
    assert free_memory.free_bytes() == 2048 * 1024


def test_elsewhere_it_is_all_that_the_machine_has(machine):
    del machine
    assert free_memory.free_bytes() == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@pytest.mark.parametrize(("told", "free"), [([(100, 30), (100, 80), (100, 0)], 20), ([None, None], 2048 * 1024)])
def test_accelerators_have_what_the_fullest_of_them_has_where_they_tell(machine, monkeypatch, told, free):
    machine("meminfo", "MemAvailable: 2048 kB\n")
    stats = [known and {"bytes_limit": known[0], "bytes_in_use": known[1]} for known in told]
    devices = [SimpleNamespace(memory_stats=lambda known=known: known) for known in stats]
    monkeypatch.setattr(free_memory.jax, "local_devices", lambda: devices)
    monkeypatch.setattr(free_memory.jax, "default_backend", lambda: "gpu")
    assert free_memory.free_bytes() == free
