"""`wes-biomarkers feature`: one biomarker from files, as JSON records."""

from __future__ import annotations

import click

from wes_biomarkers.cli.options import HELP, LazyGroup

#: Feature, which is also its module here, and its one-line help. Imported when called.
FEATURES: dict[str, str] = {
    "tmb": "Tumour mutational burden by every definition.",
    "msi": "Microsatellite instability from paired alignments.",
    "signatures": "Mutational signatures from a VCF or a count matrix.",
    "copy-number": "Segments, purity, ploidy and copy-number scores.",
    "clonality": "Multiplicity, cancer cell fraction and clonality of each mutation.",
    "hla": "HLA types of class I and II, from reads or chosen among typings.",
    "hla-loh": "Copies of each HLA class I allele in the tumour, and which was lost.",
    "drivers": "Altered driver genes and pathways.",
}


class _Features(LazyGroup):
    package = "wes_biomarkers.cli.feature"
    summaries = FEATURES


@click.group(name="feature", cls=_Features, context_settings=HELP)
def command() -> None:
    """One biomarker from files: a JSON record (or a list) to stdout or -o."""
