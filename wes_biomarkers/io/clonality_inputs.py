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
from wes_biomarkers.errors import ContractError, Fault, InputError, ReferenceMismatchError
from wes_biomarkers.features.ccf import FloatArray, Purity
from wes_biomarkers.features.chromosomes import Sex
from wes_biomarkers.features.clonality import Columns, Labels, Sample
from wes_biomarkers.features.intervals import Region
from wes_biomarkers.features.segments import Segments
from wes_biomarkers.io.allele_counts import Site, count_alleles
from wes_biomarkers.io.bam import sample_names
from wes_biomarkers.io.bundle import Bundle
from wes_biomarkers.io.files import sha256_file
from wes_biomarkers.io.lines import FaultList
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
        InputError: unreadable or unfit files, a purity that is no share, an alignment of another sample.
        ReferenceMismatchError: VCF and segments share no contig name, segments beyond their contig's end, or files
            of another genome than the bundle.
    """
    variants = read_variants(files.vcf, files.tumor, files.normal, "none")
    segments = read_segments(files.segments)
    purity, missing = _purity(files)
    _check_sample(files, variants)
    lengths = ({} if bundle is None else bundle.lengths) | dict(variants.lengths)
    mismatches = check_genome(files.vcf, variants, bundle)
    region = None if files.callable_bed is None else read_region(files.callable_bed, lengths, mismatches)
    mismatches += _contig_faults(files, variants, segments.chrom.tolist(), region)
    mismatches += _beyond_contigs(files.segments, segments, lengths)
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


def read_pairs(asked: Sequence[PairFiles], bundle: Bundle | None = None) -> list[PairInput]:
    """Read several pairs.

    Raises:
        InputError: every fault of every pair, as `read_pair` finds them; mismatches too where some pair has other faults.
        ReferenceMismatchError: every pair's mismatches, where nothing else is wrong.
    """
    pairs: list[PairInput] = []
    faults: list[Fault] = []
    mismatches: list[Fault] = []
    for files in asked:
        try:
            pairs.append(read_pair(files, bundle))
        except ReferenceMismatchError as error:
            mismatches += error.faults
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(list(dict.fromkeys(faults + mismatches)))
    if mismatches:
        raise ReferenceMismatchError(list(dict.fromkeys(mismatches)))
    return pairs


def read_pair_sheet(path: Path | str, common: PairFiles) -> list[PairFiles]:
    """The pairs of one patient, a row each, in the order of time.

    Columns: pair_id, vcf, segments, purity (a fraction, or a record's file), and optionally callable, bam, tumor,
    normal, specimen. Relative paths start at the sheet's folder. `common` gives what all pairs share.

    Raises:
        InputError: every fault: columns missing or unknown, empty cells, a pair twice, an unknown specimen, a
            purity that is no share, a file that is not there.
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
        faults += [replace(fault, file=file, row=number) for fault in _purity_faults(made[-1].purity)]
        faults += _absent(cells, made[-1], file, number)
    if len(made) < 2:
        faults.append(
            Fault("names a single pair", "Give --vcf, --segments and --purity for one pair.", file=file)
        )
    if faults:
        raise InputError(faults)
    return made


def _absent(cells: Mapping[str, str | None], pair: PairFiles, file: str, row: int) -> list[Fault]:
    """The files of a row that are not there."""
    paths = {
        "vcf": pair.vcf,
        "segments": pair.segments,
        "purity": pair.purity_record,
        "callable": pair.callable_bed,
        "bam": pair.bam,
    }
    return [
        Fault("no such file", "Check the path; it starts at the sheet's folder.",
              row=row, column=name, file=file, value=cells[name])
        for name, path in paths.items() if cells[name] is not None and path is not None and not Path(path).is_file()
    ]  # fmt: skip


def _pair_of(cells: Mapping[str, str | None], folder: Path, common: PairFiles) -> PairFiles:
    def path(name: str) -> str | None:
        """A path of the row, taken from the folder of the sheet."""
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
        if faults := _purity_faults(files.purity):
            raise InputError(faults)
        return Purity(files.purity), ""
    if files.purity_record is None:
        return None, "the purity is unknown"
    remedy = "Give the records that `wes-biomarkers feature copy-number` wrote for this pair."
    try:
        records = read_records(files.purity_record)
    except (ContractError, TypeError, ValueError) as error:
        raise InputError([Fault("holds no valid record", remedy, file=files.purity_record)]) from error
    found = [record for record in records if record.feature == "purity"]
    if len(found) > 1:
        raise InputError([Fault("holds several records of purity", remedy, file=files.purity_record)])
    if not found:
        return None, "the purity was not fitted"
    record = found[0]
    numbers = [record.values.get(name) for name in ("purity", "purity_low", "purity_high")]
    if record.status != "ok" or numbers[0] is None:
        return None, f"purity is {record.status.replace('_', ' ')}: {record.reason or 'no value'}"
    if faults := [fault for number in numbers if number is not None for fault in _purity_faults(number)]:
        raise InputError([replace(fault, file=files.purity_record) for fault in faults])
    return Purity(*numbers), ""  # type: ignore[arg-type]


def _purity_faults(purity: Any) -> list[Fault]:
    """A fault where a value is no share of tumour cells; None, for unknown, is none."""
    is_number = isinstance(purity, int | float) and not isinstance(purity, bool) and math.isfinite(purity)
    if purity is None or (is_number and 0 < purity <= 1):
        return []
    remedy = "Give the share of tumour cells, above 0 and at most 1."
    return [Fault("is no purity", remedy, column="purity", value=str(purity))]


def _check_sample(files: PairFiles, variants: VariantSet) -> None:
    """Raise InputError where the alignment's read groups name another sample than the tumour's column."""
    names = [] if files.bam is None else sample_names(files.bam)
    if names and names != [variants.tumor]:
        rule = f"its read groups are of sample {', '.join(names)}, the tumour's column is {variants.tumor}"
        raise InputError([Fault(rule, "Give the alignment of this pair's tumour.", file=files.bam)])


def _beyond_contigs(path: str, segments: Segments, lengths: Mapping[str, int]) -> list[Fault]:
    """Segments that end beyond their contig."""
    faults = FaultList(path)
    for chrom, start, end in zip(
        *(segments.columns()[name] for name in ("chrom", "start", "end")), strict=True
    ):
        if end > lengths.get(chrom, math.inf):
            rule = f"segment beyond its contig's end ({chrom} has {lengths[chrom]} bases)"
            faults.add(
                rule, "Give calls and segments of the same build.", value=f"{chrom}:{start:.0f}-{end:.0f}"
            )
    return faults.faults()


def _contig_faults(
    files: PairFiles, variants: VariantSet, segment_contigs: Sequence[str], region: Region | None
) -> list[Fault]:
    """Files whose contig names do not meet: every mutation would silently be without copies."""
    names = set(variants.contigs) | set(map(str, variants.base["chrom"]))
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
