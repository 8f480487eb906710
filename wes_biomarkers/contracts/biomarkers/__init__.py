"""Every evaluable column of `biomarker` and every named value, a module a feature."""

from __future__ import annotations

from collections.abc import Mapping

from wes_biomarkers.contracts.biomarkers import (
    clonality,
    copy_number,
    drivers,
    hla,
    hla_loh,
    msi,
    neoantigens,
    qc,
    signatures,
    tmb,
)
from wes_biomarkers.contracts.biomarkers.base import Biomarker, Values

_MODULES = {
    "Tumour mutational burden": tmb,
    "Microsatellite instability": msi,
    "Mutational signatures": signatures,
    "Copy number and purity": copy_number,
    "Clonality": clonality,
    "Drivers and pathways": drivers,
    "HLA": hla,
    "HLA loss": hla_loh,
    "Neoantigens": neoantigens,
    "Quality": qc,
}

#: The wide columns by the part of the page that shows them, in their order. A feature adds its lines in its own
#: module and nothing elsewhere.
GROUPS: Mapping[str, tuple[Biomarker, ...]] = {title: module.BIOMARKERS for title, module in _MODULES.items()}

BIOMARKERS: tuple[Biomarker, ...] = tuple(column for group in GROUPS.values() for column in group)

VALUES: Values = {key: value for module in _MODULES.values() for key, value in module.VALUES.items()}

_MAIN_VALUES = {feature: name for (feature, name), value in VALUES.items() if value.main}


def main_value(feature: str) -> str:
    """The name of a feature's main value; the feature's own name where none is declared."""
    return _MAIN_VALUES.get(feature, feature)
