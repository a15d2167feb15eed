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
    monkeypatch.setattr(free_memory, "OWN_CGROUP", tmp_path / "cgroup")
    monkeypatch.setattr(free_memory, "STATUS", tmp_path / "status")

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


def test_what_a_container_holds_of_files_is_given_back_when_needed(machine):
    machine("meminfo", "MemAvailable: 2048 kB\n")
    machine("memory.max", "1000\n")
    machine("memory.current", "900\n")
    machine("memory.stat", "anon 100\nfile 800\ninactive_file 700\n")
    assert free_memory.free_bytes() == 1000 - 900 + 700


def test_a_group_of_processes_has_what_the_tightest_of_those_around_it_leaves(machine, tmp_path):
    machine("meminfo", "MemAvailable: 2048 kB\n")
    machine("cgroup", "0::/batch/job_7\n")
    for folder, limit, use in (("batch", 5000, 4400), ("batch/job_7", 3000, 100)):
        (tmp_path / folder).mkdir()
        machine(f"{folder}/memory.max", f"{limit}\n")
        machine(f"{folder}/memory.current", f"{use}\n")
    assert free_memory.free_bytes() == 5000 - 4400


def test_control_groups_of_the_first_version_count_as_well(machine, tmp_path):
    machine("meminfo", "MemAvailable: 2048 kB\n")
    machine("cgroup", "4:memory:/docker\n3:cpu:/\n")
    (tmp_path / "memory" / "docker").mkdir(parents=True)
    machine("memory/docker/memory.limit_in_bytes", "4000\n")
    machine("memory/docker/memory.usage_in_bytes", "3000\n")
    machine("memory/docker/memory.stat", "total_inactive_file 50\n")
    assert free_memory.free_bytes() == 4000 - 3000 + 50


def test_a_process_with_a_limit_of_its_own_has_what_it_leaves(machine, monkeypatch):
    machine("meminfo", "MemAvailable: 2048 kB\n")
    machine("status", "VmSize:\t 100 kB\nVmRSS:\t 30 kB\n")
    monkeypatch.setattr(free_memory.resource, "getrlimit", lambda which: (150 * 1024, -1))
    assert free_memory.free_bytes() == 50 * 1024
    assert free_memory.resident_bytes() == 30 * 1024


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
