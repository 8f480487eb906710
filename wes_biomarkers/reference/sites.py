"""Variant resources of a bundle: known sites, germline frequencies, panel of normals."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pysam

from wes_biomarkers.contracts.reference import Contig
from wes_biomarkers.errors import Fault, InputError, ReferenceMismatchError, ToolError
from wes_biomarkers.io.bed import unknown_contigs
from wes_biomarkers.io.lines import FaultList, read_lines
from wes_biomarkers.io.tool import feed_tool, run_tool

#: Reference alleles checked on each contig, and the share that may disagree with the FASTA.
CHECKED_PER_CONTIG, MAX_DISAGREE = 1000, 0.05

#: Allele frequencies of sites that tell contamination (GATK GetPileupSummaries' defaults).
COMMON_MIN, COMMON_MAX = 0.01, 0.2

_HEADER = (
    "##fileformat=VCFv4.2",
    '##FILTER=<ID=filtered,Description="Failed a filter of the resource this was copied from">',
    '##INFO=<ID=AF,Number=A,Type=Float,Description="Population allele frequency">',
)
_COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
_AF = re.compile(r"(?:^|;)(AF=[^;\s]*)")


@dataclass
class SiteReport:
    """What copying a VCF found: records kept, and dropped for want of their contig."""

    n_record: int = 0
    n_checked: int = 0
    n_disagree: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    n_with_af: int = 0

    def note(self, name: str) -> str | None:
        """One sentence on dropped records or an empty file, or None."""
        if self.dropped:
            contigs = list(self.dropped)
            names = ", ".join(contigs[:5]) + (", ..." if len(contigs) > 5 else "")
            return (
                f"{name}: {self.dropped.total()} records on {len(contigs)} contigs that the FASTA does not "
                f"have left out ({names})"
            )
        return f"{name}: holds no record" if not self.n_record else None


class _SiteReader:
    """Reads a VCF once: the records on the bundle's contigs, and what is wrong with them."""

    def __init__(self, path: Path, text: Path, contigs: Sequence[Contig], genome: pysam.FastaFile) -> None:
        self.report = SiteReport()
        self.malformed, self.beyond, self.disagree = (
            FaultList(path),
            FaultList(path),
            FaultList(path, limit=5),
        )
        self._path = path  # as the user named it; `text` is the same as VCF
        self._text = text
        self._contigs = contigs
        self._lengths = {contig.name: contig.length for contig in contigs}
        self._genome = genome
        self._checked: Counter[str] = Counter()

    def lines(self) -> Iterator[str]:
        """A header of our own, then position, alleles, filter and AF of each kept record."""
        yield from (line + "\n" for line in _HEADER)
        yield from (f"##contig=<ID={c.name},length={c.length}>\n" for c in self._contigs)
        yield _COLUMNS + "\n"
        body = False
        for row, line in enumerate(read_lines(self._text), start=1):
            if line.startswith("#"):
                body = body or line.startswith("#CHROM\t")
            elif not body:
                break
            elif line.strip() and (kept := self._record(line, row)):
                yield kept
        if not body:
            raise InputError([Fault("is not a VCF: no #CHROM line", "Give a VCF.", file=str(self._path))])

    def _record(self, line: str, row: int) -> str | None:
        words = line.split("\t", 8)
        if len(words) < 8 or not words[1].isdigit() or not words[3]:
            self.malformed.add("is not a VCF record", "Mend or remove the line.", row=row, value=line[:60])
            return None
        name, position, reference = words[0], int(words[1]), words[3]
        length = self._lengths.get(name)
        if length is None:
            self.report.dropped[name] += 1
            return None
        if position < 1 or position - 1 + len(reference) > length:
            rule = f"site beyond its contig's end ({name} has {length} bases)"
            self.beyond.add(
                rule, "Use sites of the FASTA's build and piece.", row=row, value=f"{name}:{position}"
            )
            return None
        self._check_reference(name, position, reference, row)
        frequency = _AF.search(words[7])
        self.report.n_record += 1
        self.report.n_with_af += frequency is not None
        passed = words[6] if words[6] in ("PASS", ".") else "filtered"
        info = frequency.group(1) if frequency else "."
        return "\t".join((name, words[1], words[2], reference, words[4], ".", passed, info)) + "\n"

    def _check_reference(self, name: str, position: int, reference: str, row: int) -> None:
        if self._checked[name] >= CHECKED_PER_CONTIG:
            return
        self._checked[name] += 1
        bases = str(self._genome.fetch(name, position - 1, position - 1 + len(reference))).upper()
        if "N" in bases:
            return
        self.report.n_checked += 1
        if bases != reference.upper():
            self.report.n_disagree += 1
            rule = f"reference allele disagrees: the FASTA has {bases[:20]}"
            value = f"{name}:{position} {reference[:20]}"
            self.disagree.add(rule, "Use sites of the FASTA's build and piece.", row=row, value=value)

    def raise_faults(self) -> None:
        """Raise what the reading found, if anything."""
        if self.malformed.count:
            raise InputError(self.malformed.faults())
        faults = self.beyond.faults()
        if self.report.dropped and not (self.report.n_record or self.beyond.count):
            faults.append(unknown_contigs(self._path, list(self.report.dropped), list(self._lengths)))
        if self.report.n_disagree > MAX_DISAGREE * self.report.n_checked:
            share = (
                f"{self.report.n_disagree} of {self.report.n_checked} reference alleles looked at disagree"
            )
            faults += [*self.disagree.faults(), Fault(share, "At most 5 % may.", file=str(self._path))]
        if faults:
            raise ReferenceMismatchError(faults)


def _is_bcf(path: Path) -> bool:
    """Whether a file is BCF, compressed or not (anything unreadable is left to the VCF reader to tell)."""
    try:
        with open(path, "rb") as handle:
            zipped = handle.read(2) == b"\x1f\x8b"
        with gzip.open(path) if zipped else open(path, "rb") as content:
            return content.read(3) == b"BCF"
    except (EOFError, OSError):
        return False


def copy_sites(source: Path, target: Path, contigs: Sequence[Contig], genome_path: Path) -> SiteReport:
    """Copy a VCF as sites alone (id, alleles, filter, INFO/AF), sorted, bgzipped and indexed.

    The header is our own and names the bundle's contigs alone, as GATK wants it; shared files often have a
    damaged one, or one of the whole genome. QUAL is left out: nothing here uses it. Records on contigs the
    FASTA does not have are left out and counted. Up to CHECKED_PER_CONTIG reference alleles a contig are
    compared with the FASTA.

    Raises:
        InputError: not a VCF.
        ReferenceMismatchError: sites beyond their contig's end, no contig of the FASTA, or more than 5 % of
            reference alleles that disagree.
    """
    text, sort = source, target.parent / "sort"
    if _is_bcf(source):
        text = target.with_suffix(".text")
        run_tool(["bcftools", "view", "--no-version", "-Ov", "-o", text, source])
    with pysam.FastaFile(str(genome_path)) as genome:
        reader = _SiteReader(source, text, contigs, genome)
        try:
            feed_tool(["bcftools", "sort", "-T", sort, "-Oz", "-o", target, "-"], reader.lines())
        except ToolError as error:
            reader.raise_faults()
            rule = f"bcftools cannot read it: {error.log_tail.strip()[-300:]}"
            raise InputError([Fault(rule, "Mend the VCF.", file=str(source))]) from error
        finally:
            if text != source:
                text.unlink()
    reader.raise_faults()
    run_tool(["tabix", "-f", "-p", "vcf", target])
    return reader.report


def split_germline(source: Path, copy: Path, target: Path, genome_path: Path) -> None:
    """One allele a record, left-aligned, duplicates removed, for population frequencies.

    Symbolic and spanning-deletion alleles and records whose reference allele disagrees are left out.

    Args:
        source: the user's file, named in errors.
        copy: what `copy_sites` made of it.
        target: the file to write.
        genome_path: the bundle's FASTA.
    """
    steps = [target.with_suffix(f".{index}.vcf.gz") for index in range(3)]
    commands: list[list[str | Path]] = [
        ["norm", "-m", "-any", "-f", genome_path, "-c", "x", copy],
        ["view", "-e", 'ALT="*" || ALT~"<"', steps[0]],
        ["sort", "-T", target.parent / "sort", steps[1]],
        ["norm", "-d", "exact", steps[2]],
    ]
    try:
        for command, output in zip(commands, [*steps, target], strict=True):
            quiet = [] if command[0] == "sort" else ["--no-version"]
            run_tool(["bcftools", command[0], *quiet, "-Oz", "-o", output, *command[1:]])
    except ToolError as error:
        rule = f"INFO/AF cannot be split by allele: {error.log_tail.strip()[-300:]}"
        raise InputError([Fault(rule, "Give one AF value for each ALT.", file=str(source))]) from error
    finally:
        for step in steps:
            step.unlink(missing_ok=True)
    run_tool(["tabix", "-f", "-p", "vcf", target])


def common_snps(source: Path, target: Path) -> int:
    """Biallelic SNPs with COMMON_MIN <= AF <= COMMON_MAX, for contamination; returns their number.

    Nothing is written when there is none.
    """
    keep = f"INFO/AF>={COMMON_MIN} && INFO/AF<={COMMON_MAX}"
    select = ["view", "-m2", "-M2", "-v", "snps", "-f", ".,PASS", "-i", keep]
    run_tool(["bcftools", *select, "--no-version", "-Oz", "-o", target, source])
    run_tool(["tabix", "-f", "-p", "vcf", target])
    with pysam.VariantFile(str(target)) as variants:
        count = sum(1 for _ in variants)
    if not count:
        target.unlink()
        target.with_name(target.name + ".tbi").unlink()
    return count


def site_stem(path: Path, used: set[str]) -> str:
    """A file stem for the copy of a VCF, unlike those already used."""
    stem = re.sub(r"\.(vcf|bcf)(\.gz|\.bgz)?$", "", path.name, flags=re.IGNORECASE)
    stem = re.sub(r"[^A-Za-z0-9_.-]", "_", stem).lstrip(".-") or "sites"
    while stem in used:
        stem += "_2"
    used.add(stem)
    return stem
