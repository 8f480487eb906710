"""Proteins of HLA alleles, for finding the supported allele nearest to one that is not."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.lines import read_lines


def read_hla_proteins(folder: Path | str) -> dict[str, str]:
    """The proteins of IMGT/HLA's own files (`A_prot.fasta[.gz]`, `hla_prot.fasta`), by allele of two fields.

    Raises:
        InputError: when the folder holds no such file.
    """
    files = sorted(path for path in Path(folder).glob("*_prot*") if ".fa" in path.name)
    if not files:
        remedy = "Give a folder of IMGT/HLA's protein files, such as A_prot.fasta."
        raise InputError([Fault("holds no file of HLA proteins", remedy, file=str(folder))])
    return longest_of_two_fields(entry for path in files for entry in _entries(path))


def translate_hla(entries: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The same from (name, coding sequence); partial entries, which begin within the gene, are left out."""
    from Bio.Seq import Seq

    whole = ((name, bases) for name, bases in entries if bases.startswith("ATG"))
    return longest_of_two_fields(
        (name, str(Seq(bases[: len(bases) // 3 * 3]).translate(to_stop=True))) for name, bases in whole
    )


def longest_of_two_fields(entries: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The longest protein of each two-field allele among those with a leader (they begin with M)."""
    longest: dict[str, str] = {}
    for name, protein in entries:
        allele = ":".join(name.split(":")[:2])
        if protein.startswith("M") and len(protein) > len(longest.get(allele, "")):
            longest[allele] = protein
    return longest


def _entries(path: Path) -> Iterable[tuple[str, str]]:
    """(allele, protein) of each entry; headers are `>HLA:HLA00001 A*01:01:01:01 365 bp` or `>A*01:01:01:01`."""
    name, parts = "", list[str]()
    for line in read_lines(path):
        if line.startswith(">"):
            yield name, "".join(parts)
            words = line[1:].split()
            name, parts = next((word for word in words if "*" in word), ""), []
        else:
            parts.append(line.strip())
    yield name, "".join(parts)
