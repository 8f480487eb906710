"""The published folder of one pair: calls, MAF, callable regions, quality, records, and the list of its files."""

from __future__ import annotations

import gzip
import shutil
from dataclasses import dataclass
from pathlib import Path

from wes_biomarkers.features.qc import (
    MAX_CONTAMINATION,
    MIN_MEAN_COVERAGE_NORMAL,
    MIN_MEAN_COVERAGE_TUMOR,
    SampleQuality,
    compute_qc,
)
from wes_biomarkers.io.bundle import read_bundle
from wes_biomarkers.io.coverage import read_bed_mb, read_contamination, read_sample_quality
from wes_biomarkers.io.files import sha256_file, write_json
from wes_biomarkers.io.maf import write_maf
from wes_biomarkers.io.records import write_records
from wes_biomarkers.io.regions import read_chosen_transcripts
from wes_biomarkers.io.results import FILE_LIST
from wes_biomarkers.io.vcf import read_variants
from wes_biomarkers.provenance import assemble_provenance


@dataclass(frozen=True)
class PairFiles:
    """What the pipeline has of a pair. One that started from calls has no coverage nor callable regions."""

    patient_id: str
    pair_id: str
    tumor: str
    normal: str
    vcf: Path
    callable_bed: Path | None
    contamination: Path | None
    coverage: Path | None
    reference: Path
    out: Path
    results: tuple[Path, ...]
    """records (`*.json`) and tables of the features, their names beginning with the pair id or not"""


def write_pair(files: PairFiles) -> None:
    """Write `out/`: somatic.vcf.gz and its index, variants.maf.gz, callable.bed.gz, qc.json, records/*.json, the
    features' tables under their own names, without the pair id, and files.json, which names all of these.

    Raises:
        InputError: a file is missing or malformed.
    """
    bundle = read_bundle(files.reference)
    (files.out / "records").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(files.vcf, files.out / "somatic.vcf.gz")
    shutil.copyfile(f"{files.vcf}.tbi", files.out / "somatic.vcf.gz.tbi")
    for path in files.results:
        name = path.name.removeprefix(f"{files.pair_id}.")
        if name.endswith(".json"):
            shutil.copyfile(path, files.out / "records" / name)
        elif name == "cnr":
            zipped = gzip.compress(path.read_bytes(), 6, mtime=0)
            (files.out / "copy_ratio.tsv.gz").write_bytes(zipped)
        else:
            shutil.copyfile(path, files.out / name)

    inputs = {"vcf": sha256_file(files.vcf)}
    callable_mb = None
    if files.callable_bed:
        shutil.copyfile(files.callable_bed, files.out / "callable.bed.gz")
        callable_mb = read_bed_mb(files.callable_bed)
        inputs["callable"] = sha256_file(files.callable_bed)
    nothing = SampleQuality()
    record = compute_qc(
        patient_id=files.patient_id,
        pair_id=files.pair_id,
        tumor=read_sample_quality(files.coverage, files.tumor) if files.coverage else nothing,
        normal=read_sample_quality(files.coverage, files.normal) if files.coverage else nothing,
        callable_target_mb=callable_mb,
        contamination=read_contamination(files.contamination) if files.contamination else None,
        is_synthetic=bundle.synthetic,
        provenance=assemble_provenance(
            inputs=inputs,
            parameters={
                "max_contamination": MAX_CONTAMINATION,
                "min_mean_coverage_tumor": MIN_MEAN_COVERAGE_TUMOR,
                "min_mean_coverage_normal": MIN_MEAN_COVERAGE_NORMAL,
            },
            reference={"build": bundle.build, "checksums": dict(bundle.checksums)},
        ),
    )
    write_records(files.out / "records" / "qc.json", [record])
    write_json(files.out / "qc.json", record.as_dict())
    chosen = bundle.path("transcripts")
    variants = read_variants(files.vcf, transcripts=read_chosen_transcripts(chosen) if chosen else None)
    write_maf(variants, files.out / "variants.maf.gz", files.tumor, files.normal, bundle.build)
    write_json(files.out / FILE_LIST, _files_below(files.out))


def _files_below(folder: Path) -> list[str]:
    """Names of the files below a folder, sorted, without those of plots and the list itself."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in names if name != FILE_LIST and not name.startswith("plots/"))
