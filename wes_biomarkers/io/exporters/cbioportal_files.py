"""The files of a cBioPortal study: names, meta files, data files, case lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wes_biomarkers.io.files import write_text

#: What the portal calls the human builds.
UCSC: Mapping[str, str] = {"GRCh37": "hg19", "GRCh38": "hg38"}


@dataclass(frozen=True)
class StudyNames:
    """What the portal shows of a study: its id, name, description and type of cancer."""

    study_id: str = "wes_biomarkers"
    name: str = "wes-biomarkers cohort"
    description: str = "Whole-exome biomarkers"
    cancer_type: str = "mixed"


@dataclass
class Exported:
    """How much was written, and what was left out with its reason."""

    counts: dict[str, int] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def leave(self, n: int, what: str, why: str) -> None:
        """Note what was left out, unless nothing was."""
        if n:
            self.left_out.append(f"{n} {what}: {why}")


def write_meta(path: Path, fields: Mapping[str, str]) -> None:
    """A meta file: `name: value` a line."""
    write_text(path, "".join(f"{name}: {' '.join(value.split())}\n" for name, value in fields.items()))


def write_data_meta(folder: Path, name: str, study_id: str, kind: str, fields: Mapping[str, str]) -> None:
    """The meta file of a data file; `kind` is genetic_alteration_type/datatype."""
    alteration, datatype = kind.split("/")
    meta = {
        "cancer_study_identifier": study_id,
        "genetic_alteration_type": alteration,
        "datatype": datatype,
    }
    write_meta(folder / f"meta_{name}.txt", meta | dict(fields))


def write_lines(path: Path, lines: Iterable[Sequence[str]]) -> None:
    """A data file: cells separated by tabs."""
    write_text(path, "".join("\t".join(cells) + "\n" for cells in lines))


def write_cases(folder: Path, names: StudyNames, kind: str, text: str, samples: Sequence[str]) -> None:
    """The case list `kind` of a study: samples that have a kind of data."""
    fields = {
        "cancer_study_identifier": names.study_id,
        "stable_id": f"{names.study_id}_{kind}",
        "case_list_name": text,
        "case_list_description": f"{text} ({len(samples)} samples)",
    }
    body = "".join(f"{name}: {value}\n" for name, value in fields.items())
    path = folder / "case_lists" / f"cases_{kind}.txt"
    write_text(path, body + "case_list_ids: " + "\t".join(samples) + "\n")
