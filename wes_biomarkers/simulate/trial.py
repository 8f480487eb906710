"""The simulated trial as files: sequence it and write it; the same parameters give the same bytes."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path

import numpy as np

from wes_biomarkers.contracts.samplesheet import SAMPLESHEET
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.files import write_text
from wes_biomarkers.simulate.clinical import TOXICITY_COLUMNS, Row, Subject, make_clinical, patient_sex
from wes_biomarkers.simulate.consequence import NONSYNONYMOUS, consequence_of
from wes_biomarkers.simulate.genome import Genome
from wes_biomarkers.simulate.hla_family import HLA_CONTIG
from wes_biomarkers.simulate.hla_files import write_hla
from wes_biomarkers.simulate.instability import draw_slips
from wes_biomarkers.simulate.layout import RUN_PARAMETERS, write_reference, write_table
from wes_biomarkers.simulate.parameters import Parameters
from wes_biomarkers.simulate.plan import Patient, Trial, make_mixture, plan_trial
from wes_biomarkers.simulate.reads import (
    AlleleCounts,
    CellPart,
    Fragments,
    Lane,
    count_alleles,
    draw_fragments,
    fragment_texts,
    interval_weights,
    join_fragments,
    mean_capture,
    on_intervals,
    with_duplicates,
    write_fastq,
)
from wes_biomarkers.simulate.streams import stream
from wes_biomarkers.simulate.truth import write_truth
from wes_biomarkers.simulate.tumors import TumorSample


def simulate_reads(
    parameters: Parameters,
    out: Path | str,
    *,
    n_process: int = 2,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Write a whole trial from reads on into `out`: reference/, fastq/, sheets, params.yaml and truth/.

    The folder appears complete or not at all. `progress` is told (samples done, samples in all).

    Raises:
        InputError: `out` already holds files, too little room, impossible parameters, or COSMIC's tables missing.
        ToolError: ART is missing or failed.
    """
    target = Path(out)
    _check_target(target, parameters)
    trial = plan_trial(parameters)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
        work = Path(folder) / "trial"
        work.mkdir()
        write_reference(trial.genome, trial.sites, work / "reference")
        write_hla(trial.family, work / "reference" / "hla")
        (work / "fastq").mkdir()
        counts = _sequence_all(trial, work / "fastq", n_process, progress)
        (work / "truth").mkdir()
        clinical = _write_sheets(trial, work)
        write_truth(trial, counts, {row["patient_id"] for row in clinical}, work / "truth")
        if target.exists():
            target.rmdir()
        work.rename(target)


def _check_target(target: Path, parameters: Parameters) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(
            [Fault("already holds something", "Name a new folder, or remove this one.", file=str(target))]
        )
    parent = next(folder for folder in target.absolute().parents if folder.exists())
    need = 40_000_000 + 40_000_000 * parameters.n_patient
    if shutil.disk_usage(parent).free < need:
        rule = f"less than {need // 1_000_000} MB free"
        raise InputError([Fault(rule, "Make room or choose another disk.", file=str(parent))])


def _sequence_all(
    trial: Trial, folder: Path, n_process: int, progress: Callable[[int, int], None]
) -> dict[str, AlleleCounts]:
    """Every sample's reads, and its allele counts over the patient's somatic variants, by sample id."""
    jobs = [(patient, sample) for patient in trial.patients for sample in (*patient.tumor.samples, None)]
    counts: dict[str, AlleleCounts] = {}
    with ProcessPoolExecutor(max_workers=max(1, n_process)) as pool:
        running = [
            pool.submit(_sequence_sample, trial.parameters, trial.genome, *job, folder) for job in jobs
        ]
        try:
            for done, future in enumerate(as_completed(running), 1):
                sample_id, result = future.result()
                counts[sample_id] = result
                progress(done, len(jobs))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return counts


def _sequence_sample(
    parameters: Parameters, genome: Genome, patient: Patient, sample: TumorSample | None, folder: Path
) -> tuple[str, AlleleCounts]:
    reads = parameters.reads
    name = patient.normal_id if sample is None else sample.sample_id
    depth = reads.depth_normal if sample is None else reads.depth_tumor
    mixture = make_mixture(genome, patient, sample)
    rng = stream(parameters.seed, "reads", name)
    fragments = draw_sample(rng, parameters, genome, mixture, name, depth)
    contigs = list(genome.contigs)
    variants = [item.variant for item in patient.tumor.variants]
    counts = count_alleles(fragments, mixture, contigs, variants, reads.read_length)
    lanes = [
        Lane((folder / first, folder / second), f"SIMFC{rank}", rank)
        for rank, (first, second) in enumerate(lane_files(parameters, name), 1)
    ]
    slips = draw_slips(rng, fragments, mixture, genome, patient.tumor.shifted, reads.stutter_scale)
    rows = with_duplicates(rng, len(fragments), reads.duplicate_share)
    texts = fragment_texts(fragments, slips, mixture, contigs, rows)
    write_fastq(texts, lanes, reads, int(rng.integers(1, 2**30)))
    return name, counts


def draw_sample(
    rng: np.random.Generator,
    parameters: Parameters,
    genome: Genome,
    mixture: Sequence[CellPart],
    name: str,
    depth: float,
) -> Fragments:
    """The sample's fragments; those of the HLA family come at the same rate, by streams of their own.

    No interval of the family is captured poorly.
    """
    seed, reads = parameters.seed, parameters.reads
    is_family = np.array(
        [contig == HLA_CONTIG for contig, spans in genome.targets.items() for _ in spans], dtype=bool
    )
    rest = {contig: () if contig == HLA_CONTIG else spans for contig, spans in genome.targets.items()}
    own = {contig: spans if contig == HLA_CONTIG else () for contig, spans in genome.targets.items()}
    evenly = replace(reads, poor_interval_share=0.0)
    cells, own_cells = on_intervals(mixture, ~is_family), on_intervals(mixture, is_family)
    weights = interval_weights(rest, reads, seed, name)
    own_weights = interval_weights(own, evenly, seed, "hla", name)
    own_depth = depth * mean_capture(own_cells, own, own_weights) / mean_capture(cells, rest, weights)
    own_rng = stream(seed, "reads", "hla", name)
    return join_fragments(
        [
            draw_fragments(rng, cells, rest, weights, reads, depth),
            draw_fragments(own_rng, own_cells, own, own_weights, evenly, own_depth),
        ]
    )


def lane_files(parameters: Parameters, sample_id: str) -> list[tuple[str, str]]:
    """The names of a sample's FASTQ pairs, one pair a lane."""
    n_lane = 2 if sample_id in parameters.reads.two_lane_samples else 1
    return [
        (f"{sample_id}_L{lane}_R1.fastq.gz", f"{sample_id}_L{lane}_R2.fastq.gz")
        for lane in range(1, n_lane + 1)
    ]


def _write_sheets(trial: Trial, folder: Path) -> list[Row]:
    """samplesheet.csv, clinical.csv, toxicity.csv and params.yaml; the clinical rows are given back."""
    parameters = trial.parameters
    subjects = _subjects(trial)
    everyone, events = make_clinical(subjects, parameters.clinical, parameters.seed)
    n_seen = max(1, len(trial.patients) - parameters.clinical.n_sequenced_only)
    unseen = {patient.patient_id for patient in trial.patients[n_seen:]}
    clinical = [row for row in everyone if row["patient_id"] not in unseen]
    toxicity = [row for row in events if row["patient_id"] not in unseen]
    write_table(folder / "clinical.csv", list(everyone[0]), [list(row.values()) for row in clinical], ",")
    write_table(folder / "toxicity.csv", TOXICITY_COLUMNS, [list(row.values()) for row in toxicity], ",")
    by_id = {row["patient_id"]: row for row in everyone}
    rows = [
        row for patient in trial.patients for row in _sample_rows(trial, patient, by_id[patient.patient_id])
    ]
    used = [name for name in SAMPLESHEET.names if any(row.get(name) for row in rows)]
    write_table(folder / "samplesheet.csv", used, [[row[name] for name in used] for row in rows], ",")
    write_text(folder / "params.yaml", RUN_PARAMETERS)
    return clinical


def _subjects(trial: Trial) -> list[Subject]:
    sequenced = [
        Subject(
            p.patient_id,
            sum(consequence_of(trial.genome, v.variant)[1] in NONSYNONYMOUS for v in p.tumor.variants),
            progressed=len(p.tumor.samples) > 1,
        )
        for p in trial.patients
    ]
    width = max(2, len(str(trial.parameters.n_patient)))
    first = len(sequenced) + 1
    extra = range(first, first + trial.parameters.clinical.n_clinical_only)
    return sequenced + [Subject(f"P{number:0{width}d}", None) for number in extra]


def _sample_rows(trial: Trial, patient: Patient, clinical: Row) -> list[Row]:
    start = dt.date.fromisoformat(clinical["induction_start_date"])
    before = int(stream(trial.parameters.seed, "collection", patient.patient_id).integers(2, 21))
    baseline = (start - dt.timedelta(days=before)).isoformat()
    samples = [(s.sample_id, "tumor", "tissue", s.timepoint) for s in patient.tumor.samples]
    samples.append((patient.normal_id, "normal", "blood", "baseline"))
    rows: list[Row] = []
    for sample_id, role, specimen, timepoint in samples:
        date = baseline if timepoint == "baseline" else clinical["progression_date"]
        for lane, (first, second) in enumerate(lane_files(trial.parameters, sample_id), 1):
            row: Row = dict.fromkeys(SAMPLESHEET.names, "")
            row |= {"patient_id": patient.patient_id, "sample_id": sample_id, "role": role,
                    "specimen": specimen, "timepoint": timepoint, "collection_date": date, "lane": f"L{lane}",
                    "fastq_1": f"fastq/{first}", "fastq_2": f"fastq/{second}",
                    "sex": patient_sex(trial.parameters.seed, patient.patient_id),
                    "hla": _given_types(trial, patient) if role == "normal" else ""}  # fmt: skip
            rows.append(row)
    return rows


def _given_types(trial: Trial, patient: Patient) -> str:
    """The patient's alleles as the samplesheet tells them, or nothing."""
    if patient.patient_id not in trial.parameters.hla.given_patients:
        return ""
    return ";".join(allele.two_field for pair in patient.hla.values() for allele in pair)
