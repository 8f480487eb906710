"""Columns and values of copy number and purity."""

from __future__ import annotations

from wes_biomarkers.contracts.biomarkers.base import Biomarker, Values

BIOMARKERS: tuple[Biomarker, ...] = ()

VALUES: Values = {}
