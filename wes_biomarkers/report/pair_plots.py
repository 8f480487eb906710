"""The pictures in a pair's published folder, drawn from the files that lie there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wes_biomarkers.contracts.record import Record
from wes_biomarkers.io.records import read_records


def write_pair_plots(folder: Path) -> list[Path]:
    """Draw `plots/*.svg` of a pair: microsatellites, signatures, copy number, clonality, HLA loss, neoantigens.

    Each where its table exists.

    Args:
        folder: the pair's folder as `task pair` made it.

    Returns:
        The files written.
    """
    from wes_biomarkers.plots.save import save_chart

    records = {
        path.stem: read_records(path) for path in sorted((folder / "records").glob("*.json"))
    }  # feature -> records
    (folder / "plots").mkdir(exist_ok=True)
    written = []
    for name, draw in _CHARTS.items():
        if name in records and (chart := draw(folder, records)) is not None:
            written.append(folder / "plots" / f"{name}.svg")
            save_chart(chart, written[-1])
    return written


Records = Mapping[str, list[Record]]


def _msi(folder: Path, records: Records) -> Any:
    from wes_biomarkers.io.msi_tables import read_site_table
    from wes_biomarkers.plots.msi import msi_of_pair

    (record,) = records["msi"]
    rows = read_site_table(folder / "msi_sites.tsv.gz")
    if not rows:
        return None
    score = record.values.get("msi_score")
    note = record.reason if score is None else f"score {score:.1f}, {record.values['msi_class']}"
    return msi_of_pair(rows, f"Microsatellites of {record.pair_id}", (note,), record.flags)


def _signatures(folder: Path, records: Records) -> Any:
    from wes_biomarkers.plots.signatures import record_spectra

    counted = [record for record in records["signatures"] if any(record.values.get("counts") or ())]
    return record_spectra(counted) if counted else None


def _copy_number(folder: Path, records: Records) -> Any:
    from wes_biomarkers.io.allele_counts import read_het_sites
    from wes_biomarkers.io.cnvkit import read_bins
    from wes_biomarkers.io.segments import read_segments
    from wes_biomarkers.plots.copy_number import genome_profile

    segments = read_segments(folder / "segments.tsv")
    if not len(segments):
        return None
    bins = folder / "copy_ratio.tsv.gz"
    het = folder / "het_sites.tsv"
    return genome_profile(
        segments,
        read_bins(bins) if bins.is_file() else None,
        read_het_sites(het) if het.is_file() else None,
        records["copy_number"],
    )


def _clonality(folder: Path, records: Records) -> Any:
    import pandas as pd

    from wes_biomarkers.io.clonality import read_clonality
    from wes_biomarkers.plots.clonality import ccf_histogram

    (record,) = records["clonality"]
    mutations = pd.DataFrame(read_clonality(folder / "clonality.tsv"))
    if record.status != "ok":
        return None
    return ccf_histogram(mutations, f"Clonality of {record.pair_id}", record.flags)


def _hla_loh(folder: Path, records: Records) -> Any:
    from wes_biomarkers.io.hla_loh import read_frame
    from wes_biomarkers.plots.hla_loh import hla_loh_panels

    (record,) = records["hla_loh"]
    loci, sites = read_frame(folder / "hla_loh.tsv"), read_frame(folder / "hla_loh_sites.tsv")
    if loci["cn_1"].isna().all():
        return None
    return hla_loh_panels(loci, sites, f"HLA alleles of {record.pair_id}", record.flags)


def _neoantigens(folder: Path, records: Records) -> Any:
    import pandas as pd

    from wes_biomarkers.io.neoantigens import read_neoantigens
    from wes_biomarkers.plots.neoantigens import ranked_candidates

    (record,) = records["neoantigens"]
    candidates = pd.DataFrame(dict(read_neoantigens(folder / "neoantigens.tsv").columns))
    if candidates["rank_pct"].isna().all():
        return None
    return ranked_candidates(candidates, f"Neoantigens of {record.pair_id}", record.flags)


_CHARTS = {
    "msi": _msi,
    "signatures": _signatures,
    "copy_number": _copy_number,
    "clonality": _clonality,
    "hla_loh": _hla_loh,
    "neoantigens": _neoantigens,
}
