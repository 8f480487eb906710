"""Real catalogues: MutationalPatterns' nine genomes beside SigProfilerAssignment, and COSMIC's older tables."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import sigprofiler

from wes_biomarkers.features.mutation_channels import CHANNELS
from wes_biomarkers.features.signature_fit import cosine_similarity, fit_exposures
from wes_biomarkers.io.signature_definitions import read_signature_rules
from wes_biomarkers.io.signature_tables import read_signature_table

pytestmark = pytest.mark.real

SBS = read_signature_rules().definitions[0]


def test_agreement_with_sigprofiler_on_real_genomes(tmp_path: Path) -> None:
    folder = Path(os.environ.get("WES_BIOMARKERS_MUTATIONALPATTERNS") or sigprofiler.MUTATIONAL_PATTERNS)
    if not folder.is_dir() or shutil.which("Rscript") is None:
        pytest.skip(
            f"no {folder}: install r-bioc-mutationalpatterns, or set WES_BIOMARKERS_MUTATIONALPATTERNS"
        )
    table = read_signature_table("SBS", "GRCh37", exome=False)
    matrix = sigprofiler.mutational_patterns(folder, tmp_path / "matrix.tsv")
    assert matrix.counts.shape == (9, 96) and matrix.counts.sum() == 4088
    ours = fit_exposures(matrix.counts, table, SBS.fit)
    theirs = sigprofiler.read_exposures(sigprofiler.REAL, table)
    agreement = cosine_similarity(ours, np.array([theirs[name] for name in matrix.samples]))
    assert np.median(agreement) > 0.9 and (agreement > 0.8).sum() >= 8
    reconstruction = cosine_similarity(matrix.counts, ours @ table.matrix.T)
    of_theirs = np.array([theirs[name] @ table.matrix.T for name in matrix.samples])
    assert reconstruction.mean() >= cosine_similarity(matrix.counts, of_theirs).mean() - 0.01


@pytest.mark.parametrize("version", ["v3.4", "v3.5"])
def test_cosmics_older_tables_are_read(real_data: Path, tmp_path: Path, version: str) -> None:
    source = real_data / "signatures_cosmic"
    for path in source.glob(f"COSMIC_{version}_*.txt"):
        shutil.copy(path, tmp_path)
    for build in ("GRCh37", "GRCh38"):
        exome = read_signature_table("SBS", build, source=tmp_path)
        genome = read_signature_table("SBS", build, exome=False, source=tmp_path)
        assert exome.version == f"COSMIC {version} exome {build}" and exome.names == genome.names
        assert {"SBS1", "SBS5"} <= set(exome.names) and exome.channels == CHANNELS["SBS"]
        assert not np.allclose(exome.matrix, genome.matrix)
    assert read_signature_table("DBS", "GRCh38", exome=False, source=tmp_path).matrix.shape[0] == 78
    assert read_signature_table("ID", source=tmp_path).matrix.shape[0] == 83
