"""What a training says about its device."""

from physdfa.analysis.potentials import BackwardTable, backward_table, first_layer_potentials

__all__ = ["BackwardTable", "backward_table", "first_layer_potentials"]
