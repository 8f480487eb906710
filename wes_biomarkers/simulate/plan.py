"""The plan of a simulated trial: genome, population and patients, and what cells each sample holds."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from wes_biomarkers.simulate.genome import Genome, make_genome
from wes_biomarkers.simulate.haplotypes import Haplotype, make_haplotype
from wes_biomarkers.simulate.parameters import Parameters, check_parameters
from wes_biomarkers.simulate.reads import CellPart
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
    """Genome, population and patients from the parameters and their seed; no file is touched.

    Raises:
        InputError: parameters no trial can be made from.
    """
    check_parameters(parameters)
    seed = parameters.seed
    genome = make_genome(parameters.genome, seed)
    sites = make_population(genome, parameters.population, seed)
    patients = []
    width = max(2, len(str(parameters.n_patient)))
    for index in range(parameters.n_patient):
        name = f"P{index + 1:0{width}d}"
        germline = make_germline(genome, sites, parameters.population, seed, name)
        tumor = make_tumor(genome, sites, germline, parameters.tumor, seed, (index, name))
        patients.append(Patient(name, tuple(germline), tumor))
    return Trial(parameters, genome, tuple(sites), tuple(patients))


def make_mixture(genome: Genome, patient: Patient, sample: TumorSample | None) -> list[CellPart]:
    """The cells of a sample: normal ones, and in a tumour those of each clone by purity and prevalence."""
    tumor = patient.tumor
    parts: list[tuple[float, frozenset[str]]] = [(1.0 if sample is None else 1 - sample.purity, frozenset())]
    if sample is not None:
        for clone, share in sample.prevalence.items():
            parts.append((sample.purity * share, frozenset(tumor.lineage(clone))))
    mixture = []
    for share, clones in parts:
        if share <= 0:
            continue
        copies, carried = [], []
        for copy in (0, 1):
            somatic = frozenset(v.variant for v in tumor.variants if v.clone in clones and copy in v.copies)
            inherited = {g.variant for g in patient.germline if copy in g.copies}
            copies.append(_haplotypes(genome, inherited | somatic))
            carried.append(somatic)
        mixture.append(CellPart(share, (copies[0], copies[1]), (carried[0], carried[1])))
    return mixture


def _haplotypes(genome: Genome, variants: Set[Variant]) -> dict[str, Haplotype]:
    return {
        name: make_haplotype(sequence, (v for v in variants if v.contig == name))
        for name, sequence in genome.contigs.items()
    }
