"""The protein changes of a VCF annotated by VEP with pVACtools' or the Downstream plugin."""

from __future__ import annotations

import re
from pathlib import Path

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.vcf import VariantSet, read_variants
from wes_biomarkers.neoantigens.peptides import Key
from wes_biomarkers.neoantigens.vep_peptides import VepEntry, changes_protein

_NEEDED = (
    "Consequence", "SYMBOL", "Feature", "BIOTYPE", "Protein_position", "Amino_acids", "WildtypeProtein",
)  # fmt: skip
_SHIFTED = ("FrameshiftSequence", "DownstreamProtein")

#: In the order of `VepEntry`.
_FIELDS = (
    "Consequence", "SYMBOL", "Feature", "BIOTYPE", "FLAGS", "Protein_position", "Amino_acids", "HGVSp",
    "WildtypeProtein", *_SHIFTED,
)  # fmt: skip


def read_vep(
    path: Path | str, tumor: str | None = None, *, pass_only: bool = True
) -> tuple[tuple[Key, ...], list[VepEntry]]:
    """The variants of a VCF, and VEP's entries of them that change a protein.

    Raises:
        InputError: no CSQ, or fields of it missing, by name; whatever `read_variants` finds.
    """
    variants = read_variants(path, tumor, annotation="CSQ", population_af="none", pass_only=pass_only)
    at = _fields(path)
    if len(variants.annotations) and not any(variants.annotations):
        remedy = "Run VEP on it; the header alone says that it was annotated."
        raise InputError([Fault("no record has a CSQ", remedy, file=str(path))])
    keys = _keys(variants)
    order = [at.get(name, -1) for name in _FIELDS]
    term_at, n_needed = at["Consequence"], max(order) + 1
    entries = []
    for key, text in zip(keys, variants.annotations, strict=True):
        for entry in (text or "").split(","):
            head = entry.split("|", term_at + 1)
            if len(head) > term_at and changes_protein(head[term_at]):
                words = entry.split("|") + [""] * n_needed  # an index of -1 gives an empty string
                entries.append(VepEntry(key, *(words[index] for index in order)))
    return keys, entries


def _keys(variants: VariantSet) -> tuple[Key, ...]:
    base = variants.base
    columns = (base[name].tolist() for name in ("chrom", "start", "ref", "alt"))
    return tuple(zip(*columns, strict=True))


def _fields(path: Path | str) -> dict[str, int]:
    """Places of CSQ's fields by name, all needed ones there."""
    import cyvcf2

    vcf = cyvcf2.VCF(str(path))
    match = re.search(r"^##INFO=<ID=CSQ,.*Format:\s*([^\">]+)", vcf.raw_header, re.MULTILINE)
    vcf.close()
    at = {name.strip(): index for index, name in enumerate(match[1].split("|"))} if match else {}
    missing = [name for name in _NEEDED if name not in at]
    if not any(name in at for name in _SHIFTED):
        missing.append(" or ".join(_SHIFTED))
    if missing:
        remedy = "Run VEP with --symbol, --biotype and the plugins Wildtype and Frameshift (or Downstream)."
        raise InputError([Fault(f"CSQ lacks {name}", remedy, file=str(path)) for name in missing])
    return at
