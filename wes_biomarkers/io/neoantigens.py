"""Neoantigen candidates as a table, `neoantigens.tsv`; the thresholds they are judged by; what they are compared with."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.files import packaged_text
from wes_biomarkers.io.lines import FaultList, read_lines
from wes_biomarkers.io.tsv import write_rows
from wes_biomarkers.neoantigens.binding import RESIDUES
from wes_biomarkers.neoantigens.candidates import Rules
from wes_biomarkers.neoantigens.ranked_table import COLUMNS, RankedTable
from wes_biomarkers.neoantigens.tiers import Condition, TierRule, Tiers

_WHOLE = ("rank", "start", "strong", "weak", "ic50_below_500", "hla_lost")
_TEXT = (
    *(
        "pair_id",
        "mhc_class",
        "tier",
        "tier_reason",
        "gene",
        "chrom",
        "ref",
        "alt",
        "transcripts",
        "consequence",
    ),
    *("protein_change", "peptide", "wildtype", "changed", "allele", "allele_model", "anchor", "clonality"),
    *("phase", "neighbours", "flags"),
)


def read_rules() -> Rules:
    """The thresholds of definitions/neoantigens.toml, the anchors of hla_anchors.tsv, the rules of neoantigen_tiers.toml."""
    values = {key: entry["value"] for key, entry in tomllib.loads(packaged_text("neoantigens.toml")).items()}
    return Rules(
        strong_rank={"I": values["strong_rank_i"], "II": values["strong_rank_ii"]},
        weak_rank={"I": values["weak_rank_i"], "II": values["weak_rank_ii"]},
        affine_nm=values["affine_nm"],
        amplitude_constant=values["amplitude_constant"],
        facing_first=values["facing_first"],
        anchors=_read_anchors(packaged_text("hla_anchors.tsv")),
        tiers=_read_tiers(packaged_text("neoantigen_tiers.toml")),
    )


def _read_anchors(text: str) -> dict[str, tuple[int, ...]]:
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return {allele: tuple(map(int, anchors.split(","))) for allele, anchors, _ in rows[1:]}


def _read_tiers(text: str) -> Tiers:
    data = tomllib.loads(text)
    rules = [
        TierRule(
            entry["tier"],
            entry["reason"],
            tuple(
                Condition(column, test, value)
                for column, tests in entry["when"].items()
                for test, value in tests.items()
            ),
        )
        for entry in data["rule"]
    ]
    return Tiers(tuple(data["order"]), tuple(rules))


def write_neoantigens(path: Path | str, table: RankedTable) -> None:
    """Write the table as TSV: unknown is an empty cell, true and false are 1 and 0, fractions have six digits."""
    rows = zip(*(table.columns[name].tolist() for name in COLUMNS), strict=True) if len(table) else []
    write_rows(path, COLUMNS, rows, _WHOLE)


def read_neoantigens(path: Path | str) -> RankedTable:
    """Read `neoantigens.tsv` back: text as objects (None where empty), numbers as floats (NaN where empty).

    Raises:
        InputError: unreadable, another heading, cells that are no numbers.
    """
    lines = list(read_lines(path))
    if not lines or tuple(lines[0].split("\t")) != COLUMNS:
        remedy = "Give the neoantigens.tsv of a run or of `wes-biomarkers feature neoantigens`."
        raise InputError([Fault("has not the columns of neoantigens.tsv", remedy, file=str(path))])
    faults = FaultList(path)
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for row, line in enumerate(lines[1:], start=2):
        cells = line.split("\t")
        if len(cells) != len(COLUMNS):
            faults.add(f"has {len(cells)} cells, not {len(COLUMNS)}", "Give the file whole.", row=row)
            continue
        for name, cell in zip(COLUMNS, cells, strict=True):
            try:
                columns[name].append((cell or None) if name in _TEXT else float(cell or "nan"))
            except ValueError:
                faults.add(f"{name} is no number", "Mend the value.", row=row, value=cell)
    if faults.count:
        raise InputError(faults.faults())
    kinds = {name: object if name in _TEXT else np.float64 for name in COLUMNS}
    return RankedTable({name: np.array(values, kinds[name]) for name, values in columns.items()})


def substitution_scores() -> NDArray[np.int8]:
    """BLOSUM62 in the order of `binding.RESIDUES`, shape (20, 20)."""
    from Bio.Align import substitution_matrices

    matrix: Any = substitution_matrices.load("BLOSUM62")
    return np.array([[matrix[a, b] for b in RESIDUES] for a in RESIDUES], np.int8)


def read_epitopes(path: Path | str) -> tuple[str, ...]:
    """Sequences of a FASTA, or of a list with one epitope a line (its first word); upper case.

    Raises:
        InputError: unreadable, empty, a line that is no sequence of residues.
    """
    faults = FaultList(path)
    parts: list[list[str]] = []
    lines = [line.strip() for line in read_lines(path)]
    is_fasta = any(line.startswith(">") for line in lines)
    for row, line in enumerate(lines, start=1):
        if not line or line.startswith("#"):
            continue
        if line.startswith(">"):
            parts.append([])
            continue
        text = line.split()[0].split(",")[0].rstrip("*").upper()
        if not text.isascii() or not text.isalpha():
            faults.add(
                "is no sequence of residues", "Give a FASTA or one epitope a line.", row=row, value=text[:40]
            )
        elif is_fasta and parts:
            parts[-1].append(text)
        else:
            parts.append([text])
    found = tuple(filter(None, ("".join(part) for part in parts)))
    if not found and not faults.count:
        faults.add("holds no sequence", "Give a FASTA or one epitope a line.")
    if faults.count:
        raise InputError(faults.faults())
    return found


def lost_alleles(path: Path | str, pair_id: str | None = None) -> dict[str, bool | None]:
    """Whether the tumour has lost each class I allele, by name at two fields, from `hla_loh.tsv`.

    None where the state is `review` or `not_evaluable`; the only allele of a homozygous locus is not lost.

    Args:
        path: the table of `feature hla-loh`.
        pair_id: only this pair's rows, where the table names pairs.

    Raises:
        InputError: unreadable, columns missing, an unknown state, a lost allele that is none of the two, several
            pairs and none was named, no row of the pair, a locus twice.
    """
    needed = ("locus", "allele_1", "allele_2", "state", "lost_allele")
    lines = [line.split("\t") for line in read_lines(path) if line.strip()]
    heading = lines[0] if lines else []
    if missing := [name for name in needed if name not in heading]:
        remedy = "Give the hla_loh.tsv of a run or of `wes-biomarkers feature hla-loh`."
        raise InputError([Fault(f"lacks the columns {', '.join(missing)}", remedy, file=str(path))])
    faults = FaultList(path)
    states: dict[str, bool | None] = {}
    loci: set[str] = set()
    rows = [dict(zip(heading, cells, strict=False)) for cells in lines[1:]]
    if pair_id is None and len({row.get("pair_id") for row in rows}) > 1:
        faults.add("holds several pairs, whose alleles would be mixed", "Name the pair: --pair-id.")
    for number, row in enumerate(rows, start=2):
        if pair_id is not None and row.get("pair_id") not in (None, "", pair_id):
            continue
        if row["locus"] in loci:
            faults.add("names a locus a second time", "Leave one row of it.", row=number, value=row["locus"])
        loci.add(row["locus"])
        states |= _states(row, number, faults)
    if not loci and not faults.count:
        faults.add("has no row of the pair", "Give the table of this pair.", value=pair_id)
    if faults.count:
        raise InputError(faults.faults())
    return states


def _states(row: dict[str, str], number: int, faults: FaultList) -> dict[str, bool | None]:
    """The two alleles of a locus and whether each is lost."""
    from wes_biomarkers.contracts.hla import AlleleNameError, parse_allele

    def name(cell: str) -> str:
        """An allele at two fields."""
        return str(parse_allele(cell).two_field) if cell else ""

    try:
        alleles = [name(row.get(key, "")) for key in ("allele_1", "allele_2", "lost_allele")]
    except AlleleNameError as error:
        faults.add(error.rule, error.remedy, row=number)
        return {}
    *both, lost = alleles
    state = row.get("state", "")
    if state not in ("loss", "kept", "homozygous", "review", "not_evaluable"):
        faults.add(
            "state is none of loss, kept, homozygous, review, not_evaluable",
            "Mend it.",
            row=number,
            value=state,
        )
    elif state == "loss" and lost not in both:
        faults.add("the lost allele is none of the two", "Mend it.", row=number, value=lost)
    told = state in ("loss", "kept", "homozygous")
    return {allele: (state == "loss" and allele == lost) if told else None for allele in both if allele}
