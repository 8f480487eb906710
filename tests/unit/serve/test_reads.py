"""Reads of the cohort's samples, by range, and of nothing else."""

import shutil
from pathlib import Path

import pandas as pd
import pysam
import pytest
from kept_alignments import write_reads, write_reference
from starlette.testclient import TestClient

from wes_biomarkers.errors import InputError
from wes_biomarkers.serve.app import create_app
from wes_biomarkers.serve.reads import NO_INDEX, NO_SEQUENCE, OTHER_SEQUENCE
from wes_biomarkers.simulate.tables.cohort import simulate_tables
from wes_biomarkers.simulate.tables.parameters import TableParameters

CONTIG, LENGTH, AT = "c1", 20_000, 10_000


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    out = tmp_path_factory.mktemp("trial") / "trial"
    simulate_tables(TableParameters(n_patient=20, seed=1), out)
    return out / "cohort"


@pytest.fixture(scope="module")
def patient(cohort):
    """A patient, a tumour and its normal."""
    pair = pd.read_parquet(cohort / "pair.parquet").iloc[0]
    return pair["patient_id"], pair["tumor_sample_id"], pair["normal_sample_id"]


@pytest.fixture
def reference(tmp_path):
    path = tmp_path / "genome.fa"
    return path, write_reference(path, CONTIG, LENGTH, AT)


@pytest.fixture
def results(cohort, patient, reference, tmp_path):
    """As the pipeline leaves them: results/cohort, and results/samples with the tumour's BAM."""
    shutil.copytree(cohort, tmp_path / "results" / "cohort")
    for name in (patient[1], "another_study"):
        write_reads(
            tmp_path / "results" / "samples" / name / f"{name}.bam", CONTIG, LENGTH, AT, reference[1], n_alt=9
        )
    return tmp_path / "results"


def served(folder, **options):
    return TestClient(create_app(folder, **options), base_url="http://localhost")


def listed(client, patient_id):
    return client.get(f"/api/patient/{patient_id}/reads").json()


def test_without_alignments_there_are_no_reads(cohort, patient):
    client = served(cohort)
    assert listed(client, patient[0]) == {"reference": False, "samples": [], "sentences": []}
    assert client.get(f"/api/alignment/{patient[1]}/data").status_code == 404
    assert client.get("/api/reference/data").status_code == 404
    assert client.get("/api/patient/nobody/reads").status_code == 404


def test_alignments_beside_the_cohort_are_found(results, patient):
    client = served(results / "cohort")
    found = listed(client, patient[0])
    assert [(each["sample_id"], each["role"], each["format"]) for each in found["samples"]] == [
        (patient[1], "tumor", "bam")
    ]
    assert found["reference"] is False and found["sentences"] == []
    assert client.get(f"/api/alignment/{patient[1]}/contigs").text == f"{CONTIG}\t{LENGTH}\n"


def test_a_range_is_the_bytes_of_the_file(results, patient):
    client = served(results / "cohort")
    path = results / "samples" / patient[1] / f"{patient[1]}.bam"
    whole = path.read_bytes()
    for start, end in ((0, 99), (100, 100), (len(whole) - 5, len(whole) + 1000)):
        answer = client.get(f"/api/alignment/{patient[1]}/data", headers={"Range": f"bytes={start}-{end}"})
        assert answer.status_code == 206 and answer.content == whole[start : end + 1]
        assert answer.headers["content-range"].startswith(f"bytes {start}-{min(end, len(whole) - 1)}/")
        assert answer.headers["cache-control"] == "no-store"
    index = client.get(f"/api/alignment/{patient[1]}/index")
    assert index.status_code == 200 and index.content == path.with_suffix(".bam.bai").read_bytes()


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=5-2", "bytes=a-b", "lines=0-5"])
def test_a_range_outside_is_refused(results, patient, asked):
    answer = served(results / "cohort").get(f"/api/alignment/{patient[1]}/data", headers={"Range": asked})
    assert answer.status_code in (400, 416)
    assert str(results) not in answer.text


@pytest.mark.parametrize(
    "name", ["another_study", "nobody", "..%2Fcohort", "%2Fetc%2Fpasswd", "..", "%00", "another_study.bam"]
)
def test_no_other_file_has_an_address(results, name):
    client = served(results / "cohort")
    for part in ("data", "index", "contigs", "..%2Fcohort.json"):
        assert client.get(f"/api/alignment/{name}/{part}").status_code in (404, 422)


def test_reads_can_only_be_read(results, patient):
    client = served(results / "cohort")
    for verb in ("post", "put", "delete", "patch"):
        assert getattr(client, verb)(f"/api/alignment/{patient[1]}/data").status_code == 405


def test_the_door_is_the_same(results, patient):
    path = f"/api/alignment/{patient[1]}/data"
    app = create_app(results / "cohort", token="a-token-of-many-letters")
    assert TestClient(app, base_url="http://example.org").get(path).status_code == 401
    app = create_app(results / "cohort")
    assert TestClient(app, base_url="http://example.org").get(path).status_code == 421
    assert served(results / "cohort").get(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_another_folder_and_the_reference(cohort, patient, reference, tmp_path):
    fasta, bases = reference
    write_reads(tmp_path / "kept" / f"{patient[1]}.bam", CONTIG, LENGTH, AT, bases)
    write_reads(tmp_path / "kept" / f"{patient[2]}.cram", CONTIG, LENGTH, AT, bases, reference=fasta)
    client = served(cohort, alignments=tmp_path / "kept", reference=fasta)
    found = listed(client, patient[0])
    assert found["reference"] is True and found["sentences"] == []
    assert {each["sample_id"]: each["format"] for each in found["samples"]} == {
        patient[1]: "bam", patient[2]: "cram",
    }  # fmt: skip
    answer = client.get("/api/reference/data", headers={"Range": "bytes=5005-5009"})
    assert (answer.status_code, answer.text) == (206, bases[1:6])
    assert client.get("/api/reference/index").text.startswith(f"{CONTIG}\t{LENGTH}\t")
    without = served(cohort, alignments=tmp_path / "kept")
    found = listed(without, patient[0])
    assert [each["sample_id"] for each in found["samples"]] == [patient[1]]
    assert found["sentences"] == [NO_SEQUENCE]
    assert without.get(f"/api/alignment/{patient[2]}/data").status_code == 404


@pytest.fixture
def packed(reference):
    """The reference packed by bgzip."""
    path = Path(f"{reference[0]}.gz")
    pysam.tabix_compress(str(reference[0]), str(path))
    pysam.faidx(str(path))
    shutil.copyfile(f"{reference[0]}.fai", f"{path}.fai")  # samtools counts no letters of a sparse file
    return path


def test_a_packed_reference_is_answered_as_the_plain_one(results, patient, reference, packed):
    client, plain = (served(results / "cohort", reference=each) for each in (packed, reference[0]))
    assert listed(client, patient[0]) == listed(plain, patient[0])
    assert listed(client, patient[0])["reference"] is True
    whole = reference[0].read_bytes()
    for part in ("data", "index"):
        assert client.get(f"/api/reference/{part}").content == plain.get(f"/api/reference/{part}").content
    for asked in ("bytes=0-0", "bytes=5005-5009", "bytes=19000-", f"bytes=7-{len(whole) + 9}"):
        one, other = (each.get("/api/reference/data", headers={"Range": asked}) for each in (client, plain))
        assert (one.status_code, one.content) == (206, other.content)
        for name in ("content-range", "content-length", "content-type", "cache-control", "accept-ranges"):
            assert one.headers[name] == other.headers[name], name
    for asked in (f"bytes={len(whole)}-", "bytes=5-2"):
        answer = client.get("/api/reference/data", headers={"Range": asked})
        assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(whole)}")


def test_a_reference_of_another_build_is_left_out(results, patient, tmp_path):
    write_reference(tmp_path / "other.fa", CONTIG, LENGTH + 1, AT)
    found = listed(served(results / "cohort", reference=tmp_path / "other.fa"), patient[0])
    assert found["reference"] is False and found["sentences"] == [OTHER_SEQUENCE]
    assert len(found["samples"]) == 1


def test_a_missing_index_is_told(results, patient):
    (results / "samples" / patient[1] / f"{patient[1]}.bam.bai").unlink()
    found = listed(served(results / "cohort"), patient[0])
    assert found["samples"] == [] and found["sentences"] == [NO_INDEX]


def test_what_cannot_be_served_is_said_at_once(cohort, tmp_path):
    (tmp_path / "bare.fa").write_text(">c1\nA\n")
    with pytest.raises(InputError) as error:
        create_app(cohort, alignments=tmp_path / "none", reference=tmp_path / "bare.fa")
    assert len(error.value.faults) == 2
    for name in ("genome.fa.gz", "genome.fa.gz.fai"):
        (tmp_path / name).touch()
    for name in ("none.fa", "genome.fa.gz"):
        with pytest.raises(InputError):
            create_app(cohort, reference=tmp_path / name)


def test_webassembly_decodes_cram_only_where_a_reference_is_given(cohort, tmp_path):
    fasta = tmp_path / "g.fa"
    fasta.write_text(">c1\nACGT\n")
    (tmp_path / "g.fa.fai").write_text("c1\t4\t4\t4\t5\n")
    for app, allowed in ((create_app(cohort), False), (create_app(cohort, reference=fasta), True)):
        headers = TestClient(app, base_url="http://localhost").get("/").headers
        policy = headers["content-security-policy"]
        assert ("'wasm-unsafe-eval'" in policy) is allowed and "'unsafe" not in policy
