"""`train --from RUN`: a training that begins with the networks of another one.

Without an experiment file it goes on: the whole state is taken over, and `training.epochs` counts from the parent's
first epoch. With one it begins at epoch 1 with the parent's weights; optimiser, device and data order are fresh, and so
is the state of the rule (its feedback above all) unless the parent's has the same shapes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from physdfa.config.keys import show
from physdfa.errors import InputError
from physdfa.network import AbstractConnections, recurrent_layers
from physdfa.store import RunFolder, open_run
from physdfa.workflow.checkpoints import STATE, Reached, by_path
from physdfa.workflow.kept import kept_networks, newest_checkpoint, seeds_named

WEIGHTS, RULE = f"{STATE}parameters/", f"{STATE}rule_state/"


@dataclass(frozen=True, kw_only=True)
class Parent:
    """The run that a training begins with.

    - `epochs`: that its networks have trained; `seeds`: of them; `reached`: what is taken over, after epoch 0 where the
      training does not go on.
    """

    run: RunFolder
    epochs: int
    seeds: list[int]
    reached: Reached

    def told(self) -> dict[str, object]:
        """What the summary of the new run says."""
        return {"run": self.run.path.name, "epochs": self.epochs, "goes_on": self.reached.epoch > 0}

    def fitted(self, connections: Sequence[AbstractConnections], shapes: Any, epochs: int) -> Reached:
        """What is taken over by a training of such networks for `epochs`.

        **Arguments:**

        - `shapes`: the state of all members in abstract, as a fresh training of the experiment has it.

        **Raises:** `InputError` if the layers are others, if nothing is left to train, or if the state does not fit.
        """
        reached, wanted = self.reached, {name: leaf.shape[1:] for name, leaf in by_path(STATE, shapes).items()}
        check_layers(self.run, reached.arrays, connections)
        if reached.epoch >= epochs:
            raise InputError(
                f"training.epochs = {epochs}: {self.run.path} has trained {reached.epoch} epochs, and they count; ask "
                f"for more, such as --set training.epochs={2 * reached.epoch}."
            )
        there = {name: array.shape[1:] for name, array in reached.arrays.items()}
        if not reached.epoch:
            rule = {name for name in wanted | there if name.startswith(RULE)}
            fits = all(wanted.get(name) == there.get(name) for name in rule)
            taken = {name: one for name, one in reached.arrays.items() if fits or name not in rule}
            return reached._replace(arrays=taken)
        for name in wanted | there:
            if wanted.get(name) != there.get(name):
                raise InputError(
                    f"{self.run.path}: its state does not fit these values: {name.removeprefix(STATE)} has "
                    f"{_shape_words(there.get(name))} there and {_shape_words(wanted.get(name))} here; to begin with "
                    "its weights alone, name an experiment file beside --from."
                )
        return reached


def parent_to_go_on(path: Path) -> Parent:
    """All that the newest checkpoint of a training holds.

    **Raises:** `InputError` if the run has none.
    """
    run = open_run(path)
    reached, problems = newest_checkpoint(run)
    if reached is None:
        raise InputError(
            " ".join(
                [
                    f"{run.path} keeps no state to go on with; name an experiment file to begin with its weights.",
                    *problems[:1],
                ]
            )
        )
    seeds = seeds_named(run, run.read_summary())
    return Parent(run=run, epochs=reached.epoch, seeds=seeds, reached=reached._replace(wall_time_s=0.0, num_metrics=0))


def parent_of_weights(path: Path) -> Parent:
    """The weights of the networks of a run, those of a search or sweep among them.

    **Raises:** `RunFolderError` if it has none.
    """
    run = open_run(path)
    reached, _ = newest_checkpoint(run)
    networks, seeds, _ = kept_networks(run)
    if reached is None:
        arrays = {f"{WEIGHTS}{name}": one for name, one in networks.items() if not name.startswith("feedback")}
        return Parent(run=run, epochs=0, seeds=seeds, reached=Reached(0, arrays))
    arrays = {name: one for name, one in reached.arrays.items() if name.startswith((WEIGHTS, RULE))}
    return Parent(run=run, epochs=reached.epoch, seeds=seeds, reached=Reached(0, arrays))


def check_layers(run: RunFolder, arrays: Mapping[str, np.ndarray], connections: Sequence[AbstractConnections]) -> None:
    """Compare the layers of kept networks with those that are to be trained.

    **Raises:** `InputError` with the shapes of all layers.
    """
    layers = range(sum(f"{WEIGHTS}weights/" in name for name in arrays))
    there = [arrays[f"{WEIGHTS}weights/{n}"].shape[1:] for n in layers]
    here = [(layer.units, layer.fan_in) for layer in connections]
    kept = recurrent_layers(there, connections)
    if there != here and kept is not None:
        asked = [layer.own is not None for layer in connections[:-1]]
        raise InputError(
            f"network.recurrent = {show(asked)}: the networks of {run.path} have {show(kept)}; --from needs the same."
        )
    if there != here:
        raise InputError(
            f"{run.path}: its networks have the layers {_layer_words(there)}, this experiment has "
            f"{_layer_words(here)}; --from needs the same."
        )


def _layer_words(shapes: Sequence[tuple[int, ...]]) -> str:
    """Inputs and neurons of fully connected layers; else the weights of each layer [units fan_in]."""
    is_chain = all(fan_in == before for (before, _), (_, fan_in) in pairwise(shapes))
    shown = [shapes[0][1], *(units for units, _ in shapes)] if is_chain else [list(shape) for shape in shapes]
    return " - ".join(map(str, shown))


def _shape_words(shape: tuple[int, ...] | None) -> str:
    return "nothing" if shape is None else f"the shape {list(shape)}"
