"""What `feature hla-loh` reads of a pair: types, allele sequences, reads, copies of the loci, purity."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from wes_biomarkers.contracts.hla import LOCI_CLASS_I, SYNTHETIC_PREFIX
from wes_biomarkers.errors import ContractError, Fault, InputError
from wes_biomarkers.features.ccf import Purity
from wes_biomarkers.features.hla_allele_reads import AlleleSequence, SiteCounts
from wes_biomarkers.features.hla_loh import Labels, Tumor, effective_copies
from wes_biomarkers.features.hla_types import LocusType
from wes_biomarkers.features.segments import Segments
from wes_biomarkers.io.bam import sample_names
from wes_biomarkers.io.bundle import Bundle, read_bundle
from wes_biomarkers.io.files import sha256_file
from wes_biomarkers.io.hla_allele_reads import ReadSource, library_pairs
from wes_biomarkers.io.hla_reference import read_hla_reference
from wes_biomarkers.io.hla_sequences import allele_sequence, fill_loci
from wes_biomarkers.io.hla_types import read_hla_types
from wes_biomarkers.io.lines import check_readable, read_lines
from wes_biomarkers.io.msi_counts import check_alignments
from wes_biomarkers.io.records import read_records
from wes_biomarkers.io.segments import read_segments
from wes_biomarkers.provenance import assemble_provenance


@dataclass(frozen=True)
class LohFiles:
    """What is given of a pair; paths, None where not.

    Attributes:
        tumor, normal: one BAM or CRAM each, or two FASTQs each.
        hla: hla.tsv of the person.
        reference: bundle; hla_reference: folder of IMGT/HLA's files, in its place.
        segments: segments.tsv of the tumour; needs the bundle, which knows where the genes lie.
        purity: a share, or the file of the records of `feature copy-number`.
        ploidy: mean copies of the tumour; that of the records where None.
        library_size: read pairs of the tumour's and the normal's library; counted in BAMs where None.
    """

    tumor: tuple[str, ...]
    normal: tuple[str, ...]
    hla: str
    reference: str | None = None
    hla_reference: str | None = None
    segments: str | None = None
    purity: str | None = None
    ploidy: float | None = None
    library_size: tuple[float, float] | None = None
    patient_id: str | None = None
    pair_id: str | None = None


@dataclass(frozen=True)
class LohInput:
    """A pair as read.

    Attributes:
        types: of the class I loci, in their order.
        sequences: of all the person's alleles at all loci that the reference has, exons filled within a locus.
        total_cn: mean copies of each locus in tumour cells, where a segment tells.
    """

    types: tuple[LocusType, ...]
    sequences: tuple[AlleleSequence, ...]
    tumor_reads: ReadSource
    normal_reads: ReadSource
    total_cn: Mapping[str, float]
    tumor: Tumor
    labels: Labels


def read_loh_input(files: LohFiles) -> LohInput:
    """Read all but the reads themselves.

    Raises:
        InputError: unreadable or unfit files, no reference, a purity or ploidy that is none.
        ReferenceMismatchError: alignments of another genome than the bundle's.
    """
    source = files.reference or files.hla_reference
    if source is None:
        raise InputError("no HLA reference is given", "Give --reference BUNDLE or --hla-reference DIR.")
    if faults := check_readable(p for p in (*files.tumor, *files.normal, files.hla) if p is not None):
        raise InputError(faults)
    bundle = None if files.reference is None else read_bundle(files.reference)
    if bundle is not None and len(files.tumor) == len(files.normal) == 1:
        check_alignments([files.tumor[0], files.normal[0]], bundle)
    reference = read_hla_reference(source)
    types = read_hla_types(files.hla)
    named = [allele for locus in types.values() for allele in locus.alleles or ()]
    found = [allele_sequence(reference, allele) for allele in named]
    places = {} if bundle is None else _gene_places(bundle)
    regions = tuple(sorted({place for own in places.values() for place in own})) or None
    tumor_reads, normal_reads = (
        ReadSource(paths, regions, None if bundle is None else bundle.path("fasta"))
        for paths in (files.tumor, files.normal)
    )
    purity, ploidy, missing = _purity(files)
    sizes = files.library_size or (library_pairs(tumor_reads), library_pairs(normal_reads))
    ratio = sizes[0] / sizes[1] if sizes[0] and sizes[1] else None
    synthetic = any(allele.synthetic for allele in named) or (bundle is not None and bundle.synthetic)
    return LohInput(
        types=tuple(types.get(locus, _untyped(locus)) for locus in LOCI_CLASS_I),
        sequences=tuple(fill_loci(sequence for sequence in found if sequence is not None)),
        tumor_reads=tumor_reads,
        normal_reads=normal_reads,
        total_cn={} if files.segments is None else _total_cn(files, places, purity),
        tumor=Tumor(purity, ploidy, ratio, missing, synthetic),
        labels=_labels(files, bundle, purity, ploidy),
    )


def _untyped(locus: str) -> LocusType:
    return LocusType(locus, status="not_evaluable", reason="not typed")


def _gene_places(bundle: Bundle) -> dict[str, list[tuple[str, int, int]]]:
    """Intervals of the bundle's HLA regions by locus; none where the genome's genes are not known."""
    path = bundle.path("hla_regions")
    if path is None:
        return {}
    places: dict[str, list[tuple[str, int, int]]] = {}
    for line in read_lines(path):
        contig, start, end, names = line.split("\t")
        for name in names.split(","):
            places.setdefault(name.removeprefix(SYNTHETIC_PREFIX), []).append((contig, int(start), int(end)))
    return places


def _total_cn(
    files: LohFiles, places: Mapping[str, list[tuple[str, int, int]]], purity: Purity | None
) -> dict[str, float]:
    """Copies of each class I locus by the segment over its middle; nothing where it is unknown."""
    segments = read_segments(str(files.segments))
    if purity is None:
        return {}
    found = {}
    for locus in LOCI_CLASS_I:
        for contig, start, end in places.get(locus, []):
            copies = _copies_at(segments, contig, (start + end) // 2, purity.value)
            if copies is not None:
                found[locus] = copies
    return found


def _copies_at(segments: Segments, contig: str, middle: int, purity: float) -> float | None:
    index = int(segments.at([contig], [middle])[0])
    if index < 0 or math.isnan(segments.total_cn[index]):
        return None
    return effective_copies(float(segments.total_cn[index]), float(segments.cell_fraction[index]), purity)


def _purity(files: LohFiles) -> tuple[Purity | None, float | None, str]:
    """Purity, ploidy, and why there is no purity."""
    if files.purity is None:
        return None, files.ploidy, "the purity is unknown"
    try:
        share = float(files.purity)
    except ValueError:
        return _purity_of_records(files, files.purity)
    if not 0 < share <= 1:
        remedy = "Give the share of tumour cells, above 0 and at most 1, or the file of records."
        raise InputError([Fault("is no purity", remedy, column="purity", value=files.purity)])
    return Purity(share), files.ploidy, ""


def _purity_of_records(files: LohFiles, path: str) -> tuple[Purity | None, float | None, str]:
    remedy = "Give the records that `wes-biomarkers feature copy-number` wrote for this pair."
    try:
        found = [record for record in read_records(path) if record.feature == "purity"]
    except (ContractError, TypeError, ValueError) as error:
        raise InputError([Fault("holds no valid record", remedy, file=path)]) from error
    if len(found) != 1:
        number = "several records" if found else "no record"
        raise InputError([Fault(f"holds {number} of purity", remedy, file=path)])
    record = found[0]
    if files.pair_id and record.pair_id and record.pair_id != files.pair_id:
        raise InputError([Fault("is the purity of another pair", remedy, file=path, value=record.pair_id)])
    purity, low, high, ploidy = (
        record.values.get(name) for name in ("purity", "purity_low", "purity_high", "ploidy")
    )
    ploidy = files.ploidy if files.ploidy is not None else ploidy
    if record.status != "ok" or purity is None:
        reason = record.reason or "no value"
        return None, ploidy, f"purity is {record.status.replace('_', ' ')}: {reason}"
    if not 0 < purity <= 1:
        raise InputError([Fault("holds a purity that is none", remedy, file=path)])
    return Purity(purity, low, high), ploidy, ""


def _labels(files: LohFiles, bundle: Bundle | None, purity: Purity | None, ploidy: float | None) -> Labels:
    names = [_sample(paths) for paths in (files.tumor, files.normal)]
    inputs = {
        f"{role}_{n}": path
        for role in ("tumor", "normal")
        if len(getattr(files, role)) > 1  # an alignment is named by what is counted in it: name_alignments
        for n, path in enumerate(getattr(files, role), 1)
    }
    given = {name: getattr(files, name) for name in ("hla", "segments") if getattr(files, name) is not None}
    parameters: dict[str, Any] = {"ploidy": ploidy, "purity": None if purity is None else purity.value}
    keys = ("fasta", "hla_alleles")
    reference = {} if bundle is None else {
        "build": bundle.build, "checksums": {key: bundle.checksums[key] for key in keys if key in bundle.checksums}
    }  # fmt: skip
    hashes = {role: sha256_file(path) for role, path in (inputs | given).items()}
    provenance = assemble_provenance(parameters=parameters, inputs=hashes, reference=reference)
    labels = Labels(files.patient_id or names[0], files.pair_id or "_vs_".join(names))
    return replace(labels, provenance=provenance)


def name_alignments(labels: Labels, counts: Mapping[str, Mapping[str, SiteCounts]]) -> Labels:
    """The labels with each alignment named by the SHA-256 of the pairs counted in it, as `feature msi` does.

    It is too large to read twice, and its bytes hang on who compressed it.

    Args:
        labels: of `read_loh_input`.
        counts: `tumor_1` and `normal_1`, where they are alignments, -> locus -> what was counted.
    """
    named = {role: _checksum(found) for role, found in counts.items()}
    inputs = dict(sorted((labels.provenance["inputs"] | named).items()))
    return replace(labels, provenance={**labels.provenance, "inputs": inputs})


def _checksum(counts: Mapping[str, SiteCounts]) -> str:
    digest = hashlib.sha256()
    for locus in sorted(counts):
        digest.update(f"{locus} {counts[locus].depth.shape[1]}\n".encode())
        for numbers in (counts[locus].counted, counts[locus].depth):
            digest.update(np.ascontiguousarray(numbers, "<i8").tobytes())
    return digest.hexdigest()


def _sample(paths: tuple[str, ...]) -> str:
    """The sample of the read groups, or the file's name without suffixes."""
    found = sample_names(paths[0]) if len(paths) == 1 else []
    return found[0] if len(found) == 1 else Path(paths[0]).name.split(".")[0]
