"""Checks of a somatic VCF made elsewhere: samples, order, read counts and reference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from wes_biomarkers.contracts.pairing import VcfNames
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.build_check import check_contigs
from wes_biomarkers.io.bundle import Bundle
from wes_biomarkers.io.lines import FaultList

#: Records looked at in a quick check.
QUICK_RECORDS = 1_000

_READ_COUNTS = "Call with depths per sample (AD), as Mutect2 writes them."


@dataclass
class VcfProblems:
    """What is wrong with a VCF, and where it disagrees with the bundle."""

    faults: list[Fault] = field(default_factory=list)
    mismatches: list[Fault] = field(default_factory=list)


def _open(path: str) -> Any:
    import pysam

    try:
        return pysam.VariantFile(path)
    except NotImplementedError as error:  # pysam's word for plain gzip
        remedy = f"Write it anew: `gzip -dc {path} | bgzip`."
        raise InputError([Fault("compressed by gzip, not by bgzip", remedy, file=path)]) from error
    except (OSError, ValueError) as error:
        if "truncated" in str(error):
            rule = "truncated: its end marker is missing"
            raise InputError([Fault(rule, "Copy it again, or make it again.", file=path)]) from error
        rule = "cannot be read as VCF or BCF"
        raise InputError(
            [Fault(rule, "Give a VCF with its header, plain, bgzip or BCF.", file=path)]
        ) from error


def read_vcf_names(path: str) -> VcfNames:
    """The sample columns of a VCF and the names in its `##tumor_sample` and `##normal_sample` lines.

    Raises:
        InputError: when it cannot be read as VCF or BCF.
    """
    import pysam

    verbosity = pysam.set_verbosity(0)
    try:
        with _open(path) as handle:
            named = {record.key: record.value for record in handle.header.records if record.type == "GENERIC"}
            columns = tuple(handle.header.samples)
    finally:
        pysam.set_verbosity(verbosity)
    return VcfNames(columns, named.get("tumor_sample"), named.get("normal_sample"))


def check_vcf(path: str, tumor: str, bundle: Bundle | None = None, *, quick: bool = False) -> VcfProblems:
    """Read a VCF through once.

    Args:
        path: a readable VCF or BCF.
        tumor: name of its tumour column.
        bundle: reference for contigs, positions and reference alleles; without it, they are not compared.
        quick: look at the first QUICK_RECORDS records only.
    """
    import pysam

    verbosity = pysam.set_verbosity(0)
    try:
        with _open(path) as handle:
            return _check(handle, path, tumor, bundle, quick)
    except InputError as error:
        return VcfProblems(list(error.faults))
    finally:
        pysam.set_verbosity(verbosity)


def _check(handle: Any, path: str, tumor: str, bundle: Bundle | None, quick: bool) -> VcfProblems:
    problems = VcfProblems()
    formats = handle.header.formats
    counted = "AD" in formats or ("AF" in formats and "DP" in formats)
    if not counted:
        rule = "has neither AD nor AF with DP: allele fractions are unknown"
        problems.faults.append(Fault(rule, _READ_COUNTS, file=path))
    if bundle is not None:
        stated = {name: contig.length for name, contig in handle.header.contigs.items()}
        if stated:
            problems.mismatches += check_contigs(path, stated, bundle)
    reference = _Reference(path, bundle) if bundle is not None and not problems.mismatches else None
    order = _Order(path)
    records = filled = 0
    try:
        for record in islice(_records(handle), QUICK_RECORDS if quick else None):
            records += 1
            order.add(record)
            if reference is not None:
                reference.add(record)
            filled += counted and _has_counts(record.samples[tumor])
    except (OSError, ValueError):
        rule = f"cannot be read past record {records}: truncated or damaged"
        problems.faults.append(Fault(rule, "Copy it again, or make it again.", file=path))
    if counted and records and not filled:
        problems.faults.append(Fault(f"no record has AD or AF for {tumor}", _READ_COUNTS, file=path))
    problems.faults += order.faults.faults()
    if reference is not None:
        problems.mismatches += reference.close()
    return problems


def _records(handle: Any) -> Iterator[Any]:
    yield from handle


def _has_counts(call: Any) -> bool:
    for key in ("AD", "AF"):
        value = call.get(key)
        values = value if isinstance(value, tuple) else (value,)
        if any(item is not None for item in values):
            return True
    return False


class _Order:
    """Notes records out of order: contigs in one block each, positions not falling."""

    def __init__(self, path: str) -> None:
        self.faults = FaultList(path, limit=1)
        self._contig, self._position, self._seen = "", 0, set[str]()

    def add(self, record: Any) -> None:
        """Note the record where it stands before the one already seen."""
        contig, position = record.contig, record.pos
        if contig != self._contig:
            back = contig in self._seen
            self._seen.add(contig)
        else:
            back = position < self._position
        if back:
            place = f"{contig}:{position}"
            self.faults.add("not sorted", "Run `bcftools sort`.", value=place)
        self._contig, self._position = contig, position


class _Reference:
    """Compares records with the bundle's genome."""

    def __init__(self, path: str, bundle: Bundle) -> None:
        import pysam

        self._bundle = bundle
        self._lengths = bundle.lengths
        self._fasta = pysam.FastaFile(str(bundle.path("fasta")))
        self._faults = FaultList(path, limit=3)
        self._unknown: set[str] = set()
        self._remedy = f"Give calls made on {bundle.build}, or the bundle of their own build."

    def add(self, record: Any) -> None:
        """Note the record where its contig, place or reference allele is not the genome's."""
        contig, start, ref = record.contig, record.start, str(record.ref).upper()
        place = f"{contig}:{record.pos}"
        if contig not in self._lengths:
            if contig not in self._unknown:
                self._faults.add(f"contig not in the bundle {self._bundle.build}", self._remedy, value=contig)
            self._unknown.add(contig)
        elif start + len(ref) > self._lengths[contig]:
            self._faults.add("position beyond its contig's end", self._remedy, value=place)
        elif ref.strip("ACGT") == "" and ref != self._fasta.fetch(contig, start, start + len(ref)).upper():
            self._faults.add(
                "reference allele is not the bundle's", self._remedy, value=f"{place} {ref[:20]}"
            )

    def close(self) -> list[Fault]:
        """Close the genome; what was noted."""
        self._fasta.close()
        return self._faults.faults()
