"""Neoantigens: peptides, binding, scores, as pure functions over arrays and frozen dataclasses."""
