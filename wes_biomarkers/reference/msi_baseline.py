"""The baseline of normals that microsatellite instability without a matched normal is measured against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.msi_sites import compute_baseline
from wes_biomarkers.io.bundle import read_bundle
from wes_biomarkers.io.microsatellites import read_msi_definition, read_sites
from wes_biomarkers.io.msi_counts import check_alignments, count_lengths
from wes_biomarkers.io.msi_tables import write_baseline


def build_msi_baseline(
    normals: Sequence[Path],
    reference: Path,
    out: Path,
    *,
    min_depth: int | None = None,
    processes: int = 1,
    say: Callable[[str], None] = lambda text: None,
) -> str:
    """Count the microsatellites of normals and write their baseline; a line about it is returned.

    Args:
        normals: BAMs or CRAMs of different people, indexed.
        reference: the bundle.
        out: gzipped TSV to write.
        min_depth: least spanning reads of a normal at a site; None is the definition's.
        processes: at work side by side.
        say: called with a line before the slow step.

    Raises:
        InputError: too few normals, unfit files, a bundle without microsatellites.
        ReferenceMismatchError: alignments of another genome.
    """
    definition, bundle = read_msi_definition(), read_bundle(reference)
    source = bundle.path("microsatellites")
    sites = None if source is None else read_sites(source)
    faults = []
    if len(normals) < definition.min_normal:
        rule = f"a baseline needs {definition.min_normal} normals or more, not {len(normals)}"
        faults.append(Fault(rule, "Give more BAMs of normals."))
    if sites is None or not len(sites):
        rule = "the bundle lists no microsatellites"
        faults.append(Fault(rule, "Make it again with `reference build --force`.", file=str(reference)))
    if faults or sites is None:
        raise InputError(faults)
    alignments = check_alignments(normals, bundle)
    say(f"counting {len(sites)} microsatellites in {len(normals)} files")
    counts = count_lengths(
        alignments, sites, min_mapping_quality=definition.min_mapping_quality, processes=processes
    )
    baseline = compute_baseline(counts, min_depth or definition.site.min_depth)
    write_baseline(out, sites, baseline)
    n_usable = int((baseline.n_normal >= definition.min_normal).sum())
    return f"{n_usable} of {len(sites)} microsatellites with {definition.min_normal} or more normals"
