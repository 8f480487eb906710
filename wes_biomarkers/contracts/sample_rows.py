"""Samplesheet rows gathered into samples, with the rules that hold within one sample."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from wes_biomarkers.contracts.resolved import Entry
from wes_biomarkers.contracts.samplesheet import NORMAL_SPECIMENS, TUMOR_SPECIMENS
from wes_biomarkers.errors import Fault

_SPECIMENS = {"tumor": TUMOR_SPECIMENS, "normal": NORMAL_SPECIMENS}

#: Columns that hold each kind of entry; also the order in which a mixed sample is judged.
ENTRY_COLUMNS: Mapping[Entry, tuple[str, ...]] = {
    "fastq": ("fastq_1", "fastq_2", "fastq_umi"),
    "bam": ("bam",),
    "vcf": ("vcf",),
}

#: Columns that tell about a sample, not a lane: its rows must agree (an empty cell agrees with any).
_SAMPLE_COLUMNS = (
    *("patient_id", "role", "specimen", "timepoint", "collection_date"),
    *("targets", "matched_normal", "sex", "hla"),
)


@dataclass(frozen=True)
class Row:
    """One row of a samplesheet: its line in the file, and its known cells by column (absolute paths)."""

    number: int
    cells: Mapping[str, str]

    def get(self, column: str) -> str:
        """The cell, or an empty string when unknown."""
        return self.cells.get(column, "")


@dataclass
class FaultSink:
    """Collects the faults of one sheet."""

    file: str
    faults: list[Fault] = field(default_factory=list)

    def add(self, row: int, column: str, rule: str, remedy: str, value: str | None = None) -> None:
        """Note one fault."""
        self.faults.append(Fault(rule, remedy, file=self.file, row=row, column=column, value=value or None))


@dataclass
class Draft:
    """A sample while its rows are gathered: `cells` holds what they agree on."""

    sample_id: str
    rows: Sequence[Row]
    cells: dict[str, str]
    entry: Entry | None = None

    @property
    def number(self) -> int:
        """The sample's first row."""
        return self.rows[0].number

    def get(self, column: str) -> str:
        """The agreed cell, or an empty string when unknown."""
        return self.cells.get(column, "")


def gather_samples(
    rows: Sequence[Row], identity: Mapping[str, Hashable], sink: FaultSink
) -> dict[str, Draft]:
    """Group rows by sample_id, in the sheet's order, noting every breach of the rules within a sample.

    Args:
        rows: the sheet.
        identity: what tells two paths to the same file, by path; a path not in it stands for itself.
        sink: where faults go.
    """
    _refuse_repeated_files(rows, identity, sink)
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row.get("sample_id"):
            groups.setdefault(row.get("sample_id"), []).append(row)
    drafts = {}
    for sample_id, members in groups.items():
        cells = _agreed_cells(sample_id, members, sink)
        draft = Draft(sample_id, _number_lanes(sample_id, members, sink), cells)
        _check_role(draft, sink)
        _settle_entry(draft, sink)
        drafts[sample_id] = draft
    return drafts


def _refuse_repeated_files(rows: Sequence[Row], identity: Mapping[str, Hashable], sink: FaultSink) -> None:
    seen: dict[Hashable, tuple[int, str]] = {}
    for row in rows:
        for column in (*ENTRY_COLUMNS["fastq"], *ENTRY_COLUMNS["bam"]):
            path = row.get(column)
            if not path:
                continue
            number, first = seen.setdefault(identity.get(path, path), (row.number, column))
            if (number, first) != (row.number, column):
                rule = f"the same file as row {number}, column {first}"
                sink.add(row.number, column, rule, "Give every file once.", path)


def _agreed_cells(sample_id: str, rows: Sequence[Row], sink: FaultSink) -> dict[str, str]:
    cells: dict[str, str] = {}
    for column in _SAMPLE_COLUMNS:
        for row in rows:
            value = row.get(column)
            first = cells.get(column) or value
            cells[column] = first
            if value and value != first:
                shown = None if column == "collection_date" else value
                rule = (
                    f"sample {sample_id} belongs to two patients"
                    if column == "patient_id"
                    else f"differs from the other rows of sample {sample_id}"
                )
                sink.add(row.number, column, rule, "Make the rows of a sample agree.", shown)
    return cells


def _number_lanes(sample_id: str, rows: Sequence[Row], sink: FaultSink) -> list[Row]:
    """The rows, their lanes named L1, L2, ... where the sample names none."""
    if not any(row.get("lane") for row in rows):
        return [Row(row.number, {**row.cells, "lane": f"L{n}"}) for n, row in enumerate(rows, start=1)]
    seen: dict[str, int] = {}
    for row in rows:
        lane = row.get("lane")
        if not lane:
            sink.add(
                row.number, "lane", "missing, though other rows of the sample have one", "Name the lane."
            )
        elif lane in seen:
            rule = f"sample {sample_id} has this lane in row {seen[lane]} already"
            sink.add(row.number, "lane", rule, "Give each lane of a sample one row and its own name.", lane)
        seen.setdefault(lane, row.number)
    return list(rows)


def _check_role(draft: Draft, sink: FaultSink) -> None:
    role, specimen, matched = draft.get("role"), draft.get("specimen"), draft.get("matched_normal")
    if role and specimen and specimen not in _SPECIMENS[role]:
        remedy = f"A {role} is one of: {', '.join(_SPECIMENS[role])}."
        sink.add(draft.number, "specimen", f"not a specimen of a {role}", remedy, specimen)
    if role == "normal" and matched:
        remedy = "Name the normal in the rows of its tumours."
        sink.add(draft.number, "matched_normal", "given for a normal", remedy, matched)
    if role == "normal" and any(row.get("vcf") for row in draft.rows):
        remedy = "Give the calls in the tumour's row; the normal may have reads or be left out."
        sink.add(draft.number, "vcf", "calls given for a normal", remedy)


def _settle_entry(draft: Draft, sink: FaultSink) -> None:
    """Set where the sample enters; more than one way, or several BAMs or VCFs, are faults."""
    found = [
        [kind for kind, columns in ENTRY_COLUMNS.items() if any(row.get(column) for column in columns)]
        for row in draft.rows
    ]
    for row, kinds in zip(draft.rows, found, strict=True):
        if len(kinds) > 1:
            rule = f"a row with {' and '.join(kinds)}"
            sink.add(row.number, kinds[1], rule, "Give FASTQs, or a BAM/CRAM, or a VCF.")
        if "fastq" in kinds:
            _check_mates(row, sink)
    every = [kind for kind in ENTRY_COLUMNS if any(kind in kinds for kinds in found)]
    draft.entry = every[0] if every else None
    if len(every) > 1 and all(len(kinds) <= 1 for kinds in found):
        rule = f"sample {draft.sample_id} has {' and '.join(every)} in different rows"
        sink.add(draft.number, "sample_id", rule, "Give a sample's FASTQs, or its BAM/CRAM, or its VCF.")
    elif len(draft.rows) > 1 and draft.entry in ("bam", "vcf"):
        rule = f"sample {draft.sample_id} has a {draft.entry} and more than one row"
        sink.add(draft.rows[1].number, draft.entry, rule, "Merge the files and give one row.")


def _check_mates(row: Row, sink: FaultSink) -> None:
    for column, other in (("fastq_1", "fastq_2"), ("fastq_2", "fastq_1")):
        if not row.get(column):
            beside = other if row.get(other) else "fastq_umi"
            sink.add(row.number, column, f"missing beside {beside}", "Give both FASTQs of the read pairs.")
