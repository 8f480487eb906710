"""HLA types from a text, or from the result of OptiType, arcasHLA, HLA-HD or LILAC."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from wes_biomarkers.contracts.hla import LOCI, Allele, AlleleNameError, parse_allele
from wes_biomarkers.contracts.schema import UNKNOWN_CELLS
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.hla_types import LocusType, types_of
from wes_biomarkers.io.files import read_text
from wes_biomarkers.io.hla_types import read_hla_types

#: A name as it stands in a file: the line it is on, and the text.
Name = tuple[int, str]
Names = list[Name]

_FORMATS = (
    "OptiType's result.tsv, arcasHLA's genotype.json, HLA-HD's final.result.txt, LILAC's tsv, or hla.tsv"
)
#: What programs write for a locus that they could not type.
_NOT_TYPED = frozenset({"-", "not typed", "couldn't read result file.", "none", "nan"})


def parse_types(text: str, where: str = "types", source: str = "sheet") -> dict[str, LocusType]:
    """Types from a text such as `A*02:01;A*03:01;B*07:02;B*07:02`; semicolons or commas.

    Args:
        text: names of alleles in any order, old or new nomenclature.
        where: what the text is, for messages: an option or a file.
        source: as `LocusType.source`.

    Raises:
        InputError: every name that is refused; more than two alleles of a locus; no name at all.
    """
    names = [(0, part.strip()) for part in text.replace(",", ";").split(";") if part.strip()]
    if not names:
        raise InputError([Fault("names no HLA allele", "Write A*02:01;A*03:01;...", file=where)])
    return _types(names, where, source)


def read_types(path: Path | str) -> dict[str, LocusType]:
    """Types from a file, whichever of the known programs wrote it; genes other than the eight loci are left out.

    A locus that the program did not type is absent.

    Raises:
        InputError: unreadable, of no known form, several samples, or names that are refused.
    """
    text = read_text(path)
    lines = text.splitlines()
    heading = lines[0].split("\t") if lines else []
    if {"locus", "allele_1", "allele_2"} <= set(heading):
        return read_hla_types(path)
    for source, applies, names_of in _READERS:
        if applies(text, heading):
            return _types(names_of(lines, str(path)), str(path), source)
    remedy = f"Give {_FORMATS}, or the types themselves: A*02:01;A*03:01;..."
    raise InputError([Fault("is no table of HLA types that we know", remedy, file=str(path))])


def _types(names: Names, where: str, source: str) -> dict[str, LocusType]:
    """Types from names in any order; the faults of all of them at once."""
    faults: list[Fault] = []
    alleles: list[Allele] = []
    for row, text in names:
        try:
            alleles.append(parse_allele(text))
        except AlleleNameError as error:
            faults.append(Fault(error.rule, error.remedy, file=where, row=row or None, value=text))
    if not faults:
        try:
            return types_of((allele for allele in alleles if allele.locus in LOCI), source)
        except ValueError as error:
            remedy = "Give two alleles a locus, those of one person."
            faults.append(Fault(f"names {error}", remedy, file=where))
    raise InputError(faults)


def _optitype(lines: Sequence[str], where: str) -> Names:
    """`<tab>A1 A2 B1 B2 C1 C2 Reads Objective`, a row a solution, the best first."""
    heading = lines[0].split("\t")
    cells = lines[1].split("\t") if len(lines) > 1 else []
    row = dict(zip(heading, cells, strict=False))
    return _known((2, row.get(f"{locus}{number}", "")) for locus in "ABC" for number in (1, 2))


def _arcashla(lines: Sequence[str], where: str) -> Names:
    """`{"A": ["A*01:01:01", "A*03:01:01"], ...}`; one allele stands for two like ones."""
    genes = json.loads("\n".join(lines))
    if not all(isinstance(names, list) and 0 < len(names) < 3 for names in genes.values()):
        remedy = "Give the genotype.json of one sample, as `arcasHLA genotype` writes it."
        raise InputError([Fault("is no genotype of one sample", remedy, file=where)])
    pairs = ((names * 2)[:2] for gene, names in genes.items() if gene in LOCI)
    return _known((0, str(name)) for pair in pairs for name in pair)


def _hlahd(lines: Sequence[str], where: str) -> Names:
    """`A <tab> HLA-A*01:01:01 <tab> HLA-A*02:01:01`, a row a gene; `-` for a second like allele."""
    names: Names = []
    for number, line in enumerate(lines, start=1):
        gene, *cells = (cell.strip() for cell in line.split("\t"))
        if gene in LOCI and len(cells) >= 2:
            second = cells[0] if cells[1] == "-" else cells[1]
            names += [(number, cells[0]), (number, second)]
    return _known(names)


def _lilac(lines: Sequence[str], where: str) -> Names:
    """A row an allele, its name in the column `Allele`."""
    column = lines[0].split("\t").index("Allele")
    rows = ((number, line.split("\t")) for number, line in enumerate(lines[1:], start=2) if line.strip())
    return _known((number, cells[column]) for number, cells in rows if len(cells) > column)


def _known(names: Iterable[Name]) -> Names:
    return [name for name in names if name[1] not in UNKNOWN_CELLS and name[1].lower() not in _NOT_TYPED]


def _is_arcashla(text: str, heading: Sequence[str]) -> bool:
    try:
        return text.lstrip().startswith("{") and bool(json.loads(text))
    except json.JSONDecodeError:
        return False


def _is_hlahd(text: str) -> bool:
    """Whether a row is a gene with two cells; the first one may be a gene that HLA-HD could not read."""
    rows = (line.split("\t") for line in text.splitlines())
    return any(len(cells) >= 3 and cells[0] in LOCI for cells in rows)


_READERS: tuple[
    tuple[str, Callable[[str, Sequence[str]], bool], Callable[[Sequence[str], str], Names]], ...
] = (
    ("optitype", lambda text, heading: {"A1", "A2", "B1", "B2", "C1", "C2"} <= set(heading), _optitype),
    ("arcashla", _is_arcashla, _arcashla),
    ("lilac", lambda text, heading: "Allele" in heading and "RefTotal" in heading, _lilac),
    ("hlahd", lambda text, heading: _is_hlahd(text), _hlahd),
)
