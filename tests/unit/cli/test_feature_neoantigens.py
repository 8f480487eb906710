"""`wes-biomarkers feature neoantigens` from a VCF of VEP's, with a stand-in for the predictor."""

import json
import re

import numpy as np
import pytest
from feature_cases import caller

from wes_biomarkers.io import neoantigen_inputs
from wes_biomarkers.io.neoantigens import read_neoantigens

call = caller("neoantigens")

PROTEIN = "MSTAVLENPGLGRKLSDFGQETSYIEDNCNQNGAISLIFSLKEEVGALAKVLRLFEENDVNLTHIESRP"
FIELDS = "Allele|Consequence|SYMBOL|Feature|BIOTYPE|Protein_position|Amino_acids|FrameshiftSequence|WildtypeProtein"
HEADER = f"""##fileformat=VCFv4.2
##contig=<ID=c1,length=2000000>
##tumor_sample=T
##normal_sample=N
##FILTER=<ID=weak,Description="x">
##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: {FIELDS}">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="d">
#CHROM	POS	ID	REF	ALT	QUAL	FILTER	INFO	FORMAT	N	T
"""
#: L15 to V, S20 to F... positions count residues of PROTEIN from 1; each its own gene.
CALLS = [
    (100, "A", "C", "PASS", "missense_variant", "G1", 15, "L/V", "30,10"),
    (200, "C", "T", "PASS", "missense_variant", "G2", 40, "S/Y", "20,20"),
    (300, "G", "T", "weak", "missense_variant", "G3", 50, "V/D", "20,20"),
    (400, "G", "A", "PASS", "synonymous_variant", "G4", 20, "Q", "20,20"),
]


class Standin:
    """Binds what holds the mutated V of G1 strongly to A alleles, and the Y of G2 weakly to B alleles."""

    name, version = "mhcnuggets", "0"
    background = "none"

    def supports(self, allele):
        return allele != "C*01:99"

    def rank(self, peptides, ic50_nm, allele):
        return np.asarray(ic50_nm) / 100

    def predict(self, peptides, allele):
        mutated = {"A": "RKVSDF", "B": "LIFYLK", "D": "FYL"}.get(allele[0], "none")
        value = {"A": 20.0, "B": 150.0, "D": 300.0}.get(allele[0], 0.0)
        return np.array([value if mutated in peptide else 5000.0 for peptide in peptides])


@pytest.fixture
def files(tmp_path, monkeypatch):
    standin = Standin()
    monkeypatch.setattr(neoantigen_inputs, "open_predictor", lambda *words: (standin, standin))
    (tmp_path / "calls.vcf").write_text(vcf(CALLS))
    return tmp_path


def vcf(calls):
    rows = [
        f"c1\t{pos}\t.\t{ref}\t{alt}\t.\t{flt}\tCSQ={alt}|{term}|{gene}|ENST_{gene}|protein_coding|{at}|{change}||{PROTEIN}"
        f"\tAD\t40,0\t{reads}\n"
        for pos, ref, alt, flt, term, gene, at, change, reads in calls
    ]
    return HEADER + "".join(rows)


def run(capsys, files, *words):
    code, out, err = call(capsys, "--vcf", files / "calls.vcf", *words, "--table", files / "n.tsv")
    assert code == 0, err
    return json.loads(out), read_neoantigens(files / "n.tsv").columns


SIX = "A*02:01,A*03:01,B*07:02,B*08:01,C*07:01,C*07:02"


def test_from_vep_without_a_reference(files, capsys):
    record, table = run(capsys, files, "--hla", SIX, "--callable-mb", 2, "--patient-id", "P")
    assert (record["patient_id"], record["pair_id"], record["status"]) == ("P", "T_vs_N", "ok")
    values = record["values"]
    assert (values["n_nonsyn"], values["n_neoantigen"], values["n_neoantigen_strong"]) == (2, 2, 1)
    assert (values["n_neoantigen_per_mb"], values["n_neoantigen_frameshift"]) == (1.0, 0)
    assert values["n_neoantigen_ii"] is None and values["n_neoantigen_clonal"] is None
    # G1: A .2 twice, all others 50; G2: B 1.5 twice
    g1, g2 = 6 / (2 / 0.2 + 4 / 50), 6 / (2 / 1.5 + 4 / 50)
    assert values["phbr_i"] == pytest.approx((g1 + g2) / 2)
    assert record["flags"] == ["no_self_proteome"]
    assert table["gene"].tolist() == ["G1", "G2"] and table["tier"].tolist() == ["top", "candidate"]
    assert table["vaf"].tolist() == [0.25, 0.5]
    assert table["phbr"] == pytest.approx([g1, g2], rel=1e-5)
    assert table["wildtype"][0] == table["peptide"][0].replace("RKVSDF", "RKLSDF")


def test_everything_that_other_features_tell(files, capsys):
    (files / "clonality.tsv").write_text(
        "pair_id\tchrom\tstart\tref\talt\ttotal_cn\tmultiplicity\tccf\tclonality\n"
        "T_vs_N\tc1\t99\tA\tC\t2\t1\t1\tclonal\nT_vs_N\tc1\t199\tC\tT\t2\t1\t.4\tsubclonal\n"
    )
    (files / "loh.tsv").write_text(
        "pair_id\tlocus\tallele_1\tallele_2\tstate\tlost_allele\nT_vs_N\tA\tA*02:01\tA*03:01\tkept\t\n"
        "T_vs_N\tB\tB*07:02\tB*08:01\treview\t\nT_vs_N\tC\tC*07:01\tC*07:02\tkept\t\n"
    )
    (files / "tpm.csv").write_text("gene,TPM\nG1,0\n")
    (files / "epitopes.txt").write_text(f"{PROTEIN[5:30]}\n")
    (files / "self.fa").write_text(f">p\n{PROTEIN}\n")
    record, table = run(capsys, files, "--hla", SIX, "--clonality", files / "clonality.tsv", "--hla-loh",
                        files / "loh.tsv", "--expression", files / "tpm.csv", "--pathogens", files / "epitopes.txt",
                        "--proteome", files / "self.fa", "--no-class-2", "--lengths", "9")  # fmt: skip
    values = record["values"]
    assert values["n_neoantigen_clonal"] == 1 and values["n_neoantigen_hla_loh_adj"] is None
    assert record["flags"] == []
    assert table["gene"].tolist() == ["G2", "G1"] and table["tier"].tolist() == ["subclonal", "not_expressed"]
    assert {len(peptide) for peptide in table["peptide"]} == {9}
    assert (table["self_similarity"] < 1).all() and table["pathogen_similarity"][1] > 0.8
    assert table["hla_lost"].tolist()[1] == 0.0 and np.isnan(table["hla_lost"][0])


def test_types_from_a_table_with_class_2(files, capsys):
    (files / "hla.tsv").write_text(
        "sample_id\tlocus\tallele_1\tallele_2\n"
        "N\tA\tA*02:01:01\tA*02:01:01\nN\tDRB1\tDRB1*01:01\tDRB1*03:01\n"
    )
    record, table = run(capsys, files, "--hla-table", files / "hla.tsv")
    assert record["values"]["n_neoantigen"] == 1 and record["values"]["n_neoantigen_ii"] == 1
    assert record["flags"] == ["hla_incomplete", "hla_incomplete_ii", "no_self_proteome"]
    assert set(table["mhc_class"]) == {"I", "II"}


def test_without_types_nothing_is_evaluable(files, capsys):
    record, table = run(capsys, files)
    assert (record["status"], record["reason"]) == ("not_evaluable", "no HLA types were given")
    assert record["values"]["n_neoantigen"] is None and len(table["rank"]) == 0


def test_an_unknown_allele_is_never_dropped_in_silence(files, capsys):
    record, _ = run(capsys, files, "--hla", "A*02:01,C*01:99")
    assert "unsupported_allele" in record["flags"]
    record, _ = run(capsys, files, "--hla", "C*01:99")
    assert record["status"] == "not_evaluable" and "none of the class I alleles" in record["reason"]


def test_every_peptide_and_the_files(files, capsys):
    _, best = run(capsys, files, "--hla", SIX, "--no-class-2")
    _, every = run(capsys, files, "--hla", SIX, "--no-class-2", "--all-peptides", "--fasta", files / "p.fa",
                   "--plot", files / "p.svg")  # fmt: skip
    # each variant gives 8 + 9 + 10 + 11 peptides, with six alleles
    assert (len(best["rank"]), len(every["rank"])) == (2, 2 * 38 * 6)
    assert f"\n{(files / 'p.fa').read_text()}".count("\n>") == 2
    assert "G1" in (files / "p.svg").read_text()


def test_equal_input_gives_equal_bytes(files, capsys):
    run(capsys, files, "--hla", SIX, "-o", "-")
    first = (files / "n.tsv").read_bytes()
    _, _ = run(capsys, files, "--hla", ",".join(SIX.split(",")[::-1]))
    assert (files / "n.tsv").read_bytes() == first


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--hla", "A2"], "serotype"),
        (["--hla", "A*02:01", "--hla-table", "x"], "not both"),
        (["--hla", SIX, "--lengths", "7-9"], "Lengths are 8 to 11"),
        (["--hla", SIX, "--lengths", "nine"], "no length"),
        (["--hla", SIX, "--tmb", "x", "--callable-mb", "1"], "not both"),
        (["--hla", SIX, "--nearest"], "which allele is nearest"),
        (["--hla", SIX, "--plot", "x.gif"], "no kind of picture"),
    ],
)
def test_wrong_input(files, capsys, words, message):
    code, _, err = call(capsys, "--vcf", files / "calls.vcf", *words)
    assert code == 2 and message in err


def test_callable_mb_of_the_tmb_records(files, capsys):
    from wes_biomarkers.contracts.record import Record
    from wes_biomarkers.io.records import write_records

    common = {"patient_id": "P", "pair_id": "T_vs_N", "feature": "tmb", "status": "ok"}
    write_records(
        files / "tmb.json", [Record(**common, definition_id="wes_nonsyn", values={"callable_mb": 4.0})]
    )
    record, _ = run(capsys, files, "--hla", SIX, "--tmb", files / "tmb.json")
    assert record["values"]["n_neoantigen_per_mb"] == 0.5 and record["denominator"] == 4.0
    write_records(files / "tmb.json", [Record(**common, definition_id="other")])
    code, _, err = call(capsys, "--vcf", files / "calls.vcf", "--hla", SIX, "--tmb", files / "tmb.json")
    assert code == 2 and "no record of tmb by wes_nonsyn" in err


def test_calls_without_a_filter_are_not_evaluable(files, capsys):
    (files / "calls.vcf").write_text(vcf([(*call[:3], ".", *call[4:]) for call in CALLS]))
    record, _ = run(capsys, files, "--hla", SIX)
    assert record["status"] == "not_evaluable" and "FILTER" in record["reason"]


def test_no_call_at_all_is_a_measured_zero(files, capsys):
    (files / "calls.vcf").write_text(HEADER)
    record, table = run(capsys, files, "--hla", SIX, "--callable-mb", 30)
    assert record["status"] == "ok" and record["values"]["n_neoantigen"] == 0
    assert record["values"]["n_neoantigen_per_mb"] == 0.0 and len(table["rank"]) == 0


def test_an_expression_table_of_other_names_is_told(files, capsys):
    (files / "tpm.csv").write_text("gene,TPM\nOTHER,3\n")
    record, table = run(capsys, files, "--hla", SIX, "--expression", files / "tpm.csv")
    assert "no_expression_match" in record["flags"] and np.isnan(table["expression_tpm"]).all()


def test_variants_that_cannot_be_read_are_told_and_never_zero(files, capsys):
    text = (files / "calls.vcf").read_text()
    (files / "calls.vcf").write_text(text.replace(PROTEIN, ""))
    record, _ = run(capsys, files, "--hla", SIX)
    assert record["status"] == "not_evaluable"
    assert record["values"]["n_neoantigen"] is None
    assert record["values"]["n_variant_unreadable"] == 2
    assert "unreadable_variants" in record["flags"]
    code, _, err = call(capsys, "--vcf", _without_csq(files, text), "--hla", SIX)
    assert (code, "no record has a CSQ" in err) == (2, True)


def _without_csq(files, text):
    lines = [line if line.startswith("#") else re.sub(r"CSQ=\S+", ".", line) for line in text.splitlines()]
    (files / "bare.vcf").write_text("\n".join(lines) + "\n")
    return files / "bare.vcf"


def test_class_ii_is_told_where_class_i_is_untyped(files, capsys):
    record, _ = run(capsys, files, "--hla", "DRB1*01:01,DRB1*03:01")
    assert (record["status"], record["values"]["n_neoantigen"]) == ("not_evaluable", None)
    assert record["values"]["n_neoantigen_ii"] == 1


def test_tables_of_other_pairs_are_refused(files, capsys):
    heading = "pair_id\tlocus\tallele_1\tallele_2\tstate\tlost_allele\n"
    row = "\tA\tA*02:01\tA*03:01\tkept\t\n"
    for text, rule in (
        (heading + "other" + row, "has no row of the pair"),
        (heading + ("T_vs_N" + row) * 2, "names a locus a second time"),
    ):
        (files / "loh.tsv").write_text(text)
        code, _, err = call(
            capsys, "--vcf", files / "calls.vcf", "--hla", SIX, "--hla-loh", files / "loh.tsv"
        )
        assert (code, rule in err) == (2, True), err


def test_counts_are_no_tpm(files, capsys):
    rows = "".join(f"X{n},900\n" for n in range(6000))
    (files / "counts.csv").write_text("gene,T\n" + rows)
    code, _, err = call(
        capsys, "--vcf", files / "calls.vcf", "--hla", SIX, "--expression", files / "counts.csv"
    )
    assert (code, "does not add up to about a million" in err) == (2, True)
