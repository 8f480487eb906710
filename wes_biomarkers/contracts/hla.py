"""HLA genes and the names of their alleles, in today's nomenclature (hla.alleles.org, since April 2010)."""

from __future__ import annotations

import re
from dataclasses import dataclass

LOCI_CLASS_I: tuple[str, ...] = ("A", "B", "C")
LOCI_CLASS_II: tuple[str, ...] = ("DRB1", "DQA1", "DQB1", "DPA1", "DPB1")
LOCI: tuple[str, ...] = LOCI_CLASS_I + LOCI_CLASS_II

#: Genes of an invented family are called as the real ones with this before: SIMA, SIMDRB1.
SYNTHETIC_PREFIX = "SIM"

#: The letters that may end a name: null, low, secreted, cytoplasm, aberrant, questionable expression.
SUFFIXES = "NLSCAQ"

_GENE = r"D(?:R[AB]|[QP][AB]|[MO][AB])\d?|MIC[AB]|TAP[12]|HFE|[A-CE-HJ-NPR-WY]"
_NAME = re.compile(
    rf"(?:HLA[-_ ]?)?(?P<gene>{SYNTHETIC_PREFIX}[A-Z]+\d?(?=[*])|CW|{_GENE})"
    rf"(?P<star>[*_]?)(?P<fields>\d[\d:_]*)(?P<suffix>[{SUFFIXES}GP]?)",
    re.ASCII,
)
_SEROTYPE = re.compile(r"(?:HLA[-_ ]?)?(?:(?:A|B|CW|DR|DQ|DPW|DP)\d{1,4}|BW[46]|DW\d+)")
_CODE = re.compile(r".*\*?\d{2,4}:(?:XX|[A-Z]{2,})|.*\d[A-Z]*[/|,].*")

_EXAMPLE = "A*02:01"
_GENES_OF_ONE_FIELD = frozenset({"MICA", "MICB", "HFE"})


class AlleleNameError(ValueError):
    """A name that is no single allele at two fields; its text is the rule it breaks.

    Attributes:
        rule: what is wrong.
        remedy: how to mend it.
    """

    def __init__(self, rule: str, remedy: str) -> None:
        super().__init__(rule)
        self.rule, self.remedy = rule, remedy


@dataclass(frozen=True, order=True)
class Allele:
    """One HLA allele.

    Attributes:
        gene: such as `A`, or `SIMA` in an invented family.
        fields: the numbers between the colons as text, one to four: ("02", "01").
        suffix: one of `SUFFIXES`, or empty.

    >>> allele = Allele("A", ("24", "02", "01", "02"), "L")
    >>> str(allele), str(allele.two_field), allele.mhc_class
    ('A*24:02:01:02L', 'A*24:02', 'I')
    """

    gene: str
    fields: tuple[str, ...]
    suffix: str = ""

    def __str__(self) -> str:
        return f"{self.gene}*{':'.join(self.fields)}{self.suffix}"

    @property
    def synthetic(self) -> bool:
        """Whether it is of an invented family."""
        return self.gene.startswith(SYNTHETIC_PREFIX)

    @property
    def locus(self) -> str:
        """The real gene it stands for: `A` for A and for SIMA."""
        return self.gene.removeprefix(SYNTHETIC_PREFIX)

    @property
    def mhc_class(self) -> str:
        """`I` or `II`."""
        return "II" if self.locus.startswith("D") else "I"

    @property
    def null(self) -> bool:
        """Whether it is known to make no protein at the surface, and so presents nothing."""
        return self.suffix == "N"

    @property
    def two_field(self) -> Allele:
        """The allele at two fields: the protein.

        N is kept always. Another letter belongs to the name it ends, and falls with the third field.
        """
        keep = self.null or len(self.fields) <= 2
        return Allele(self.gene, self.fields[:2], self.suffix if keep else "")


def number_order(allele: Allele) -> tuple[str, tuple[int, ...], str]:
    """Key that sorts alleles by their numbers: A*02:11 before A*02:101."""
    return allele.gene, tuple(map(int, allele.fields)), allele.suffix


def parse_allele(text: str) -> Allele:
    """The allele that a name means, in today's nomenclature or the one before 2010, with or without `HLA-`.

    The name of a G or P group becomes the allele that names the group. Four digits without `*` and colons are
    read as an allele (`A2403` is A*24:03), though a few serotypes are written so.

    Raises:
        AlleleNameError: a serotype, a name of one field, several alleles or a code for them, or no allele's name.

    >>> [str(parse_allele(name)) for name in ("A0201", "HLA-Cw*0702", "DRB10101", "hla_a_24_09n", "A*02:01:01G")]
    ['A*02:01', 'C*07:02', 'DRB1*01:01', 'A*24:09N', 'A*02:01:01']
    >>> parse_allele("B44")
    Traceback (most recent call last):
    ...
    wes_biomarkers.contracts.hla.AlleleNameError: is a serotype or of low resolution, not an allele
    """
    name = text.strip().upper()
    if not name:
        raise AlleleNameError("is empty", f"Give an allele such as {_EXAMPLE}, or leave it out.")
    match = _NAME.fullmatch(name)
    if match is None:
        raise _refusal(name)
    gene = "C" if match["gene"] == "CW" else match["gene"]
    digits = match["fields"].replace("_", ":")
    fields = tuple(digits.split(":")) if ":" in digits else _old_fields(gene, digits, bool(match["star"]))
    if len(fields) > 4 or not all(2 <= len(field) <= 4 for field in fields):
        raise AlleleNameError(
            "has other than one to four fields of two to four digits", f"Write it as {_EXAMPLE}."
        )
    if len(fields) == 1 and gene not in _GENES_OF_ONE_FIELD:
        raise _low_resolution()
    return Allele(gene, fields, match["suffix"].strip("GP"))


def parse_alleles(text: str, sep: str = ";") -> tuple[Allele, ...]:
    """The alleles of a text that separates them; blanks around a name and empty parts are passed over.

    Raises:
        AlleleNameError: of the first name that is refused.

    >>> [str(allele) for allele in parse_alleles("HLA-A*02:01; B0702;")]
    ['A*02:01', 'B*07:02']
    """
    return tuple(parse_allele(part) for part in text.split(sep) if part.strip())


def _old_fields(gene: str, digits: str, starred: bool) -> tuple[str, ...]:
    """Fields of a name without colons: two digits each before 2010, with the renamings of that year."""
    if gene in _GENES_OF_ONE_FIELD and starred:
        return (digits[:3], *(digits[i : i + 2] for i in range(3, len(digits), 2)))
    if len(digits) < 4:
        raise _low_resolution()
    if len(digits) % 2 or len(digits) > 8:
        raise AlleleNameError("can be read as several names without its colons", f"Write it as {_EXAMPLE}.")
    first, second, *rest = (digits[i : i + 2] for i in range(0, len(digits), 2))
    if (gene, first) in (("A", "92"), ("B", "95")):  # names 101 and on of A*02 and B*15
        return ("02" if gene == "A" else "15", f"1{second}", *rest)
    if gene == "DPB1" and second != "01" and (first, second) not in (("02", "02"), ("04", "02")):
        raise AlleleNameError(
            "was given another number in 2010", "Give its name of today, such as DPB1*104:01."
        )
    return (first, second, *rest)


def _low_resolution() -> AlleleNameError:
    return AlleleNameError(
        "is a serotype or of low resolution, not an allele",
        f"Give the type at two fields, such as {_EXAMPLE}; a serotype stands for many alleles.",
    )


def _refusal(name: str) -> AlleleNameError:
    """Why a text that has not the form of a name is refused."""
    if _SEROTYPE.fullmatch(name):
        return _low_resolution()
    if _CODE.fullmatch(name):
        return AlleleNameError("stands for several alleles", f"Give the one typed, such as {_EXAMPLE}.")
    return AlleleNameError("is no name of an HLA allele", f"Write it as {_EXAMPLE}.")
