"""Mutations of an import: the drivers of each tumour, and the result folder that `cohort build` reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wes_biomarkers.io.importers.folder import ImportLog
    from wes_biomarkers.io.importers.results_folder import Tumor


def write_mutations(
    out: Path, tumors: Sequence[Tumor], build: str, genes: str | None, log: ImportLog
) -> None:
    """Write OUT/results: variants, driver records and genes of every sequenced tumour."""
    from wes_biomarkers.cli.feature.drivers import DriversRequest, drivers_of_samples
    from wes_biomarkers.features.tmb import Pair
    from wes_biomarkers.io.importers.results_folder import write_results

    records, rows = [], []
    for maf in sorted({tumor.maf for tumor in tumors}):
        own = [(Pair(tumor.patient_id, tumor.pair_id), tumor.columns) for tumor in tumors if tumor.maf == maf]
        made, genes_of = drivers_of_samples(own, DriversRequest(maf=str(maf), genes=genes))
        records += made
        rows += genes_of
    write_results(out / "results", tumors, build, records, rows)
    log.note("copy number, purity and burden per Mb are not in mutations alone: not requested")
