"""`wes-biomarkers feature drivers` from files to records and drivers.tsv."""

import csv
import json

import pytest
from feature_cases import caller, record_caller, write_bundle

from wes_biomarkers.contracts.tables import GENE
from wes_biomarkers.features.segments import COLUMNS
from wes_biomarkers.io.drivers import COLUMNS as DRIVER_COLUMNS
from wes_biomarkers.io.records import read_records

HEADER = """##fileformat=VCFv4.2
##contig=<ID=c1,length=100000>
##tumor_sample=T
##normal_sample=N
##FILTER=<ID=weak,Description="x">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="d">
##FORMAT=<ID=GT,Number=1,Type=String,Description="g">
##INFO=<ID=BCSQ,Number=.,Type=String,Description="x">
"""
HEADING = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tN\tT\n"
GENES = {"TP53": 1000, "CCND1": 2000, "CDKN2A": 3000, "MLL2": 4000, "NFE2L2": 5000, "MLH1": 6000, "XYZ": 7000}
ROWS = (  # POS FILTER consequence gene change normal tumour
    "1011 PASS stop_gained TP53 4Q>4* 60,0 60,40",
    "1021 PASS synonymous TP53 9V 60,0 60,40",
    "4011 PASS frameshift MLL2 . 60,0 60,40",
    "4051 weak frameshift MLL2 . 60,0 60,40",
    "4101 PASS missense MLL2 5V>5E 60,0 60,2",
    "5011 PASS missense NFE2L2 79E>79Q 60,0 60,40",
    "7011 PASS stop_gained XYZ 5V>5* 60,0 60,40",
)


def vcf_text(rows=ROWS, header=HEADER, info=""):
    lines = []
    for row in rows:
        pos, flt, term, gene, change, normal, tumor = row.split()
        text = f"BCSQ={term}|{gene}|TX_{gene}|protein_coding|+|{change.strip('.')}|x{info}"
        lines.append(
            "\t".join(["c1", pos, ".", "A", "C", ".", flt, text, "GT:AD", f"0/1:{normal}", f"0/1:{tumor}"])
        )
    return header + HEADING + "\n".join(lines) + "\n"


def segments_text(*rows, chrom="c1"):
    lines = ["\t".join(COLUMNS)]
    for start, end, log2, total, minor in rows:
        lines.append("\t".join(map(str, (chrom, start, end, 9, log2, 9, 0.3, total, minor, 0.6))))
    return "\n".join(lines) + "\n"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "v.vcf").write_text(vcf_text())
    (tmp_path / "segments.tsv").write_text(
        segments_text(
            (0, 1500, -0.4, 1, 0), (1500, 2500, 1.9, 12, 1), (2500, 3500, -2, 0, 0), (3500, 90000, 0, 2, 1)
        )
    )
    (tmp_path / "callable.bed").write_text("c1\t0\t6040\nc1\t7000\t9000\n")
    rows = [("c1", 1010, "A", "C", 1, 1, "clonal"), ("c1", 4010, "A", "C", 2, 1, "subclonal")]
    heading = ("chrom", "start", "ref", "alt", "total_cn", "multiplicity", "clonality")
    (tmp_path / "clonality.tsv").write_text(
        "".join("\t".join(map(str, row)) + "\n" for row in (heading, *rows))
    )
    coding = "".join(f"c1\t{at}\t{at + 100}\t{gene}\tTX_{gene}\n" for gene, at in GENES.items())
    transcripts = "".join(f"{gene}\t{gene}\tTX_{gene}\tprotein_coding\t1\t1\t9\n" for gene in GENES)
    write_bundle(tmp_path / "ref", 100_000, coding, transcripts)
    return tmp_path


call, records = caller("drivers"), record_caller("drivers")


def genes(path):
    with open(path) as handle:
        return {row["gene"]: row for row in csv.DictReader(handle, delimiter="\t")}


def test_joint_record_and_table(files, capsys):
    made = records(
        capsys,
        *("--vcf", files / "v.vcf", "--reference", files / "ref", "--segments", files / "segments.tsv"),
        *("--clonality", files / "clonality.tsv", "--drivers-out", files / "drivers.tsv"),
        *("--patient-id", "P1", "--pair-id", "T_vs_N"),
    )
    joint, alone = made["wes_drivers"], made["wes_drivers_mutation"]
    assert (joint["status"], joint["flags"]) == ("ok", ["synthetic"])
    assert joint["values"]["driver_genes"] == ["TP53", "NFE2L2", "KMT2D", "CDKN2A", "CCND1"]
    assert joint["values"]["biallelic_genes"] == ["TP53", "CDKN2A"]
    assert joint["values"]["altered_chromatin"] is True
    assert joint["values"]["altered_notch"] is None, "none of its genes is in the reference"
    assert joint["values"]["mmr_loss"] is False
    assert "PIK3CA" in joint["values"]["absent_genes"]
    assert alone["values"]["driver_genes"] == ["TP53", "NFE2L2", "KMT2D"]
    rows = genes(files / "drivers.tsv")
    assert set(rows) == {"TP53", "NFE2L2", "KMT2D", "CDKN2A", "CCND1", "MLH1"}
    assert rows["TP53"] == {
        "patient_id": "P1",
        "pair_id": "T_vs_N",
        "gene": "TP53",
        "role": "suppressor",
        "status": "biallelic",
        "hits": "truncating;loh",
        "mutations": "p.Q4*",
        "n_mutation": "1",
        "total_cn": "1",
        "minor_cn": "0",
        "log2": "-0.4",
        "clonality": "clonal",
    }
    assert (rows["KMT2D"]["status"], rows["KMT2D"]["clonality"]) == ("altered", "subclonal")
    assert (rows["NFE2L2"]["hits"], rows["NFE2L2"]["clonality"]) == ("hotspot", "")
    assert (rows["CCND1"]["status"], rows["CCND1"]["hits"]) == ("altered", "amplification")
    assert (rows["CDKN2A"]["status"], rows["CDKN2A"]["hits"]) == ("biallelic", "deep_deletion")
    assert rows["MLH1"]["status"] == "unaltered"


def test_table_columns_are_the_contracts():
    assert GENE.names == DRIVER_COLUMNS


def test_equal_inputs_give_equal_bytes(files, capsys):
    words = ("--vcf", files / "v.vcf", "--reference", files / "ref", "--segments", files / "segments.tsv")
    for name in ("a", "b"):
        assert (
            call(capsys, *words, "--drivers-out", files / f"{name}.tsv", "-o", files / f"{name}.json")[0] == 0
        )
    assert (files / "a.tsv").read_bytes() == (files / "b.tsv").read_bytes()
    assert (files / "a.json").read_bytes() == (files / "b.json").read_bytes()
    assert [record.definition_id for record in read_records(files / "a.json")] == [
        "wes_drivers",
        "wes_drivers_mutation",
    ]


def test_a_gene_without_callable_bases_is_not_evaluable(files, capsys):
    words = ("--vcf", files / "v.vcf", "--reference", files / "ref", "--segments", files / "segments.tsv")
    words += ("--callable", files / "callable.bed", "--drivers-out", files / "drivers.tsv")
    values = records(capsys, *words)["wes_drivers"]["values"]
    assert genes(files / "drivers.tsv")["MLH1"]["status"] == "not_evaluable"
    assert values["mmr_loss"] is None
    assert values["altered_mismatch_repair"] is None


def test_without_segments_and_reference(files, capsys):
    made = records(capsys, "--vcf", files / "v.vcf")
    assert made["wes_drivers"]["status"] == "not_evaluable"
    assert made["wes_drivers_mutation"]["values"]["driver_genes"] == ["TP53", "NFE2L2", "KMT2D"]
    assert made["wes_drivers_mutation"]["values"]["absent_genes"] == []
    assert made["wes_drivers_mutation"]["pair_id"] == "T_vs_N"


def test_without_annotation_or_filter(files, capsys):
    (files / "plain.vcf").write_text(vcf_text().replace("BCSQ", "XXXX"))
    made = records(capsys, "--vcf", files / "plain.vcf", "--drivers-out", files / "drivers.tsv")
    assert {entry["status"] for entry in made.values()} == {"not_evaluable"}
    assert "no annotation" in made["wes_drivers_mutation"]["reason"]
    assert genes(files / "drivers.tsv") == {}
    (files / "unfiltered.vcf").write_text(
        vcf_text([row.replace("PASS", ".") for row in ROWS if "weak" not in row])
    )
    made = records(capsys, "--vcf", files / "unfiltered.vcf")
    assert "FILTER" in made["wes_drivers_mutation"]["reason"]


def test_msi_record(files, capsys):
    record = {
        "schema": "wes_biomarkers.record/1",
        "patient_id": "P1",
        "pair_id": "T_vs_N",
        "feature": "msi",
        "definition_id": "wes_msi",
        "status": "ok",
        "values": {"msi_class": "stable"},
    }
    words = ("--vcf", files / "v.vcf", "--reference", files / "ref", "--segments", files / "segments.tsv")
    words += ("--msi-record", files / "msi.json")
    (files / "msi.json").write_text(json.dumps([record]))
    assert records(capsys, *words)["wes_drivers"]["values"]["mmr_agrees_msi"] is True
    (files / "msi.json").write_text(json.dumps([record | {"status": "not_evaluable", "reason": "few sites"}]))
    assert records(capsys, *words)["wes_drivers"]["values"]["mmr_agrees_msi"] is None
    (files / "msi.json").write_text(json.dumps([record | {"feature": "tmb"}]))
    code, _, err = call(capsys, *words)
    assert code == 2 and "holds no record of the feature msi" in err


GERMLINE = (
    "1051 . stop_gained TP53 9Q>9* 30,30 30,30",
    "4031 . stop_gained MLL2 9Q>9* 30,30 30,30",  # not in the germline list
    "6011 . missense MLH1 9Q>9A 30,30 30,30",
    "6021 . stop_gained MLH1 9Q>9* 58,2 30,30",  # too few reads of the normal
)


def test_germline_genes_only_when_asked_for(files, capsys):
    (files / "g.vcf").write_text(vcf_text(GERMLINE))
    words = ("--vcf", files / "v.vcf", "--reference", files / "ref", "--segments", files / "segments.tsv")
    assert records(capsys, *words)["wes_drivers"]["values"]["germline_genes"] is None
    made = records(capsys, *words, "--germline-vcf", files / "g.vcf", "--germline")["wes_drivers"]
    assert made["values"]["germline_genes"] == ["TP53"]
    assert made["provenance"]["parameters"]["germline_rule"] == "truncating"
    assert "TP53" not in json.dumps(made["provenance"])
    code, _, err = call(capsys, *words, "--germline-vcf", files / "g.vcf")
    assert code == 2 and "only with --germline" in err


def test_germline_by_clinvar(files, capsys):
    header = HEADER + '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="c">\n'
    benign = vcf_text(GERMLINE[:1], header, ";CLNSIG=Benign")
    pathogenic = vcf_text(GERMLINE[2:3], header, ";CLNSIG=Pathogenic/Likely_pathogenic").split(HEADING)[1]
    uncertain = vcf_text(["6061 . missense MLH1 9Q>9A 30,30 30,30"], header, ";CLNSIG=Uncertain_significance")
    (files / "g.vcf").write_text(benign + pathogenic + uncertain.split(HEADING)[1])
    words = ("--vcf", files / "v.vcf", "--germline-vcf", files / "g.vcf", "--germline")
    made = records(capsys, *words)["wes_drivers_mutation"]
    assert made["values"]["germline_genes"] == ["MLH1"]
    assert made["provenance"]["parameters"]["germline_rule"].startswith("CLNSIG")


def test_maf_gives_two_records_a_tumour(files, capsys):
    heading = (
        "Hugo_Symbol Chromosome Start_Position Variant_Classification Reference_Allele Tumor_Seq_Allele2"
    )
    heading += " Tumor_Sample_Barcode Matched_Norm_Sample_Barcode HGVSp_Short"
    rows = [
        "TP53 17 5 Missense_Mutation C T T1 N1 p.R175H",
        "PIK3CA 3 5 Missense_Mutation A G T2 N2 p.H1047R",
    ]
    text = "\n".join("\t".join(line.split()) for line in (heading, *rows)) + "\n"
    (files / "a.maf").write_text(text)
    code, out, err = call(capsys, "--maf", files / "a.maf", "--drivers-out", files / "drivers.tsv")
    assert code == 0, err
    made = json.loads(out)
    assert [(entry["pair_id"], entry["status"]) for entry in made] == [
        ("T1_vs_N1", "not_evaluable"),
        ("T1_vs_N1", "ok"),
        ("T2_vs_N2", "not_evaluable"),
        ("T2_vs_N2", "ok"),
    ]
    assert [entry["values"].get("driver_genes") for entry in made[1::2]] == [["TP53"], ["PIK3CA"]]
    assert made[1]["flags"] == ["needs_review"], "a MAF without read counts"
    with open(files / "drivers.tsv") as handle:
        states = {row["status"] for row in csv.DictReader(handle, delimiter="\t")}
    assert states == {"altered", "no_mutation"}


def test_own_list_with_unknown_names(files, capsys):
    (files / "genes.txt").write_text("TP53\nTP35\nNOPE\n")
    words = ("--vcf", files / "v.vcf", "--reference", files / "ref", "--genes", files / "genes.txt")
    code, _, err = call(capsys, *words)
    assert code == 2
    assert "row 2" in err and "TP35" in err and "row 3" in err and "NOPE" in err
    (files / "genes.txt").write_text("TP53\nXYZ\tsuppressor\n")
    values = records(capsys, *words)["wes_drivers_mutation"]["values"]
    assert (values["gene_list"], values["driver_genes"], values["n_gene"]) == ("own", ["TP53", "XYZ"], 2)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "either --vcf or --maf"),
        (("--vcf", "v.vcf", "--maf", "a.maf"), "either --vcf or --maf"),
        (("--maf", "a.maf", "--segments", "s.tsv"), "belongs to one tumour"),
        (("--vcf", "v.vcf", "--segments", "s.tsv"), "needs --reference"),
        (("--vcf", "v.vcf", "--callable", "c.bed"), "--callable: needs --reference"),
        (("--vcf", "v.vcf", "--germline"), "has no germline variants"),
    ],
)
def test_options_that_do_not_go_together(words, told, capsys):
    code, _, err = call(capsys, *words)
    assert code == 2
    assert told in err


def test_segments_of_another_genome(files, capsys):
    (files / "segments.tsv").write_text(segments_text((0, 1500, 0, 2, 1), chrom="chr1"))
    words = ("--vcf", files / "v.vcf", "--reference", files / "ref", "--segments", files / "segments.tsv")
    code, _, err = call(capsys, *words)
    assert code == 3
    assert "shares no contig name" in err


def test_segments_beyond_their_contig(files, capsys):
    (files / "far.tsv").write_text(segments_text((0, 90000, 0, 2, 1), (90000, 100001, 0, 2, 1)))
    words = ("--vcf", files / "v.vcf", "--reference", files / "ref", "--segments", files / "far.tsv")
    code, _, err = call(capsys, *words)
    assert code == 3 and "beyond its contig's end" in err and "far.tsv" in err and "c1:90001-100001" in err


def test_loss_of_heterozygosity_in_few_cells(files, capsys):
    text = segments_text((0, 1500, -0.1, 1, 0), (1500, 9000, -0.4, 1, 0))
    words = ("--vcf", files / "v.vcf", "--reference", files / "ref", "--segments", files / "few.tsv")
    for fraction, status in (("0.35", "altered"), ("0.37", "biallelic")):
        (files / "few.tsv").write_text(text.replace("\t0.6\n", f"\t{fraction}\n", 1))
        records(capsys, *words, "--drivers-out", files / "few.out.tsv")
        assert genes(files / "few.out.tsv")["TP53"]["status"] == status


def test_clonality_of_another_pair(files, capsys):
    text = (files / "clonality.tsv").read_text().splitlines()

    def table(pair):
        lines = ["pair_id\t" + text[0], *(f"{pair}\t{line}" for line in text[1:])]
        (files / "pair.tsv").write_text("\n".join(lines) + "\n")
        return ("--vcf", files / "v.vcf", "--clonality", files / "pair.tsv")

    code, _, err = call(capsys, *table("X_vs_Y"))
    assert code == 2 and "has no row of the pair" in err and "pair.tsv" in err
    records(capsys, *table("X_vs_Y"), "--pair-id", "X_vs_Y")
    records(capsys, *table("T_vs_N"))


def test_germline_without_annotation_says_so(files, capsys):
    bare = "\n".join(line for line in vcf_text(()).splitlines() if "BCSQ" not in line)
    (files / "bare.vcf").write_text(bare + "\n")
    made = records(capsys, "--vcf", files / "v.vcf", "--germline-vcf", files / "bare.vcf", "--germline")
    alone = made["wes_drivers_mutation"]
    assert (alone["status"], alone["values"]["germline_genes"]) == ("ok", None)
    assert alone["reason"] == "the germline VCF has no annotation (BCSQ, CSQ or ANN)"


def test_a_file_that_is_no_msi_record(files, capsys):
    for text in ("[1]", '{"patient_id": "P1"}'):
        (files / "m.json").write_text(text)
        code, _, err = call(capsys, "--vcf", files / "v.vcf", "--msi-record", files / "m.json")
        assert code == 2 and "m.json" in err
