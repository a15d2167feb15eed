"""Ray itself: several nodes on this machine, one of which is killed, and one that is stopped for a minute."""

import contextlib
import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from ga_search.evolution import Candidate
from ga_search.genome import candidate_id
from physdfa.build import load_samples
from physdfa.workflow.candidates.evaluator import Evaluator
from physdfa.workflow.train import train
from physdfa.workflow.where.place import Here, evaluating_at
from physdfa.workflow.where.ray_pool import RayError, ray_pool
from physdfa.workflow.where.workers import Workers
from tests.workflow.tiny import make_config

CHUNK = 5
CANDIDATES = [
    Candidate(candidate_id(values), values, 0) for values in ({"device.v_bias": 0.04 * n} for n in range(200))
]


@pytest.mark.parametrize(
    ("address", "said"), [("here", "is 'local', or HOST:PORT"), ("127.0.0.1:1", "no cluster answers there")]
)
def test_an_address_that_is_none_is_refused_in_a_sentence(address, said):
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'physdfa[ray]'")
    with pytest.raises(RayError, match=said), ray_pool(address, None):
        pass


@pytest.fixture
def cluster():
    """A head without workers, and two nodes with one each."""
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'physdfa[ray]'")
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
    yield cluster, nodes
    cluster.shutdown()


def results(records):
    return [(one.candidate, one.seed, one.status, one.validation_accuracy, one.validation_loss) for one in records]


class Kept(list):
    """In the place of an archive: what was handed over, in its order."""

    def add(self, records):
        self.extend(records)

    def most_together(self, training):
        return None

    def refusal(self, training):
        return ""

    def time_limit(self, num):
        return None

    def training(self, trainings):
        return contextlib.nullcontext()


def stop_a_worker(for_s):
    """The first process of an actor of ours does not answer for so long."""
    (process, *_) = [
        int(each.name)
        for each in Path("/proc").iterdir()
        if each.name.isdigit() and (each / "cmdline").read_bytes().startswith(b"ray::Worker")
    ]
    os.kill(process, signal.SIGSTOP)
    time.sleep(for_s)
    os.kill(process, signal.SIGCONT)


def evaluated(place, kept):
    config = make_config()
    evaluator = Evaluator(
        config, load_samples(config, None), kind="search", epochs=1, seeds=1, largest_batch=200, archive=kept
    )
    with evaluating_at(place):
        evaluator.trainer.capacity = CHUNK
        return results(evaluator(CANDIDATES))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # those of Ray
@pytest.mark.parametrize("fate", ["killed", "stopped"])
def test_a_node_that_fails_costs_no_evaluation_and_doubles_none(cluster, fate):
    cluster, nodes = cluster
    kept, seed = Kept(), random.randrange(1000)
    print(f"seed {seed}")

    def fail():
        while len(kept) < 20:
            time.sleep(0.05)
        time.sleep(random.Random(seed).uniform(0.0, 2.0))
        if fate == "killed":
            cluster.remove_node(nodes[0], allow_graceful=False)
            return
        stop_a_worker(for_s=60.0)

    with ray_pool(cluster.address, None) as pool:
        place = Workers(pool, CHUNK)
        failing = threading.Thread(target=fail)
        failing.start()
        found = evaluated(place, kept)
        failing.join()
        assert place.scheduler.tally.given_again >= 1 or fate == "killed"
    assert len(results(kept)) == len(set(results(kept))) == 200
    assert found == evaluated(Here(CHUNK), Kept())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # those of Ray
def test_seeds_train_to_the_same_networks_though_a_node_is_killed(cluster, tmp_path):
    cluster, nodes = cluster
    config = make_config("training.epochs=200", "training.checkpoint_every=20")
    delay_s = random.uniform(5.0, 15.0)
    print(f"killed after {delay_s:.1f} s")
    killing = threading.Timer(delay_s, lambda: cluster.remove_node(nodes[0], allow_graceful=False))
    with ray_pool(cluster.address, None) as pool:
        place = Workers(pool, 2)
        killing.start()
        with evaluating_at(place):
            found = train(config, out_dir=tmp_path / "ray", num_seeds=8)
        killing.join()
        print(place.scheduler.tally)
    with evaluating_at(Here(2)):
        serial = train(config, out_dir=tmp_path / "here", num_seeds=8)
    (ours, _), (theirs, _) = found.load_tree("final"), serial.load_tree("final")
    assert ours.keys() == theirs.keys()
    for name, values in ours.items():
        assert values.tobytes() == theirs[name].tobytes()
