"""Gene lists, roles, other names, hot spots and rules of the drivers: the built-in ones, and the user's own list."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.gene_status import Gene, Hotspot, Role
from wes_biomarkers.features.pathways import EXONUCLEASE, GeneSet
from wes_biomarkers.features.tmb import Filters
from wes_biomarkers.io.files import packaged_text
from wes_biomarkers.io.lines import FaultList, read_lines

DEFAULT_LIST = "oesophagus_squamous"
OWN_LIST = "own"

_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@/-]*")
_ROLES: tuple[str, ...] = get_args(Role)


@dataclass(frozen=True)
class Catalogue:
    """What is known of genes: roles by symbol, other name -> symbol, and the lists by id."""

    genes: Mapping[str, Gene]
    aliases: Mapping[str, str]
    sets: Mapping[str, GeneSet]

    def current(self, name: str) -> str:
        """The symbol used here for a gene that may be written under another name.

        >>> read_catalogue().current("MLL2")
        'KMT2D'
        """
        return self.aliases.get(name, name)

    def gene(self, name: str) -> Gene:
        """The gene of a symbol; its role is `unknown` where none is on record."""
        return self.genes.get(name, Gene(name, "unknown"))

    def of_kind(self, kind: str) -> tuple[GeneSet, ...]:
        """The sets of a kind, in their order."""
        return tuple(one for one in self.sets.values() if one.kind == kind)


@dataclass(frozen=True)
class DriverRules:
    """Thresholds of the drivers, and why each has its value.

    `min_callable_share`: of a gene's coding bases; below it the absence of a mutation is not known. The
    `germline` filters hold for inherited variants.
    """

    filters: Filters
    min_callable_share: float
    germline: Filters
    reasons: Mapping[str, str]


def _packaged_rows(name: str) -> list[dict[str, str]]:
    heading, *rows = (line.split("\t") for line in packaged_text(name).splitlines() if line)
    return [dict(zip(heading, row, strict=True)) for row in rows]


def read_catalogue() -> Catalogue:
    """The built-in genes, their other names, and the lists of definitions/gene_sets.toml."""
    rows = _packaged_rows("driver_genes.tsv")
    raw: dict[str, Any] = tomllib.loads(packaged_text("gene_sets.toml"))
    return Catalogue(
        genes={row["gene"]: Gene(row["gene"], row["role"]) for row in rows},  # type: ignore[arg-type]
        aliases={name: row["gene"] for row in rows for name in row["alias"].split(";") if name},
        sets={
            name: GeneSet(name, table["kind"], table["doc"], tuple(table["genes"]), table["source"])
            for name, table in raw.items()
        },
    )


def read_hotspots() -> tuple[Hotspot, ...]:
    """The residues of definitions/hotspots.tsv."""
    rows = _packaged_rows("hotspots.tsv")
    return tuple(
        Hotspot(
            row["gene"],
            int(row["first"]),
            int(row["last"]),
            row["reference"],
            row["alternate"],
            row["change"],  # type: ignore[arg-type]
        )
        for row in rows
    )


def read_driver_rules() -> DriverRules:
    """The thresholds of definitions/drivers.toml."""
    raw: dict[str, Any] = tomllib.loads(packaged_text("drivers.toml"))
    return DriverRules(
        Filters(**raw["filters"]),
        raw["coverage"]["min_callable_share"],
        Filters(require_pass=True, **raw["germline"]),
        raw["reasons"],
    )


def judged_genes(catalogue: Catalogue, drivers: GeneSet) -> tuple[str, ...]:
    """Every gene whose status is needed: the list, the pathways and the polymerases, each once."""
    pathways = (gene for one in catalogue.of_kind("pathway") for gene in one.genes)
    return tuple(dict.fromkeys((*drivers.genes, *pathways, *EXONUCLEASE)))


def read_gene_list(
    asked: str | None, catalogue: Catalogue, known: Collection[str] | None = None
) -> tuple[GeneSet, Catalogue]:
    """The list of drivers: a built-in one by its id, the user's own from a file, by default the squamous one.

    A file holds one gene a line, with its role (oncogene, suppressor or unknown) behind a tab where it is not
    ours; a heading `gene` and `#` comments are passed over; other names are read as the current symbol.

    Args:
        asked: id or path; None for the default.
        catalogue: of the built-in genes.
        known: gene names of the reference, as it writes them; None where there is no reference.

    Returns:
        The list, and the catalogue with the roles the file gives.

    Raises:
        InputError: no such list or file; every line that holds no gene symbol, names an unknown role or a gene
            that the reference lacks, or repeats a gene.
    """
    name = asked or DEFAULT_LIST
    if name in catalogue.sets and catalogue.sets[name].kind != "germline":
        return catalogue.sets[name], catalogue
    if not Path(name).exists():
        lists = ", ".join(one for one in catalogue.sets if catalogue.sets[one].kind != "germline")
        raise InputError(
            [Fault("no such gene list or file", f"Give a file, or one of: {lists}.", value=name)]
        )
    present = None if known is None else {catalogue.current(gene) for gene in known}
    faults, seen = FaultList(name), dict[str, int]()
    genes = dict(catalogue.genes)
    for row, line in enumerate(read_lines(name), start=1):
        symbol, _, role = (part.strip() for part in line.partition("\t"))
        if not symbol or symbol.startswith("#") or (not seen and symbol.lower() in ("gene", "hugo_symbol")):
            continue
        gene = catalogue.current(symbol)
        role = role.split("\t")[0].strip()
        if not _SYMBOL.fullmatch(symbol):
            faults.add("is no gene symbol", "Write one symbol a line.", row=row, value=symbol[:60])
        elif role and role not in _ROLES:
            faults.add("unknown role", f"Known: {', '.join(_ROLES)}.", row=row, value=role[:60])
        elif present is not None and gene not in present:
            faults.add("no such gene in the reference", _nearest(gene, present), row=row, value=symbol)
        elif gene in seen:
            faults.add(f"repeats the gene of row {seen[gene]}", "Drop one.", row=row, value=symbol)
        else:
            seen[gene] = row
            if role:
                genes[gene] = Gene(gene, role)  # type: ignore[arg-type]
    if not seen and not faults.count:
        faults.add("holds no gene", "Write one symbol a line.")
    if faults.count:
        raise InputError(faults.faults())
    own = GeneSet(OWN_LIST, "driver", "the user's own list", tuple(seen), "given by the user")
    return own, Catalogue(genes, catalogue.aliases, catalogue.sets)


def _nearest(gene: str, present: Collection[str]) -> str:
    """What may have been meant."""
    near = get_close_matches(gene, present, n=2, cutoff=0.75)
    return f"Did you mean {' or '.join(near)}?" if near else "Check the symbol, or drop the line."
