import gzip
import json

import pysam
import pytest

from wes_biomarkers.io.records import read_records
from wes_biomarkers.pair import PairFiles, write_pair

VCF = """##fileformat=VCFv4.2
##contig=<ID=toyA,length=400>
##tumor_sample=T1
##normal_sample=N1
##INFO=<ID=BCSQ,Number=.,Type=String,Description="consequence">
##FORMAT=<ID=GT,Number=1,Type=String,Description="g">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="d">
#CHROM	POS	ID	REF	ALT	QUAL	FILTER	INFO	FORMAT	N1	T1
toyA	11	.	A	C	.	PASS	BCSQ=missense|G|T|x|+|5V>5E|11A>C	GT:AD	0/0:60,0	0/1:60,40
toyA	21	.	G	T	.	weak	.	GT:AD	0/0:60,0	0/1:95,5
"""


@pytest.fixture
def files(tmp_path, bundle_of):
    """Everything the pipeline has of a pair: a tumour measured, its normal not."""
    (tmp_path / "in.vcf").write_text(VCF)
    pysam.tabix_compress(str(tmp_path / "in.vcf"), str(tmp_path / "in.vcf.gz"))
    pysam.tabix_index(str(tmp_path / "in.vcf.gz"), preset="vcf")
    (tmp_path / "callable.bed.gz").write_bytes(gzip.compress(b"toyA\t0\t90\n", mtime=0))
    (tmp_path / "c.table").write_text("sample\tcontamination\terror\nT1\t0.2\t0.01\n")
    (tmp_path / "coverage").mkdir()
    (tmp_path / "coverage" / "T1.regions.bed.gz").write_bytes(gzip.compress(b"toyA\t0\t100\t55.00\n"))
    (tmp_path / "T1_vs_N1.tmb.json").write_text("[]\n")

    def make(out, **changes):
        given = {
            "patient_id": "P1",
            "pair_id": "T1_vs_N1",
            "tumor": "T1",
            "normal": "N1",
            "vcf": tmp_path / "in.vcf.gz",
            "callable_bed": tmp_path / "callable.bed.gz",
            "contamination": tmp_path / "c.table",
            "coverage": tmp_path / "coverage",
            "reference": tmp_path / "reference",
            "out": tmp_path / out,
            "results": (tmp_path / "T1_vs_N1.tmb.json",),
        }
        return PairFiles(**(given | changes))

    bundle_of()
    return make


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_published_folder(files, tmp_path):
    write_pair(files("out"))
    found = contents(tmp_path / "out")
    assert set(found) == {
        *("somatic.vcf.gz", "somatic.vcf.gz.tbi", "variants.maf.gz", "callable.bed.gz", "qc.json"),
        *("records/tmb.json", "records/qc.json", "files.json"),
    }
    assert json.loads(found["files.json"]) == sorted(set(found) - {"files.json"})
    assert found["somatic.vcf.gz"] == (tmp_path / "in.vcf.gz").read_bytes()

    (record,) = read_records(tmp_path / "out" / "records" / "qc.json")
    assert json.loads(found["qc.json"]) == record.as_dict()
    assert record.pair_id == "T1_vs_N1"
    assert record.values["mean_coverage_tumor"] == 55.0
    assert record.values["mean_coverage_normal"] is None
    assert record.values["callable_target_mb"] == pytest.approx(90 / 1e6)
    assert record.values["contamination"] == 0.2
    assert set(record.flags) == {"synthetic", "contamination_high"}
    assert set(record.provenance["inputs"]) == {"vcf", "callable"}
    assert str(tmp_path) not in json.dumps(record.as_dict())

    rows = gzip.decompress(found["variants.maf.gz"]).decode().splitlines()
    names = rows[1].split("\t")
    first = dict(zip(names, rows[2].split("\t"), strict=True))
    assert len(rows) == 4
    assert (first["Tumor_Sample_Barcode"], first["Matched_Norm_Sample_Barcode"]) == ("T1", "N1")
    assert (first["NCBI_Build"], first["Start_Position"]) == ("toy1", "11")


def test_equal_inputs_give_equal_bytes(files, tmp_path):
    write_pair(files("one"))
    write_pair(files("two"))
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_pair_from_calls_has_nothing_that_was_not_measured(files, tmp_path):
    write_pair(files("out", callable_bed=None, contamination=None, coverage=None))
    assert not (tmp_path / "out" / "callable.bed.gz").exists()
    (record,) = read_records(tmp_path / "out" / "records" / "qc.json")
    assert record.status == "not_evaluable"
    assert set(record.values.values()) == {None}
    assert set(record.provenance["inputs"]) == {"vcf"}
