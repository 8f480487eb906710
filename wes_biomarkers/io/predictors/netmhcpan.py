"""NetMHCpan (4.0, 4.1) and NetMHCIIpan (4.0 to 4.3), where the program is on PATH.

Both are free for academic use only and have to be fetched from their makers, so nothing of them is here: the program
is run on a file of peptides, and what it prints is read by the names in the head of its table.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.errors import ToolError
from wes_biomarkers.io.tool import require_tools, run_tool
from wes_biomarkers.neoantigens.binding import is_usual

#: Columns of an affinity and of a rank, the first that is there. The thresholds of strong and weak binders are
#: of the eluted-ligand rank, where a version has one.
AFFINITY = ("Aff(nM)", "Affinity(nM)")
RANK = ("%Rank_EL", "%Rank")
_VERSION = re.compile(r"^#\s*NetMHC(?:II)?pan version\s+(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Dialect:
    """What differs between the two programs.

    Attributes:
        program: its name on PATH.
        options: that make it read a list of peptides and give affinities.
        list_option: prints the alleles it knows.
        lengths: of the peptides it takes.
        name_of: its name of an allele.
    """

    program: str
    options: tuple[str, ...]
    list_option: str
    lengths: range
    name_of: Callable[[str], str]


def class_1_name(allele: str) -> str:
    """The name NetMHCpan has for an allele.

    >>> class_1_name("A*02:01")
    'HLA-A02:01'
    """
    return "HLA-" + allele.replace("*", "")


def class_2_name(allele: str) -> str:
    """The name NetMHCIIpan has for a molecule.

    >>> class_2_name("DRB1*01:01"), class_2_name("DQA1*05:01-DQB1*02:01")
    ('DRB1_0101', 'HLA-DQA10501-DQB10201')
    """
    plain = allele.replace(":", "")
    return plain.replace("*", "_") if plain.startswith("DRB") else "HLA-" + plain.replace("*", "")


NETMHCPAN = Dialect("netMHCpan", ("-BA", "-p"), "-listMHC", range(8, 15), class_1_name)
NETMHCIIPAN = Dialect("netMHCIIpan", ("-BA", "-inptype", "1"), "-list", range(9, 51), class_2_name)
DIALECTS = {"netmhcpan": NETMHCPAN, "netmhciipan": NETMHCIIPAN}


def parse_table(lines: Iterable[str]) -> dict[str, tuple[float, float]]:
    """IC50 in nM and percentile rank by peptide, out of what either program prints for one allele.

    Raises:
        ToolError: when there is no table, or one without an affinity or a rank.
    """
    columns: list[str] = []
    found: dict[str, tuple[float, float]] = {}
    for line in lines:
        words = line.split()
        if words[:1] == ["Pos"]:
            columns = words
        elif columns and words and words[0].isdigit() and len(words) > columns.index("Peptide"):
            affinity, rank = (_value(columns, words, names) for names in (AFFINITY, RANK))
            found[words[columns.index("Peptide")]] = affinity, rank
    if not columns:
        raise ToolError("the output of NetMHCpan has no table", log_tail="\n".join(lines))
    return found


def _value(columns: Sequence[str], words: Sequence[str], names: Sequence[str]) -> float:
    """The number in the first of some columns that the table has."""
    for name in names:
        if name in columns:
            text = words[columns.index(name)]
            return float("nan") if text == "NA" else float(text)
    raise ToolError(f"the table has no column {' or '.join(names)}: run the program with -BA")


@dataclass
class NetMhcPan:
    """Either program as a predictor and, by its own ranks, as the ranks.

    Attributes:
        name: `netmhcpan` or `netmhciipan`.
        dialect: the program.
        seen: by allele, affinity and rank of the peptides predicted.
    """

    name: str
    dialect: Dialect
    seen: dict[str, dict[str, tuple[float, float]]] = field(default_factory=dict, repr=False)

    @property
    def version(self) -> str:
        """The version the program says."""
        return _version(self.dialect.program)

    @property
    def background(self) -> str:
        """The program's own natural peptides."""
        return f"the natural peptides of {self.dialect.program} {self.version} itself"

    def supports(self, allele: str) -> bool:
        """Whether the program lists the allele."""
        return self.dialect.name_of(allele) in _alleles(self.dialect.program, self.dialect.list_option)

    def predict(self, peptides: Sequence[str], allele: str) -> NDArray[np.float64]:
        """IC50 in nM of each peptide (n,); NaN for a length or letter the program does not take.

        Raises:
            ToolError: the program failed, or left a peptide out.
        """
        seen = self.seen.setdefault(allele, {})
        lengths = self.dialect.lengths
        new = [p for p in dict.fromkeys(peptides) if p not in seen and len(p) in lengths and is_usual(p)]
        if new:
            seen |= self._run(new, allele)
        return np.array([seen.get(peptide, (np.nan, np.nan))[0] for peptide in peptides])

    def rank(self, peptides: Sequence[str], ic50_nm: NDArray[np.float64], allele: str) -> NDArray[np.float64]:
        """The program's own rank of each peptide it was asked about (n,), in percent."""
        seen: Mapping[str, tuple[float, float]] = self.seen.get(allele, {})
        return np.array([seen.get(peptide, (np.nan, np.nan))[1] for peptide in peptides])

    def _run(self, peptides: Sequence[str], allele: str) -> dict[str, tuple[float, float]]:
        dialect = self.dialect
        with tempfile.TemporaryDirectory() as folder:
            listed, printed = Path(folder) / "peptides.txt", Path(folder) / "printed.txt"
            listed.write_text("\n".join(peptides) + "\n", encoding="ascii")
            command = [dialect.program, *dialect.options, "-a", dialect.name_of(allele), "-f", str(listed)]
            run_tool(command, output=printed)
            text = printed.read_text(encoding="utf-8", errors="replace")
        found = parse_table(text.splitlines())
        missing = sum(peptide not in found for peptide in peptides)
        if missing:
            rule = f"{dialect.program} left {missing} of {len(peptides)} peptides out for {allele}"
            raise ToolError(rule, command, text[-2000:])
        return found


@cache
def _alleles(program: str, option: str) -> frozenset[str]:
    return frozenset(word for line in _printed(program, option).splitlines() for word in line.split()[:1])


@cache
def _version(program: str) -> str:
    """The version in the head of a run's output; the programs have no option that prints it."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "peptides.txt"
        dialect = next(dialect for dialect in DIALECTS.values() if dialect.program == program)
        listed.write_text("AAAWYLWEVAAAWYL\n" if dialect is NETMHCIIPAN else "AAAWYLWEV\n")
        match = _VERSION.search(_printed(program, *dialect.options, "-f", str(listed)))
    return match[1] if match else "unknown"


def _printed(program: str, *options: str) -> str:
    require_tools([program])
    done = subprocess.run(
        [program, *options], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False, text=True
    )
    return done.stdout


def open_netmhcpan(name: str) -> NetMhcPan:
    """NetMHCpan (`netmhcpan`) or NetMHCIIpan (`netmhciipan`).

    Raises:
        ToolError: when the program is not on PATH.
    """
    require_tools([DIALECTS[name].program])
    return NetMhcPan(name, DIALECTS[name])
