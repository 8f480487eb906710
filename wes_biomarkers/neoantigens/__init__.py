"""Mutated peptides of a tumour, and what becomes of them: pure functions on sequences and arrays."""
