"""`wes-biomarkers feature tmb` from files to records."""

import hashlib
import json

import pytest
from feature_cases import caller, record_caller, write_bundle

from wes_biomarkers.io.records import read_records

HEADER = """##fileformat=VCFv4.2
##contig=<ID=c1,length=2000000>
##tumor_sample=T
##normal_sample=N
##FILTER=<ID=weak,Description="x">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="d">
##INFO=<ID=POP_AF,Number=A,Type=Float,Description="x">
##INFO=<ID=BCSQ,Number=.,Type=String,Description="x">
#CHROM	POS	ID	REF	ALT	QUAL	FILTER	INFO	FORMAT	N	T
"""
ROWS = (  # POS REF ALT FILTER consequence transcript change normal tumour
    "1001 A C PASS missense TX1 5V>5E 60,0 60,40",
    "1101 A C PASS synonymous TX1 9V 60,0 60,40",
    "1201 A AT PASS frameshift TX1 . 60,0 95,5",
    "1301 A C PASS splice_donor TX1 . 60,0 60,40",
    "1401 A C weak missense TX1 5V>5E 60,0 60,40",
    "1501 A C PASS missense TX2 5V>5E 60,0 60,40",
    "1501001 A C PASS missense TX1 5V>5E 60,0 60,40",
)


def vcf_text(rows=ROWS, header=HEADER):
    lines = []
    for row in rows:
        pos, ref, alt, flt, term, transcript, change, normal, tumor = row.split()
        info = f"BCSQ={term}|G|{transcript}|protein_coding|+|{change.strip('.')}|x"
        lines.append("\t".join(["c1", pos, ".", ref, alt, ".", flt, info, "AD", normal, tumor]))
    return header + "\n".join(lines) + "\n"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "v.vcf").write_text(vcf_text())
    (tmp_path / "callable.bed").write_text("c1\t0\t600000\nc1\t500000\t1200000\n")
    (tmp_path / "panel.bed").write_text("c1\t0\t1150\n")
    (tmp_path / "drivers.txt").write_text("# known\nG p.V5E\nc1 1101 A T\n")
    return tmp_path


@pytest.fixture
def bundle(files):
    coding = "c1\t900\t1450\tG\tTX1\nc1\t500000\t1100000\tG2\tTX9\nc1\t1000000\t1300000\tG3\tTX8\n"
    transcripts = "G\tG\tTX1\tprotein_coding\t1\t1\t9\nG\tG\tTX2\tprotein_coding\t0\t0\t9\n"
    return write_bundle(files / "ref", 2_000_000, coding, transcripts)


call, records = caller("tmb"), record_caller("tmb")


def test_all_definitions_without_a_reference(files, capsys):
    made = records(capsys, "--vcf", files / "v.vcf", "--callable", files / "callable.bed")
    status = {name: entry["status"] for name, entry in made.items()}
    assert status == {
        "wes_nonsyn": "ok",
        "wes_all": "ok",
        "wes_nonsyn_ffpe": "ok",
        "friends_wes": "ok",
        "wes_nonsyn_clonal": "not_requested",
        "wes_persistent": "not_requested",
        "wes_frameshift": "ok",
        "panel_like": "not_requested",
    }
    # Inside 1.2 Mb: two missense, a frameshift (VAF .05), a splice donor; one synonymous.
    assert made["wes_nonsyn"]["values"]["n_mutation"] == 4
    assert made["wes_all"]["values"]["n_mutation"] == 5
    assert made["wes_nonsyn_ffpe"]["values"]["n_mutation"] == 3
    assert made["friends_wes"]["values"]["n_mutation"] == 4, "everywhere, no splice sites"
    assert made["wes_frameshift"]["values"]["n_mutation"] == 1
    assert made["wes_frameshift"]["values"]["tmb_high"] is None, "no cutoff of all mutations holds"
    assert made["wes_nonsyn"]["denominator"] == 1.2 and made["friends_wes"]["denominator"] == 32.1
    assert made["wes_nonsyn"]["values"]["tmb_per_mb"] == pytest.approx(4 / 1.2)
    assert (made["wes_nonsyn"]["patient_id"], made["wes_nonsyn"]["pair_id"]) == ("T", "T_vs_N")
    assert made["wes_nonsyn"]["flags"] == []


CLONALITY = """pair_id	chrom	start	ref	alt	total_cn	multiplicity	clonality
T_vs_N	c1	1000	A	C	2	1	clonal
T_vs_N	c1	1200	A	AT	4	2	subclonal
T_vs_N	c1	1300	A	C	1	1	clonal
T_vs_N	c1	1500	A	C	2	1	clonal
other	c1	1500	A	C	9	9	subclonal
"""


@pytest.fixture
def clonal_words(files):
    (files / "clonality.tsv").write_text(CLONALITY)
    words = ["--vcf", files / "v.vcf", "--callable", files / "callable.bed", "--pair-id", "T_vs_N"]
    return [*words, "--clonality", files / "clonality.tsv"]


def test_clonal_and_persistent_burden(clonal_words, capsys):
    made = records(capsys, *clonal_words)
    assert made["wes_nonsyn"]["values"]["n_mutation"] == 4
    clonal, persistent = made["wes_nonsyn_clonal"], made["wes_persistent"]
    assert (clonal["status"], clonal["numerator"], clonal["values"]["n_indeterminate"]) == ("ok", 3, 0)
    assert (persistent["status"], persistent["numerator"]) == ("ok", 2), "two copies; a single-copy place"
    assert "clonality" in clonal["provenance"]["inputs"]


def test_too_many_indeterminate_mutations(files, clonal_words, capsys):
    text = CLONALITY.replace(
        "T_vs_N	c1	1300	A	C	1	1	clonal",
        "T_vs_N	c1	1300	A	C			indeterminate",
    )
    (files / "clonality.tsv").write_text(text)
    made = records(capsys, *clonal_words)
    for name in ("wes_nonsyn_clonal", "wes_persistent"):
        assert made[name]["status"] == "not_evaluable"
        assert made[name]["reason"] == "1 of 4 mutations are indeterminate, more than 20 %"
        assert made[name]["values"]["tmb_per_mb"] is None and made[name]["values"]["n_indeterminate"] == 1
    assert made["wes_nonsyn"]["status"] == "ok"


def test_mutations_that_the_table_lacks_are_indeterminate(files, clonal_words, capsys):
    (files / "clonality.tsv").write_text(CLONALITY.splitlines()[0] + "\n")
    made = records(capsys, *clonal_words)["wes_nonsyn_clonal"]
    assert made["status"] == "not_evaluable" and made["values"]["n_indeterminate"] == 4


def test_a_table_of_another_pair_is_refused(clonal_words, capsys):
    code, _, err = call(capsys, *["X" if word == "T_vs_N" else word for word in clonal_words])
    assert code == 2 and "has no row of the pair" in err


def test_calibration(files, capsys):
    (files / "lines.csv").write_text(
        "definition_id,slope,intercept,source\nwes_nonsyn,1.5,0.25,our 40 pairs\n"
    )
    words = [
        "--vcf",
        files / "v.vcf",
        "--callable",
        files / "callable.bed",
        "--calibration",
        files / "lines.csv",
    ]
    made = records(capsys, *words)
    values = made["wes_nonsyn"]["values"]
    assert values["tmb_calibrated_per_mb"] == pytest.approx(0.25 + 1.5 * values["tmb_per_mb"])
    line = {"slope": 1.5, "intercept": 0.25, "source": "our 40 pairs"}
    assert made["wes_nonsyn"]["provenance"]["parameters"]["calibration"] == line
    assert "tmb_calibrated_per_mb" not in made["wes_all"]["values"]


def test_every_fault_of_a_calibration_is_listed(files, capsys):
    (files / "lines.csv").write_text(
        "definition_id,slope,intercept,source\nwes_nonsyn,0,x,\nnone,1,0,a\nwes_nonsyn,1,0,a\n"
    )
    code, _, err = call(capsys, "--vcf", files / "v.vcf", "--calibration", files / "lines.csv")
    assert code == 2
    for text in ("above 0", "no number", "is empty", "no such definition", "a second time"):
        assert text in err


def test_with_a_reference_coding_bases_and_chosen_transcripts_count(files, bundle, capsys):
    made = records(
        capsys,
        "--vcf",
        files / "v.vcf",
        "--callable",
        files / "callable.bed",
        "--reference",
        bundle,
        "--definition",
        "wes_nonsyn",
        "--patient-id",
        "P1",
        "--pair-id",
        "A_vs_B",
    )["wes_nonsyn"]
    assert made["values"]["n_mutation"] == 3, "not the one on TX2"
    assert made["values"]["callable_mb"] == pytest.approx((550 + 700_000) / 1e6)
    assert set(made["flags"]) == {"synthetic", "below_one_callable_mb"}
    assert (made["patient_id"], made["pair_id"]) == ("P1", "A_vs_B")
    block = made["provenance"]
    assert block["reference"]["build"] == "toy" and set(block["reference"]["checksums"]) >= {
        "coding",
        "transcripts",
    }
    assert block["inputs"]["vcf"] == hashlib.sha256((files / "v.vcf").read_bytes()).hexdigest()
    assert block["parameters"]["definition"]["filters"]["min_vaf"] == 0.05
    assert str(files) not in json.dumps(made)


def test_other_genes_than_those_of_the_reference_are_noticed(files, bundle, capsys):
    rows = [f"{1001 + i} A C PASS missense NM_{i} 5V>5E 60,0 60,40" for i in range(10)]
    words = ("--callable", files / "callable.bed", "--reference", bundle, "--definition", "wes_nonsyn")
    for n, status in ((10, "not_evaluable"), (9, "ok")):
        (files / "other.vcf").write_text(vcf_text(rows[:n]))
        made = records(capsys, "--vcf", files / "other.vcf", *words)["wes_nonsyn"]
        assert made["status"] == status and ("other genes" in made["reason"]) == (n == 10)


def test_a_vcf_without_records_is_a_measured_zero(files, capsys):
    (files / "none.vcf").write_text(HEADER)
    words = ("--vcf", files / "none.vcf", "--callable", files / "callable.bed", "--normal", "")
    made = records(capsys, *words)
    assert made["wes_nonsyn"]["status"] == "ok" and made["wes_nonsyn"]["values"]["tmb_per_mb"] == 0.0


def test_floor_panel_and_own_definitions(files, capsys):
    small = files / "small.bed"
    small.write_text("c1\t0\t2000\n")
    common = ("--vcf", files / "v.vcf", "--callable", small)
    made = records(capsys, *common)
    assert (
        made["wes_nonsyn"]["status"] == "not_evaluable"
        and "0.002 callable Mb" in made["wes_nonsyn"]["reason"]
    )
    made = records(
        capsys,
        *common,
        "--min-callable-mb",
        "0.001",
        "--panel",
        files / "panel.bed",
        "--panel-drivers",
        files / "drivers.txt",
    )
    assert made["wes_nonsyn"]["status"] == "ok" and "callable_floor_lowered" in made["wes_nonsyn"]["flags"]
    assert made["panel_like"]["values"]["n_mutation"] == 1, "the synonymous one; the driver is left out"
    assert made["panel_like"]["values"]["callable_mb"] == 0.00115
    own = files / "own.toml"
    own.write_text('[mine]\nlike = "wes_nonsyn"\ncounts = ["splice"]\n')
    made = records(capsys, *common, "--definitions", own, "--definition", "mine", "--min-callable-mb", "0")
    assert made["mine"]["values"]["n_mutation"] == 1


def test_without_callable_only_fixed_denominators_are_evaluable(files, capsys):
    made = records(capsys, "--vcf", files / "v.vcf")
    assert {name for name, entry in made.items() if entry["status"] == "ok"} == {"friends_wes"}
    assert "no callable regions" in made["wes_nonsyn"]["reason"]


def test_nothing_callable_is_not_evaluable(files, capsys):
    (files / "empty.bed").write_text("")
    made = records(
        capsys, "--vcf", files / "v.vcf", "--callable", files / "empty.bed", "--definition", "wes_nonsyn"
    )
    assert (
        made["wes_nonsyn"]["status"] == "not_evaluable" and made["wes_nonsyn"]["values"]["callable_mb"] == 0.0
    )


def test_without_annotation_nothing_is_evaluable(files, capsys):
    made = records(
        capsys, "--vcf", files / "v.vcf", "--callable", files / "callable.bed", "--annotation", "none"
    )
    assert {made[name]["status"] for name in ("wes_nonsyn", "friends_wes")} == {"not_evaluable"}
    assert "no annotation" in made["wes_nonsyn"]["reason"]


def test_output_file_is_read_back(files, capsys):
    out = files / "tmb.json"
    code, text, _ = call(capsys, "--vcf", files / "v.vcf", "--callable", files / "callable.bed", "-o", out)
    assert code == 0 and text == ""
    first = out.read_bytes()
    made = read_records(out)
    assert [record.definition_id for record in made][:1] == ["wes_nonsyn"] and len(made) == 8
    call(capsys, "--vcf", files / "v.vcf", "--callable", files / "callable.bed", "-o", out)
    assert out.read_bytes() == first


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--vcf", "{}/none.vcf"), 2, "no such file"),
        (("--vcf", "{}/v.vcf", "--definition", "nope"), 2, "wes_nonsyn, wes_all"),
        (("--vcf", "{}/v.vcf", "--tumor", "X"), 2, "samples: N, T"),
        (("--vcf", "{}/v.vcf", "--callable", "{}/bad.bed"), 2, "bad.bed"),
        (("--vcf", "{}/v.vcf", "--callable", "{}/chr.bed"), 3, "shares no contig name"),
        (("--vcf", "{}/v.vcf", "--callable", "{}/callable.bed", "--panel", "{}/chr.bed"), 3, "chr.bed"),
        (("--vcf", "{}/v.vcf", "--panel-drivers", "{}/bad.bed"), 2, "p.V600E"),
        (("--vcf", "{}/v.vcf", "--definitions", "{}/bad.bed"), 2, "not valid TOML"),
        (("--vcf", "{}/v.vcf", "--reference", "{}"), 2, "reference"),
        (("--vcf", "{}/v.vcf", "--callable", "{}/far.bed"), 3, "far.bed, row 2: reaches beyond"),
        (("--vcf", "{}/v.vcf", "--callable", "{}/huge.bed"), 2, "huge.bed, row 1: needs contig"),
        (
            ("--vcf", "{}/v.vcf", "--callable", "{}/callable.bed", "--panel", "{}/far.bed"),
            3,
            "far.bed, row 2",
        ),
        (("--vcf", "{}/v.vcf", "--min-callable-mb", "nan"), 2, "not a finite number"),
        (("--vcf", "{}/v.vcf", "--min-callable-mb", "inf"), 2, "not a finite number"),
        (("--vcf", "{}/v.vcf", "--specimen", "plasm"), 2, "plasma"),
    ],
)
def test_bad_input(files, capsys, words, code, says):
    (files / "bad.bed").write_text("c1\tx\ty\nc1\t9\tz\n")
    (files / "chr.bed").write_text("chr1\t0\t900\n")
    (files / "far.bed").write_text("c1\t0\t2000000\nc1\t1999999\t2000001\n")
    (files / "huge.bed").write_text("c1\t0\t99999999999999999999\n")
    found, out, err = call(capsys, *(word.format(files) for word in words), "-o", files / "out.json")
    assert (found, out) == (code, "") and says in err
    assert not list(files.glob("*out.json*")), "nothing half-written"


def test_variants_of_another_genome_are_refused(files, bundle, capsys):
    """Six alleles that the genome has not (five are listed), and two positions beyond the contig's end."""
    rows = [f"{1001 + i} {'AAC'[: 2 + i % 2]} T PASS missense TX1 5V>5E 60,0 60,40" for i in range(12)]
    rows += ["1999999 AAA A PASS missense TX1 . 60,0 60,40", "2000009 A C PASS missense TX1 . 60,0 60,40"]
    rows[:2] = ["901 N C PASS missense TX1 . 60,0 60,40", "951 C T weak missense TX1 . 60,0 60,40"]
    (files / "other.vcf").write_text(vcf_text(rows))
    code, out, err = call(capsys, "--vcf", files / "other.vcf", "--reference", bundle, "-o", files / "o.json")
    assert (code, out) == (3, "") and not (files / "o.json").exists()
    told = " ".join(err.split())
    assert "c1:1999999" in told and "c1:2000009" in told
    assert not any(place in told for place in ("c1:901 ", "c1:951 ")), "an N; a record that failed"
    assert told.count("reference allele is not that of toy") == 5
    code, _, err = call(capsys, "--vcf", files / "other.vcf")
    assert code == 3 and "c1:2000009" in err and "reference allele" not in err, "by the header's lengths"


def test_lengths_come_from_the_reference_where_the_vcf_states_none(files, bundle, capsys):
    far = files / "far.bed"
    far.write_text("c1\t0\t2000001\n")
    (files / "bare.vcf").write_text(vcf_text(header=HEADER.replace(",length=2000000", "")))
    words = ("--vcf", files / "bare.vcf", "--callable", far)
    assert call(capsys, *words)[0] == 0, "nothing is known of the contig"
    code, _, err = call(capsys, *words, "--reference", bundle)
    assert code == 3 and "far.bed, row 1" in err and "2000000 bases" in err


def test_a_header_of_another_build_is_refused_without_any_record(files, bundle, capsys):
    (files / "none.vcf").write_text(HEADER.replace("2000000", "1990000"))
    code, _, err = call(capsys, "--vcf", files / "none.vcf", "--reference", bundle)
    assert code == 3 and "c1 has 1990000 bases, not 2000000" in err


@pytest.mark.parametrize(("size", "code"), [(2_000_004, 0), (2_000_003, 2), (0, 2)])
def test_a_truncated_genome_is_noticed(files, bundle, capsys, size, code):
    with open(bundle / "genome.fa", "r+b") as handle:
        handle.truncate(size)
    found, _, err = call(capsys, "--vcf", files / "v.vcf", "--reference", bundle)
    assert found == code and ("is truncated" in err and "reference check" in err) == (code == 2)


def test_a_genome_index_that_is_none(files, bundle, capsys):
    for text in ("", "c1\t2\n", "c1\tx\t4\t60\t61\n", "c1\t9\t4\t0\t0\n"):
        (bundle / "genome.fa.fai").write_text(text)
        code, _, err = call(capsys, "--vcf", files / "v.vcf", "--reference", bundle)
        assert code == 2 and "not an index of a FASTA" in err
