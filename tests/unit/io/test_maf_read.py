import gzip
import math

import numpy as np
import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.io.maf import maf_alleles, variant_classification, write_maf
from wes_biomarkers.io.maf_read import CONSEQUENCE, no_mutations, read_maf
from wes_biomarkers.io.vcf import read_variants

HEAD = [
    "Hugo_Symbol",
    "Chromosome",
    "Start_Position",
    "Variant_Classification",
    "Reference_Allele",
    "Tumor_Seq_Allele2",
]
HEAD += [
    "Tumor_Sample_Barcode",
    "Matched_Norm_Sample_Barcode",
    "HGVSp_Short",
    "t_ref_count",
    "t_alt_count",
    "n_alt_count",
]
HEAD += ["ExAC_AF", "gnomAD_AF", "FILTER"]


def write(path, *rows, head=HEAD, comment="#version 2.4\n"):
    lines = ["\t".join(head), *("\t".join(row.split(" ")) for row in rows)]
    path.write_text(comment + "\n".join(lines) + "\n")
    return path


def test_columns_and_coordinates(tmp_path):
    path = write(
        tmp_path / "a.maf",
        "TP53 17 100 Missense_Mutation C T T1 N1 p.R175H 30 10 1 . 0.0002 PASS",
        "KMT2D 12 200 Frame_Shift_Ins - GA T1 N1 p.L9fs 20 20 0 0.1 . PASS",
        "RB1 13 300 In_Frame_Del CTT - T2 . . . . . . . common_in_exac",
        "NOTCH1 9 400 Missense_Mutation CC TT T1 N1 . 5 5 0 . . .",
    )
    first, second = read_maf(path)
    assert (first.tumor, first.normal, second.tumor, second.normal) == ("T1", "N1", "T2", None)
    columns = first.columns
    assert columns["start"].tolist() == [99, 200, 399]
    assert columns["end"].tolist() == [100, 200, 401]
    assert columns["kind"].tolist() == ["snv", "insertion", "mnv"]
    assert columns["consequence"].tolist() == ["missense_variant", "frameshift_variant", "missense_variant"]
    assert columns["aa_change"].tolist() == ["p.R175H", "p.L9fs", None]
    assert columns["vaf"].tolist() == [0.25, 0.5, 0.5]
    assert columns["t_depth"].tolist() == [40, 40, 10]
    assert columns["population_af"][0] == 0.0002 and columns["population_af"][1] == 0.1
    assert math.isnan(columns["population_af"][2])
    assert columns["is_pass"].all()
    assert not second.columns["is_pass"][0]
    assert (second.columns["start"][0], second.columns["end"][0]) == (299, 302)
    assert np.isnan(second.columns["vaf"][0]) and np.isnan(second.columns["n_alt"][0])


def test_consequence_column_goes_before_the_class(tmp_path):
    head = [*HEAD, "Consequence"]
    path = write(
        tmp_path / "a.maf",
        "A 1 5 Splice_Site C T T N . 1 1 0 . . PASS splice_acceptor_variant,intron_variant",
        "A 1 5 Splice_Site C T T N . 1 1 0 . . PASS .",
        head=head,
    )
    terms = read_maf(path)[0].columns["consequence"].tolist()
    assert terms == ["splice_acceptor_variant", "splice_donor_variant"]


def test_gzip_and_few_columns(tmp_path):
    path = tmp_path / "a.maf.gz"
    text = "\t".join(HEAD[:7]) + "\nTP53\t17\t100\tSilent\tC\tT\tT1\n"
    path.write_bytes(gzip.compress(text.encode()))
    (sample,) = read_maf(path)
    assert sample.normal is None
    assert sample.columns["aa_change"].tolist() == [None]
    assert sample.columns["is_pass"].tolist() == [True]
    assert np.isnan(sample.columns["t_alt"][0])


def test_every_fault_is_listed(tmp_path):
    path = write(
        tmp_path / "a.maf",
        "A 1 x Missense_Mutation C T T N . 1 1 0 . . PASS",
        "A 1 5 Missense C T T N . 1 1 0 . . PASS",
        "A 1 5 Silent C T . N . 1 1 0 . . PASS",
        "A 1 5 Silent C T",
        "A 1 0 Silent C T T N . 1 1 0 . . PASS",
    )
    with pytest.raises(InputError) as caught:
        read_maf(path)
    assert [fault.row for fault in caught.value.faults] == [3, 4, 5, 6, 7]


def test_not_a_maf(tmp_path):
    with pytest.raises(InputError, match="lacks the columns Hugo_Symbol, Chromosome"):
        read_maf(write(tmp_path / "a.maf", "a b", head=["x", "y"]))
    with pytest.raises(InputError, match="holds no mutation"):
        read_maf(write(tmp_path / "b.maf"))
    with pytest.raises(InputError, match="no such file"):
        read_maf(tmp_path / "none.maf")


def test_reads_back_what_we_write(tmp_path):
    header = (
        "##fileformat=VCFv4.2\n##contig=<ID=1,length=9000>\n"
        '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="d">\n'
        '##INFO=<ID=BCSQ,Number=.,Type=String,Description="x">\n'
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tT\tN\n"
    )
    rows = [
        "100 A C missense 5V>5E",
        "200 A AT frameshift .",
        "300 ATTT A inframe_deletion 9LK>9L",
        "400 AC GT stop_gained .",
    ]
    text = ""
    for row in rows:
        pos, ref, alt, term, change = row.split()
        info = f"BCSQ={term}|G|TX|protein_coding|+|{change.strip('.')}|x"
        text += "\t".join(["1", pos, ".", ref, alt, ".", "PASS", info, "AD", "60,40", "50,0"]) + "\n"
    (tmp_path / "v.vcf").write_text(header + text)
    variants = read_variants(tmp_path / "v.vcf", "T", "N")
    write_maf(variants, tmp_path / "v.maf.gz", "T", "N", "b")
    (back,) = read_maf(tmp_path / "v.maf.gz")
    assert (back.tumor, back.normal) == ("T", "N")
    for name in ("chrom", "gene", "consequence", "vaf", "t_alt", "t_depth", "n_alt", "kind"):
        assert back.columns[name].tolist() == variants.columns[name].tolist(), name
    for index in range(len(variants)):
        base = variants.base
        first, _, kind, ref, alt = maf_alleles(
            int(base["start"][index]), base["ref"][index], base["alt"][index]
        )
        assert back.columns["start"][index] == first - (kind != "INS")
        assert (back.columns["ref"][index] or "-", back.columns["alt"][index] or "-") == (ref, alt)


@pytest.mark.parametrize(
    "word", ["Missense_Mutation", "Nonsense_Mutation", "Nonstop_Mutation", "Splice_Site", "Silent"]
)
def test_classes_go_both_ways(word):
    assert variant_classification(CONSEQUENCE[word], "SNP", "A", "C") == word


def test_the_mutated_allele_may_be_the_first(tmp_path):
    """As in older files, where the second allele of the tumour is the reference's."""
    row = "TP53 17 100 Missense_Mutation C C T1 N1 p.R175H 30 10 1 . . PASS T"
    path = write(tmp_path / "a.maf", row, head=[*HEAD, "Tumor_Seq_Allele1"])
    assert read_maf(path)[0].columns["alt"].tolist() == ["T"]
    path = write(tmp_path / "b.maf", row.replace(" C C ", " C A ").replace("PASS T", "PASS C"),
                 head=[*HEAD, "Tumor_Seq_Allele1"])  # fmt: skip
    assert read_maf(path)[0].columns["alt"].tolist() == ["A"]


def test_what_a_cohort_wants_besides(tmp_path):
    path = write(
        tmp_path / "a.maf",
        "TP53 17 100 Missense_Mutation C T T1 N1 p.R175H 30 10 1 . . PASS ENST1 40",
        "TP53 17 101 Missense_Mutation C T T1 N1 . 30 10 1 . . . . .",
        head=[*HEAD, "Transcript_ID", "n_ref_count"],
    )
    columns = read_maf(path)[0].columns
    assert columns["transcript_id"].tolist() == ["ENST1", None]
    assert columns["filter"].tolist() == ["PASS", None]
    assert columns["n_depth"][0] == 41 and math.isnan(columns["n_depth"][1])
    assert {name: len(values) for name, values in no_mutations().items()} == dict.fromkeys(columns, 0)
