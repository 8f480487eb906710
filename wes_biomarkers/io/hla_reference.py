"""The sequences of HLA alleles: from IMGT/HLA's own files, or from a reference bundle, as one structure."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from wes_biomarkers.contracts.hla import LOCI, Allele, AlleleNameError, number_order, parse_allele
from wes_biomarkers.contracts.reference import REFERENCE_JSON
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.hla_exons import Exons, place_exons
from wes_biomarkers.io.bundle import read_bundle
from wes_biomarkers.io.files import atomic_path, read_json, write_json, write_text
from wes_biomarkers.io.lines import FaultList, read_lines

#: Files of the folder that is given, by what they hold.
KINDS: Mapping[str, re.Pattern[str]] = {
    kind: re.compile(rf"(^|_){kind}[^/]*\.(fasta|fa)(\.gz)?$", re.IGNORECASE)
    for kind in ("nuc", "gen", "prot")
}
BORROWED, EXON_LENGTHS = "borrowed_weights.tsv", "exon_lengths.tsv"
_LICENCE = re.compile(r"licen[cs]e|README", re.IGNORECASE)
_RELEASE_IN_NAME = re.compile(r"_nuc[._](\d+\.\d+(?:\.\d+)?)\.")
_BASES, _RESIDUES = re.compile(r"[ACGTNRYSWKMBDHV]+"), re.compile(r"[A-Z*]+")
_REMEDY = "Give IMGT/HLA's FASTA files: `>HLA:HLA00001 A*01:01:01:01 1098 bp`, then lines of sequence."

#: Files of a bundle by their keys.
BUNDLE_FILES: Mapping[str, str] = {
    "hla_alleles": "hla/alleles.fa.gz",
    "hla_exons": "hla/exons.tsv",
    "hla_genomic": "hla/genomic.fa.gz",
    "hla_proteins": "hla/proteins.fa.gz",
    "hla_borrowed": "hla/borrowed_weights.tsv",
    "hla_about": "hla/about.json",
}

Sequences = Mapping[Allele, str]


@dataclass(frozen=True)
class HlaReference:
    """The alleles of the eight typed loci.

    Attributes:
        alleles: under their full names, by gene and number.
        sequences: coding sequence of each, or the part of it that is known; upper case.
        exons: of each, where the exons it holds lie in its sequence; empty where they cannot be found.
        others: coding sequences of further genes of the files (HLA-E, DRB3, ...), which draw reads of the loci.
        genomic: sequences with introns, where the files have them.
        proteins: where the files have them.
        borrowed: synthetic allele -> real allele whose predictor weights it borrows, both at two fields.
        release: of IMGT/HLA; empty where not known.
        notes: what a user should know: loci without sequences, entries without exons.
    """

    alleles: tuple[Allele, ...]
    sequences: tuple[str, ...]
    exons: tuple[Exons, ...]
    others: Sequences
    genomic: Sequences
    proteins: Sequences
    borrowed: Mapping[str, str]
    release: str = ""
    notes: tuple[str, ...] = ()

    def lacking(self, *exons: int) -> tuple[Allele, ...]:
        """Alleles of which one of these exons is not known."""
        pairs = zip(self.alleles, self.exons, strict=True)
        return tuple(allele for allele, held in pairs if not held.keys() >= set(exons))


def hla_files(folder: Path) -> list[Path]:
    """Files of a folder that make a reference or say whose it is: sequences, tables, allele list, licence."""
    if not folder.is_dir():
        return []
    wanted = (*KINDS.values(), _LICENCE, re.compile(rf"^(Allelelist\.txt|{BORROWED}|{EXON_LENGTHS})$"))
    return sorted(p for p in folder.iterdir() if p.is_file() and any(w.search(p.name) for w in wanted))


def licence_files(folder: Path) -> list[Path]:
    """Files of a folder that hold a licence."""
    return [path for path in hla_files(folder) if _LICENCE.search(path.name)]


def read_hla_reference(path: Path | str) -> HlaReference:
    """The HLA reference of a bundle, or of a folder with IMGT/HLA's files of any release.

    A folder holds `*_nuc*.fasta[.gz]`, and may hold `*_gen*`, `*_prot*`, `borrowed_weights.tsv` (an invented
    family's alleles and the real ones whose weights they borrow) and `exon_lengths.tsv` (in the form of
    definitions/hla_exons.tsv, for loci whose exons differ from it).

    Raises:
        InputError: no such folder, no nucleotide FASTA, files that are no FASTA of named alleles, one name with
            two sequences, a bundle without HLA.
    """
    folder = Path(path)
    if (folder / REFERENCE_JSON).is_file():
        return _from_bundle(folder)
    faults: list[Fault] = []
    found = {kind: _read_kind(folder, kind, faults) for kind in KINDS}
    if not found["nuc"] and not faults:
        remedy = "Give a folder of IMGT/HLA *_nuc*.fasta[.gz] files."
        faults.append(Fault("holds no HLA nucleotide FASTA", remedy, file=str(folder)))
    table = folder / EXON_LENGTHS
    lengths = _exon_lengths(table if table.is_file() else None, faults)
    borrowed = _read_borrowed(folder / BORROWED, faults) if (folder / BORROWED).is_file() else {}
    if faults:
        raise InputError(faults)
    own = {allele: text for allele, text in found["nuc"].items() if allele.locus in LOCI}
    exons, notes = _place_all(own, lengths)
    return HlaReference(
        alleles=tuple(own), sequences=tuple(own.values()), exons=exons,
        others={allele: text for allele, text in found["nuc"].items() if allele.locus not in LOCI},
        genomic=found["gen"], proteins=found["prot"], borrowed=borrowed,
        release=_release(folder), notes=(*notes, *_borrowing_notes(own, borrowed)),
    )  # fmt: skip


def write_hla_reference(reference: HlaReference, root: Path) -> dict[str, Path]:
    """Write a bundle's HLA files below `root`, with the same bytes each time, and return them by key."""
    files = {key: root / name for key, name in BUNDLE_FILES.items()}
    (root / "hla").mkdir(exist_ok=True)
    coding = dict(zip(reference.alleles, reference.sequences, strict=True)) | dict(reference.others)
    parts = {"hla_alleles": coding, "hla_genomic": reference.genomic, "hla_proteins": reference.proteins}
    for key, sequences in parts.items():
        if sequences:
            _write_fasta(files[key], sequences)
        else:
            del files[key]
    rows = ["allele\texon\tstart\tend"]
    for allele, exons in zip(reference.alleles, reference.exons, strict=True):
        rows += [f"{allele}\t{number}\t{start}\t{end}" for number, (start, end) in exons.items()]
    write_text(files["hla_exons"], "\n".join(rows) + "\n")
    if reference.borrowed:
        lines = ["allele\tborrowed_allele", *map("\t".join, sorted(reference.borrowed.items()))]
        write_text(files["hla_borrowed"], "\n".join(lines) + "\n")
    else:
        del files["hla_borrowed"]
    write_json(files["hla_about"], {"release": reference.release, "notes": list(reference.notes)})
    return files


def _from_bundle(folder: Path) -> HlaReference:
    bundle = read_bundle(folder)
    files = {key: bundle.path(key) for key in BUNDLE_FILES}
    alleles, exons, about = files["hla_alleles"], files["hla_exons"], files["hla_about"]
    if alleles is None or exons is None or about is None:
        remedy = "Make it again with `wes-biomarkers reference build --hla DIR`, or give --hla-reference DIR."
        raise InputError([Fault("the bundle holds no HLA sequences", remedy, file=str(folder))])
    coding = _read_fasta(alleles, _BASES)
    own = {allele: text for allele, text in coding.items() if allele.locus in LOCI}
    places: dict[Allele, Exons] = {allele: {} for allele in own}
    for line in list(read_lines(exons))[1:]:
        name, number, start, end = line.split("\t")
        places[parse_allele(name)][int(number)] = (int(start), int(end))
    genomic, proteins, borrowed = (files[f"hla_{key}"] for key in ("genomic", "proteins", "borrowed"))
    faults: list[Fault] = []
    data = read_json(about)
    return HlaReference(
        alleles=tuple(own), sequences=tuple(own.values()), exons=tuple(places.values()),
        others={allele: text for allele, text in coding.items() if allele.locus not in LOCI},
        genomic={} if genomic is None else _read_fasta(genomic, _BASES),
        proteins={} if proteins is None else _read_fasta(proteins, _RESIDUES),
        borrowed={} if borrowed is None else _read_borrowed(borrowed, faults),
        release=str(data["release"]), notes=tuple(data["notes"]),
    )  # fmt: skip


def _read_kind(folder: Path, kind: str, faults: list[Fault]) -> dict[Allele, str]:
    """Alleles of all files of one kind, in order; one name with two sequences is a fault."""
    if not folder.is_dir():
        if kind == "nuc":
            faults.append(Fault("no such folder", "Check the path.", file=str(folder)))
        return {}
    sequences: dict[Allele, str] = {}
    for path in hla_files(folder):
        if not KINDS[kind].search(path.name):
            continue
        try:
            new = _read_fasta(path, _RESIDUES if kind == "prot" else _BASES)
        except InputError as error:
            faults += error.faults
            continue
        rule = "has another sequence in a second file of the folder"
        clashes = [a for a in new.keys() & sequences.keys() if new[a] != sequences[a]]
        for allele in sorted(clashes, key=number_order)[:5]:
            faults.append(Fault(rule, "Keep the files of one release.", file=str(path), value=str(allele)))
        sequences |= new
    return {allele: sequences[allele] for allele in sorted(sequences, key=number_order)}


def _records(path: Path) -> Iterator[tuple[int, str, str]]:
    """Line of the heading, heading, and sequence of each record; an empty heading before the first one."""
    row, header = 1, ""
    parts: list[str] = []
    for number, line in enumerate(read_lines(path), start=1):
        if line.startswith(">"):
            if header or parts:
                yield row, header, "".join(parts)
            row, header, parts = number, line[1:].strip() or " ", []
        else:
            parts.append(line.strip().upper())
    if header or parts:
        yield row, header, "".join(parts)


def _read_fasta(path: Path, letters: re.Pattern[str]) -> dict[Allele, str]:
    """Sequence of each allele of a FASTA.

    Raises:
        InputError: not FASTA, a heading without an allele's name, a name with two sequences.
    """
    faults = FaultList(path)
    sequences: dict[Allele, str] = {}
    for row, header, text in _records(path):
        allele = _allele_of(header)
        if not header or not letters.fullmatch(text):
            faults.add(
                "is not FASTA of nucleotides or residues", _REMEDY, row=row, value=(header or text)[:40]
            )
        elif allele is None:
            faults.add("names no HLA allele", _REMEDY, row=row, value=header[:40])
        elif sequences.setdefault(allele, text) != text:
            faults.add("an allele has two sequences", "Keep one of them.", row=row, value=str(allele))
    if not sequences and not faults.count:
        faults.add("holds no sequence", _REMEDY)
    if faults.count:
        raise InputError(faults.faults())
    return {allele: sequences[allele] for allele in sorted(sequences, key=number_order)}


def _allele_of(header: str) -> Allele | None:
    """The allele that a heading names: its first word with a `*`."""
    name = next((word for word in header.split() if "*" in word), "")
    try:
        return parse_allele(name)
    except AlleleNameError:
        return None


def _write_fasta(path: Path, sequences: Sequences) -> None:
    with (
        atomic_path(path) as temporary,
        open(temporary, "wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as handle,
    ):
        for allele, text in sequences.items():
            handle.write(f">{allele}\n{text}\n".encode())


def _place_all(
    sequences: Sequences, lengths: Mapping[str, list[tuple[int | None, ...]]]
) -> tuple[tuple[Exons, ...], list[str]]:
    """Exons of each allele, found on the first complete allele of its gene, and notes."""
    complete: dict[str, tuple[str, tuple[int | None, ...]] | None] = {}
    exons, unplaced = [], dict[str, int]()
    by_gene: dict[str, list[str]] = {}
    for allele, text in sequences.items():
        by_gene.setdefault(allele.gene, []).append(text)
    for allele, text in sequences.items():
        if allele.gene not in complete:
            complete[allele.gene] = _complete(by_gene[allele.gene], lengths.get(allele.locus, []))
        found = complete[allele.gene]
        exons.append(place_exons(text, *found) if found else {})
        if found and not exons[-1]:
            unplaced[allele.gene] = unplaced.get(allele.gene, 0) + 1
    loci = {allele.locus for allele in sequences}
    notes = []
    if missing := [locus for locus in LOCI if locus not in loci]:
        notes.append(f"hla: no sequence of {', '.join(missing)}, which cannot be typed")
    for gene in (gene for gene, found in complete.items() if found is None):
        notes.append(f"hla: no allele of {gene} has the length of a complete one: its exons are not known")
    notes += [f"hla: the exons of {n} entries of {gene} are not known" for gene, n in unplaced.items()]
    return tuple(exons), notes


def _complete(
    texts: list[str], forms: list[tuple[int | None, ...]]
) -> tuple[str, tuple[int | None, ...]] | None:
    """The first sequence that has the length of one of the forms, and the form."""
    for form in forms:
        length = sum(part or 0 for part in form)
        if text := next((text for text in texts if len(text) == length and text.startswith("ATG")), None):
            return text, form
    return None


def _exon_lengths(path: Path | None, faults: list[Fault]) -> dict[str, list[tuple[int | None, ...]]]:
    """Forms of each locus by the lengths of their exons: the packaged ones, those of the folder in their place."""
    forms = _parse_lengths(_packaged("hla_exons.tsv"))
    if path is None:
        return forms
    try:
        return forms | _parse_lengths(tuple(read_lines(path)))
    except (ValueError, IndexError):
        remedy = "Give locus (without SIM), exon_1, exon_2, ... in bases, separated by tabs."
        faults.append(Fault("is no table of exon lengths", remedy, file=str(path)))
        return forms


def _parse_lengths(lines: tuple[str, ...]) -> dict[str, list[tuple[int | None, ...]]]:
    forms: dict[str, list[tuple[int | None, ...]]] = {}
    for line in [line for line in lines if line.strip() and not line.startswith("#")][1:]:
        locus, *cells = line.split("\t")
        form = tuple(int(cell) if cell.strip() else None for cell in cells)
        while form and form[-1] is None:
            form = form[:-1]
        forms.setdefault(locus.strip(), []).append(form)
    return forms


@cache
def _packaged(name: str) -> tuple[str, ...]:
    text = resources.files("wes_biomarkers.definitions").joinpath(name).read_text("utf-8")
    return tuple(text.splitlines())


def _read_borrowed(path: Path, faults: list[Fault]) -> dict[str, str]:
    """Real allele by the synthetic one that borrows its weights, both at two fields."""
    found = FaultList(path)
    borrowed: dict[str, str] = {}
    for row, line in enumerate(read_lines(path), start=1):
        cells = [cell.strip() for cell in line.split("\t")]
        if not line.strip() or line.startswith("#") or cells[:2] == ["allele", "borrowed_allele"]:
            continue
        try:
            own, real = (parse_allele(cell).two_field for cell in cells[:2])
        except ValueError:
            found.add(
                "needs allele and borrowed_allele", "Give SIMA*01:01 and A*02:01.", row=row, value=line[:40]
            )
            continue
        if not own.synthetic or real.synthetic or own.locus != real.locus or str(own) in borrowed:
            rule = "an invented allele borrows once, from a real allele of the same locus"
            found.add(rule, "Mend the line.", row=row, value=line[:40])
        borrowed[str(own)] = str(real)
    faults += found.faults()
    return borrowed


def _borrowing_notes(sequences: Sequences, borrowed: Mapping[str, str]) -> list[str]:
    invented = {str(allele.two_field) for allele in sequences if allele.synthetic}
    without = invented - borrowed.keys()
    return [f"hla: {len(without)} invented alleles borrow no predictor weights"] if without else []


def _release(folder: Path) -> str:
    """IMGT/HLA's release by the files' names, else by the allele list's heading; empty where neither tells."""
    names = {match[1] for path in folder.iterdir() if (match := _RELEASE_IN_NAME.search(path.name))}
    if names:
        return ", ".join(sorted(names))
    listed = folder / "Allelelist.txt"
    if listed.is_file():
        for line in read_lines(listed):
            if match := re.search(r"version:.*?(\d+\.\d+(\.\d+)?)", line):
                return match[1]
            if not line.startswith("#"):
                break
    return ""
