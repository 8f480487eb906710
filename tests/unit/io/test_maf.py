import gzip

import pytest

from wes_biomarkers.io.maf import MAF_COLUMNS, maf_alleles, variant_classification, write_maf
from wes_biomarkers.io.vcf import read_variants

VCF = """##fileformat=VCFv4.2
##contig=<ID=1,length=1000>
##tumor_sample=T
##normal_sample=N
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="d">
##INFO=<ID=BCSQ,Number=.,Type=String,Description="x">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tN\tT
1\t11\t.\tA\tC\t.\tPASS\tBCSQ=missense|G|T1|protein_coding|+|5V>5E|11A>C\tAD\t9,0\t7,3
1\t21\t.\tAT\tA\t.\tweak\t.\tAD\t.\t7,3
1\t31\t.\tA\t<DEL>\t.\tPASS\t.\tAD\t9,0\t7,3
"""


# Coordinates and types as vcf2maf writes them for the same alleles.
@pytest.mark.parametrize(
    ("vcf", "maf"),
    [
        ((99, "A", "C"), (100, 100, "SNP", "A", "C")),
        ((99, "AC", "GT"), (100, 101, "DNP", "AC", "GT")),
        ((99, "ACG", "GTT"), (100, 102, "TNP", "ACG", "GTT")),
        ((99, "ACGT", "GTTA"), (100, 103, "ONP", "ACGT", "GTTA")),
        ((99, "A", "ACCTCTT"), (100, 101, "INS", "-", "CCTCTT")),
        ((99, "GT", "G"), (101, 101, "DEL", "T", "-")),
        ((99, "GTTT", "GA"), (101, 103, "DEL", "TTT", "A")),
        ((99, "GT", "GACC"), (101, 101, "INS", "T", "ACC")),
    ],
)
def test_alleles(vcf, maf):
    assert maf_alleles(*vcf) == maf


@pytest.mark.parametrize(
    ("args", "name"),
    [
        (("frameshift_variant", "DEL", "T", "-"), "Frame_Shift_Del"),
        (("frameshift_variant", "INS", "-", "T"), "Frame_Shift_Ins"),
        (("disruptive_inframe_deletion", "DEL", "TTT", "-"), "In_Frame_Del"),
        (("protein_altering_variant", "INS", "T", "ACCT"), "In_Frame_Ins"),
        (("splice_donor_variant", "SNP", "A", "C"), "Splice_Site"),
        (("stop_gained", "SNP", "A", "C"), "Nonsense_Mutation"),
        (("start_lost", "SNP", "A", "C"), "Translation_Start_Site"),
        (("no_such_term", "SNP", "A", "C"), "Targeted_Region"),
        ((None, "SNP", "A", "C"), "Unknown"),
    ],
)
def test_classification(args, name):
    assert variant_classification(*args) == name


def test_file_is_complete_and_reproducible(tmp_path):
    source = tmp_path / "x.vcf"
    source.write_text(VCF)
    first, second = tmp_path / "a.maf.gz", tmp_path / "b.maf.gz"
    for path in (first, second):
        write_maf(read_variants(source), path, "T", "N", "toy1")
    assert first.read_bytes() == second.read_bytes()
    lines = gzip.decompress(first.read_bytes()).decode().splitlines()
    assert lines[0] == "#version 2.4" and tuple(lines[1].split("\t")) == MAF_COLUMNS
    rows = [dict(zip(MAF_COLUMNS, line.split("\t"), strict=True)) for line in lines[2:]]
    assert len(rows) == 2, "symbolic alleles have no place in a MAF"
    assert (rows[0]["Hugo_Symbol"], rows[0]["HGVSp_Short"], rows[0]["NCBI_Build"]) == ("G", "p.V5E", "toy1")
    assert (rows[0]["t_depth"], rows[0]["t_ref_count"], rows[0]["t_alt_count"]) == ("10", "7", "3")
    assert (rows[1]["Hugo_Symbol"], rows[1]["FILTER"]) == ("Unknown", "weak")
    assert rows[1]["n_depth"] == rows[1]["n_alt_count"] == "", "unknown is an empty cell"
