"""Small result folders and clinical tables, written as a run and a site would."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pysam
import pytest

HEADER = """##fileformat=VCFv4.2
##FILTER=<ID=PASS,Description="All filters passed">
##FILTER=<ID=germline,Description="germline">
##contig=<ID=simA,length=1000000>
##INFO=<ID=POP_AF,Number=A,Type=Float,Description="population frequency">
##INFO=<ID=BCSQ,Number=.,Type=String,Description="Local consequence annotation from BCFtools/csq, see \
http://samtools.github.io/bcftools/howtos/csq-calling.html for details. \
Format: Consequence|gene|transcript|biotype|strand|amino_acid_change|dna_change">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Depths">
##FORMAT=<ID=AF,Number=A,Type=Float,Description="Fraction">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
##tumor_sample={tumor}
##normal_sample={normal}
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{tumor}\t{normal}
"""


def write_vcf(path: Path, tumor: str, normal: str, n: int, rng: random.Random) -> None:
    """n PASS missense calls and one germline one, sorted, bgzipped and indexed."""
    text = HEADER.format(tumor=tumor, normal=normal)
    for index in range(n + 1):
        alt, depth = rng.randint(8, 40), rng.randint(80, 120)
        kind = "PASS" if index < n else "germline"
        ref, other = rng.choice(("AC", "GT", "CT", "TA"))
        text += (
            f"simA\t{1000 + 50 * index}\t.\t{ref}\t{other}\t.\t{kind}\t"
            f"POP_AF=1e-05;BCSQ=missense|SIMG{index:03}|SIMT{index:03}|protein_coding|+|1A>1V|1{ref}>{other}\t"
            f"GT:AD:AF:DP\t0/1:{depth - alt},{alt}:{alt / depth:.3f}:{depth}\t0/0:50,0:0.0:50\n"
        )
    plain = path.with_suffix("")
    plain.write_text(text)
    pysam.tabix_compress(str(plain), str(path), force=True)
    pysam.tabix_index(str(path), preset="vcf", force=True)
    plain.unlink()


def _record(patient: str, pair: str, feature: str, definition: str, **more: Any) -> dict[str, Any]:
    return {
        "schema": "wes_biomarkers.record/1",
        "patient_id": patient,
        "sample_id": "",
        "pair_id": pair,
        "feature": feature,
        "definition_id": definition,
        "status": "ok",
        "reason": "",
        "flags": ["synthetic"],
        "values": {},
        "numerator": None,
        "denominator": None,
        "ci": None,
        "provenance": {},
    } | more


def _tmb_record(patient: str, pair: str, n: int, callable_mb: float, definition: str) -> dict[str, Any]:
    values: dict[str, Any] = {
        "tmb_per_mb": None,
        "tmb_high": None,
        "n_mutation": n,
        "n_snv": n - n // 3 - n // 4,
        "n_indel": n // 4,
        "n_mnv": n // 3,
        "callable_mb": callable_mb,
    }
    if callable_mb < 0.05:
        reason = f"{callable_mb:g} callable Mb, below the floor of 0.05"
        return _record(patient, pair, "tmb", definition, status="not_evaluable", reason=reason, values=values)
    rate = n / callable_mb
    half = 1.96 * max(n, 1) ** 0.5 / callable_mb
    values |= {"tmb_per_mb": rate, "tmb_high": rate >= 10}
    return _record(
        patient,
        pair,
        "tmb",
        definition,
        flags=["synthetic", "callable_floor_lowered", "below_one_callable_mb"],
        values=values,
        numerator=n,
        denominator=callable_mb,
        ci=[max(0.0, rate - half), rate + half],
    )


def _qc_record(patient: str, pair: str, rng: random.Random) -> dict[str, Any]:
    values = {
        "mean_coverage_tumor": round(rng.uniform(70, 120), 1),
        "mean_coverage_normal": round(rng.uniform(35, 60), 1),
        "target_20x_fraction_tumor": 0.97,
        "target_10x_fraction_normal": 0.98,
        "callable_target_mb": 0.14,
        "duplicate_fraction_tumor": 0.04,
        "duplicate_fraction_normal": 0.03,
        "n_read_tumor": 90_000,
        "n_read_normal": 45_000,
        "contamination": None,
        "contamination_error": None,
    }
    return _record(patient, pair, "qc", "qc", values=values)


def make_results(
    root: Path,
    patients: list[str],
    *,
    failed: tuple[str, ...] = (),
    thin: tuple[str, ...] = (),
    build: str = "simulated-v1",
    second: tuple[str, ...] = (),
    synthetic: bool = True,
    flags: tuple[str, ...] | None = None,
) -> Path:
    """A result folder: a baseline pair a patient; `second` patients have a progression pair too."""
    samples, pairs = [], []
    for patient in patients:
        rng = random.Random(patient)
        normal = f"{patient}_N"
        base = {"patient_id": patient, "sex": "female", "hla": [], "targets": "demo", "collection_date": None}
        samples.append(
            base | {"sample_id": normal, "role": "normal", "specimen": "blood", "timepoint": "baseline"}
        )
        for number, timepoint in enumerate(("baseline", "progression")[: 1 + (patient in second)], start=1):
            tumor = f"{patient}_T{number}"
            pair = f"{tumor}_vs_{normal}"
            samples.append(
                base | {"sample_id": tumor, "role": "tumor", "specimen": "tissue", "timepoint": timepoint}
            )
            lost = patient in failed
            reason = "Mutect2 stopped: out of memory" if lost else ""
            pairs.append(
                {
                    "patient_id": patient,
                    "pair_id": pair,
                    "tumor_sample_id": tumor,
                    "normal_sample_id": normal,
                    "specimen": "tissue",
                    "timepoint": timepoint,
                    "targets": "demo",
                    "entry": "fastq",
                    "status": "failed" if lost else "ok",
                    "reason": reason,
                }
            )
            place = root / "pairs" / pair
            (place / "records").mkdir(parents=True)
            if lost:
                continue
            n = int(rng.lognormvariate(0.6, 1.0)) + number
            write_vcf(place / "somatic.vcf.gz", tumor, normal, n, rng)
            mb = 0.03 if patient in thin else 0.12
            tmb = [_tmb_record(patient, pair, n, mb, definition) for definition in ("wes_nonsyn", "wes_all")]
            quality = [_qc_record(patient, pair, rng)]
            if flags is not None:
                for record in (*tmb, *quality):
                    record["flags"] = list(flags)
            (place / "records" / "tmb.json").write_text(json.dumps(tmb))
            (place / "records" / "qc.json").write_text(json.dumps(quality))
    study = {
        "schema": "wes_biomarkers.study/1",
        "reference": {"build": build, "synthetic": synthetic, "checksums": {"fasta": build.ljust(64, "0")}},
        "tools": {"bwa": "0.7.17", "gatk": "4.6.2.0"},
        "parameters": {"tmb_min_callable_mb": 0.05},
        "samples": samples,
        "pairs": pairs,
    }
    (root / "study.json").write_text(json.dumps(study))
    return root


def make_clinical(path: Path, patients: list[str]) -> Path:
    """A consistent clinical table: all allocated except every seventh patient."""
    rows = []
    for index, patient in enumerate(patients):
        rng = random.Random(f"clinical {patient}")
        start = date(2022, 1, 10) + timedelta(days=20 * (index % 20))
        row: dict[str, Any] = {
            "patient_id": patient,
            "site": rng.choice(("north", "south")),
            "sex": "female",
            "induction_start_date": start,
            "induction_response": rng.choice(("CR", "PR")),
            "age": rng.randint(45, 80),
            "toxicity_assessed": "true",
            "crp": rng.randint(1, 90),
        }
        if index % 7 == 6:
            row |= {
                "assignment": "not_allocated",
                "induction_response": "PD",
                "last_contact_date": start + timedelta(days=rng.randint(100, 300)),
            }
        else:
            allocated = start + timedelta(days=80)
            free, total = sorted((rng.randint(40, 500), rng.randint(60, 700)))
            progressed, died = rng.random() < 0.7, rng.random() < 0.5
            end = allocated + timedelta(days=total)
            row |= {
                "assignment": rng.choice(("randomized", "preference")),
                "allocation_date": allocated,
                "arm_assigned": "A",
                "arm_received": "A",
                "best_response": rng.choice(("CR", "PR", "SD", "PD", "NE")),
                "response_confirmed": "true",
                "first_dose_date": allocated + timedelta(days=3),
                "progression_date": allocated + timedelta(days=free) if progressed else None,
                "last_assessment_date": allocated + timedelta(days=free),
                "death_date": end if died else None,
                "last_contact_date": end,
            }
        rows.append(row)
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def make_toxicity(path: Path, patients: list[str]) -> Path:
    """One event a patient."""
    rows = [f"{patient},rash,skin,{1 + index % 3},2022-06-01" for index, patient in enumerate(patients)]
    path.write_text("\n".join(["patient_id,term,organ,grade,onset_date", *rows]) + "\n")
    return path


def ids(n: int, first: int = 1) -> list[str]:
    return [f"P{number:02}" for number in range(first, first + n)]


class Builders:
    """What a test needs to make its inputs."""

    results = staticmethod(make_results)
    clinical = staticmethod(make_clinical)
    toxicity = staticmethod(make_toxicity)
    ids = staticmethod(ids)


@pytest.fixture(scope="session")
def make() -> type[Builders]:
    return Builders


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs the command line in this process: exit code, stdout, stderr."""
    from wes_biomarkers.cli.main import main

    def call(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main([str(word) for word in words])
        said = capsys.readouterr()
        return int(stopped.value.code or 0), said.out, said.err

    return call
