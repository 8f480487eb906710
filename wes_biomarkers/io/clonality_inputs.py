"""What `feature clonality` reads of each pair: variants, segments, purity, and reads at places of other calls."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from wes_biomarkers.contracts.samplesheet import TUMOR_SPECIMENS
from wes_biomarkers.contracts.schema import UNKNOWN_CELLS
from wes_biomarkers.errors import Fault, InputError, ReferenceMismatchError
from wes_biomarkers.features.ccf import FloatArray, Purity
from wes_biomarkers.features.chromosomes import Sex
from wes_biomarkers.features.clonality import Columns, Labels, Sample
from wes_biomarkers.features.intervals import Region
from wes_biomarkers.io.allele_counts import Site, count_alleles
from wes_biomarkers.io.bundle import Bundle
from wes_biomarkers.io.files import sha256_file
from wes_biomarkers.io.records import read_records
from wes_biomarkers.io.regions import read_region
from wes_biomarkers.io.segments import read_segments
from wes_biomarkers.io.sheet import read_rows
from wes_biomarkers.io.vcf import VariantSet, check_genome, read_variants
from wes_biomarkers.provenance import assemble_provenance

_FILES = ("vcf", "segments", "callable_bed", "purity_record")
_SHEET_COLUMNS = (
    *("pair_id", "vcf", "segments", "purity", "callable", "bam", "tumor", "normal", "specimen"),
)
_NEEDED = ("pair_id", "vcf", "segments", "purity")


@dataclass(frozen=True)
class PairFiles:
    """What is given of one pair; paths, None where not.

    Either `purity` (a fraction) or `purity_record` (records of `feature copy-number`). What became of a mutation of
    another sample is told by the tumour's alignment `bam`, or by `callable_bed`, inside which the tumour was at least
    `min_depth` deep.
    """

    vcf: str
    segments: str
    purity: float | None = None
    purity_record: str | None = None
    callable_bed: str | None = None
    bam: str | None = None
    min_depth: int = 20
    tumor: str | None = None
    normal: str | None = None
    patient_id: str | None = None
    pair_id: str | None = None
    sex: Sex = "unknown"
    specimen: str = "tissue"


@dataclass(frozen=True)
class PairInput:
    """A pair as read: all its variants (columns of `read_variants`, without annotation), and what is known of it."""

    labels: Labels
    variants: Columns
    sample: Sample
    callable_region: Region | None
    min_depth: int
    bam: str | None = None
    fasta: Path | None = None

    def passed(self) -> dict[str, Any]:
        """The columns of the variants that passed."""
        kept = np.asarray(self.variants["is_pass"], bool)
        return {name: values[kept] for name, values in self.variants.items()}

    def reads_at(self, mutations: Columns) -> tuple[FloatArray, FloatArray]:
        """Reads with each mutation and in all, shape (n,) each, NaN where unknown.

        Counted in the alignment where there is one (substitutions of one base); else none of `min_depth`, a lower
        bound, inside the callable regions.
        """
        start = np.asarray(mutations["start"], np.int64)
        depth = np.full(len(start), np.nan)
        if self.callable_region is not None:
            inside = self.callable_region.overlaps(mutations["chrom"], start, start + 1)
            depth[inside] = self.min_depth
        alt = depth * 0
        if self.bam is not None:
            for index, (n_alt, n) in _counted(self.bam, self.fasta, mutations).items():
                alt[index], depth[index] = n_alt, n
        return alt, depth


def _counted(bam: str, fasta: Path | None, mutations: Columns) -> dict[int, tuple[float, float]]:
    """Reads with the mutation and with either base, by index; substitutions of one base alone at their place."""
    keys = list(zip(mutations["chrom"].tolist(), mutations["start"].tolist(), strict=True))
    bases = list(zip(mutations["ref"].tolist(), mutations["alt"].tolist(), strict=True))
    times = Counter(keys)
    index = {
        key: number
        for number, (key, (ref, alt)) in enumerate(zip(keys, bases, strict=True))
        if len(ref) == len(alt) == 1 and times[key] == 1
    }
    sites = [Site(chrom, start, *bases[number], 0, 0) for (chrom, start), number in index.items()]
    found = count_alleles(bam, sites, fasta=fasta) if sites else None
    if found is None:
        return {}
    counts = zip(found.chrom.tolist(), found.pos.tolist(), found.t_ref, found.t_alt, strict=True)
    return {index[chrom, pos]: (float(n_alt), float(n_ref + n_alt)) for chrom, pos, n_ref, n_alt in counts}


def read_pair(files: PairFiles, bundle: Bundle | None = None) -> PairInput:
    """Read one pair.

    Raises:
        InputError: unreadable or unfit files, a purity that is no share.
        ReferenceMismatchError: VCF and segments share no contig name, or are of another genome than the bundle.
    """
    variants = read_variants(files.vcf, files.tumor, files.normal, "none")
    segments = read_segments(files.segments)
    purity, missing = _purity(files)
    region = None if files.callable_bed is None else read_region(files.callable_bed)
    mismatches = check_genome(files.vcf, variants, bundle)
    mismatches += _contig_faults(files, variants, segments.chrom.tolist(), region)
    if mismatches:
        raise ReferenceMismatchError(mismatches)
    if not missing and not variants.has_filter:
        missing = "no caller's FILTER was applied: nothing tells calls from candidates"
    sample = Sample(
        segments=segments,
        purity=purity,
        missing=missing,
        sex=files.sex,
        specimen=files.specimen,
        synthetic=bundle is not None and bundle.synthetic,
    )
    labels = Labels(
        files.patient_id or variants.tumor,
        files.pair_id or "_vs_".join(filter(None, (variants.tumor, variants.normal))),
        _provenance(files, variants, purity, bundle),
    )
    fasta = None if bundle is None else bundle.path("fasta")
    return PairInput(labels, variants.base, sample, region, files.min_depth, files.bam, fasta)


def read_pair_sheet(path: Path | str, common: PairFiles) -> list[PairFiles]:
    """The pairs of one patient, a row each, in the order of time.

    Columns: pair_id, vcf, segments, purity (a fraction, or a record's file), and optionally callable, bam, tumor,
    normal, specimen. Relative paths start at the sheet's folder. `common` gives what all pairs share.

    Raises:
        InputError: every fault: columns missing or unknown, empty cells, a pair twice, an unknown specimen.
    """
    sheet = read_rows(path)
    file = str(path)
    faults = [Fault(f"lacks the column {name}", f"Columns: {', '.join(_SHEET_COLUMNS)}.", file=file)
              for name in _NEEDED if name not in sheet.columns]  # fmt: skip
    faults += [Fault("unknown column", f"Columns: {', '.join(_SHEET_COLUMNS)}.", column=name, file=file)
               for name in sheet.columns if name not in _SHEET_COLUMNS]  # fmt: skip
    if faults:
        raise InputError(faults)
    made: list[PairFiles] = []
    for row, number in zip(sheet.rows, sheet.row_numbers, strict=True):
        cells = {name: None if row.get(name, "") in UNKNOWN_CELLS else row[name] for name in _SHEET_COLUMNS}
        faults += [Fault("is empty", "Fill the cell.", row=number, column=name, file=file)
                   for name in _NEEDED if cells[name] is None]  # fmt: skip
        if cells["pair_id"] in [pair.pair_id for pair in made]:
            faults.append(Fault("names a pair a second time", "Leave one row of it.", row=number, file=file))
        specimen = cells["specimen"] or "tissue"
        if specimen not in TUMOR_SPECIMENS:
            remedy = f"One of: {', '.join(TUMOR_SPECIMENS)}."
            faults.append(Fault("unknown specimen", remedy, row=number, column="specimen", file=file))
        made.append(_pair_of(cells, Path(path).parent, replace(common, specimen=specimen)))
    if len(made) < 2:
        faults.append(
            Fault("names a single pair", "Give --vcf, --segments and --purity for one pair.", file=file)
        )
    if faults:
        raise InputError(faults)
    return made


def _pair_of(cells: Mapping[str, str | None], folder: Path, common: PairFiles) -> PairFiles:
    def path(name: str) -> str | None:
        return None if cells[name] is None else str(folder / str(cells[name]))

    try:
        purity, record = float(cells["purity"] or ""), None
    except ValueError:
        purity, record = None, path("purity")
    return replace(
        common,
        pair_id=cells["pair_id"],
        vcf=path("vcf") or "",
        segments=path("segments") or "",
        purity=purity,
        purity_record=record,
        callable_bed=path("callable"),
        bam=path("bam"),
        tumor=cells["tumor"],
        normal=cells["normal"],
    )


def _purity(files: PairFiles) -> tuple[Purity | None, str]:
    """The purity, or None and why there is none."""
    if files.purity is not None:
        if not (math.isfinite(files.purity) and 0 < files.purity <= 1):
            remedy = "Give the share of tumour cells, above 0 and at most 1."
            raise InputError([Fault("is no purity", remedy, column="purity", value=str(files.purity))])
        return Purity(files.purity), ""
    if files.purity_record is None:
        return None, "the purity is unknown"
    found = [record for record in read_records(files.purity_record) if record.feature == "purity"]
    if len(found) > 1:
        remedy = "Give the records that `wes-biomarkers feature copy-number` wrote for this pair."
        raise InputError([Fault("holds several records of purity", remedy, file=files.purity_record)])
    if not found:
        return None, "the purity was not fitted"
    record = found[0]
    if record.status != "ok" or not record.values.get("purity"):
        return None, f"purity is {record.status.replace('_', ' ')}: {record.reason or 'no value'}"
    values = record.values
    return Purity(values["purity"], values.get("purity_low"), values.get("purity_high")), ""


def _contig_faults(
    files: PairFiles, variants: VariantSet, segment_contigs: Sequence[str], region: Region | None
) -> list[Fault]:
    """Files whose contig names do not meet: every mutation would silently be without copies."""
    names = set(map(str, variants.base["chrom"]))
    others: list[tuple[str, Iterable[str]]] = [(files.segments, segment_contigs)]
    if region is not None and files.callable_bed is not None:
        others.append((files.callable_bed, region.contigs))
    return [
        Fault(
            f"shares no contig name with {files.vcf}: {_some(theirs)} against {_some(names)}",
            "Give files of the same build, with the same names.",
            file=file,
        )
        for file, theirs in others
        if names and set(theirs) and not names & set(theirs)
    ]


def _some(names: Iterable[str]) -> str:
    shown = sorted(set(names))
    return ", ".join(shown[:3]) + (", ..." if len(shown) > 3 else "")


def _provenance(
    files: PairFiles, variants: VariantSet, purity: Purity | None, bundle: Bundle | None
) -> dict[str, Any]:
    import cyvcf2

    inputs = {name: getattr(files, name) for name in _FILES if getattr(files, name) is not None}
    reference = {} if bundle is None else {
        "build": bundle.build, "checksums": {"fasta": bundle.checksums["fasta"]}
    }  # fmt: skip
    return assemble_provenance(
        parameters={
            "min_depth": files.min_depth,
            "normal": variants.normal,
            "purity": None if purity is None else purity.value,
            "sex": files.sex,
            "specimen": files.specimen,
            "tumor": variants.tumor,
        },
        inputs={name: sha256_file(path) for name, path in inputs.items()},
        reference=reference,
        tools={"cyvcf2": cyvcf2.__version__},
    )
