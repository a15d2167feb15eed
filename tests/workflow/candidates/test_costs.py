"""Energy and bits of a candidate, against counts by hand."""

import dataclasses

import pytest

from physdfa.build import build_trial, load_samples
from physdfa.devices import HardwareCost, converter_bits, make_cascade
from physdfa.workflow.candidates.costs import feedback_bits, num_requests, update_energy
from tests.workflow.tiny import make_config

NEURONS, STEPS, CLASSES = 16, 4, 10  # of the tiny experiment on the digits


@pytest.fixture(scope="module")
def dataset():
    return load_samples(make_config(), None).dataset


def bits_of(dataset, *overrides):
    config = make_config(*overrides)
    return feedback_bits(build_trial(config, dataset, 0))


@pytest.mark.parametrize(
    ("overrides", "bits"),
    [
        ((), 32 * CLASSES * NEURONS),
        (("feedback.precision=ternary",), 2 * CLASSES * NEURONS),
        (("feedback.precision=rounded", "feedback.error_bits=5"), 5 * CLASSES * NEURONS),
        (("feedback.kind=sparse", "feedback.share=0.25"), 8 * CLASSES * NEURONS),
        (("feedback.kind=fan_in", "feedback.fan_in=2"), 32 * 2 * NEURONS),
        (("feedback.kind=single_entry", "feedback.precision=ternary"), 2 * NEURONS),
        (("rule.error=online", "feedback.precision=ternary"), STEPS * 2 * CLASSES * NEURONS),
        (("feedback.kind=scattering", "feedback.camera_bits=6"), 32 * CLASSES * NEURONS + 2 * 6 * NEURONS),
    ],
)
def test_the_bits_are_those_of_the_error_at_each_connection_and_of_the_camera(dataset, overrides, bits):
    assert bits_of(dataset, *overrides) == pytest.approx(bits)


def test_converters_move_their_bits_with_every_request(dataset):
    names = ["encode", "dac", "driver", "mach_zehnder", "photodiode", "tia", "adc", "decode"]
    device = make_cascade(names, {"dac.num_bits": 6, "adc.num_bits": 4})
    assert float(converter_bits(device)) == 10
    config = make_config("feedback.precision=ternary")
    trial = dataclasses.replace(build_trial(config, dataset, 0), device=device)
    assert feedback_bits(trial) == pytest.approx(2 * CLASSES * NEURONS + 10 * NEURONS * STEPS)


def test_a_rule_without_feedback_moves_none_and_one_without_a_device_has_no_converters(dataset):
    assert bits_of(dataset, "rule.name=bptt") is None
    assert bits_of(dataset, "rule.name=dfa") == pytest.approx(32 * CLASSES * NEURONS)


def test_the_energy_is_power_over_the_time_of_all_requests(dataset):
    config = make_config()
    trial = build_trial(config, dataset, 0)
    assert num_requests(trial) == NEURONS * STEPS
    cost = HardwareCost(symbol_rate=1e8, driver_power=0.5, wall_plug_efficiency=0.1)
    # Driver and laser, from the light that the chain states, for 64 symbols of 10 ns.
    light = float(
        vars(dict(zip(trial.device.names, trial.device.stages, strict=True))["mach_zehnder"])["optical_power"]
    )
    assert update_energy(trial.device, cost, 64) == pytest.approx((0.5 + light / 0.1) * 64e-8, rel=1e-5)


def test_a_mere_function_has_no_energy(dataset):
    trial = build_trial(make_config(), dataset, 0)
    assert update_energy(None, HardwareCost(), num_requests(trial)) is None
