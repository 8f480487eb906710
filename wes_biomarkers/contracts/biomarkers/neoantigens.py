"""Columns and values of neoantigen burden; class I where nothing is said, class II in `_ii`."""

from __future__ import annotations

from wes_biomarkers.contracts.biomarkers.base import Biomarker, Value, Values
from wes_biomarkers.contracts.schema import Column

_PER_MB = "variants/Mb"
_MEANINGS: dict[str, tuple[str, str, str | None]] = {
    "n_neoantigen": ("int", "variants with a peptide that an HLA class I allele binds", None),
    "n_neoantigen_strong": ("int", "variants with a strong class I binder", None),
    "n_neoantigen_clonal": ("int", "variants with a class I binder that every tumour cell carries", None),
    "n_neoantigen_hla_loh_adj": ("int", "variants with a binder of a class I allele the tumour keeps", None),
    "n_neoantigen_frameshift": ("int", "shifted frames with a class I binder", None),
    "n_neoantigen_per_mb": ("float", "n_neoantigen per callable Mb", _PER_MB),
    "n_neoantigen_per_nonsyn": ("float", "n_neoantigen / variants that change a protein", "fraction"),
    "n_neoantigen_ii": ("int", "variants with a peptide that an HLA class II molecule binds", None),
    "n_neoantigen_strong_ii": ("int", "variants with a strong class II binder", None),
    "n_neoantigen_clonal_ii": ("int", "variants with a class II binder that every tumour cell carries", None),
    "n_neoantigen_frameshift_ii": ("int", "shifted frames with a class II binder", None),
    "n_neoantigen_per_mb_ii": ("float", "n_neoantigen_ii per callable Mb", _PER_MB),
    "n_neoantigen_per_nonsyn_ii": ("float", "n_neoantigen_ii / variants that change a protein", "fraction"),
    "phbr_i": (
        "float",
        "median over variants of the harmonic mean of each class I allele's best rank",
        "percent",
    ),
    "phbr_ii": ("float", "the same over the 12 class II molecules", "percent"),
}


def _biomarker(name: str) -> Biomarker:
    dtype, doc, unit = _MEANINGS[name]
    maximum = 1 if unit == "fraction" else None
    column = Column(name, dtype, doc, unit=unit, minimum=0, maximum=maximum)  # type: ignore[arg-type]
    return Biomarker(column, "neoantigens", "wes_neoantigens", name)


BIOMARKERS: tuple[Biomarker, ...] = tuple(map(_biomarker, _MEANINGS))

VALUES: Values = {
    ("neoantigens", name): Value(doc, unit, main=name == "n_neoantigen")
    for name, (_, doc, unit) in _MEANINGS.items()
} | {
    ("neoantigens", "n_nonsyn"): Value("variants that change a protein"),
    ("neoantigens", "n_variant_unreadable"): Value("variants whose transcripts could not be translated"),
}
