"""The rules across samples: which normal a tumour is compared with. Pure: what is known of files comes in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from wes_biomarkers.contracts.resolved import Entry, Lane, Pair, Sample, Study, format_read_group
from wes_biomarkers.contracts.sample_rows import Draft, FaultSink, Row, gather_samples
from wes_biomarkers.contracts.sheet_cells import id_problem
from wes_biomarkers.errors import Fault

_DEFAULT_SPECIMEN = {"tumor": "tissue", "normal": "blood"}


@dataclass(frozen=True)
class VcfNames:
    """The sample columns of a VCF, and which its `##tumor_sample` and `##normal_sample` lines name."""

    columns: tuple[str, ...]
    tumor: str | None = None
    normal: str | None = None


@dataclass(frozen=True)
class FileFacts:
    """What reading the files told, by absolute path; empty when they were not looked at.

    `identity` tells two paths to one file; `first_reads` holds the first line of a FASTQ; `indexes` the index
    of a BAM or CRAM; `calls` the names in a VCF, None for one that could not be read (a fault of its own).
    """

    identity: Mapping[str, Hashable] = field(default_factory=dict)
    first_reads: Mapping[str, str] = field(default_factory=dict)
    indexes: Mapping[str, str] = field(default_factory=dict)
    calls: Mapping[str, VcfNames | None] = field(default_factory=dict)


@dataclass(frozen=True)
class _Called:
    """The samples in a tumour's calls, and the normal among them; empty where they are not known."""

    columns: tuple[str, ...] = ()
    normal: str = ""


def resolve_study(file: str, rows: Sequence[Row], facts: FileFacts) -> tuple[Study | None, list[Fault]]:
    """Group rows into samples and samples into pairs.

    A tumour is paired with the only normal of its patient, or with the one its `matched_normal` names. One
    that enters by a VCF may do without a normal's row, or without the normal's reads: its normal is then the
    VCF's normal sample (its `##normal_sample` line, or the only other column). A VCF must name the tumour, and
    the normal that has a row, by their sample ids: calls of another patient are told by nothing else.

    Args:
        file: the sheet's name for messages.
        rows: cells already checked one by one; those outside their allowed values are left out.
        facts: what reading the files told.

    Returns:
        The study and no faults, or None and every breach of these rules, by row. Rows without patient, sample
        or role and unreadable VCFs (faults of their own) give no study, and no pairing faults that would only
        follow from them.
    """
    sink = FaultSink(file)
    samples = gather_samples(rows, facts.identity, sink)
    _settle_sex(samples, sink)
    pairs: list[Pair] = []
    complete = all(row.get("patient_id") and row.get("sample_id") and row.get("role") for row in rows)
    if complete:
        pairing = _Pairing(samples, facts, sink)
        for patient_id in dict.fromkeys(draft.get("patient_id") for draft in samples.values()):
            pairs += pairing.pair_patient(patient_id)
        _refuse_repeated_pairs(pairs, samples, sink)
    readable = all(names is not None for names in facts.calls.values())
    if sink.faults or not complete or not readable:
        return None, sorted(sink.faults, key=lambda fault: fault.row or 0)
    built = [_build_sample(draft, facts) for draft in samples.values()]
    return Study(
        tuple(sorted(built, key=lambda sample: (sample.patient_id, sample.sample_id))),
        tuple(sorted(pairs, key=lambda pair: (pair.patient_id, pair.pair_id))),
    ), []


def _settle_sex(samples: Mapping[str, Draft], sink: FaultSink) -> None:
    """Give every sample its patient's sex; two different ones are a fault."""
    known: dict[str, tuple[str, int]] = {}
    for draft in samples.values():
        patient_id, sex = draft.get("patient_id"), draft.get("sex")
        if sex in ("", "unknown"):
            continue
        first, number = known.setdefault(patient_id, (sex, draft.number))
        if sex != first:
            rule = f"patient {patient_id} has another sex in row {number}"
            sink.add(draft.number, "sex", rule, "Give one sex a patient, or leave it empty.")
    for draft in samples.values():
        draft.cells["sex"] = known.get(draft.get("patient_id"), ("unknown", 0))[0]


class _Pairing:
    """Finds the normal of every tumour, one patient at a time; adds the normals that only a VCF knows."""

    def __init__(self, samples: dict[str, Draft], facts: FileFacts, sink: FaultSink) -> None:
        self._samples = samples
        self._facts = facts
        self._sink = sink

    def pair_patient(self, patient_id: str) -> list[Pair]:
        """The pairs of a patient; what cannot be paired is a fault in the sink."""
        members = [draft for draft in self._samples.values() if draft.get("patient_id") == patient_id]
        tumors = [draft for draft in members if draft.get("role") == "tumor"]
        normals = [draft for draft in members if draft.get("role") == "normal"]
        if not tumors:
            rule = f"patient {patient_id} has a normal ({normals[0].sample_id}) without a tumour"
            self._sink.add(normals[0].number, "role", rule, "Add the tumour's rows, or remove the patient.")
        pairs = []
        for tumor in tumors:
            called = self._names_in_calls(tumor)
            normal = None if called is None else self._find_normal(tumor, normals, called)
            if normal is not None:
                pairs.append(self._pair(tumor, normal))
        self._refuse_fileless(members, len(pairs) == len(tumors))
        return pairs

    def _refuse_fileless(self, members: Sequence[Draft], all_paired: bool) -> None:
        calls_given = any(draft.entry == "vcf" for draft in members)
        for draft in members:
            if draft.entry is None and (all_paired or draft.get("role") == "tumor" or not calls_given):
                remedy = "Give FASTQs, or a BAM/CRAM, or for a tumour a VCF."
                self._sink.add(draft.number, "fastq_1", f"sample {draft.sample_id} has no file", remedy)

    def _names_in_calls(self, tumor: Draft) -> _Called | None:
        """What the tumour's VCF names; None when it has no such tumour, or could not be read."""
        path = tumor.rows[0].get("vcf")
        if tumor.entry != "vcf" or path not in self._facts.calls:
            return _Called()
        names = self._facts.calls[path]
        if names is None:
            return None
        if tumor.sample_id not in names.columns:
            self._refuse_calls(tumor, _lacks(tumor, names.columns))
            return None
        if tumor.sample_id == names.normal:
            self._refuse_calls(tumor, f"in the VCF {tumor.sample_id} is the normal (##normal_sample)")
            return None
        others = [name for name in names.columns if name != tumor.sample_id]
        normal = names.normal if names.normal in others else (others[0] if len(others) == 1 else None)
        return _Called(names.columns, normal or "")

    def _refuse_calls(self, tumor: Draft, rule: str) -> None:
        remedy = "Give this pair's calls; if they are, correct the sheet or rename by `bcftools reheader -s`."
        self._sink.add(tumor.number, "vcf", rule, remedy, tumor.rows[0].get("vcf"))

    def _find_normal(self, tumor: Draft, normals: Sequence[Draft], called: _Called) -> Draft | None:
        wanted = tumor.get("matched_normal")
        if wanted:
            return self._named_normal(tumor, wanted, called)
        if len(normals) == 1:
            return self._agreeing(tumor, normals[0], called)
        if normals:
            choice = next((normal for normal in normals if normal.sample_id == called.normal), None)
            if choice is None:
                names = ", ".join(normal.sample_id for normal in normals)
                rule = f"empty, but patient {tumor.get('patient_id')} has {len(normals)} normals"
                self._sink.add(tumor.number, "matched_normal", rule, f"Name one of: {names}.")
            return choice
        if called.normal:
            return self._implied_normal(tumor, called.normal)
        rule = f"tumour {tumor.sample_id} of patient {tumor.get('patient_id')} has no normal"
        self._sink.add(tumor.number, "role", rule, "Add the rows of the patient's normal.")
        return None

    def _named_normal(self, tumor: Draft, wanted: str, called: _Called) -> Draft | None:
        normal = self._samples.get(wanted)
        if normal is None and wanted == called.normal:
            return self._implied_normal(tumor, wanted)
        if normal is None:
            rule = "no sample of this name in the sheet"
        elif normal.get("patient_id") != tumor.get("patient_id"):
            rule = f"a sample of another patient, {normal.get('patient_id')}"
        elif normal.get("role") != "normal":
            rule = "a sample that is no normal"
        else:
            return self._agreeing(tumor, normal, called)
        remedy = "Name a normal of the same patient by its sample_id."
        self._sink.add(tumor.number, "matched_normal", rule, remedy, wanted)
        return None

    def _agreeing(self, tumor: Draft, normal: Draft, called: _Called) -> Draft | None:
        """The sheet's normal, unless the VCF has another one, or several samples and not this one."""
        if not called.columns or called.normal == normal.sample_id:
            return normal
        if called.normal:
            rule = f"the VCF's normal is {called.normal}, the sheet's is {normal.sample_id}"
        elif normal.sample_id not in called.columns:
            rule = _lacks(normal, called.columns)
        else:
            return normal
        self._refuse_calls(tumor, rule)
        return None

    def _implied_normal(self, tumor: Draft, called: str) -> Draft | None:
        """The normal that only the VCF knows, as if it had a row with its ids and role."""
        if problem := id_problem(called):
            rule = f"the VCF's normal has a name that {problem}"
            remedy = "Rename it with `bcftools reheader -s`."
            self._sink.add(tumor.number, "vcf", rule, remedy, called)
            return None
        cells = {column: tumor.get(column) for column in ("patient_id", "sex", "targets")} | {
            "role": "normal"
        }
        normal = self._samples.setdefault(called, Draft(called, tumor.rows, cells))
        if (normal.get("patient_id"), normal.get("role")) == (tumor.get("patient_id"), "normal"):
            return normal
        rule = f"the VCF's normal {called} is another sample of the sheet"
        self._sink.add(tumor.number, "vcf", rule, "Give the calls of this pair.", tumor.rows[0].get("vcf"))
        return None

    def _pair(self, tumor: Draft, normal: Draft) -> Pair:
        if normal.entry is None and tumor.entry == "vcf":
            normal.entry, normal.rows = "vcf", tumor.rows
        entry: Entry = "bam" if (tumor.entry, normal.entry) == ("bam", "bam") else "fastq"
        return Pair(
            pair_id=f"{tumor.sample_id}_vs_{normal.sample_id}",
            patient_id=tumor.get("patient_id"),
            tumor_sample_id=tumor.sample_id,
            normal_sample_id=normal.sample_id,
            specimen=tumor.get("specimen") or _DEFAULT_SPECIMEN["tumor"],
            timepoint=tumor.get("timepoint") or "baseline",
            targets=tumor.get("targets") or None,
            entry="vcf" if tumor.entry == "vcf" else entry,
            sex=tumor.get("sex") or "unknown",
            time_rank=self._by_time(tumor).index(tumor.sample_id),
            hla=normal.get("hla") or tumor.get("hla") or self._other_types(tumor),
        )

    def _other_types(self, tumor: Draft) -> str:
        """HLA types that the sheet gives with another sample of the patient."""
        patient = tumor.get("patient_id")
        own = (sample.get("hla") for sample in self._samples.values() if sample.get("patient_id") == patient)
        return next(filter(None, own), "")

    def _by_time(self, tumor: Draft) -> list[str]:
        """Tumour sample ids of the patient, from the first to the last."""
        own = [
            sample
            for sample in self._samples.values()
            if (sample.get("patient_id"), sample.get("role")) == (tumor.get("patient_id"), "tumor")
        ]
        own.sort(
            key=lambda sample: (
                (sample.get("timepoint") or "baseline") != "baseline",
                sample.get("collection_date") or "9999",
                sample.sample_id,
            )
        )
        return [sample.sample_id for sample in own]


def _lacks(sample: Draft, columns: Sequence[str]) -> str:
    return f"the VCF has no sample {sample.sample_id}: it has {', '.join(columns) or 'none'}"


def _refuse_repeated_pairs(pairs: Sequence[Pair], samples: Mapping[str, Draft], sink: FaultSink) -> None:
    repeated = Counter(pair.pair_id for pair in pairs)
    for pair in pairs:
        if repeated[pair.pair_id] > 1:
            number = samples[pair.tumor_sample_id].number
            sink.add(
                number, "sample_id", "two pairs would have the same id", "Rename a sample.", pair.pair_id
            )


def _build_sample(draft: Draft, facts: FileFacts) -> Sample:
    assert draft.entry is not None  # a sample without a file left a fault
    first = draft.rows[0]
    lanes = [
        Lane(
            lane=row.get("lane"),
            fastq_1=row.get("fastq_1"),
            fastq_2=row.get("fastq_2"),
            fastq_umi=row.get("fastq_umi") or None,
            read_group=format_read_group(
                draft.sample_id, row.get("lane"), facts.first_reads.get(row.get("fastq_1"), "")
            ),
        )
        for row in draft.rows
        if draft.entry == "fastq"
    ]
    return Sample(
        patient_id=draft.get("patient_id"),
        sample_id=draft.sample_id,
        role=draft.get("role"),
        specimen=draft.get("specimen") or _DEFAULT_SPECIMEN[draft.get("role")],
        timepoint=draft.get("timepoint") or "baseline",
        collection_date=draft.get("collection_date") or None,
        targets=draft.get("targets") or None,
        sex=draft.get("sex") or "unknown",
        hla=tuple(draft.get("hla").split(";")) if draft.get("hla") else (),
        entry=draft.entry,
        lanes=tuple(lanes),
        bam=first.get("bam") if draft.entry == "bam" else None,
        bai=facts.indexes.get(first.get("bam")) if draft.entry == "bam" else None,
        vcf=first.get("vcf") if draft.entry == "vcf" else None,
    )
