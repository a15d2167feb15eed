"""What a run will hold: counted near what the compiler says, and refused where it does not fit."""

import pytest

from physdfa.build import build_trial, load_samples, split_rows, training_key
from physdfa.errors import InputError
from physdfa.training import Trainer, program
from physdfa.training.spread import BESIDE_SHARE, members_beside, num_activities, num_parameters
from physdfa.tuning import TUNED_FOR
from physdfa.workflow import memory
from physdfa.workflow.memory import check_memory, process_bytes, program_bytes, rough_program_bytes, waiting_bytes
from physdfa.workflow.train import train
from tests.workflow.tiny import SEARCH, files_in, make_config


@pytest.fixture(scope="module")
def samples():
    return load_samples(make_config(), None)


@pytest.fixture
def free(monkeypatch):
    """`free(bytes)`: so much is free."""

    def say(count: int) -> None:
        monkeypatch.setattr(memory, "free_bytes", lambda: count)
        monkeypatch.setattr(memory, "free_host_bytes", lambda: count)

    return say


LONG = ("network.hidden=[300]", "network.num_steps=60", 'training.optimizer="sgd"', "training.batch_size=240")


@pytest.fixture
def usual_fusion(monkeypatch):
    """Programs fused as those of users are: the suite's are not, and some hold 40 % less."""
    monkeypatch.setattr(program, "CPU_OPTIONS", {**program.CPU_OPTIONS, "xla_cpu_use_fusion_emitters": True})
    program.forget_programs()
    yield
    program.forget_programs()


def compiled_bytes(config, samples, members: int) -> int:
    """As the compiler says, every member laid out."""
    trial = build_trial(config, samples.dataset, 0)
    splits = split_rows(config, "train", samples.dataset, members)
    return Trainer(members).memory([trial] * members, [training_key(0)] * members, samples.train, splits)


@pytest.mark.parametrize(
    ("changes", "members"),
    [
        (["network.hidden=[64]"], 20),
        (["network.hidden=[1500, 300]"], 3),
        ([*LONG, 'rule.name="bptt"'], 1),
        ([*LONG, 'rule.name="eprop"'], 1),
        ([*LONG, 'rule.name="eprop"', 'network.neuron="alif"'], 1),
        ([*LONG, 'rule.name="st_dfa"'], 1),
        ([*LONG, "network.recurrent=true", 'rule.name="bptt"'], 1),
        ([*LONG, "network.recurrent=true", 'rule.name="eprop"', 'network.neuron="alif"'], 1),
    ],
    ids=[
        "small ones",
        "large ones",
        "through time",
        "traces",
        "traces from behind",
        "trains",
        "through time, recurrent",
        "traces from behind, recurrent",
    ],
)
@pytest.mark.usefixtures("usual_fusion")
def test_the_rough_count_is_near_what_the_compiler_says(samples, changes, members):
    config = make_config(*changes)
    rough = rough_program_bytes(config, samples, build_trial(config, samples.dataset, 0), members)
    assert rough == pytest.approx(compiled_bytes(config, samples, members), rel=0.6)


@pytest.mark.parametrize("hidden", [16, 1500], ids=["side by side", "one by one"])
def test_many_members_hold_in_proportion_what_few_do(samples, monkeypatch, hidden):
    config = make_config(f"network.hidden=[{hidden}]")
    trial = build_trial(config, samples.dataset, 0)
    exact = compiled_bytes(config, samples, 12)
    monkeypatch.setattr(memory, "COMPILED_MEMBERS", 4)
    found = program_bytes(config, samples, trial, kind="train", members=12, trainer=Trainer(12))
    assert found == pytest.approx(exact, rel=0.25)


@pytest.mark.parametrize(
    "beside",
    [
        pytest.param(3, id="few train in groups, too", marks=pytest.mark.slow),
        pytest.param(6, id="few train side by side"),
    ],
)
def test_what_many_members_in_groups_hold_is_told_from_few_to_a_factor_of_two(samples, monkeypatch, beside):
    monkeypatch.setenv(TUNED_FOR, "accelerator")
    config = make_config("network.hidden=[1500]", "network.num_steps=1")
    trial = build_trial(config, samples.dataset, 0)
    each = 4 * (6 * num_parameters(trial) + num_activities(trial)) / BESIDE_SHARE
    monkeypatch.setattr("physdfa.training.spread.accelerator_bytes", lambda: (beside + 0.5) * each)
    assert members_beside(trial, 24) == beside
    exact = compiled_bytes(config, samples, 24)
    monkeypatch.setattr(memory, "COMPILED_MEMBERS", 4)
    found = program_bytes(config, samples, trial, kind="train", members=24, trainer=Trainer(24))
    assert exact / 2 < found < 2 * exact


def test_what_is_compiled_to_learn_what_many_hold_counts_as_compiled(samples, monkeypatch):
    monkeypatch.setattr(memory, "COMPILED_MEMBERS", 2)
    program.forget_programs()
    config, trainer = make_config(), Trainer(3)
    trial = build_trial(config, samples.dataset, 0)
    program_bytes(config, samples, trial, kind="train", members=3, trainer=trainer)
    assert trainer.num_compilations == 1
    assert trainer.compile_time_s > 0


@pytest.mark.parametrize(
    ("changes", "seeds", "named"),
    [
        (["network.hidden=[100000, 100000]"], 1, "GB, and .* are there for it; lower network.hidden"),
        ([f"network.hidden=[{10**9}]"], 1, "lower network.hidden, training.batch_size"),
        ([], 10**12, "lower --seeds, network.hidden"),
    ],
    ids=["neurons", "neurons beyond all counting", "seeds"],
)
def test_what_does_not_fit_is_refused_before_anything_is_compiled_or_written(
    samples, free, monkeypatch, tmp_path, changes, seeds, named
):
    monkeypatch.delattr(Trainer, "memory")
    monkeypatch.delattr(Trainer, "start")
    free(2 * 10**9)
    with pytest.raises(InputError, match=rf"this run would hold about .*{named}"):
        train(make_config(*changes), out_dir=tmp_path, num_seeds=seeds)
    assert files_in(tmp_path) == []


def test_near_the_limit_the_compiler_decides(samples, free, monkeypatch):
    config, asked = make_config(), []

    def told(*arguments, **options):
        asked.append(options["members"])
        return held

    monkeypatch.setattr(memory, "program_bytes", told)
    trial = build_trial(config, samples.dataset, 0)
    rough = rough_program_bytes(config, samples, trial, 3)
    free(rough + memory.COMPILING_BYTES)
    held = rough
    check_memory(config, samples, kind="train", members=3, ways_out=[])
    assert asked == []  # a quarter of what is free: it fits without asking
    monkeypatch.setattr(memory, "COMPILING_BYTES", 0)
    free(rough + memory.kept_bytes(config, trial, 3))
    check_memory(config, samples, kind="train", members=3, ways_out=[])
    held = 2 * rough
    with pytest.raises(InputError, match="this run would hold about"):
        check_memory(config, samples, kind="train", members=3, ways_out=[])
    assert asked == [3, 3]


def test_the_process_holds_what_it_held_the_program_and_what_waits(samples):
    data = memory.data_bytes(samples)
    assert data == samples.train.samples.nbytes + samples.train.labels.nbytes
    assert process_bytes(data + 700, samples, 50, 1000) == 1000 + memory.COMPILING_BYTES + 700 + 50


def test_the_file_of_a_checkpoint_counts_and_the_best_networks_in_it(samples, free, monkeypatch):
    config = make_config("network.hidden=[2000]", kind="train")
    trial, numbers = build_trial(config, samples.dataset, 0), 65 * 2000 + 2001 * 10
    adam = memory.kept_bytes(config, trial, 2)  # parameters and two moments
    assert adam == 1.5 * 3 * 4 * 2 * numbers
    best = make_config("training.keep_best=true", "data.validation_size=80", "network.hidden=[2000]", kind="train")
    assert memory.kept_bytes(best, trial, 2) == (1.5 * 4 + 1) * 4 * 2 * numbers
    needed = program_bytes(config, samples, trial, kind="train", members=2, trainer=Trainer(2))
    monkeypatch.setattr(memory, "COMPILING_BYTES", 0)
    free(process_bytes(needed, samples, 0, 0) + adam // 2)
    with pytest.raises(InputError, match="this run would hold about"):
        check_memory(config, samples, kind="train", members=2, ways_out=[])


def test_with_early_stopping_all_that_wait_keep_what_they_have_learned(samples):
    plain = make_config(more=SEARCH, kind="search")
    halving = make_config("search.halving={rungs=[1], keep=0.5}", more=SEARCH, kind="search")
    trial = build_trial(plain, samples.dataset, 0)
    without, with_states = (
        waiting_bytes(config, "search", trial, num_trainings=100, waiting=40) for config in (plain, halving)
    )
    parameters = 65 * 16 + 17 * 10
    assert with_states - without == 40 * 3 * 4 * parameters  # the weights and Adam's two moments
    assert without == 100 * memory.RECORD_BYTES + 40 * memory.JOB_BYTES
