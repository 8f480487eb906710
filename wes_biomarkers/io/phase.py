"""Read-backed phase: the phase sets a caller wrote, and fragments of an alignment that span two variants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.bgzf import whole_file
from wes_biomarkers.io.lines import check_readable
from wes_biomarkers.io.vcf_header import Header
from wes_biomarkers.neoantigens.peptides import Key
from wes_biomarkers.neoantigens.phase import Fragments, Phase, Relation, Variant

#: Variants further apart are hardly ever on one fragment.
FRAGMENT_BASES = 500
_MIN_MAPPING_QUALITY = 20
_LEFT_OUT = 0x4 | 0x100 | 0x200 | 0x400 | 0x800  # unmapped, secondary, failed, duplicate, supplementary

PhaseSets = dict[Key, tuple[str, int]]


def read_germline_variants(path: Path | str, sample: str | None = None) -> tuple[list[Variant], PhaseSets]:
    """The variants a normal carries, each allele of its own, and their phase sets.

    Records count with PASS or no filter; symbolic alleles do not.

    Args:
        path: VCF with genotypes.
        sample: the normal; by default that of `##normal_sample`, the one so named, or the first.

    Raises:
        InputError: unreadable, cut short, not a VCF, no such sample.
    """
    variants: list[Variant] = []
    sets: PhaseSets = {}
    vcf, index = _open(path, sample, "normal")
    with whole_file(path):
        for record in vcf:
            if record.FILTER is not None:
                continue
            alleles = record.genotypes[index][:-1]
            for number, alt in enumerate(record.ALT, start=1):
                if number in alleles and alt.isalpha():
                    key = (record.CHROM, record.start, record.REF, alt)
                    variants.append(Variant(key, False, all(allele == number for allele in alleles)))
                    _add_set(sets, key, number, record, index)
    vcf.close()
    return variants, sets


def read_phase_sets(path: Path | str, sample: str | None = None) -> PhaseSets:
    """The phase sets of a tumour's variants, filtered ones too: PID with PGT (GATK), else a phased GT with PS.

    Raises:
        InputError: unreadable, cut short, not a VCF, no such sample.
    """
    sets: PhaseSets = {}
    vcf, index = _open(path, sample, "tumor")
    with whole_file(path):
        for record in vcf if index >= 0 else ():
            for number, alt in enumerate(record.ALT, start=1):
                _add_set(sets, (record.CHROM, record.start, record.REF, alt), number, record, index)
    vcf.close()
    return sets


def _open(path: Path | str, sample: str | None, role: str) -> tuple[Any, int]:
    """A VCF and the index of its sample; -1 where a tumour's VCF has no genotypes."""
    import cyvcf2

    if faults := check_readable([path]):
        raise InputError(faults)
    try:
        vcf = cyvcf2.VCF(str(path))
    except Exception as error:
        fault = Fault("cannot be read as VCF or BCF", "Give a VCF with its header.", file=str(path))
        raise InputError([fault]) from error
    header = Header(vcf, str(path), sample if role == "tumor" else None, sample if role == "normal" else None)
    found = getattr(header, role) or (None if sample else next(iter(header.samples), None))
    if found is None:
        listed = ", ".join(header.samples) or "none"
        fault = Fault("the sample is not in the VCF", f"Samples: {listed}.", file=str(path), value=sample)
        raise InputError([fault])
    if "GT" not in header.format:
        if role == "normal":
            raise InputError([Fault("has no genotypes", "Give the normal's calls with GT.", file=str(path))])
        return vcf, -1
    return vcf, header.samples.index(found)


def _add_set(sets: PhaseSets, key: Key, number: int, record: Any, index: int) -> None:
    """Note the phase set and side of an allele of a record, where it is phased on one haplotype."""
    pid, pgt = (_text(record, name, index) for name in ("PID", "PGT"))
    if pid and pgt and "|" in pgt:
        sides, name = [int(side) if side.isdigit() else -1 for side in pgt.split("|")], pid
    else:
        *sides, phased = record.genotypes[index]
        if not phased or len(sides) != 2:
            return
        ps = _text(record, "PS", index)
        name = ps or "contig"  # without PS a contig's phased genotypes are one set (VCF 4.3, 1.6.2)
    if sides.count(number) == 1:
        sets[key] = f"{key[0]}:{name}", sides.index(number)


def _text(record: Any, name: str, index: int) -> str:
    """A FORMAT value as text, or empty where it is missing."""
    if name not in record.FORMAT:
        return ""
    value = record.format(name)[index]
    if isinstance(value, str):
        return "" if value == "." else value
    return str(int(value[0])) if int(value[0]) >= 0 else ""


def count_fragments(
    path: Path | str, variants: Sequence[Variant], phase: Phase, fasta: Path | str | None = None
) -> dict[tuple[Key, Key], Fragments]:
    """Fragments of a tumour that show the alleles of a somatic variant and of another within FRAGMENT_BASES.

    Pairs whose phase the sets or a homozygous genotype tell are left out. Duplicates, secondary and
    supplementary alignments and mapping qualities below 20 do not count.

    Args:
        path: sorted, indexed BAM or CRAM.
        variants: of tumour and normal.
        phase: what is known already.
        fasta: the genome, for CRAM.

    Raises:
        InputError: unreadable, or without an index.
    """
    import pysam

    pairs = _open_pairs(variants, phase)
    if faults := check_readable([path]):
        raise InputError(faults)
    verbosity = pysam.set_verbosity(0)
    try:
        with pysam.AlignmentFile(str(path), reference_filename=None if fasta is None else str(fasta)) as bam:
            return {
                (somatic, other): counted
                for somatic, others in pairs.items()
                for other, counted in _count(bam, somatic, others).items()
            }
    except (OSError, ValueError) as error:
        remedy = "Give a sorted BAM or CRAM of the calls' genome with its index (samtools index)."
        fault = Fault("cannot be read by position", remedy, file=str(path))
        raise InputError([fault]) from error
    finally:
        pysam.set_verbosity(verbosity)


def _open_pairs(variants: Sequence[Variant], phase: Phase) -> dict[Key, list[Key]]:
    """For each somatic variant the others near it whose phase to it is unknown; each pair once."""
    near: dict[Key, list[Key]] = {}
    ordered = sorted(variants, key=lambda variant: variant.key)
    for index, first in enumerate(ordered):
        for second in ordered[index + 1 :]:
            if second.key[0] != first.key[0] or second.key[1] - first.key[1] > FRAGMENT_BASES:
                break
            somatic, other = (first, second) if first.is_somatic else (second, first)
            if somatic.is_somatic and phase.relation(somatic, other) is Relation.UNKNOWN:
                near.setdefault(somatic.key, []).append(other.key)
    return near


def _count(bam: Any, somatic: Key, others: Sequence[Key]) -> Mapping[Key, Fragments]:
    shown: dict[str, dict[Key, set[bool]]] = defaultdict(lambda: defaultdict(set))
    keys = (somatic, *others)
    start = min(key[1] for key in keys)
    end = max(key[1] + len(key[2]) for key in keys)
    for read in bam.fetch(somatic[0], max(start - 1, 0), end + 1):
        if read.flag & _LEFT_OUT or read.mapping_quality < _MIN_MAPPING_QUALITY or not read.query_sequence:
            continue
        places = {place: at for at, place in read.get_aligned_pairs(matches_only=True)}
        for key in keys:
            has_alt = _shows(read.query_sequence, places, key)
            if has_alt is not None:
                shown[read.query_name][key].add(has_alt)
    fragments = [
        {key: seen.copy().pop() for key, seen in alleles.items() if len(seen) == 1}
        for alleles in shown.values()
    ]
    counts = {}
    for other in others:
        both = [(f[somatic], f[other]) for f in fragments if somatic in f and other in f]
        counts[other] = Fragments(
            both.count((True, True)), both.count((True, False)), both.count((False, True))
        )
    return counts


def _shows(bases: str, places: Mapping[int, int], key: Key) -> bool | None:
    """Whether a read has the alternate allele: what stands between the bases beside it; None for neither allele."""
    _, start, ref, alt = key
    left, right = places.get(start - 1), places.get(start + len(ref))
    if left is None or right is None:
        return None
    between = bases[left + 1 : right]
    return True if between == alt else False if between == ref else None
