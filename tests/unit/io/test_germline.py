import subprocess

import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.io.gene_sets import read_driver_rules
from wes_biomarkers.io.germline import read_germline_genes

FILTERS = read_driver_rules().germline
HEADER = """##fileformat=VCFv4.2
##contig=<ID=1,length=9000>
##FILTER=<ID=weak,Description="x">
##FORMAT=<ID=GT,Number=1,Type=String,Description="g">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="d">
##INFO=<ID=BCSQ,Number=.,Type=String,Description="x">
"""
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tN\n"


def write(path, *rows, header=HEADER):
    lines = []
    for row in rows:
        pos, flt, term, gene, call = row.split()
        info = f"BCSQ={term}|{gene}|T1|protein_coding|+|5V>5E|x"
        lines.append("\t".join(["1", pos, ".", "A", "C", ".", flt, info, "GT:AD", call]))
    path.write_text(header + COLUMNS + "".join(line + "\n" for line in lines))
    return path


def genes(path, **known):
    return read_germline_genes(path, ("BRCA2", "MRE11"), FILTERS, **known).genes


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("5 PASS stop_gained BRCA2 0/1:20,18", ("BRCA2",)),
        ("5 . frameshift BRCA2 1|1:0,30", ("BRCA2",)),
        ("5 . splice_donor BRCA2 0/1:.,.", ("BRCA2",)),
        ("5 . missense BRCA2 0/1:20,18", ()),
        ("5 . synonymous BRCA2 0/1:20,18", ()),
        ("5 weak stop_gained BRCA2 0/1:20,18", ()),
        ("5 . stop_gained BRCA2 0/0:20,18", ()),
        ("5 . stop_gained BRCA2 ./.:20,18", ()),
        ("5 . stop_gained BRCA2 0/1:4,4", ()),
        ("5 . stop_gained BRCA2 0/1:50,6", ()),
        ("5 . stop_gained TTN 0/1:20,18", ()),
    ],
)
def test_what_counts(tmp_path, row, found):
    assert genes(write(tmp_path / "g.vcf", row)) == found


def test_other_names_and_transcripts(tmp_path):
    path = write(tmp_path / "g.vcf", "5 . stop_gained MRE11A 0/1:20,18")
    assert genes(path) == ()
    assert genes(path, current={"MRE11A": "MRE11"}.get) == ("MRE11",)
    assert genes(path, current={"MRE11A": "MRE11"}.get, transcripts={"T2"}) == ()


def test_without_annotation_nothing_is_said(tmp_path):
    path = write(tmp_path / "g.vcf", header=HEADER.replace("BCSQ", "XXXX"))
    made = read_germline_genes(path, ("BRCA2",), FILTERS)
    assert made.genes is None and "no annotation" in made.rule


def test_unfit_files(tmp_path):
    (tmp_path / "bare.vcf").write_text(HEADER + "\t".join(COLUMNS.split("\t")[:8]) + "\n")
    with pytest.raises(InputError, match="has no sample"):
        genes(tmp_path / "bare.vcf")
    (tmp_path / "text.vcf").write_text("nothing\n")
    with pytest.raises(InputError, match="cannot be read as VCF"):
        genes(tmp_path / "text.vcf")
    with pytest.raises(InputError, match="no such file"):
        genes(tmp_path / "none.vcf")


def test_a_truncated_file(tmp_path):
    path = write(tmp_path / "g.vcf", *(f"{i} . stop_gained TTN 0/1:{i},18" for i in range(1, 8999)))
    subprocess.run(["bgzip", str(path)], check=True)
    packed = (tmp_path / "g.vcf.gz").read_bytes()
    (tmp_path / "cut.vcf.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(InputError, match="is truncated"):
        genes(tmp_path / "cut.vcf.gz")


def test_depths_may_be_unknown_to_the_header(tmp_path):
    header = "\n".join(line for line in HEADER.splitlines() if "ID=AD" not in line) + "\n"
    path = write(tmp_path / "g.vcf", "5 . stop_gained BRCA2 0/1:20,18", header=header)
    path.write_text(path.read_text().replace("GT:AD", "GT").replace(":20,18", ""))
    assert genes(path) == ("BRCA2",)
