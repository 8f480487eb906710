"""Every knob of the simulated trial, with its default, and the TOML file that changes them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.files import read_text

T = TypeVar("T")


@dataclass(frozen=True)
class GenomeParameters:
    """The invented genome; lengths in bases."""

    build: str = "simulated-v1"
    n_contig: int = 5
    contig_length: int = 250_000
    n_gene: int = 72
    target_padding: int = 50
    n_repeat_copy: int = 90


@dataclass(frozen=True)
class PopulationParameters:
    """Germline variation."""

    site_spacing: int = 100
    """mean distance of population variants, bases"""
    indel_share: float = 0.12
    unlisted_share: float = 0.05
    """share of population variants that no resource lists"""
    n_private: int = 5
    """variants of one patient alone, heterozygous, inside the targets"""


@dataclass(frozen=True)
class TumorParameters:
    """Somatic variation. Tuples hold one value a patient, P01 first; further patients draw at random."""

    n_snv: tuple[int, ...] = (30, 30, 90, 4, 75, 15, 120, 40)
    coding_share: tuple[float, ...] = (0.0, 0.7, 0.75, 0.0, 0.7, 0.0, 0.7, 0.5)
    """share of a patient's mutations in coding sequence; on 0.1 Mb of it, 0 stands for a quiet tumour"""
    purity: tuple[float, ...] = (0.7, 0.45, 0.6, 0.85, 0.5, 0.55, 0.9, 0.35)
    copy_profile: tuple[str, ...] = ("many", "doubled", "quiet", "quiet", "many", "few", "many", "quiet")
    """how much of the genome is gained and lost; see `simulate/copies.py`"""
    drivers: tuple[str, ...] = (
        "CCND1:amplified",
        "TP53:biallelic CDKN2A:deleted",
        "MLH1:biallelic B2M:truncated",
        "",
        "TP53:biallelic CDKN2A:deleted",
        "",
        "TP53:biallelic CCND1:amplified CDKN2A:deleted",
        "MSH2:twice",
    )
    """planted alterations, GENE:event separated by spaces; see `simulate/driver_plan.py`"""
    signatures: tuple[str, ...] = (
        "SBS1:0.3 SBS5:0.4 SBS2:0.15 SBS13:0.15",
        "SBS4:0.5 SBS1:0.2 SBS5:0.3",
        "SBS15:0.4 SBS44:0.3 SBS1:0.2 SBS5:0.1",
        "SBS1:0.4 SBS5:0.6",
        "SBS2:0.35 SBS13:0.35 SBS1:0.15 SBS5:0.15",
        "SBS1:0.3 SBS5:0.4 SBS16:0.3",
        "SBS4:0.7 SBS1:0.15 SBS5:0.15",
        "SBS6:0.4 SBS15:0.3 SBS1:0.15 SBS5:0.15",
    )
    """COSMIC signatures the SNVs come from, NAME:share separated by spaces; empty: any base to any other"""
    msi_patients: tuple[str, ...] = ("P03", "P08")
    """patients whose tumour has microsatellite instability"""
    msi_unstable_share: float = 0.5
    """share of their microsatellites whose length changed"""
    indel_per_snv: float = 0.3
    mnv_per_snv: float = 0.1
    max_indel: int = 15
    early_share: float = 0.5
    """share of the variants on a gained copy that arose before the gain and were copied with it"""
    min_distance: int = 80
    """between somatic variants of one patient, bases"""
    germline_distance: int = 12
    """between a somatic and any population variant, bases"""
    unstable_distance: int = 100
    """between a somatic variant and a microsatellite that is unstable in its tumour, bases"""
    edge_distance: int = 20
    """between a somatic variant and the edge of its target interval, bases"""
    progression_patients: tuple[str, ...] = ("P05",)
    """patients with a second tumour sample at progression"""


@dataclass(frozen=True)
class HlaParameters:
    """The invented HLA family. Tuples hold one value a patient, P01 first; further patients have none."""

    n_group: int = 7
    """first fields of a gene: SIMA*01 to SIMA*07"""
    n_per_group: int = 2
    """second fields of each: SIMA*01:01 and SIMA*01:02"""
    exon_spacing: int = 11
    """one polymorphic position in so many bases of the exons that bind peptides"""
    other_spacing: int = 40
    """one in so many bases of other exons and of introns"""
    homozygous: tuple[str, ...] = ("", "SIMC", "", "", "SIMA SIMDRB1", "", "", "")
    """genes of which a patient has one allele twice, separated by spaces"""
    copies: tuple[str, ...] = ("1:0", "", "", "", "", "", "0:2", "")
    """copies of the first and the second parent's genes in all cancer cells; empty: as in the rest of the genome"""
    given_patients: tuple[str, ...] = ("P02",)
    """patients whose types are in the samplesheet"""

    def copies_of(self, index: int) -> tuple[int, int] | None:
        """What is planned for the patient of this index, or None.

        Raises:
            ValueError: not two numbers with a colon between them.
        """
        text = self.copies[index] if index < len(self.copies) else ""
        if not text:
            return None
        first, second = map(int, text.split(":"))
        return first, second


@dataclass(frozen=True)
class ReadParameters:
    """Sequencing: ART's profile, depth and fragments; lengths in bases."""

    profile: str = "HS25"
    read_length: int = 100
    fragment_mean: float = 220.0
    fragment_sd: float = 35.0
    depth_tumor: float = 95.0
    """mean depth on target before duplicates"""
    depth_normal: float = 48.0
    duplicate_share: float = 0.05
    """extra copies of fragments, as a share of the distinct ones"""
    efficiency_sd: float = 0.2
    """spread of capture efficiency between intervals, natural log"""
    sample_noise_sd: float = 0.07
    """spread of it between samples of one interval, natural log: what a copy-number caller has to live with"""
    poor_interval_share: float = 0.02
    """intervals captured at a tenth of the usual depth"""
    stutter_scale: float = 1.0
    """multiplies the rates of polymerase slippage at microsatellites; 0 for none"""
    two_lane_samples: tuple[str, ...] = ("P01_T1", "P03_N")


@dataclass(frozen=True)
class ClinicalParameters:
    """The clinical tables."""

    n_site: int = 4
    n_clinical_only: int = 2
    """patients of the clinical table who were not sequenced"""
    n_sequenced_only: int = 1
    """sequenced patients missing from the clinical table, the last ones; the first never is"""
    responder_share: float = 0.7
    """of induction"""
    randomized_share: float = 0.6
    """of the allocated; the others chose"""
    cutoff: str = "2025-06-30"
    """data cutoff, ISO 8601"""


@dataclass(frozen=True)
class Parameters:
    """All parameters of a simulated trial."""

    n_patient: int = 8
    seed: int = 1
    genome: GenomeParameters = field(default_factory=GenomeParameters)
    population: PopulationParameters = field(default_factory=PopulationParameters)
    tumor: TumorParameters = field(default_factory=TumorParameters)
    hla: HlaParameters = field(default_factory=HlaParameters)
    reads: ReadParameters = field(default_factory=ReadParameters)
    clinical: ClinicalParameters = field(default_factory=ClinicalParameters)

    def as_dict(self) -> dict[str, Any]:
        """The parameters as plain types, in the shape of the TOML file."""
        return asdict(self)


def read_parameters(path: Path | str) -> Parameters:
    """The defaults with the changes of a TOML file.

    Raises:
        InputError: as `changed_by`.
    """
    return changed_by(Parameters(), path)


def changed_by(defaults: T, path: Path | str) -> T:
    """A dataclass of parameters with the changes of a TOML file; a table of named numbers is replaced whole.

    Raises:
        InputError: not TOML, an unknown name, or a value of another type; all of them at once.
    """
    try:
        data = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise InputError([Fault(f"not valid TOML: {error}", "Mend the file.", file=str(path))]) from error
    faults: list[Fault] = []
    parameters = _updated(defaults, data, str(path), "", faults)
    if faults:
        raise InputError(faults)
    return parameters


def check_parameters(parameters: Parameters) -> None:
    """Refuse numbers no trial can be made from.

    Raises:
        InputError: naming each of them.
    """
    rules = (
        (parameters.n_patient >= 1, "n_patient", "at least 1 patient", parameters.n_patient),
        (0 <= parameters.seed < 2**32, "seed", "0 to 4294967295", parameters.seed),
        (all(0 < value <= 1 for value in parameters.tumor.purity), "tumor.purity", "above 0, at most 1",
         parameters.tumor.purity),
        (all(0 <= value <= 1 for value in parameters.tumor.coding_share), "tumor.coding_share", "0 to 1",
         parameters.tumor.coding_share),
        (0 <= parameters.tumor.msi_unstable_share <= 1, "tumor.msi_unstable_share", "0 to 1",
         parameters.tumor.msi_unstable_share),
        (0 <= parameters.tumor.early_share <= 1, "tumor.early_share", "0 to 1", parameters.tumor.early_share),
        (parameters.reads.stutter_scale >= 0 and parameters.reads.sample_noise_sd >= 0,
         "reads.stutter_scale, reads.sample_noise_sd", "0 or more",
         (parameters.reads.stutter_scale, parameters.reads.sample_noise_sd)),
        (3 <= parameters.hla.n_group <= 99 and 1 <= parameters.hla.n_per_group <= 99,
         "hla.n_group, hla.n_per_group", "3 to 99, 1 to 99",
         (parameters.hla.n_group, parameters.hla.n_per_group)),
        (3 <= parameters.hla.exon_spacing <= 40 and 3 <= parameters.hla.other_spacing <= 100,
         "hla.exon_spacing, hla.other_spacing", "3 to 40, 3 to 100",
         (parameters.hla.exon_spacing, parameters.hla.other_spacing)),
        (all(re.fullmatch(r"(\d:\d)?", text) for text in parameters.hla.copies), "hla.copies",
         "two digits with a colon between them, or nothing", parameters.hla.copies),
        (30 <= parameters.reads.read_length <= 150, "reads.read_length", "30 to 150",
         parameters.reads.read_length),
        (parameters.reads.depth_tumor > 0 and parameters.reads.depth_normal > 0, "reads.depth_*", "above 0",
         (parameters.reads.depth_tumor, parameters.reads.depth_normal)),
        (parameters.genome.n_contig <= 26, "genome.n_contig", "at most 26", parameters.genome.n_contig),
        (parameters.clinical.n_sequenced_only < max(parameters.n_patient, 2), "clinical.n_sequenced_only",
         "fewer than the patients", parameters.clinical.n_sequenced_only),
    )  # fmt: skip
    faults = [
        Fault(f"outside {allowed}", "Change this parameter.", column=name, value=str(value))
        for holds, name, allowed, value in rules
        if not holds
    ]
    if faults:
        raise InputError(faults)


def _updated(defaults: T, data: Mapping[str, Any], file: str, prefix: str, faults: list[Fault]) -> T:
    known = {item.name for item in fields(defaults)}  # type: ignore[arg-type]
    changes: dict[str, Any] = {}
    for name, value in data.items():
        if name not in known:
            remedy = f"Use one of {', '.join(sorted(known))}."
            faults.append(Fault("unknown parameter", remedy, file=file, column=prefix + name))
            continue
        default = getattr(defaults, name)
        if is_dataclass(default) and isinstance(value, dict):
            changes[name] = _updated(default, value, file, f"{name}.", faults)
            continue
        value = tuple(value) if isinstance(value, list) else value
        value = float(value) if isinstance(default, float) and type(value) is int else value
        if type(value) is not type(default):
            remedy = "Give a table." if is_dataclass(default) else f"Give a value like {default!r}."
            faults.append(Fault("wrong type", remedy, file=file, column=prefix + name, value=str(value)))
            continue
        changes[name] = value
    return replace(defaults, **changes)  # type: ignore[type-var]
