"""The resolved study: samples, lanes and tumour-normal pairs as pipeline and cohort tables use them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from wes_biomarkers.errors import ContractError

RESOLVED_SCHEMA = "wes_biomarkers.resolved/1"

Entry = Literal["fastq", "bam", "vcf"]

#: Instrument:run:flowcell:lane:tile:x:y, as Illumina machines have named reads since CASAVA 1.8.
_ILLUMINA_NAME = re.compile(r"^@?[^:\s]+:[^:\s]+:([A-Za-z0-9-]+):(\d+):\d+:\d+:\d+")


def format_read_group(sample_id: str, lane: str, first_read: str = "") -> str:
    r"""The `@RG` line for `bwa mem -R`, its tabs written as `\t`.

    The platform unit is `<flowcell>.<lane>` from an Illumina read name, else `<sample_id>.<lane>`.

    >>> print(format_read_group("S1", "L1", "@A00:7:HXYZ:3:1101:1000:2000 1:N:0:ACGT"))
    @RG\tID:S1.L1\tSM:S1\tLB:S1\tPL:ILLUMINA\tPU:HXYZ.3
    """
    match = _ILLUMINA_NAME.match(first_read)
    unit = f"{match.group(1)}.{match.group(2)}" if match else f"{sample_id}.{lane}"
    fields = (f"ID:{sample_id}.{lane}", f"SM:{sample_id}", f"LB:{sample_id}", "PL:ILLUMINA", f"PU:{unit}")
    return r"\t".join(("@RG", *fields))


@dataclass(frozen=True)
class Lane:
    """One FASTQ pair of a sample; absolute paths."""

    lane: str
    fastq_1: str
    fastq_2: str
    fastq_umi: str | None
    read_group: str


@dataclass(frozen=True)
class Sample:
    """One sequenced sample.

    `entry` says where it enters: `lanes` for fastq, `bam` and its index `bai` for bam (BAM or CRAM), `vcf`
    for calls; a normal of entry vcf is known by the calls of its tumour alone, and carries that VCF's path.
    `sex` is the patient's; `targets` is None where the bundle's only kit is meant.
    """

    patient_id: str
    sample_id: str
    role: str
    specimen: str
    timepoint: str
    collection_date: str | None
    targets: str | None
    sex: str
    hla: tuple[str, ...]
    entry: Entry
    lanes: tuple[Lane, ...] = ()
    bam: str | None = None
    bai: str | None = None
    vcf: str | None = None


@dataclass(frozen=True)
class Pair:
    """One tumour and its matched normal; `entry` is fastq when either side still has to be aligned.

    The sample ids are also the sample names inside the pair's calls. `sex` is the patient's. `time_rank` orders a
    patient's pairs from 0: the time point `baseline`, then by collection date, unknown ones last.
    `hla` are the types the sheet gives the patient, the normal's before the tumour's, separated by semicolons.
    """

    pair_id: str
    patient_id: str
    tumor_sample_id: str
    normal_sample_id: str
    specimen: str
    timepoint: str
    targets: str | None
    entry: Entry
    sex: str
    time_rank: int = 0
    hla: str = ""


@dataclass(frozen=True)
class Study:
    """Every sample and pair of a samplesheet, sorted by patient and id, whatever the order of its rows."""

    samples: tuple[Sample, ...]
    pairs: tuple[Pair, ...]

    @property
    def patients(self) -> tuple[str, ...]:
        """The patient ids, sorted."""
        return tuple(sorted({sample.patient_id for sample in self.samples}))

    def as_dict(self) -> dict[str, Any]:
        """The study as plain JSON types."""
        return {
            "schema": RESOLVED_SCHEMA,
            "patients": list(self.patients),
            "samples": [
                asdict(sample) | {"hla": list(sample.hla), "lanes": [asdict(lane) for lane in sample.lanes]}
                for sample in self.samples
            ],
            "pairs": [asdict(pair) for pair in self.pairs],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Study:
        """A study from its JSON form.

        Raises:
            ContractError: another schema, or a key that is missing or unknown.
        """
        if data.get("schema") != RESOLVED_SCHEMA:
            raise ContractError(
                f"not a resolved study: schema {data.get('schema')!r}, not {RESOLVED_SCHEMA!r}"
            )
        try:
            samples = tuple(
                Sample(
                    **{
                        **sample,
                        "hla": tuple(sample["hla"]),
                        "lanes": tuple(Lane(**lane) for lane in sample["lanes"]),
                    }
                )
                for sample in data["samples"]
            )
            return cls(samples, tuple(Pair(**pair) for pair in data["pairs"]))
        except (KeyError, TypeError) as error:
            raise ContractError(f"not a resolved study: {error}") from error
