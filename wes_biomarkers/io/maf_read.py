"""Mutation annotation format (MAF) in: the mutations of every tumour of a file, with our names and coordinates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.consequence import most_severe
from wes_biomarkers.io.lines import FaultList, read_lines
from wes_biomarkers.io.vcf_rows import objects

if TYPE_CHECKING:
    import pandas as pd

REQUIRED: tuple[str, ...] = (
    "Hugo_Symbol", "Chromosome", "Start_Position", "Variant_Classification", "Reference_Allele",
    "Tumor_Seq_Allele2", "Tumor_Sample_Barcode",
)  # fmt: skip

#: Class -> Sequence Ontology term. A MAF does not tell donor from acceptor.
CONSEQUENCE: Mapping[str, str | None] = {
    "Missense_Mutation": "missense_variant",
    "Nonsense_Mutation": "stop_gained",
    "Nonstop_Mutation": "stop_lost",
    "Translation_Start_Site": "start_lost",
    "Frame_Shift_Del": "frameshift_variant",
    "Frame_Shift_Ins": "frameshift_variant",
    "In_Frame_Del": "inframe_deletion",
    "In_Frame_Ins": "inframe_insertion",
    "Splice_Site": "splice_donor_variant",
    "Splice_Region": "splice_region_variant",
    "Silent": "synonymous_variant",
    "RNA": "non_coding_transcript_exon_variant",
    "lincRNA": "non_coding_transcript_exon_variant",
    "5'UTR": "5_prime_UTR_variant",
    "3'UTR": "3_prime_UTR_variant",
    "Intron": "intron_variant",
    "5'Flank": "upstream_gene_variant",
    "3'Flank": "downstream_gene_variant",
    "IGR": "intergenic_variant",
    "Targeted_Region": None,
    "De_novo_Start_InFrame": "5_prime_UTR_variant",
    "De_novo_Start_OutOfFrame": "5_prime_UTR_variant",
    "Unknown": None,
}
_UNKNOWN = ("", ".", "NA", "nan", "__UNKNOWN__")
_FREQUENCIES = ("gnomAD_AF", "gnomADe_AF", "ExAC_AF")
_PASSED = ("PASS", "", ".")


@dataclass(frozen=True)
class MafSample:
    """The mutations of one tumour: `columns` as `VariantSet.columns` names them, arrays of length n."""

    tumor: str
    normal: str | None
    columns: Mapping[str, NDArray[Any]]


def read_maf(path: Path | str) -> list[MafSample]:
    """The tumours of a MAF, in order of appearance, plain or gzip.

    Positions become 0-based half-open (an insertion is empty, between two bases). Read counts come from
    t_depth, t_ref_count, t_alt_count, n_alt_count; the population frequency is the largest of gnomAD's and
    ExAC's; what is absent is NaN. A file without FILTER counts as filtered. A tumour without a mutation
    is not in a MAF: who was sequenced must be known from elsewhere.

    Raises:
        InputError: unreadable, required columns absent, or rows with another number of cells, a position that is
            no whole number, an unknown class or no tumour.
    """
    frame = _read_frame(path)
    return [_sample(str(tumor), rows) for tumor, rows in frame.groupby("Tumor_Sample_Barcode", sort=False)]


def no_mutations() -> Mapping[str, NDArray[Any]]:
    """The columns of a tumour that was sequenced and has no mutation."""
    import pandas as pd

    return _sample("", pd.DataFrame(columns=list(REQUIRED), dtype=object)).columns


def read_builds(path: Path | str) -> tuple[str, ...]:
    """The genome builds a MAF names (NCBI_Build), sorted; empty where it has no such column."""
    rows = _cells(path)
    heading = next(rows, (0, []))[1]
    if "NCBI_Build" not in heading:
        return ()
    at = heading.index("NCBI_Build")
    return tuple(sorted({cells[at] for _, cells in rows if len(cells) > at} - set(_UNKNOWN)))


def _read_frame(path: Path | str) -> pd.DataFrame:
    import pandas as pd

    heading: list[str] = []
    faults = FaultList(path)
    rows: list[list[str]] = []
    for number, cells in _cells(path):
        if not heading:
            heading = cells
            if missing := [name for name in REQUIRED if name not in heading]:
                remedy = "Give a MAF with the core columns of the GDC's format."
                raise InputError([Fault(f"lacks the columns {', '.join(missing)}", remedy, file=str(path))])
            at = {name: heading.index(name) for name in REQUIRED}
        elif len(cells) != len(heading):
            faults.add("has not as many cells as the heading", "Mend the row.", row=number)
        else:
            if not cells[at["Start_Position"]].isdecimal() or int(cells[at["Start_Position"]]) < 1:
                faults.add("Start_Position is no position from 1", "Mend the value.", row=number,
                           value=cells[at["Start_Position"]][:60])  # fmt: skip
            if cells[at["Variant_Classification"]] not in CONSEQUENCE:
                faults.add("unknown Variant_Classification", f"Known: {', '.join(CONSEQUENCE)}.", row=number,
                           value=cells[at["Variant_Classification"]][:60])  # fmt: skip
            if cells[at["Tumor_Sample_Barcode"]] in _UNKNOWN:
                faults.add("names no tumour", "Fill in Tumor_Sample_Barcode.", row=number)
            rows.append(cells)
    if faults.count:
        raise InputError(faults.faults())
    if not rows:
        raise InputError([Fault("holds no mutation", "Give a MAF with rows.", file=str(path))])
    return pd.DataFrame(rows, columns=heading, dtype=object)


def _cells(path: Path | str) -> Iterator[tuple[int, list[str]]]:
    """Row number and cells of each line that is neither empty nor a comment."""
    for number, line in enumerate(read_lines(path), start=1):
        if line.strip() and not line.startswith("#"):
            yield number, line.split("\t")


def _sample(tumor: str, rows: pd.DataFrame) -> MafSample:
    normals = set(rows.get("Matched_Norm_Sample_Barcode", ())) - set(_UNKNOWN)
    ref, alt = _alleles(rows["Reference_Allele"]), _alleles(_mutated(rows))
    position = rows["Start_Position"].astype(np.int64).to_numpy()
    is_insertion = np.array([not before for before in ref], bool)
    start = np.where(is_insertion, position, position - 1)
    t_alt, t_ref = _numbers(rows, "t_alt_count"), _numbers(rows, "t_ref_count")
    t_depth = _first_known(_numbers(rows, "t_depth"), t_alt + t_ref)
    with np.errstate(divide="ignore", invalid="ignore"):
        vaf = np.where(t_depth > 0, t_alt / t_depth, np.nan)
    frequency = np.full(len(rows), np.nan)
    for name in _FREQUENCIES:
        frequency = np.fmax(frequency, _numbers(rows, name))
    filters = rows["FILTER"] if "FILTER" in rows else ["PASS"] * len(rows)
    columns: dict[str, NDArray[Any]] = {
        "chrom": rows["Chromosome"].to_numpy(object),
        "start": start,
        "end": start + np.array([len(before) for before in ref], np.int64),
        "ref": objects(ref),
        "alt": objects(alt),
        "kind": objects([_kind(*pair) for pair in zip(ref, alt, strict=True)]),
        "filter": objects([None if word in ("", ".") else word for word in filters]),
        "is_pass": np.array([word in _PASSED for word in filters], bool),
        "gene": rows["Hugo_Symbol"].to_numpy(object),
        "transcript_id": _words(rows, "Transcript_ID"),
        "consequence": objects(_terms(rows)),
        "aa_change": _words(rows, "HGVSp_Short"),
        "protein_length": _protein_lengths(rows),
        "t_alt": t_alt,
        "t_depth": t_depth,
        "vaf": vaf,
        "n_alt": _numbers(rows, "n_alt_count"),
        "n_depth": _first_known(
            _numbers(rows, "n_depth"), _numbers(rows, "n_alt_count") + _numbers(rows, "n_ref_count")
        ),
        "population_af": frequency,
    }
    return MafSample(tumor, sorted(normals)[0] if normals else None, columns)


def _terms(rows: pd.DataFrame) -> list[str | None]:
    """The term of `Consequence` where the file has it, else that of the class."""
    classes = [CONSEQUENCE[word] for word in rows["Variant_Classification"]]
    if "Consequence" not in rows:
        return classes
    own = [word.replace(",", "&").replace(";", "&") for word in rows["Consequence"]]
    return [
        term if word in _UNKNOWN else most_severe(word)[0] for word, term in zip(own, classes, strict=True)
    ]


def _mutated(rows: pd.DataFrame) -> pd.Series[Any]:
    """The mutated allele: Tumor_Seq_Allele2, or where that is the reference's, the other one of the tumour."""
    second = rows["Tumor_Seq_Allele2"]
    if "Tumor_Seq_Allele1" not in rows:
        return second
    return second.where(second != rows["Reference_Allele"], rows["Tumor_Seq_Allele1"])


def _alleles(column: pd.Series[Any]) -> list[str]:
    return ["" if allele in ("-", *_UNKNOWN) else str(allele).upper() for allele in column]


def _kind(ref: str, alt: str) -> str:
    if not ref:
        return "insertion"
    if not alt:
        return "deletion"
    if len(ref) != len(alt):
        return "complex"
    return "snv" if len(ref) == 1 else "mnv"


def _protein_lengths(rows: pd.DataFrame) -> NDArray[np.float64]:
    """Residues of the protein: what follows the slash of VEP's Protein_position (`175/393`); NaN where it does not say."""
    import pandas as pd

    if "Protein_position" not in rows:
        return np.full(len(rows), np.nan)
    said = rows["Protein_position"].str.extract(r"/([1-9]\d*)$", expand=False)
    return pd.to_numeric(said).to_numpy(np.float64)


def _words(rows: pd.DataFrame, name: str) -> NDArray[Any]:
    """A column of text; None where absent or unknown."""
    return objects([None if word in _UNKNOWN else word for word in rows.get(name, [""] * len(rows))])


def _first_known(values: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isnan(values), others, values)


def _numbers(rows: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """A column of numbers; NaN where absent or no number."""
    import pandas as pd

    if name not in rows:
        return np.full(len(rows), np.nan)
    return pd.to_numeric(rows[name], errors="coerce").to_numpy(np.float64)
