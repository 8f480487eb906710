"""Samplesheets to studies: defaults, other formats of sheet, pairs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest

from wes_biomarkers.contracts.resolved import Study
from wes_biomarkers.errors import InputError
from wes_biomarkers.io.samplesheet import read_study


def test_defaults_lanes_and_read_groups(tmp_path: Path, make: SimpleNamespace) -> None:
    rows = [*make.study_rows(tmp_path), "P1,T1,tumor," + ",".join(make.lane(tmp_path, "T1", 2))]
    study = read_study(make.sheet(tmp_path / "s.csv", *rows))
    normal, tumor = study.samples
    assert (normal.specimen, tumor.specimen) == ("blood", "tissue")
    assert (tumor.timepoint, tumor.sex, tumor.targets, tumor.entry) == ("baseline", "unknown", None, "fastq")
    assert [lane.lane for lane in tumor.lanes] == ["L1", "L2"]
    assert tumor.lanes[1].read_group == r"@RG\tID:T1.L2\tSM:T1\tLB:T1\tPL:ILLUMINA\tPU:HXYZ.2"
    assert tumor.lanes[0].fastq_1 == str(tmp_path / "T1_1_R1.fastq.gz")
    assert [pair.pair_id for pair in study.pairs] == ["T1_vs_N1"]
    assert Study.from_dict(json.loads(json.dumps(study.as_dict()))) == study


def test_several_tumours_share_the_normal_and_the_sex(tmp_path: Path, make: SimpleNamespace) -> None:
    header = "patient_id,sample_id,role,timepoint,sex,fastq_1,fastq_2"
    rows = [
        f"P1,{sample},{role},{when},{sex},{','.join(make.lane(tmp_path, sample))}"
        for sample, role, when, sex in (
            ("T1", "tumor", "", "NA"),
            ("T2", "tumor", "week_8", "."),
            ("N1", "normal", "", "female"),
        )
    ]
    study = read_study(make.sheet(tmp_path / "s.csv", *rows, header=header))
    assert {sample.sex for sample in study.samples} == {"female"}
    assert [(p.tumor_sample_id, p.normal_sample_id, p.timepoint) for p in study.pairs] == [
        ("T1", "N1", "baseline"),
        ("T2", "N1", "week_8"),
    ]


def test_matched_normal_chooses_among_several(tmp_path: Path, make: SimpleNamespace) -> None:
    header = "patient_id,sample_id,role,matched_normal,fastq_1,fastq_2"
    rows = [
        f"P1,{sample},{role},{normal},{','.join(make.lane(tmp_path, sample))}"
        for sample, role, normal in (("T1", "tumor", "N2"), ("N1", "normal", ""), ("N2", "normal", ""))
    ]
    assert read_study(make.sheet(tmp_path / "s.csv", *rows, header=header)).pairs[0].pair_id == "T1_vs_N2"


def test_sarek_sheets_are_read_as_they_are(tmp_path: Path, make: SimpleNamespace) -> None:
    ours = [
        f"P1,{sample},{role},female,lane_1,{','.join(make.lane(tmp_path, sample))}"
        for sample, role in (("T1", "tumor"), ("N1", "normal"))
    ]
    sarek = [row.replace("tumor", "1").replace("normal", "0").replace("female", "XX") for row in ours]
    sarek = [",".join(row.split(",")[i] for i in (0, 3, 2, 1, 4, 5, 6)) for row in sarek]
    header = "patient_id,sample_id,role,sex,lane,fastq_1,fastq_2"
    expected = read_study(make.sheet(tmp_path / "ours.csv", *ours, header=header))
    header = "patient,sex,status,sample,lane,fastq_1,fastq_2"
    assert read_study(make.sheet(tmp_path / "sarek.csv", *sarek, header=header)) == expected


def test_sarek_alignments_and_their_faults(tmp_path: Path, make: SimpleNamespace) -> None:
    for sample in ("T1", "N1"):
        make.bam(tmp_path / f"{sample}.bam", sample)
        os.rename(tmp_path / f"{sample}.bam.bai", tmp_path / f"{sample}.index")
    header = "patient,sex,status,sample,bam,bai,cram,crai"
    rows = ["P1,NA,1,T1,T1.bam,T1.index,,", "P1,XY,0,N1,N1.bam,N1.index,,"]
    study = read_study(make.sheet(tmp_path / "s.csv", *rows, header=header))
    assert [sample.bai for sample in study.samples] == [str(tmp_path / f"{s}.index") for s in ("N1", "T1")]
    bad = [rows[0].replace("1,T1,", "tumour,T1,"), rows[1].replace("XY", "male")]
    with pytest.raises(InputError) as caught:
        read_study(make.sheet(tmp_path / "bad.csv", *bad, header=header))
    faults = {(fault.row, fault.column, fault.value) for fault in caught.value.faults}
    assert faults == {(2, "status", "tumour"), (3, "sex", "male")}


def test_xlsx_gives_the_same_study(tmp_path: Path, make: SimpleNamespace) -> None:
    path = make.sheet(tmp_path / "s.csv", *make.study_rows(tmp_path))
    book = openpyxl.Workbook()
    for line in path.read_text().splitlines():
        book.active.append(line.split(","))
    book.save(tmp_path / "s.xlsx")
    assert read_study(tmp_path / "s.xlsx") == read_study(path)


def test_path_map_and_base_dir(tmp_path: Path, make: SimpleNamespace) -> None:
    data = tmp_path / "new place"
    data.mkdir()
    rows = make.study_rows(data)
    expected = read_study(make.sheet(data / "s.csv", *rows))
    mapped = [row.replace("T1_1_R", "/old/data/T1_1_R").replace("N1_1_R", "/old/data/N1_1_R") for row in rows]
    elsewhere = make.sheet(tmp_path / "s.csv", *mapped)
    assert read_study(elsewhere, path_map=["/old=/wrong", f"/old/data={data}"]) == expected
    assert read_study(make.sheet(tmp_path / "t.csv", *rows), base_dir=data) == expected
    with pytest.raises(InputError, match="OLD=NEW"):
        read_study(elsewhere, path_map=["/old"])


def test_path_map_respects_folder_names(tmp_path: Path, make: SimpleNamespace) -> None:
    rows = [
        f"P1,{s},{r},/database/{s}_1.fq,/database/{s}_2.fq" for s, r in (("T1", "tumor"), ("N1", "normal"))
    ]
    path = make.sheet(tmp_path / "s.csv", *rows)
    study = read_study(path, path_map=["/data=/mnt"], check_files=False)
    assert study.samples[0].lanes[0].fastq_1 == "/database/N1_1.fq"


def test_unusual_paths_are_kept(tmp_path: Path, make: SimpleNamespace) -> None:
    folder = tmp_path / "Dr. Müller's data (a & b)"
    folder.mkdir()
    study = read_study(make.sheet(folder / "s.csv", *make.study_rows(folder)))
    assert study.samples[0].lanes[0].fastq_1 == str(folder / "N1_1_R1.fastq.gz")


def test_vcf_brings_its_own_normal(tmp_path: Path, make: SimpleNamespace) -> None:
    make.vcf(tmp_path / "t.vcf", ["N1", "T1"])
    header = "patient_id,sample_id,role,vcf"
    study = read_study(make.sheet(tmp_path / "s.csv", "P1,T1,tumor,t.vcf", header=header))
    assert [(s.sample_id, s.role, s.entry) for s in study.samples] == [
        ("N1", "normal", "vcf"),
        ("T1", "tumor", "vcf"),
    ]
    assert (study.pairs[0].pair_id, study.pairs[0].entry) == ("T1_vs_N1", "vcf")


@pytest.mark.parametrize("columns", [["N1", "T1"], ["T1", "N1"], ["N1", "T1", "T2"]])
def test_vcf_beside_a_normal_without_a_file(
    tmp_path: Path, make: SimpleNamespace, columns: list[str]
) -> None:
    """The header may still have the names from before `bcftools reheader`."""
    make.vcf(tmp_path / "t.vcf", columns, meta=["##tumor_sample=a", "##normal_sample=b"])
    header = "patient_id,sample_id,role,vcf"
    rows = ["P1,T1,tumor,t.vcf", "P1,N1,normal,"]
    (pair,) = read_study(make.sheet(tmp_path / "s.csv", *rows, header=header)).pairs
    assert (pair.pair_id, pair.tumor_sample_id, pair.normal_sample_id) == ("T1_vs_N1", "T1", "N1")


def test_pairs_of_a_patient_are_ordered_by_time(tmp_path: Path, make: SimpleNamespace) -> None:
    """Baseline first whatever its date, then by date, an unknown date last."""
    header = "patient_id,sample_id,role,timepoint,collection_date,vcf"
    rows = []
    for name, timepoint, day in (
        ("T1", "week 12", ""), ("T2", "baseline", "2025-03-01"), ("T3", "week 4", "2025-02-01"),
        ("T4", "week 8", "2025-03-02"),
    ):  # fmt: skip
        make.vcf(tmp_path / f"{name}.vcf", ["N1", name])
        rows.append(f"P1,{name},tumor,{timepoint},{day},{name}.vcf")
    study = read_study(make.sheet(tmp_path / "s.csv", *rows, header=header))
    assert {pair.tumor_sample_id: pair.time_rank for pair in study.pairs} == {
        "T2": 0,
        "T3": 1,
        "T4": 2,
        "T1": 3,
    }


def test_files_in_buckets_are_warned_of(
    tmp_path: Path, make: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    rows = ["P1,T1,tumor,s3://b/T1_R1.fq.gz,s3://b/T1_R2.fq.gz", make.study_rows(tmp_path)[1]]
    study = read_study(make.sheet(tmp_path / "s.csv", *rows))
    assert study.samples[1].lanes[0].fastq_1 == "s3://b/T1_R1.fq.gz"
    assert caplog.messages == [
        f"{tmp_path / 's.csv'}: 2 files in buckets are not checked, as s3://b/T1_R1.fq.gz"
    ]


def test_entry_of_a_pair_follows_what_is_still_to_be_done(tmp_path: Path, make: SimpleNamespace) -> None:
    make.bam(tmp_path / "T1.bam", "T1")
    header = "patient_id,sample_id,role,bam,fastq_1,fastq_2"
    rows = ["P1,T1,tumor,T1.bam,,", "P1,N1,normal,," + ",".join(make.lane(tmp_path, "N1"))]
    study = read_study(make.sheet(tmp_path / "s.csv", *rows, header=header))
    assert study.pairs[0].entry == "fastq"
    assert study.samples[1].bai == str(tmp_path / "T1.bam.bai")


def test_hla_types_are_normalised(tmp_path: Path, make: SimpleNamespace) -> None:
    header = "patient_id,sample_id,role,fastq_1,fastq_2,hla"
    rows = make.study_rows(tmp_path)
    rows[0] += ","
    rows[1] += ",HLA-A*02:01; B*07:02:01"
    study = read_study(make.sheet(tmp_path / "s.csv", *rows, header=header))
    assert study.samples[0].hla == ("A*02:01", "B*07:02:01")
    assert study.samples[1].hla == ()
    assert study.pairs[0].hla == "A*02:01;B*07:02:01"


def test_hla_types_of_old_names_are_renamed_and_serotypes_refused(
    tmp_path: Path, make: SimpleNamespace
) -> None:
    header = "patient_id,sample_id,role,fastq_1,fastq_2,hla"
    rows = make.study_rows(tmp_path)
    rows[0] += ",A0201;Cw*0702;SIMB*01:03"
    rows[1] += ","
    study = read_study(make.sheet(tmp_path / "s.csv", *rows, header=header))
    assert study.pairs[0].hla == "A*02:01;C*07:02;SIMB*01:03"
    rows[0] = rows[0].replace("A0201", "B44; A*02;A*02:01")
    with pytest.raises(InputError) as caught:
        read_study(make.sheet(tmp_path / "t.csv", *rows, header=header))
    assert [(fault.column, fault.value) for fault in caught.value.faults] == [("hla", "B44"), ("hla", "A*02")]
