"""Expression tables as the usual programs write them."""

import math

import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.io.expression import read_expression


def read(tmp_path, text, **options):
    path = tmp_path / "expression.tsv"
    path.write_text(text)
    return read_expression(path, **options)


def test_a_plain_table(tmp_path):
    found = read(tmp_path, "gene,TPM\nTP53,7.5\nKRAS,0\nEGFR,NA\nMYC,\n")
    assert dict(found.by_gene) == {"TP53": 7.5, "KRAS": 0.0}
    assert (
        found.of("KRAS", ()) == 0.0 and math.isnan(found.of("EGFR", ())) and math.isnan(found.of("MYC", ()))
    )


@pytest.mark.parametrize(
    ("heading", "row", "gene", "transcript"),
    [
        ("Name\tLength\tEffectiveLength\tTPM\tNumReads", "ENST00000269305.9\t2500\t2300\t4.5\t100", None, "ENST00000269305"),
        ("target_id\tlength\teff_length\test_counts\ttpm", "ENST00000269305.9|ENSG00000141510.18|OTT|TP53|\t9\t9\t9\t4.5",
         "ENSG00000141510", "ENST00000269305"),
        ("gene_id\ttranscript_id(s)\tlength\teffective_length\texpected_count\tTPM\tFPKM",
         "ENSG00000141510.18\tENST1,ENST2\t9\t9\t9\t4.5\t3", "ENSG00000141510", None),
        ("Gene ID\tGene Name\tReference\tStrand\tStart\tEnd\tCoverage\tFPKM\tTPM",
         "ENSG00000141510.18\tTP53\t17\t-\t1\t9\t3\t2\t4.5", "TP53", None),
        ("gene_id\tgene_name\tsample1", "ENSG00000141510.18\tTP53\t4.5", "TP53", None),
    ],
)  # fmt: skip
def test_programs(tmp_path, heading, row, gene, transcript):
    found = read(tmp_path, f"{heading}\n{row}\n")
    if gene:
        assert found.by_gene[gene] == 4.5
    if transcript:
        assert found.by_transcript[transcript] == 4.5
        assert found.of("X", (f"{transcript}.3",)) == 4.5
    assert all(not name.startswith("ENST") for name in found.by_gene)


def test_a_sample_of_several(tmp_path):
    text = "gene_id\tgene_name\tT1\tT2\nENSG01.2\tTP53\t1\t2\n"
    assert read(tmp_path, text, sample="T2").of("TP53", ()) == 2.0
    with pytest.raises(InputError, match="2 columns that could be"):
        read(tmp_path, text)


def test_ids_by_name_of_the_reference(tmp_path):
    text = "gene_id\tTPM\nENSG01.2\t3\n"
    assert math.isnan(read(tmp_path, text).of("TP53", ()))
    assert read(tmp_path, text, ids={"TP53": "ENSG01.7"}).of("TP53", ()) == 3.0


def test_transcripts_make_their_genes(tmp_path):
    found = read(tmp_path, "transcript_id\tgene_name\tTPM\nENST01.1\tTP53\t3\nENST02\tTP53\t4\n")
    assert found.of("TP53", ("ENST02.5",)) == 4.0  # of its own transcripts
    assert found.of("TP53", ("ENST01", "ENST02", "ENST03")) == 7.0
    assert found.of("TP53", ("ENST09",)) == 7.0  # the gene's


@pytest.mark.parametrize("name", ["FPKM", "counts", "log2(TPM+1)", "raw_reads", "CPM"])
def test_other_units_are_refused(tmp_path, name):
    with pytest.raises(InputError, match="holds no TPM"):
        read(tmp_path, f"gene\t{name}\nTP53\t3\n")


def test_faults_come_all_at_once(tmp_path):
    with pytest.raises(InputError) as caught:
        read(tmp_path, "gene\tTPM\nTP53\t-1\nKRAS\tmany\nMYC\tinf\n")
    assert [fault.row for fault in caught.value.faults] == [2, 3, 4]
    with pytest.raises(InputError, match="no column of genes"):
        read(tmp_path, "a\tTPM\nTP53\t1\n")
