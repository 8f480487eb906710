"""`wes-biomarkers feature clonality` from files to records and the table of mutations."""

import json

import pytest
from feature_cases import caller

from wes_biomarkers.contracts.record import Record
from wes_biomarkers.io.clonality import read_clonality
from wes_biomarkers.io.records import write_records

HEADER = """##fileformat=VCFv4.2
##contig=<ID=c1,length=2000000>
##tumor_sample={tumor}
##normal_sample=N
##FILTER=<ID=weak,Description="x">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="d">
#CHROM	POS	ID	REF	ALT	QUAL	FILTER	INFO	FORMAT	N	{tumor}
"""
SEGMENTS = """chrom	start	end	n_bin	log2	n_het	baf	total_cn	minor_cn	cell_fraction
c1	0	50000	9	0	5	.5	2	1	
c1	50000	99000	9	.5	5	.4	3	1	.2
"""
EARLY = {1000: (30, 100), 2000: (28, 100), 3000: (9, 100), 4000: (10, 100), 60000: (20, 100)}
LATE = {1000: (27, 90), 2000: (31, 100), 5000: (10, 100)}


def vcf(tumor, calls, weak=None):
    rows = {pos: (*reads, "PASS") for pos, reads in calls.items()}
    rows |= {pos: (*reads, "weak") for pos, reads in (weak or {}).items()}
    lines = [
        f"c1\t{pos}\t.\tA\tC\t.\t{flt}\t.\tAD\t60,0\t{depth - alt},{alt}"
        for pos, (alt, depth, flt) in sorted(rows.items())
    ]
    return HEADER.format(tumor=tumor) + "".join(f"{line}\n" for line in lines)


@pytest.fixture
def files(tmp_path):
    (tmp_path / "early.vcf").write_text(vcf("T1", EARLY, weak={7000: (2, 100)}))
    (tmp_path / "late.vcf").write_text(vcf("T2", LATE, weak={3000: (0, 150)}))
    (tmp_path / "s.tsv").write_text(SEGMENTS)
    (tmp_path / "deep.bed").write_text("c1\t0\t4500\n")
    (tmp_path / "pairs.csv").write_text(
        "pair_id,vcf,segments,purity,callable\nA,early.vcf,s.tsv,0.6,deep.bed\nB,late.vcf,s.tsv,0.6,deep.bed\n"
    )
    return tmp_path


call = caller("clonality")


def purity_record(path, **changes):
    values = {"purity": 0.6, "purity_low": 0.55, "purity_high": 0.65}
    write_records(path, Record(**{"patient_id": "P", "pair_id": "A", "feature": "purity",
                                  "definition_id": "wes_purity", "status": "ok", "values": values} | changes))  # fmt: skip
    return path


def test_one_pair(files, capsys):
    code, out, err = call(capsys, "--vcf", files / "early.vcf", "--segments", files / "s.tsv", "--purity", 0.6,
                          "--variants-out", files / "c.tsv")  # fmt: skip
    assert code == 0, err
    record = json.loads(out)
    assert (record["patient_id"], record["pair_id"], record["status"]) == ("T1", "T1_vs_N", "ok")
    values = record["values"]
    assert (values["n_clonal"], values["n_subclonal"], values["n_indeterminate"]) == (2, 2, 1)
    assert (values["n_cluster"], record["numerator"], record["denominator"]) == (1, 2, 4)
    table = read_clonality(files / "c.tsv", "T1_vs_N")
    assert table["start"].tolist() == [999, 1999, 2999, 3999, 59999]
    assert table["clonality"].tolist() == ["clonal", "clonal", "subclonal", "subclonal", "indeterminate"]
    assert table["ccf"][:3] == pytest.approx([1.0, 28 / 30, 0.3], abs=1e-5)


def test_purity_of_a_record_brings_its_interval(files, capsys):
    words = ["--vcf", files / "early.vcf", "--segments", files / "s.tsv"]
    call(capsys, *words, "--purity", 0.6, "--variants-out", files / "sure.tsv")
    record = purity_record(files / "p.json")
    code, _, err = call(capsys, *words, "--purity-record", record, "--variants-out", files / "unsure.tsv")
    assert code == 0, err
    sure, unsure = read_clonality(files / "sure.tsv"), read_clonality(files / "unsure.tsv")
    assert (unsure["ccf_high"] - unsure["ccf_low"])[2] > (sure["ccf_high"] - sure["ccf_low"])[2]


def test_a_purity_that_is_not_evaluable_is_passed_on(files, capsys):
    record = purity_record(files / "p.json", status="not_evaluable", reason="a quiet genome", values={})
    code, out, err = call(capsys, "--vcf", files / "early.vcf", "--segments", files / "s.tsv",
                          "--purity-record", record, "--variants-out", files / "c.tsv")  # fmt: skip
    assert code == 0, err
    made = json.loads(out)
    assert made["status"] == "not_evaluable" and made["reason"] == "purity is not evaluable: a quiet genome"
    assert set(read_clonality(files / "c.tsv")["clonality"]) == {"indeterminate"}


def test_pairs_of_a_patient(files, capsys):
    code, out, err = call(capsys, "--pairs", files / "pairs.csv", "--patient-id", "P1", "--variants-out",
                          files / "c.tsv")  # fmt: skip
    assert code == 0, err
    first, second, evolution = json.loads(out)
    assert [first["pair_id"], second["pair_id"], evolution["pair_id"]] == ["A", "B", "B"]
    assert {record["patient_id"] for record in (first, second, evolution)} == {"P1"}
    values = evolution["values"]
    # of none is it known whether it was gained
    # kept: 1000, 2000; lost: 3000 by its 150 reads; unknown: 4000 by depth 20, 5000 and 60000 without depth
    assert (values["n_kept"], values["n_lost"], values["n_gained"], values["n_unknown"]) == (2, 1, None, 3)
    assert evolution["flags"] == ["needs_review"]
    later = read_clonality(files / "c.tsv", "B")
    change = dict(zip(later["start"].tolist(), later["change"], strict=True))
    assert change == {
        999: "kept",
        1999: "kept",
        4999: "unknown",
        2999: "lost",
        3999: "unknown",
        59999: "unknown",
    }


def test_equal_input_gives_equal_bytes(files, capsys):
    words = ["--pairs", files / "pairs.csv", "--variants-out", files / "c.tsv"]
    _, first, _ = call(capsys, *words)
    table = (files / "c.tsv").read_bytes()
    assert call(capsys, *words)[1] == first and (files / "c.tsv").read_bytes() == table


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["--purity", "0.6"], 2, "Give --vcf and --segments"),
        (["--vcf", "early.vcf", "--segments", "s.tsv", "--purity", "1.2"], 2, "is no purity"),
        (["--vcf", "early.vcf", "--segments", "s.tsv", "--purity", "nan"], 2, "finite"),
        (["--pairs", "pairs.csv", "--vcf", "early.vcf"], 2, "names the files itself"),
        (["--vcf", "early.vcf", "--segments", "none.tsv", "--purity", "0.5"], 2, "no such file"),
        (["--vcf", "early.vcf", "--segments", "other.tsv", "--purity", "0.5"], 3, "shares no contig name"),
        (["--pairs", "bad.csv"], 2, "unknown specimen"),
        (["--pairs", "bad.csv"], 2, "a second time"),
        (["--pairs", "bad.csv"], 2, "is empty"),
        (["--pairs", "columns.csv"], 2, "lacks the column purity"),
        (["--pairs", "bad.csv"], 2, "bad.csv, row 2, column vcf: no such file ['v']"),
        (["--pairs", "bad.csv"], 2, "bad.csv, row 4, column purity: is no purity ['1.5']"),
        (["--pairs", "broken.csv"], 2, "early.bad: lacks the columns"),
        (["--pairs", "broken.csv"], 2, "late.bad: lacks the columns"),
        (["--vcf", "early.vcf", "--segments", "far.tsv", "--purity", "0.5"], 3, "c1 has 2000000 bases"),
        (
            ["--vcf", "early.vcf", "--segments", "s.tsv", "--purity-record", "other.json"],
            2,
            "other.json: holds no valid record",
        ),
    ],
)
def test_faults(files, capsys, monkeypatch, words, code, text):
    monkeypatch.chdir(files)
    (files / "other.tsv").write_text(SEGMENTS.replace("c1", "chr1"))
    (files / "bad.csv").write_text(
        "pair_id,vcf,segments,purity,specimen\nA,v,s,0.5,wood\nA,v,s,0.5,tissue\nB,,s,1.5,tissue\n"
    )
    (files / "broken.csv").write_text(
        "pair_id,vcf,segments,purity\nA,early.vcf,early.bad,0.5\nB,late.vcf,late.bad,0.5\n"
    )
    for name in ("early.bad", "late.bad"):
        (files / name).write_text("x\n")
    (files / "far.tsv").write_text(SEGMENTS.replace("99000", "2000001"))
    (files / "other.json").write_text('{"nonsense": 1}')
    (files / "columns.csv").write_text("pair_id,vcf,segments,age\nA,v,s,3\n")
    found, _, err = call(capsys, *words)
    assert found == code and text in err


def test_without_purity_nothing_is_evaluable(files, capsys):
    code, out, _ = call(capsys, "--vcf", files / "early.vcf", "--segments", files / "s.tsv")
    assert code == 0 and json.loads(out)["reason"] == "the purity is unknown"


def test_only_the_comparison(files, capsys):
    code, out, _ = call(capsys, "--pairs", files / "pairs.csv", "--only-evolution")
    assert code == 0 and [record["feature"] for record in json.loads(out)] == ["evolution"]


def test_records_without_a_purity(files, capsys):
    record = purity_record(files / "p.json", feature="copy_number")
    code, out, _ = call(
        capsys, "--vcf", files / "early.vcf", "--segments", files / "s.tsv", "--purity-record", record
    )
    assert code == 0 and json.loads(out)["reason"] == "the purity was not fitted"


@pytest.mark.parametrize("value", [1.7, -0.3, 0, "high", True])
def test_an_impossible_purity_of_a_record_is_refused(files, capsys, value):
    record = purity_record(files / "p.json", values={"purity": value})
    code, _, err = call(
        capsys, "--vcf", files / "early.vcf", "--segments", files / "s.tsv", "--purity-record", record
    )
    assert code == 2 and "p.json, column purity: is no purity" in err


def test_segments_on_other_contigs_of_the_header_are_no_mismatch(files, capsys):
    header = HEADER.replace("##tumor", "##contig=<ID=cX,length=2000000>\n##tumor", 1)
    (files / "x.vcf").write_text(
        vcf("T1", EARLY).replace(HEADER.format(tumor="T1"), header.format(tumor="T1"))
    )
    (files / "x.tsv").write_text(SEGMENTS.replace("c1", "cX"))
    code, out, err = call(capsys, "--vcf", files / "x.vcf", "--segments", files / "x.tsv", "--purity", "0.6")
    assert code == 0, err
    assert json.loads(out)["reason"].startswith("the copy number is unknown")


def test_unknown_reads_are_not_taken_for_unknown_copies(files, capsys):
    lines = vcf("T1", EARLY).splitlines()
    hidden = [line if line[0] == "#" else line.rsplit("\t", 1)[0] + "\t." for line in lines]
    (files / "x.vcf").write_text("\n".join(hidden) + "\n")
    code, out, err = call(capsys, "--vcf", files / "x.vcf", "--segments", files / "s.tsv", "--purity", "0.6")
    assert code == 0, err
    assert json.loads(out)["reason"].startswith("the reads with the mutation")


def write_bam(path, reads, sample=None):
    """Reads of ten bases A around each place; `reads`: place -> (with C in the middle, in all)."""
    import pysam

    header = {"SQ": [{"SN": "c1", "LN": 2_000_000}]}
    if sample is not None:
        header["RG"] = [{"ID": "1", "SM": sample}]
    with pysam.AlignmentFile(str(path), "wb", header=header) as out:
        for pos, (n_alt, n) in sorted(reads.items()):
            for number in range(n):
                read = pysam.AlignedSegment(out.header)
                read.query_name, read.flag, read.reference_id = f"r{pos}.{number}", 0, 0
                read.reference_start, read.mapping_quality, read.cigarstring = pos - 6, 60, "10M"
                read.query_sequence = "AAAAA" + ("C" if number < n_alt else "A") + "AAAA"
                read.query_qualities = pysam.qualitystring_to_array("I" * 10)
                out.write(read)
    pysam.index(str(path))


def test_the_alignment_tells_what_the_callable_regions_cannot(files, capsys):
    write_bam(files / "early.bam", {5000: (0, 120)})
    write_bam(files / "late.bam", {4000: (0, 140), 60000: (3, 100)})
    (files / "pairs.csv").write_text(
        "pair_id,vcf,segments,purity,bam\nA,early.vcf,s.tsv,0.6,early.bam\nB,late.vcf,s.tsv,0.6,late.bam\n"
    )
    code, _, err = call(capsys, "--pairs", files / "pairs.csv", "--variants-out", files / "c.tsv")
    assert code == 0, err
    later = read_clonality(files / "c.tsv", "B")
    change = dict(zip(later["start"].tolist(), later["change"], strict=True))
    assert change == {999: "kept", 1999: "kept", 4999: "gained", 2999: "lost", 3999: "lost", 59999: "kept"}
    depth = dict(zip(later["start"].tolist(), later["t_depth"].tolist(), strict=True))
    assert (depth[3999], depth[59999]) == (140, 100)


def test_the_alignment_of_another_sample_is_refused(files, capsys):
    write_bam(files / "early.bam", {5000: (0, 9)}, sample="T1")
    (files / "pairs.csv").write_text(
        "pair_id,vcf,segments,purity,bam\nA,early.vcf,s.tsv,0.6,early.bam\nB,late.vcf,s.tsv,0.6,early.bam\n"
    )
    code, _, err = call(capsys, "--pairs", files / "pairs.csv")
    assert code == 2 and "its read groups are of sample T1, the tumour's column is T2" in err
    assert "column is T1" not in err
