"""Small inputs for the tests of sheets and checks: FASTQs, BAMs, VCFs and a bundle, all made on the spot."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace

import pysam
import pytest

CONTIGS = {"toyA": 400, "toyB": 200}
GENOME = {name: ("ACGTTGCA" * length)[:length] for name, length in CONTIGS.items()}


def fastq(path: Path, names: Iterable[str] = ("r1", "r2", "r3"), mate: int = 1) -> Path:
    text = "".join(f"@{name} {mate}:N:0:A\nACGT{'ACGT'[mate]}\n+\nFFFFF\n" for name in names)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def lane(folder: Path, sample: str, number: int = 1) -> tuple[str, str]:
    """Two mated FASTQs, their names relative to the folder."""
    tile = sum(map(ord, sample))
    names = [f"A00:7:HXYZ:{number}:{tile}:{index}:2000" for index in range(3)]
    for mate in (1, 2):
        fastq(folder / f"{sample}_{number}_R{mate}.fastq.gz", names, mate)
    return f"{sample}_{number}_R1.fastq.gz", f"{sample}_{number}_R2.fastq.gz"


def bam(
    path: Path,
    sample: str | None = "T1",
    *,
    contigs: Mapping[str, int] = CONTIGS,
    order: str = "coordinate",
    index: bool = True,
    places: Iterable[tuple[int, int]] = ((0, 8),),
) -> Path:
    header: dict[str, object] = {
        "HD": {"VN": "1.6", "SO": order},
        "SQ": [{"SN": name, "LN": length} for name, length in contigs.items()],
    }
    if sample is not None:
        header["RG"] = [{"ID": "1", "SM": sample, "PL": "ILLUMINA"}]
    with pysam.AlignmentFile(str(path), "wb", header=header) as handle:
        for contig, start in places:
            read = pysam.AlignedSegment(handle.header)
            read.query_name, read.query_sequence, read.flag = "r1", "ACGT", 0
            read.reference_id, read.reference_start = contig, start
            read.cigarstring, read.mapping_quality = "4M", 60
            handle.write(read)
    if index:
        pysam.index(str(path))
    return path


def vcf(
    path: Path,
    samples: Iterable[str] = ("N1", "T1"),
    *,
    records: Iterable[str] = ("toyA\t9\t.\tA\tC", "toyA\t10\t.\tC\tG,T", "toyB\t2\t.\tC\tA"),
    counts: str = "GT:AD:AF:DP",
    meta: Iterable[str] = (),
    contigs: Mapping[str, int] = CONTIGS,
) -> Path:
    declared = {
        "GT": "Number=1,Type=String", "AD": "Number=R,Type=Integer",
        "AF": "Number=A,Type=Float", "DP": "Number=1,Type=Integer",
    }  # fmt: skip
    samples = list(samples)
    lines = ["##fileformat=VCFv4.2", *meta]
    lines += [f"##contig=<ID={name},length={length}>" for name, length in contigs.items()]
    lines += [f'##FORMAT=<ID={key},{declared[key]},Description="{key}">' for key in counts.split(":")]
    lines.append(
        "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples])
    )
    for record in records:
        n_alt = record.count(",") + 1
        values = {
            "GT": "0/1",
            "AD": ",".join(["20"] + ["5"] * n_alt),
            "AF": ",".join([".2"] * n_alt),
            "DP": "25",
        }
        call = ":".join(values[key] for key in counts.split(":"))
        lines.append("\t".join([record, ".", "PASS", ".", counts, *[call] * len(samples)]))
    path.write_text("\n".join(lines) + "\n")
    return path


def bundle(folder: Path) -> Path:
    """A reference bundle of two invented contigs with two capture kits."""
    folder.mkdir()
    (folder / "genome.fa").write_text("".join(f">{name}\n{bases}\n" for name, bases in GENOME.items()))
    pysam.faidx(str(folder / "genome.fa"))
    (folder / "genome.dict").write_text(
        "@HD\tVN:1.6\n" + "".join(f"@SQ\tSN:{name}\tLN:{length}\n" for name, length in CONTIGS.items())
    )
    files = {"fasta": "genome.fa", "fai": "genome.fa.fai", "dict": "genome.dict"}
    files |= {
        f"bwa_{extension}": f"genome.fa.{extension}" for extension in ("amb", "ann", "bwt", "pac", "sa")
    }
    files |= {f"target_{name}": f"{name}.bed" for name in ("kit1", "kit2")}
    for name in files.values():
        if not (folder / name).exists():
            (folder / name).write_text("toyA\t0\t100\n")
    reference = {
        "schema": "wes_biomarkers.reference/1",
        "build": "toy1",
        "synthetic": True,
        "contigs": [{"name": name, "length": length} for name, length in CONTIGS.items()],
        "files": {key: {"path": path, "sha256": "0" * 64} for key, path in files.items()},
        "targets": {
            name: {"bed": f"target_{name}", "mb": 0.0001, "n_interval": 1} for name in ("kit1", "kit2")
        },
        "notes": [],
    }
    (folder / "reference.json").write_text(json.dumps(reference))
    return folder


def sheet(path: Path, *rows: str, header: str = "patient_id,sample_id,role,fastq_1,fastq_2") -> Path:
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


def study_rows(folder: Path) -> list[str]:
    """Rows of one tumour and its normal, their FASTQs made."""
    return [
        ",".join(("P1", sample, role, *lane(folder, sample)))
        for sample, role in (("T1", "tumor"), ("N1", "normal"))
    ]


@pytest.fixture
def make() -> SimpleNamespace:
    """The makers of this file, by name."""
    return SimpleNamespace(
        fastq=fastq,
        lane=lane,
        bam=bam,
        vcf=vcf,
        bundle=bundle,
        sheet=sheet,
        study_rows=study_rows,
        contigs=CONTIGS,
        genome=GENOME,
    )
