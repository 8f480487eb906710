"""Every evaluable column of `biomarker` and every named value, a module a feature."""

from __future__ import annotations

from wes_biomarkers.contracts.biomarkers import clonality, copy_number, drivers, msi, qc, signatures, tmb
from wes_biomarkers.contracts.biomarkers.base import Biomarker, Values

_FEATURES = (tmb, msi, signatures, copy_number, clonality, drivers, qc)

#: The wide columns in their order. A feature adds its lines in its own module and nothing elsewhere.
BIOMARKERS: tuple[Biomarker, ...] = tuple(column for feature in _FEATURES for column in feature.BIOMARKERS)

VALUES: Values = {key: value for feature in _FEATURES for key, value in feature.VALUES.items()}

_MAIN_VALUES = {feature: name for (feature, name), value in VALUES.items() if value.main}


def main_value(feature: str) -> str:
    """The name of a feature's main value; the feature's own name where none is declared."""
    return _MAIN_VALUES.get(feature, feature)
