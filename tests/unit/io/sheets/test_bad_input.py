"""Every bad input a samplesheet can bring: one message with every fault, the right exit code."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pysam
import pytest

from wes_biomarkers.cli.main import main

NATIVE = "patient_id,sample_id,role,fastq_1,fastq_2"
CASES: dict[str, Callable[[Path, SimpleNamespace], tuple[Path, list[str], int, list[str]]]] = {}


def case(function: Callable[..., tuple[Path, list[str], int, list[str]]]) -> Callable[..., object]:
    """Register a maker of (sheet, further arguments, exit code, what the message must name)."""
    CASES[function.__name__] = function
    return function


def rows_with(folder: Path, make: SimpleNamespace, header: str, *changes: dict[str, str]) -> Path:
    """A sheet of one good pair (native columns), each row changed or extended by a dictionary."""
    columns = header.split(",")
    good = [dict(zip(NATIVE.split(","), row.split(","), strict=True)) for row in make.study_rows(folder)]
    lines = []
    for index, change in enumerate(changes):
        cells = (good[index] if index < len(good) else {}) | change
        lines.append(",".join(cells.get(column, "") for column in columns))
    return make.sheet(folder / "s.csv", *lines, header=header)


@case
def missing_file(folder, make):
    sheet = rows_with(folder, make, NATIVE, {"fastq_1": "gone_R1.fastq.gz"}, {"fastq_2": "gone_R2.fastq.gz"})
    return (
        sheet,
        [],
        2,
        ["row 2, column fastq_1: no such file", "row 3, column fastq_2: no such file", "gone_R2"],
    )


@case
def folder_instead_of_file(folder, make):
    (folder / "d.fastq.gz").mkdir()
    return rows_with(folder, make, NATIVE, {"fastq_1": "d.fastq.gz"}, {}), [], 2, ["is a folder"]


@case
def truncated_gzip(folder, make):
    sheet = rows_with(folder, make, NATIVE, {}, {})
    for name in ("T1_1_R2.fastq.gz", "N1_1_R1.fastq.gz"):
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[:-12])
    return sheet, [], 2, ["T1_1_R2.fastq.gz: truncated gzip", "N1_1_R1.fastq.gz: truncated gzip"]


@case
def mates_of_different_length(folder, make):
    sheet = rows_with(folder, make, NATIVE, {}, {})
    make.fastq(folder / "T1_1_R1.fastq.gz", ["r1", "r2", "r3"], 1)
    make.fastq(folder / "T1_1_R2.fastq.gz", ["r1", "r2"], 2)
    return sheet, [], 2, ["T1_1_R2.fastq.gz: ends after 2 reads; T1_1_R1.fastq.gz has more"]


@case
def mates_of_different_names(folder, make):
    sheet = rows_with(folder, make, NATIVE, {}, {"fastq_2": "T1_1_R2.fastq.gz"})
    return (
        sheet,
        [],
        2,
        ["row 3, column fastq_2: the same file as row 2", "read 1 has another name than in N1_1_R1"],
    )


@case
def fastq_given_twice_by_link(folder, make):
    sheet = rows_with(folder, make, NATIVE, {}, {"fastq_1": "link.fastq.gz"})
    os.symlink(folder / "T1_1_R1.fastq.gz", folder / "link.fastq.gz")
    return sheet, [], 2, ["row 3, column fastq_1: the same file as row 2, column fastq_1"]


@case
def fastq_is_its_own_mate(folder, make):
    sheet = rows_with(folder, make, NATIVE, {"fastq_2": "T1_1_R1.fastq.gz"}, {})
    return sheet, [], 2, ["row 2, column fastq_2: the same file as row 2, column fastq_1"]


@case
def fastq_copied(folder, make):
    header = NATIVE + ",lane"
    again = {"patient_id": "P1", "sample_id": "T1", "role": "tumor", "lane": "2"}
    again |= {"fastq_1": "copy_R1.fastq.gz", "fastq_2": "copy_R2.fastq.gz"}
    sheet = rows_with(folder, make, header, {"lane": "1"}, {}, again)
    for mate in (1, 2):
        (folder / f"copy_R{mate}.fastq.gz").write_bytes((folder / f"T1_1_R{mate}.fastq.gz").read_bytes())
    return sheet, [], 2, ["copy_R1.fastq.gz: a copy of T1_1_R1", "copy_R2.fastq.gz: a copy of T1_1_R2"]


@case
def mate_missing(folder, make):
    sheet = rows_with(folder, make, NATIVE, {"fastq_2": ""}, {"fastq_1": "", "fastq_2": ""})
    return sheet, [], 2, ["row 2, column fastq_2: missing beside fastq_1", "sample N1 has no file"]


@case
def tumour_without_normal(folder, make):
    return (
        rows_with(folder, make, NATIVE, {}),
        [],
        2,
        ["row 2, column role: tumour T1 of patient P1 has no normal"],
    )


@case
def normal_without_tumour(folder, make):
    sheet = rows_with(folder, make, NATIVE, {}, {"patient_id": "P2"})
    return (
        sheet,
        [],
        2,
        ["patient P2 has a normal (N1) without a tumour", "tumour T1 of patient P1 has no normal"],
    )


@case
def several_normals(folder, make):
    r1, r2 = make.lane(folder, "N2")
    other = {"patient_id": "P1", "sample_id": "N2", "role": "normal", "fastq_1": r1, "fastq_2": r2}
    return rows_with(folder, make, NATIVE, {}, {}, other), [], 2, ["column matched_normal: empty", "N1, N2"]


@case
def matched_normal_wrong(folder, make):
    header = NATIVE + ",matched_normal"
    r1, r2 = make.lane(folder, "T2")
    other = {"patient_id": "P1", "sample_id": "T2", "role": "tumor", "fastq_1": r1, "fastq_2": r2}
    sheet = rows_with(folder, make, header, {"matched_normal": "N9"}, {}, other | {"matched_normal": "T1"})
    return (
        sheet,
        [],
        2,
        ["row 2, column matched_normal: no sample", "row 4, column matched_normal: a sample that is no"],
    )


@case
def matched_normal_of_another_patient(folder, make):
    header = NATIVE + ",matched_normal"
    sheet = rows_with(folder, make, header, {"matched_normal": "N1"}, {"patient_id": "P2"})
    return sheet, [], 2, ["a sample of another patient, P2 ['N1']"]


@case
def duplicate_sample(folder, make):
    header = NATIVE + ",lane"
    r1, r2 = make.lane(folder, "T1", 2)
    again = {
        "patient_id": "P1",
        "sample_id": "T1",
        "role": "tumor",
        "fastq_1": r1,
        "fastq_2": r2,
        "lane": "1",
    }
    return (
        rows_with(folder, make, header, {"lane": "1"}, {}, again),
        [],
        2,
        ["row 4, column lane: sample T1 has this"],
    )


@case
def sample_of_two_patients(folder, make):
    r1, r2 = make.lane(folder, "T1", 2)
    again = {"patient_id": "P2", "sample_id": "T1", "role": "normal", "fastq_1": r1, "fastq_2": r2}
    sheet = rows_with(folder, make, NATIVE, {}, {}, again)
    return (
        sheet,
        [],
        2,
        ["row 4, column patient_id: sample T1 belongs to two patients", "row 4, column role: differs"],
    )


@case
def unknown_words(folder, make):
    header = NATIVE + ",specimen,sex"
    sheet = rows_with(folder, make, header, {"role": "tumour", "specimen": "biopsy"}, {"sex": "F"})
    named = [
        "row 2, column role: is no role",
        "Did you mean tumor?",
        "column specimen: is no specimen",
        "['F']",
    ]
    return sheet, [], 2, named


@case
def specimen_of_the_other_role(folder, make):
    header = NATIVE + ",specimen"
    sheet = rows_with(folder, make, header, {"specimen": "blood"}, {"specimen": "plasma"})
    return sheet, [], 2, ["not a specimen of a tumor ['blood']", "not a specimen of a normal ['plasma']"]


@case
def conflicting_sex(folder, make):
    header = NATIVE + ",sex"
    sheet = rows_with(folder, make, header, {"sex": "male"}, {"sex": "female"})
    return sheet, [], 2, ["row 3, column sex: patient P1 has another sex in row 2"]


@case
def empty_sheet(folder, make):
    (folder / "s.csv").write_bytes(b"\xef\xbb\xbf\r\n")
    return folder / "s.csv", [], 2, ["is empty"]


@case
def header_only(folder, make):
    return make.sheet(folder / "s.csv"), [], 2, ["no rows"]


@case
def wrong_delimiter(folder, make):
    (folder / "s.csv").write_text(NATIVE.replace(",", "|") + "\n")
    return folder / "s.csv", [], 2, ["wrong delimiter"]


@case
def columns_missing_and_mistyped(folder, make):
    sheet = rows_with(folder, make, NATIVE.replace("role", "roel"), {}, {})
    return (
        sheet,
        [],
        2,
        ["column role: required column is absent", "column roel: unknown column", "Did you mean role?"],
    )


@case
def bad_ids(folder, make):
    sheet = rows_with(
        folder, make, NATIVE, {"patient_id": "P 1", "sample_id": "T;1"}, {"patient_id": "Pé", "role": ""}
    )
    return sheet, [], 2, ["holds a space", "holds ';'", "holds 'é'", "column role: is empty"]


@case
def glob_characters_in_paths(folder, make):
    sheet = rows_with(folder, make, NATIVE, {"fastq_1": "T[1]_R1.fastq.gz"}, {"fastq_1": "N\\R1.fastq.gz"})
    return sheet, [], 2, ["a path that holds '[', ']'", "a path that holds '\\\\'"]


@case
def other_endings(folder, make):
    header = NATIVE + ",bam"
    sheet = rows_with(
        folder, make, header, {"fastq_1": "T1.bam"}, {"fastq_1": "", "fastq_2": "", "bam": "n.sam"}
    )
    return sheet, [], 2, ["column fastq_1: is a file of another kind", "Expected: .bam or .cram"]


@case
def two_entries_in_a_row(folder, make):
    make.bam(folder / "T1.bam")
    return (
        rows_with(folder, make, NATIVE + ",bam", {"bam": "T1.bam"}, {}),
        [],
        2,
        ["a row with fastq and bam"],
    )


@case
def two_entries_in_a_sample(folder, make):
    make.bam(folder / "T1.bam")
    other = {"patient_id": "P1", "sample_id": "T1", "role": "tumor", "bam": "T1.bam"}
    return (
        rows_with(folder, make, NATIVE + ",bam", {}, {}, other),
        [],
        2,
        ["has fastq and bam in different rows"],
    )


@case
def future_collection(folder, make):
    header = NATIVE + ",collection_date"
    sheet = rows_with(
        folder, make, header, {"collection_date": "2999-01-01"}, {"collection_date": "01/02/2020"}
    )
    return (
        sheet,
        [],
        2,
        ["row 2, column collection_date: lies in the future.", "row 3, column collection_date: is not a"],
    )


def bams(folder, make, **tumor):
    make.bam(folder / "N1.bam", "N1")
    make.bam(folder / "T1.bam", tumor.pop("sample", "T1"), **tumor)
    rows = ["P1,T1,tumor,T1.bam", "P1,N1,normal,N1.bam"]
    return make.sheet(folder / "s.csv", *rows, header="patient_id,sample_id,role,bam")


@case
def bam_without_index(folder, make):
    return bams(folder, make, index=False), [], 2, ["row 2, column bam: has no index", "samtools index"]


@case
def bam_unsorted_and_of_another_sample(folder, make):
    sheet = bams(folder, make, sample="other", order="queryname", index=False)
    return sheet, [], 2, ["has no index", "not sorted by coordinate", "of sample other, the sheet says T1"]


@case
def bam_without_read_groups(folder, make):
    return bams(folder, make, sample=None), [], 2, ["T1.bam: has no read group", "addreplacerg"]


@case
def bam_not_sorted_as_it_says(folder, make):
    sheet = bams(folder, make, places=[(0, 8), (1, 3), (0, 9)], index=False)
    (folder / "T1.bam.bai").write_bytes((folder / "N1.bam.bai").read_bytes())
    return sheet, [], 2, ["T1.bam: not sorted by coordinate, though its header says so: record 3"], ["counts"]


@case
def bam_without_reads(folder, make):
    return bams(folder, make, places=[]), [], 2, ["T1.bam: holds no reads"]


@case
def bam_with_the_index_of_another(folder, make):
    sheet = bams(folder, make, places=[(0, 8), (0, 9), (1, 4)])
    (folder / "T1.bam.bai").write_bytes((folder / "N1.bam.bai").read_bytes())
    return sheet, [], 2, ["T1.bam.bai: is not the index of T1.bam"], ["N1.bam.bai"]


@case
def bam_with_the_index_of_another_genome(folder, make):
    """Of fewer contigs: htslib would read beyond its end."""
    make.bam(folder / "x.bam", contigs={"toyA": 400})
    make.bam(folder / "y.bam", contigs={"toyA": 400})
    pysam.index("-c", str(folder / "y.bam"))
    sheet = bams(folder, make)
    (folder / "T1.bam.bai").write_bytes((folder / "x.bam.bai").read_bytes())
    (folder / "N1.bam.bai").unlink()
    (folder / "N1.bam.csi").write_bytes((folder / "y.bam.csi").read_bytes())
    return sheet, [], 2, ["T1.bam.bai: is not the index of T1.bam", "N1.bam.csi: is not the index of N1.bam"]


@case
def bam_whose_named_index_is_missing(folder, make):
    bams(folder, make)
    rows = ["P1,1,T1,T1.bam,gone.bai", "P1,0,N1,N1.bam,"]
    sheet = make.sheet(folder / "s.csv", *rows, header="patient,status,sample,bam,bai")
    return sheet, [], 2, ["row 2, column bai: no such file"]


@case
def bam_with_a_damaged_index(folder, make):
    sheet = bams(folder, make)
    (folder / "T1.bam.bai").write_bytes(b"BAI\1")
    (folder / "N1.bam.bai").write_bytes(b"nonsense")
    return sheet, [], 2, [f"{name}.bam.bai: cannot be used as its index" for name in ("T1", "N1")]


@case
def bam_truncated(folder, make):
    sheet = bams(folder, make)
    data = (folder / "T1.bam").read_bytes()
    (folder / "T1.bam").write_bytes(data[:-28])
    return sheet, [], 2, ["T1.bam: truncated"]


@case
def cram_truncated(folder, make):
    (folder / "g.fa").write_text("".join(f">{name}\n{bases}\n" for name, bases in make.genome.items()))
    for sample in ("T1", "N1"):
        make.bam(folder / f"{sample}.bam", sample)
        cram = str(folder / f"{sample}.cram")
        pysam.view(
            "-C", "-T", str(folder / "g.fa"), "-o", cram, str(folder / f"{sample}.bam"), catch_stdout=False
        )
        pysam.index(cram)
    (folder / "T1.cram").write_bytes((folder / "T1.cram").read_bytes()[:-38])
    rows = ["P1,T1,tumor,T1.cram", "P1,N1,normal,N1.cram"]
    sheet = make.sheet(folder / "s.csv", *rows, header="patient_id,sample_id,role,bam")
    return sheet, [], 2, ["T1.cram: truncated"], ["N1.cram"]


@case
def bam_that_is_none(folder, make):
    sheet = bams(folder, make)
    (folder / "T1.bam").write_text("nothing of the kind, but long enough to be read\n")
    return sheet, [], 2, ["T1.bam: cannot be read as BAM"]


def kit_sheet(folder, *rows, header):
    path = folder / "k.csv"
    path.write_text("\n".join((header + ",targets", *(row + ",kit1" for row in rows))) + "\n")
    return path


def bams_of(folder, make, contigs):
    bams(folder, make, contigs=contigs)
    rows = ("P1,T1,tumor,T1.bam", "P1,N1,normal,N1.bam")
    sheet = kit_sheet(folder, *rows, header="patient_id,sample_id,role,bam")
    return sheet, ["--reference", str(make.bundle(folder / "ref"))]


@case
def bam_of_another_build(folder, make):
    sheet, arguments = bams_of(folder, make, {"toyA": 401, "toyB": 200})
    return sheet, arguments, 3, ["T1.bam: not of build toy1: toyA has 401 bases, not 400"]


@case
def bam_with_other_names(folder, make):
    sheet, arguments = bams_of(folder, make, {"chr1": 400})
    return sheet, arguments, 3, ["no contig of the bundle toy1", "chr1 style"]


@case
def bam_lacking_a_contig(folder, make):
    sheet, arguments = bams_of(folder, make, {"toyA": 400})
    return sheet, arguments, 3, ["lacks contigs of the bundle toy1: toyB"]


@case
def bam_in_another_order(folder, make):
    sheet, arguments = bams_of(folder, make, {"toyB": 200, "toyA": 400})
    return sheet, arguments, 3, ["in another order"]


@case
def ordinary_faults_outrank_mismatches(folder, make):
    sheet, arguments = bams_of(folder, make, {"toyA": 401, "toyB": 200})
    sheet.write_text(sheet.read_text().replace("normal", "blood"))
    return sheet, arguments, 2, ["is no role we know", "not of build toy1"]


@case
def unknown_kit(folder, make):
    bams(folder, make)
    sheet = kit_sheet(
        folder, "P1,T1,tumor,T1.bam", "P1,N1,normal,N1.bam", header="patient_id,sample_id,role,bam"
    )
    sheet.write_text(sheet.read_text().replace("tumor,T1.bam,kit1", "tumor,T1.bam,kit3"))
    return sheet, ["--reference", str(make.bundle(folder / "ref"))], 2, ["no such capture kit", "kit3"]


@case
def kit_left_out(folder, make):
    return bams(folder, make), ["--reference", str(make.bundle(folder / "ref"))], 2, ["several capture kits"]


@case
def no_bundle(folder, make):
    return bams(folder, make), ["--reference", str(folder / "none")], 2, ["no such reference bundle"]


def calls(folder, make, reference=False, **options):
    make.vcf(folder / "t.vcf", **options)
    sheet = kit_sheet(folder, "P1,T1,tumor,t.vcf", header="patient_id,sample_id,role,vcf")
    return sheet, ["--reference", str(make.bundle(folder / "ref"))] if reference else []


@case
def vcf_without_the_tumour(folder, make):
    sheet, arguments = calls(folder, make, samples=["A", "B"])
    return sheet, arguments, 2, ["row 2, column vcf: the VCF has no sample T1: it has A, B"]


def calls_and_normal(folder, make, samples, **options):
    make.vcf(folder / "t.vcf", samples, **options)
    rows = ["P1,T1,tumor,t.vcf", "P1,N1,normal,"]
    return make.sheet(folder / "s.csv", *rows, header="patient_id,sample_id,role,vcf")


@case
def vcf_of_another_patient(folder, make):
    meta = ["##tumor_sample=T9", "##normal_sample=N9"]
    sheet = calls_and_normal(folder, make, ["N9", "T9"], meta=meta)
    return sheet, [], 2, ["row 2, column vcf: the VCF has no sample T1: it has N9, T9", "bcftools reheader"]


@case
def vcf_against_an_unknown_normal(folder, make):
    sheet = calls_and_normal(folder, make, ["N9", "T1"])
    return sheet, [], 2, ["row 2, column vcf: the VCF's normal is N9, the sheet's is N1"]


@case
def vcf_without_the_normal(folder, make):
    sheet = calls_and_normal(folder, make, ["T1"])
    return sheet, [], 2, ["row 2, column vcf: the VCF has no sample N1: it has T1"]


@case
def vcf_with_the_tumour_as_normal(folder, make):
    sheet = calls_and_normal(folder, make, ["N1", "T1"], meta=["##tumor_sample=N1", "##normal_sample=T1"])
    return sheet, [], 2, ["row 2, column vcf: in the VCF T1 is the normal"]


@case
def vcf_empty_beside_a_normal(folder, make):
    sheet = calls_and_normal(folder, make, ["N1", "T1"])
    (folder / "t.vcf").write_text("")
    return sheet, [], 2, ["row 2, column vcf: is empty"], ["has no file", "has no normal"]


@case
def vcf_without_header_beside_a_normal(folder, make):
    sheet = calls_and_normal(folder, make, ["N1", "T1"])
    (folder / "t.vcf").write_text("toyA\t1\n")
    return sheet, [], 2, ["row 2, column vcf: cannot be read as VCF"], ["has no file", "has no normal"]


@case
def links_to_nothing(folder, make):
    sheet = rows_with(folder, make, NATIVE, {"fastq_1": "loop.fastq.gz"}, {})
    os.symlink("loop.fastq.gz", folder / "loop.fastq.gz")
    return sheet, [], 2, ["row 2, column fastq_1: a link that leads to no file"]


@case
def addresses_instead_of_files(folder, make):
    sheet = rows_with(
        folder, make, NATIVE, {"fastq_1": "https://x.org/a_R1.fq.gz"}, {"fastq_2": "ftp://x.org/b.fq.gz"}
    )
    named = ["row 2, column fastq_1: an address, not a file", "row 3, column fastq_2: an address, not a file"]
    return sheet, [], 2, [*named, "Download it first"]


@case
def vcf_of_the_tumour_alone(folder, make):
    sheet, arguments = calls(folder, make, samples=["T1"])
    return sheet, arguments, 2, ["tumour T1 of patient P1 has no normal"]


@case
def vcf_unsorted(folder, make):
    records = ["toyA\t9\t.\tA\tC", "toyB\t2\t.\tC\tA", "toyA\t10\t.\tC\tG"]
    sheet, arguments = calls(folder, make, records=records)
    return sheet, arguments, 2, ["t.vcf: not sorted ['toyA:10']", "bcftools sort"]


@case
def vcf_without_read_counts(folder, make):
    sheet, arguments = calls(folder, make, counts="GT")
    return sheet, arguments, 2, ["t.vcf: has neither AD nor AF"]


@case
def vcf_that_is_none(folder, make):
    sheet, arguments = calls(folder, make)
    (folder / "t.vcf").write_text("chr1\t1\n")
    return sheet, arguments, 2, ["row 2, column vcf: cannot be read as VCF"]


@case
def vcf_in_plain_gzip(folder, make):
    sheet, arguments = calls(folder, make)
    (folder / "t.vcf.gz").write_bytes(gzip.compress((folder / "t.vcf").read_bytes()))
    sheet.write_text(sheet.read_text().replace("t.vcf", "t.vcf.gz"))
    return sheet, arguments, 2, ["row 2, column vcf: compressed by gzip, not by bgzip"]


@case
def vcf_cut_short(folder, make):
    sheet, arguments = calls(folder, make)
    (folder / "t.vcf").write_text((folder / "t.vcf").read_text()[:-40])
    return sheet, arguments, 2, ["t.vcf: cannot be read past record 2"]


@case
def vcf_gzip_cut_short(folder, make):
    sheet, arguments = calls(folder, make, records=[f"toyA\t{i}\t.\tA\tC" for i in range(1, 400)] * 100)
    pysam.tabix_compress(str(folder / "t.vcf"), str(folder / "t.vcf.gz"))
    data = (folder / "t.vcf.gz").read_bytes()
    (folder / "t.vcf.gz").write_bytes(data[: len(data) // 2])
    sheet.write_text(sheet.read_text().replace("t.vcf", "t.vcf.gz"))
    return sheet, arguments, 2, ["row 2, column vcf: truncated"]


@case
def vcf_of_another_build(folder, make):
    sheet, arguments = calls(folder, make, reference=True, contigs={"toyA": 500, "toyB": 200})
    return sheet, arguments, 3, ["not of build toy1: toyA has 500 bases"]


@case
def vcf_with_other_reference_alleles(folder, make):
    records = ["toyA\t9\t.\tG\tC", "toyB\t300\t.\tA\tC", "toyC\t1\t.\tA\tC"]
    sheet, arguments = calls(folder, make, reference=True, records=records)
    named = [
        "reference allele is not the bundle's ['toyA:9 G']",
        "position beyond",
        "contig not in the bundle",
    ]
    return sheet, arguments, 3, named


@case
def vcf_of_two_samples_of_the_sheet(folder, make):
    make.vcf(folder / "t.vcf", ["N2", "T1"])
    rows = ["P1,T1,tumor,t.vcf,,", "P2,T2,tumor,,{},{}".format(*make.lane(folder, "T2"))]
    rows.append("P2,N2,normal,,{},{}".format(*make.lane(folder, "N2")))
    sheet = make.sheet(folder / "s.csv", *rows, header="patient_id,sample_id,role,vcf,fastq_1,fastq_2")
    return sheet, [], 2, ["the VCF's normal N2 is another sample of the sheet"]


@case
def vcf_against_another_normal_of_the_patient(folder, make):
    make.vcf(folder / "t.vcf", ["N2", "T1"])
    rows = ["P1,T1,tumor,N1,t.vcf,,"]
    rows += ["P1,{},normal,,,{},{}".format(name, *make.lane(folder, name)) for name in ("N1", "N2")]
    header = "patient_id,sample_id,role,matched_normal,vcf,fastq_1,fastq_2"
    return (
        make.sheet(folder / "s.csv", *rows, header=header),
        [],
        2,
        ["the VCF's normal is N2, the sheet's is N1"],
    )


@case
def clinical_ids_match_nothing(folder, make):
    (folder / "c.csv").write_text("patient_id,age\nX1,77\nX2,66\n")
    sheet = rows_with(folder, make, NATIVE, {}, {})
    return (
        sheet,
        ["--clinical", str(folder / "c.csv")],
        2,
        ["c.csv, column patient_id: no patient_id matches"],
    )


@case
def faults_of_all_inputs_at_once(folder, make):
    (folder / "c.csv").write_text("patient_id,death_date\nP1,2999-01-01\n")
    sheet = rows_with(folder, make, NATIVE, {"role": "x"}, {})
    arguments = ["--clinical", str(folder / "c.csv"), "--reference", str(folder / "none")]
    return (
        sheet,
        arguments,
        2,
        ["is no role we know", "column death_date: in the future", "no such reference bundle"],
    )


@pytest.mark.parametrize("name", CASES)
def test_bad_input(
    name: str, tmp_path: Path, make: SimpleNamespace, capfd: pytest.CaptureFixture[str]
) -> None:
    sheet, arguments, code, named, *blameless = CASES[name](tmp_path, make)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SystemExit) as stopped:
        main(["check", str(sheet), *arguments])
    output = capfd.readouterr()
    assert output.out == ""
    assert [text for text in named if text not in output.err] == [], output.err
    assert [text for texts in blameless for text in texts if text in output.err] == []
    assert "Traceback" not in output.err
    assert "2999" not in output.err
    assert stopped.value.code == code
    assert sorted(tmp_path.rglob("*")) == before


def test_good_input_is_summarised(
    tmp_path: Path, make: SimpleNamespace, capfd: pytest.CaptureFixture[str]
) -> None:
    sheet, arguments = calls(tmp_path, make, reference=True)
    with pytest.raises(SystemExit) as stopped:
        main(["check", str(sheet), *arguments])
    output = capfd.readouterr()
    assert stopped.value.code == 0
    assert output.out == "patients: 1\nsamples: 2 (1 tumor, 1 normal)\npairs: 1 (1 from VCF)\n"
    assert output.err == ""


def test_good_alignments_and_an_old_index(
    tmp_path: Path, make: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    """A CRAM whose reference is out of reach is fine here: no bases are read."""
    (tmp_path / "g.fa").write_text("".join(f">{name}\n{bases}\n" for name, bases in make.genome.items()))
    sheet = bams(tmp_path, make, places=[(0, 8), (1, 0), (1, 9)])
    pysam.view(
        "-C",
        "-T",
        str(tmp_path / "g.fa"),
        "-o",
        str(tmp_path / "N1.cram"),
        str(tmp_path / "N1.bam"),
        catch_stdout=False,
    )
    pysam.index(str(tmp_path / "N1.cram"))
    for name in ("g.fa", "g.fa.fai"):
        (tmp_path / name).unlink()
    sheet.write_text(sheet.read_text().replace("N1.bam", "N1.cram"))
    os.utime(tmp_path / "T1.bam.bai", (1, 1))
    with pytest.raises(SystemExit) as stopped:
        main(["check", str(sheet)])
    assert stopped.value.code == 0
    index = tmp_path / "T1.bam.bai"
    assert caplog.messages == [f"{index}: older than T1.bam; Run `samtools index` again."]


def test_unmatched_patients_are_warned_of(
    tmp_path: Path, make: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "c.csv").write_text("patient_id,age\nP1,77\nX2,66\n")
    sheet = rows_with(tmp_path, make, NATIVE, {}, {})
    with pytest.raises(SystemExit) as stopped:
        main(["check", str(sheet), "--clinical", str(tmp_path / "c.csv")])
    assert stopped.value.code == 0
    assert caplog.messages == [f"{tmp_path / 'c.csv'}: not in the samplesheet: X2"]


def test_faults_as_json(tmp_path: Path, make: SimpleNamespace, capfd: pytest.CaptureFixture[str]) -> None:
    sheet = rows_with(tmp_path, make, NATIVE, {"role": "x"}, {"patient_id": "P 1"})
    with pytest.raises(SystemExit):
        main(["--error-format", "json", "check", str(sheet)])
    error = json.loads(capfd.readouterr().err)
    assert error["exit_code"] == 2
    assert {(fault["row"], fault["column"], fault["value"]) for fault in error["faults"]} == {
        (2, "role", "x"),
        (3, "patient_id", "P 1"),
    }
