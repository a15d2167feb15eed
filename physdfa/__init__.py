"""Spiking networks trained by augmented direct feedback alignment with an emulated physical backward device."""
