"""Tables of an experiment file: one frozen dataclass each, every key with its range and meaning.

The annotations are the only declaration of a key: reading, ranges of sweeps and genes, help and `docs/configuration.md`
all follow from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, MinLen
from pydantic import Strict

from physdfa.config.annotations import (
    STRICT,
    DropShare,
    Duration,
    Flag,
    Layer,
    Named,
    Natural,
    NonNegativeNumber,
    Number,
    Part,
    Positive,
    PositiveNumber,
    PositiveShare,
    RunName,
    Says,
    Seed,
    Share,
    SignedBits,
    Text,
    found_by,
)
from physdfa.config.device_source import MeasurementSource
from physdfa.config.search_schema import SearchSection, SweepSection
from physdfa.data import DATASETS, ENCODINGS, find_dataset
from physdfa.feedback import PRECISIONS, PROJECTIONS, find_precision
from physdfa.network import READOUTS
from physdfa.neurons import NEURONS
from physdfa.rules import RULES
from physdfa.training.directions import OPTIMIZERS
from physdfa.training.losses import LOSSES


@dataclass(frozen=True, kw_only=True)
class ExperimentSection:
    """What the run is called, and its seed."""

    __pydantic_config__ = STRICT
    name: Annotated[
        RunName,
        Says(
            "name of the folder under results/",
            allowed="up to 100 letters, digits, '.', '_' or '-', the first a letter or a digit",
        ),
    ]
    seed: Annotated[Seed, Says("seed of weights, feedback, validation split and batches")] = 0
    description: Annotated[Text, Says("a note to the reader")] = ""
    shard: Annotated[
        Part,
        Says(
            "the part of a sweep, or of the seeds of a training, that this run makes; `physdfa merge` joins the parts",
            allowed="i/n with 1 <= i <= n, such as 2/8, or empty: the whole",
        ),
    ] = ""


@dataclass(frozen=True, kw_only=True)
class DataSection:
    """What is learnt.

    `values`: the numbers and choices of the data set and of the encoding, by name.
    """

    __pydantic_config__ = STRICT
    name: Annotated[
        Text,
        found_by(find_dataset),
        Named(tuple(DATASETS), paths=True),
        Says(
            "data set; a path holds x_train, y_train, x_test, y_test, or spikes; see `docs/data.md`",
            allowed=", ".join(f"'{name}'" for name in DATASETS)
            + ', a path that ends in .npz, .h5 or .hdf5, or "module:Class"',
        ),
    ]
    encoding: Annotated[
        Text,
        found_by(ENCODINGS.find),
        Named(tuple(ENCODINGS)),
        Says(
            "of pixels a constant current, Bernoulli spikes, or one spike whose time tells the brightness; events: the "
            "spikes of a data set of spikes, as they are; of series events where a channel moves by a step, or crosses "
            "a level"
        ),
    ] = "direct"
    train_size: Annotated[Positive | None, Says("training samples used", "samples", default="all")] = None
    validation_size: Annotated[
        Natural | None,
        Says("held out of the training samples", "samples", default="a sixth in sweep and search, 0 in train"),
    ] = None
    shift_augmentation: Annotated[
        Annotated[int, Strict(), Ge(0), Le(8)],
        Says("largest random shift of a training image, or of the events of a sensor", "pixels"),
    ] = 0
    time_jitter: Annotated[
        NonNegativeNumber, Says("standard deviation of random changes of the times of events, in training", "s")
    ] = 0.0
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NetworkSection:
    """The spiking network.

    `values`: the numbers and choices of its neuron and its readout, by name.
    """

    __pydantic_config__ = STRICT
    hidden: Annotated[
        tuple[Layer, ...],
        MinLen(1),
        Says(
            "each hidden layer: its number of neurons, or a convolution: channels, c, side of the kernel, and more",
            "neurons",
            allowed='a list of one or more whole numbers >= 1, or texts such as "16c5 stride 2 padding 1 pool 2"',
        ),
    ]
    num_steps: Annotated[Positive, Says("time steps", "steps")] = 20
    neuron: Annotated[Text, found_by(NEURONS.find), Named(tuple(NEURONS)), Says("neuron of the hidden layers")] = "lif"
    readout: Annotated[
        Text,
        found_by(READOUTS.find),
        Named(tuple(READOUTS)),
        Says("mean spike rate, leaky integrator, or spiking output layer"),
    ] = "rate"
    weight_scale: Annotated[PositiveNumber, Says("initial weights have the spread weight_scale / sqrt(fan-in)")] = 1.0
    input_scale: Annotated[PositiveNumber, Says("gain of the encoded input")] = 1.0
    recurrent: Annotated[
        Flag | tuple[Flag, ...],
        Says(
            "whether neurons of the hidden layers also see the spikes of the others of their layer, one step later",
            allowed="true, false, or a list with one of these for each hidden layer",
        ),
    ] = False
    recurrent_scale: Annotated[
        NonNegativeNumber, Says("initial recurrent weights have the spread recurrent_scale / sqrt(neurons)")
    ] = 1.0
    weight_bits: Annotated[
        SignedBits | None,
        Says(
            "bits of the weights with which the network computes, sign included; training changes exact weights behind "
            "them",
            "bits",
            default="exact weights",
        ),
    ] = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RuleSection:
    """How the hidden layers learn.

    `values`: the numbers and choices of the rule, by name.
    """

    __pydantic_config__ = STRICT
    name: Annotated[Text, found_by(RULES.find), Named(tuple(RULES)), Says("learning rule")]
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class EventsSection:
    """The event-accurate network of the rule sfdfa, see `docs/sfdfa.md`; `encoding = "events"` has its `window`."""

    __pydantic_config__ = STRICT
    tau_syn: Annotated[PositiveNumber, Says("synaptic time constant", "s")] = 0.13
    tau_mem: Annotated[
        PositiveNumber | None, Says("membrane time constant, which must be twice tau_syn", "s", default="2 tau_syn")
    ] = None
    threshold: Annotated[PositiveNumber, Says("firing threshold of the hidden neurons", "s times weight")] = 0.2
    output_threshold: Annotated[PositiveNumber, Says("firing threshold of the output neurons", "s times weight")] = 0.7
    window: Annotated[
        PositiveNumber,
        Says(
            "time in which inputs come: the faintest pixel fires at its end; later events of a data set are left out",
            "s",
        ),
    ] = 0.1
    duration: Annotated[PositiveNumber, Says("one presentation, at least the window", "s")] = 0.2
    levels: Annotated[Positive, Says("steps of the time grid within the window", "steps")] = 51
    max_spikes: Annotated[
        Annotated[int, Strict(), Ge(1), Le(1000)], Says("spikes of a neuron after which it is silent", "spikes")
    ] = 30
    output_max_spikes: Annotated[
        Annotated[int, Strict(), Ge(1), Le(1000)] | None,
        Says("the same of an output neuron", "spikes", default="max_spikes"),
    ] = None
    weight_range: Annotated[
        PositiveNumber, Says("initial weights are uniform between -weight_range and weight_range")
    ] = 1.0
    output_weight_range: Annotated[
        PositiveNumber | None,
        Says("initial weights of the output neurons are uniform within this of their mean", default="weight_range"),
    ] = None
    output_weight_mean: Annotated[Number, Says("mean of the initial weights of the output neurons")] = 0.0
    wanted_true: Annotated[NonNegativeNumber, Says("spikes wanted of the output neuron of the class", "spikes")] = 15.0
    wanted_false: Annotated[NonNegativeNumber, Says("spikes wanted of the other output neurons", "spikes")] = 3.0
    rate_penalty: Annotated[
        NonNegativeNumber, Says("strength of the pull of hidden neurons towards wanted_rate; 0 for none")
    ] = 0.1
    wanted_rate: Annotated[NonNegativeNumber, Says("mean spikes wanted of a hidden neuron", "spikes")] = 0.2
    penalty_sides: Annotated[
        Literal["both", "above"], Says("whether the pull also draws silent neurons up, or acts above wanted_rate only")
    ] = "both"


@dataclass(frozen=True, kw_only=True)
class FeedbackSection:
    """The way of the output error back to the hidden layers, for rules with random feedback; see `docs/feedback.md`.

    `values`: the numbers and choices of the kind and of the precision, by name.
    """

    __pydantic_config__ = STRICT
    kind: Annotated[
        Text,
        found_by(PROJECTIONS.find),
        Named(tuple(PROJECTIONS)),
        Says(
            "what multiplies by the feedback matrix: digital, digital with one value per channel or with few "
            "connections in one of four patterns, or one of two optics"
        ),
    ] = "dense"
    precision: Annotated[
        Text,
        found_by(find_precision),
        Named(tuple(PRECISIONS), own=False),
        Says("the error that is projected: as it is, -1 0 1, or of few bits"),
    ] = "exact"
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class DeviceSection:
    """The backward device: a `preset` or `stages`, and values under bare or stage names ("driver.gain").

    `source` is the measurement that the stage `curve` answers from.
    """

    preset: str | None = None
    stages: tuple[str, ...] = ()
    source: MeasurementSource | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def plan(self) -> str | tuple[str, ...]:
        """What the devices are built from: the name of the preset, or those of the stages."""
        return self.stages if self.preset is None else self.preset

    def at_rest(self) -> "DeviceSection":
        """The section without its bench: for a look, in which the curve answers and no instrument is moved."""
        return self if self.source is None else replace(self, source=replace(self.source, plan=None))


@dataclass(frozen=True, kw_only=True)
class TrainingSection:
    """The optimiser and its regularisation.

    `values`: the numbers and choices of optimiser and loss, by name.
    """

    __pydantic_config__ = STRICT
    epochs: Annotated[Positive, Says("passes through the training samples")] = 20
    batch_size: Annotated[Positive, Says("samples per update", "samples")] = 128
    optimizer: Annotated[Text, found_by(OPTIMIZERS.find), Named(tuple(OPTIMIZERS)), Says("optimiser")] = "adam"
    learning_rate: Annotated[PositiveNumber, Says("step size")] = 1e-3
    schedule: Annotated[Literal["constant", "cosine"], Says("course of the learning rate; cosine ends at 0")] = (
        "constant"
    )
    warmup: Annotated[Share, Says("share of all updates over which the learning rate rises to its course")] = 0.0
    clip: Annotated[
        PositiveNumber | None,
        Says("largest norm of the gradient over all layers: a longer one is shortened to it", default="no limit"),
    ] = None
    average: Annotated[
        PositiveShare | None,
        Says(
            "share of all updates over which the weights are averaged for validation, test and what is kept",
            default="no average",
        ),
    ] = None
    loss: Annotated[Text, found_by(LOSSES.find), Named(tuple(LOSSES)), Says("loss; mse is against one-hot targets")] = (
        "cross_entropy"
    )
    dropout: Annotated[DropShare, Says("share of hidden neurons silenced in training")] = 0.0
    input_dropout: Annotated[DropShare, Says("share of inputs silenced in training")] = 0.0
    matmul_precision: Annotated[
        Literal["default", "high", "highest"],
        Says(
            "how exact products of matrices are, in the words of JAX: on a GPU TF32 (default, high) or float32 "
            "(highest), on a TPU one, three or six products of bfloat16; a processor multiplies in float32 always"
        ),
    ] = "default"
    checkpoint_every: Annotated[
        Positive | Duration,
        Says(
            "epochs, or time, after which `train` keeps what it needs to go on; for a time, writing takes up to 2 %",
            allowed='a whole number of epochs >= 1, or a time above 0 such as "30s", "10m" or "2h"',
        ),
    ] = "30s"
    keep_best: Annotated[
        Flag, Says("whether `train` also keeps each network as it was after its best epoch in validation")
    ] = False
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class AnalysisSection:
    """What is measured while a network trains, beside its accuracy; see `docs/training.md`."""

    __pydantic_config__ = STRICT
    alignment: Annotated[
        Flag,
        Says(
            "after every epoch, the angles between update and backpropagation, with the ratio of their norms, and "
            "between feedback and weights"
        ),
    ] = False


@dataclass(frozen=True, kw_only=True)
class ExperimentConfig:
    """One experiment file, checked and complete. `None`: the file has no such table."""

    experiment: ExperimentSection
    data: DataSection
    network: NetworkSection
    rule: RuleSection
    events: EventsSection = field(default_factory=EventsSection)
    feedback: FeedbackSection = field(default_factory=FeedbackSection)
    device: DeviceSection | None = None
    training: TrainingSection = field(default_factory=TrainingSection)
    analysis: AnalysisSection = field(default_factory=AnalysisSection)
    sweep: SweepSection | None = None
    search: SearchSection | None = None


SECTIONS: dict[str, type] = {
    "experiment": ExperimentSection,
    "data": DataSection,
    "network": NetworkSection,
    "rule": RuleSection,
    "events": EventsSection,
    "feedback": FeedbackSection,
    "training": TrainingSection,
    "analysis": AnalysisSection,
    "sweep": SweepSection,
    "search": SearchSection,
}
"""Every table with fixed keys; `[device]` is free and belongs to `device_table`."""
