"""The plan of a simulated trial: genome, population and patients, and what cells each sample holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass

import numpy as np

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.signature_tables import read_signature_table
from wes_biomarkers.simulate.copies import PROFILES
from wes_biomarkers.simulate.driver_plan import parse_drivers
from wes_biomarkers.simulate.genome import Genome, make_genome
from wes_biomarkers.simulate.haplotypes import Haplotype, make_haplotype
from wes_biomarkers.simulate.parameters import Parameters, TumorParameters, check_parameters
from wes_biomarkers.simulate.placement import make_ground
from wes_biomarkers.simulate.reads import CellPart, Strand
from wes_biomarkers.simulate.spectra import Spectrum, make_spectrum, parse_mixture
from wes_biomarkers.simulate.tumors import Tumor, TumorSample, make_tumor
from wes_biomarkers.simulate.variants import Genotype, PopulationSite, Variant, make_germline, make_population


@dataclass(frozen=True)
class Patient:
    """A patient to be sequenced."""

    patient_id: str
    germline: tuple[Genotype, ...]
    tumor: Tumor

    @property
    def normal_id(self) -> str:
        """The sample id of the patient's blood."""
        return f"{self.patient_id}_N"

    def pair_id(self, sample: TumorSample) -> str:
        """The pair's id by the rule of the interfaces."""
        return f"{sample.sample_id}_vs_{self.normal_id}"


@dataclass(frozen=True)
class Trial:
    """The plan of a trial, before any read."""

    parameters: Parameters
    genome: Genome
    sites: tuple[PopulationSite, ...]
    patients: tuple[Patient, ...]


def plan_trial(parameters: Parameters) -> Trial:
    """Genome, population and patients from the parameters and their seed; COSMIC's tables alone are read.

    Raises:
        InputError: parameters no trial can be made from, or signatures asked for without their tables.
    """
    check_parameters(parameters)
    _check_words(parameters.tumor)
    seed = parameters.seed
    genome = make_genome(parameters.genome, seed)
    sites = make_population(genome, parameters.population, seed)
    ground = make_ground(genome, sites, parameters.tumor)
    patients = []
    width = max(2, len(str(parameters.n_patient)))
    for index in range(parameters.n_patient):
        name = f"P{index + 1:0{width}d}"
        germline = make_germline(genome, sites, parameters.population, seed, name)
        spectrum = _spectrum(parameters.tumor, index)
        tumor = make_tumor(ground, germline, parameters.tumor, seed, (index, name), spectrum)
        patients.append(Patient(name, tuple(germline), tumor))
    return Trial(parameters, genome, tuple(sites), tuple(patients))


def _check_words(parameters: TumorParameters) -> None:
    """Refuse words of the tumour's parameters that mean nothing, all of them at once."""
    faults = []

    def must_hold(column: str, read: Callable[[str], object], words: Sequence[str]) -> None:
        """Note each word that `read` refuses."""
        for word in words:
            try:
                read(word)
            except (KeyError, ValueError) as error:
                rule = f"not one of {', '.join(PROFILES)}" if isinstance(error, KeyError) else str(error)
                faults.append(Fault(rule, "Change this parameter.", column=column, value=word))

    must_hold("tumor.copy_profile", PROFILES.__getitem__, parameters.copy_profile)
    must_hold("tumor.drivers", parse_drivers, parameters.drivers)
    must_hold("tumor.signatures", parse_mixture, parameters.signatures)
    if faults:
        raise InputError(faults)


def _spectrum(parameters: TumorParameters, index: int) -> Spectrum | None:
    """What a patient's SNVs are drawn from; further patients take the mixtures in turn."""
    if not parameters.signatures:
        return None
    mixture = parameters.signatures[index % len(parameters.signatures)]
    return make_spectrum(mixture, read_signature_table("SBS")) if mixture else None


def make_mixture(genome: Genome, patient: Patient, sample: TumorSample | None) -> list[CellPart]:
    """The cells of a sample: normal ones, and in a tumour those of each clone by purity and prevalence."""
    shares = {"": 1.0}
    if sample is not None:
        shares = {"": 1 - sample.purity}
        shares |= {clone: sample.purity * share for clone, share in sample.prevalence.items()}
    return [
        CellPart(share, bool(clone), tuple(_strands(genome, patient, clone)))
        for clone, share in shares.items()
        if share > 0
    ]


def _strands(genome: Genome, patient: Patient, clone: str) -> Iterator[Strand]:
    """The DNA of a cell: of each parent's genome one strand with all variants on it, and one of its further copies.

    Further copies carry what came before the gain. `clone` is empty for a normal cell.
    """
    tumor = patient.tumor
    middles = [
        (contig, (span.start + span.end) // 2) for contig, spans in genome.targets.items() for span in spans
    ]
    copies = np.array(
        [tumor.copies(contig, pos, clone) if clone else (1, 1) for contig, pos in middles], dtype=np.int64
    )
    carried = [item for item in tumor.variants if clone and tumor.multiplicity(item, clone)]
    for parent in (0, 1):
        inherited = {g.variant for g in patient.germline if parent in g.copies}
        own = [item for item in carried if item.parent == parent]
        early = frozenset(item.variant for item in own if item.early)
        n_copy = copies[:, parent]
        for somatic, number in (
            (frozenset(item.variant for item in own), np.minimum(n_copy, 1)),
            (early, np.maximum(n_copy - 1, 0)),
        ):
            if number.any():
                yield Strand(_haplotypes(genome, inherited | somatic), somatic, parent, number)


def _haplotypes(genome: Genome, variants: Set[Variant]) -> dict[str, Haplotype]:
    return {
        name: make_haplotype(sequence, (v for v in variants if v.contig == name))
        for name, sequence in genome.contigs.items()
    }
