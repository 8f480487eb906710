"""Expression of genes or transcripts from a table, in transcripts per million (TPM)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from wes_biomarkers.contracts.schema import UNKNOWN_CELLS
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.lines import FaultList
from wes_biomarkers.io.sheet import Sheet, read_rows
from wes_biomarkers.neoantigens.expression import Expression, bare_id

#: Headings by what they hold, in lower case with `_` for any other sign.
_HEADINGS: Mapping[str, frozenset[str]] = {
    "gene_id": frozenset({"gene_id", "ensembl_gene_id", "ensembl_id", "ensg"}),
    "gene_name": frozenset({"gene_name", "gene", "symbol", "gene_symbol", "hugo_symbol", "hgnc_symbol"}),
    "transcript_id": frozenset(
        {"transcript_id", "transcript", "tx", "target_id", "ensembl_transcript_id", "enst"}
    ),
    "name": frozenset({"name", "id", "feature_id"}),
}
#: Columns of the usual programs that hold neither a name nor an expression of a sample.
_OTHER = re.compile(
    r"length|eff(ective)?_length|num_?reads|expected_count|est_counts|fpkm|rpkm|isopct|coverage|start|end|strand|"
    r"reference|chrom|chr|description|transcript_id_s|entrez(_gene_id)?|biotype|gene_type|gene_biotype|tx_?name"
)
#: Rows from which a table is taken to hold all genes, and between what its TPM then add up.
_WHOLE_TABLE = 5000
_TPM_SUM = (2e5, 3e6)
_WRONG_UNIT = re.compile(
    r"(^|_)(fpkm|rpkm|cpm|counts?|reads|num_?reads|log(2|10|e)?|log2?_?tpm|vst|rlog|tmm|voom|zscore|z)($|_)"
)


def read_expression(
    path: Path | str, sample: str | None = None, ids: Mapping[str, str] | None = None
) -> Expression:
    """TPM by gene and transcript from a TSV, CSV or XLSX (Salmon, kallisto, RSEM, StringTie, nf-core, or a plain table).

    Names of genes or transcripts are found by their headings, and in a column `Name` by their form (ENST, ENSG, else gene
    names). The value is the column `TPM`, or that named after the sample, or the only other one. Versions of Ensembl ids
    are dropped. Rows of one name are summed (its loci, or the transcripts of a gene); an empty cell is unknown.

    Args:
        path: the table.
        sample: the column of a table with several.
        ids: gene id by gene name, for genes that peptides know by name and the table by id.

    Raises:
        InputError: no column of names, none or several that could be TPM, another unit, values that are no numbers from 0.
    """
    sheet = read_rows(path)
    found = {heading: _plain(heading) for heading in sheet.columns}
    names = {kind: _first(found, known) for kind, known in _HEADINGS.items()}
    if not any(names.values()):
        remedy = "Head a column gene_name, gene_id or transcript_id."
        raise InputError([Fault("has no column of genes or transcripts", remedy, file=str(path), row=1)])
    used = {heading for heading in names.values() if heading}
    value = _value_column(sheet, found, used, sample)
    return _collect(sheet, {kind: heading for kind, heading in names.items() if heading}, value, ids or {})


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", heading.lower()).strip("_")


def _first(found: Mapping[str, str], known: frozenset[str]) -> str | None:
    return next((heading for heading, plain in found.items() if plain in known), None)


def _value_column(sheet: Sheet, found: Mapping[str, str], used: set[str], sample: str | None) -> str:
    """The heading of the values."""
    left = {heading: plain for heading, plain in found.items() if heading not in used}
    if sample is not None and (own := [heading for heading in left if heading == sample]):
        return own[0]
    if tpm := [heading for heading, plain in left.items() if plain == "tpm"]:
        return tpm[0]
    open_ones = [heading for heading, plain in left.items() if not _OTHER.fullmatch(plain)]
    fit = [heading for heading in open_ones if not _WRONG_UNIT.search(left[heading])]
    if len(fit) == 1:
        return fit[0]
    if fit:
        rule = f"has {len(fit)} columns that could be the expression"
        remedy = "Head the one of this tumour TPM, or with its sample's name."
    else:
        rule = "holds no TPM"
        remedy = "Give transcripts per million, not counts, FPKM or logarithms, in a column headed TPM."
    raise InputError([Fault(rule, remedy, file=sheet.path, row=1)])


def _collect(sheet: Sheet, names: Mapping[str, str], column: str, ids: Mapping[str, str]) -> Expression:
    faults = FaultList(sheet.path)
    by_gene: dict[str, float] = {}
    by_transcript: dict[str, float] = {}
    for row, number in zip(sheet.rows, sheet.row_numbers, strict=True):
        if row[column] in UNKNOWN_CELLS:
            continue
        tpm = _number(row[column])
        if math.isnan(tpm):
            faults.add(
                "is no TPM: a number from 0",
                "Mend the value, or leave it empty.",
                row=number,
                value=row[column],
            )
            continue
        genes, transcripts = _names_of(row, names)
        for name in genes:
            by_gene[name] = by_gene.get(name, 0.0) + tpm
        for name in transcripts:
            by_transcript[name] = by_transcript.get(name, 0.0) + tpm
    total = sum(by_transcript.values()) or sum(by_gene.values())
    if len(sheet.rows) >= _WHOLE_TABLE and not _TPM_SUM[0] <= total <= _TPM_SUM[1]:
        remedy = "Give transcripts per million, not counts or logarithms."
        faults.add(f"is no TPM: {column} does not add up to about a million", remedy)
    if faults.count:
        raise InputError(faults.faults())
    return Expression(by_gene, by_transcript, {name: bare_id(gene_id) for name, gene_id in ids.items()})


def _number(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) and value >= 0 else math.nan


def _names_of(row: Mapping[str, str], names: Mapping[str, str]) -> tuple[set[str], Sequence[str]]:
    """Genes (name, id) and transcript of a row; of `ENST1|ENSG1|...` each part counts for what it is."""
    genes, transcripts = set(), []
    for kind, heading in names.items():
        cell = row[heading]
        if cell in UNKNOWN_CELLS:
            continue
        parts = [part for part in cell.split("|") if part] if "|" in cell else [cell]
        for part in parts if parts[0].startswith("ENS") else parts[:1]:
            bare = bare_id(part)
            is_transcript = re.match(r"ENS[A-Z]*T\d", bare) or (
                kind == "transcript_id" and not bare.startswith("ENS")
            )
            if is_transcript:
                transcripts.append(bare)
            elif len(parts) == 1 or re.match(r"ENS[A-Z]*G\d", bare):
                genes.add(bare)
    return genes, transcripts
