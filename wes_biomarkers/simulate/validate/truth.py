"""The truth of a simulated trial, read back from its files."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.files import read_json, read_text
from wes_biomarkers.simulate.truth import TRUTH_SCHEMA
from wes_biomarkers.simulate.variants import Variant

#: A planted variant counts where the reads show it this well (issue: 8 alternate reads, VAF .10).
MIN_ALT = 8
MIN_VAF = 0.10
#: Bases around an unstable microsatellite whose calls are its own.
UNSTABLE_MARGIN = 2

Row = Mapping[str, str]


@dataclass(frozen=True)
class Planted:
    """A planted variant of one pair, the fragments that show each allele, and its cancer cell fraction."""

    variant: Variant
    n_ref: int
    n_alt: int
    consequence: str
    ccf: float = 1.0

    @property
    def eligible(self) -> bool:
        """Whether a caller is expected to find it."""
        return self.n_alt >= MIN_ALT and self.n_alt >= MIN_VAF * (self.n_alt + self.n_ref)


@dataclass(frozen=True)
class Truth:
    """What was simulated.

    Attributes:
        planted: somatic variants by pair.
        patient: the patient of each pair.
        msi_class: `high` or `stable` by pair.
        contigs: the genome.
        targets: (contig, start, end) of the capture targets, 0-based half-open.
        unstable: (contig, start, end) of the unstable microsatellites, by patient.
        tables: rows of purity, segments, signatures, genes and hla_loh, by table and pair.
    """

    planted: Mapping[str, tuple[Planted, ...]]
    patient: Mapping[str, str]
    contigs: Mapping[str, str]
    msi_class: Mapping[str, str] = field(default_factory=dict)
    targets: Sequence[tuple[str, int, int]] = ()
    unstable: Mapping[str, Sequence[tuple[str, int, int]]] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, Sequence[Row]]] = field(default_factory=dict)

    def rows(self, table: str, pair_id: str) -> Sequence[Row]:
        """The rows of one pair in `purity`, `segments`, `signatures`, `genes` or `hla_loh`."""
        return self.tables.get(table, {}).get(pair_id, ())

    def is_unstable(self, patient_id: str, variant: Variant) -> bool:
        """Whether a variant touches an unstable microsatellite of the patient."""
        return any(
            contig == variant.contig
            and variant.pos < end + UNSTABLE_MARGIN
            and start - UNSTABLE_MARGIN < variant.end
            for contig, start, end in self.unstable.get(patient_id, ())
        )


def read_truth(folder: Path | str) -> Truth:
    """The truth of a simulated trial, from its folder or the `truth/` in it.

    Raises:
        InputError: no such truth, or one of another schema.
    """
    base = Path(folder)
    base = base if (base / "truth.json").is_file() else base / "truth"
    data = read_json(base / "truth.json")
    if data.get("schema") != TRUTH_SCHEMA:
        rule, remedy = f"schema is not {TRUTH_SCHEMA}", "Simulate again with this version."
        raise InputError([Fault(rule, remedy, file=str(base / "truth.json"))])
    pairs = [(pair["pair_id"], entry) for entry in data["patients"] for pair in entry["pairs"]]
    planted: dict[str, list[Planted]] = {pair: [] for pair, _ in pairs}
    for row in _rows(base / "variants.tsv"):
        variant = Variant(row["chrom"], int(row["pos"]), row["ref"], row["alt"])
        reads = int(row["n_ref"]), int(row["n_alt"])
        planted[row["pair_id"]].append(Planted(variant, *reads, row["consequence"], float(row["ccf"])))
    unstable: dict[str, list[tuple[str, int, int]]] = {}
    for row in _rows(base / "microsatellites.tsv"):
        if row["unstable"] == "1":
            site = (row["chrom"], int(row["start"]), int(row["end"]))
            unstable.setdefault(row["patient_id"], []).append(site)
    tables: dict[str, dict[str, list[Row]]] = {}
    named = ["purity", "segments", "signatures", "genes"]
    # trials of earlier versions have no HLA family
    named += ["hla_loh"] if (base / "hla_loh.tsv").is_file() else []
    for name in named:
        tables[name] = {}
        for row in _rows(base / f"{name}.tsv"):
            tables[name].setdefault(row["pair_id"], []).append(row)
    reference = base.parent / "reference"
    return Truth(
        {pair: tuple(items) for pair, items in planted.items()},
        {pair: entry["patient_id"] for pair, entry in pairs},
        _read_contigs(reference / "genome.fa"),
        {pair: entry["msi_class"] for pair, entry in pairs},
        _read_targets(reference / "targets.bed"),
        unstable,
        tables,
    )


def _rows(path: Path) -> list[Row]:
    return list(csv.DictReader(io.StringIO(read_text(path)), delimiter="\t"))


def _read_contigs(path: Path) -> dict[str, str]:
    contigs: dict[str, str] = {}
    for block in read_text(path).split(">")[1:]:
        name, _, bases = block.partition("\n")
        contigs[name.split()[0]] = bases.replace("\n", "")
    return contigs


def _read_targets(path: Path) -> list[tuple[str, int, int]]:
    cells = (line.split("\t") for line in read_text(path).splitlines())
    return [(contig, int(start), int(end)) for contig, start, end, *_ in cells]
