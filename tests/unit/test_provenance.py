import hashlib
import json

from wes_biomarkers import __version__
from wes_biomarkers.provenance import PROVENANCE_SCHEMA, assemble_provenance, sha256_of


def test_everything_in_a_set_order():
    block = assemble_provenance(
        parameters={"z": 1, "a": None},
        inputs={"vcf": "ff", "callable": "00"},
        reference={"build": "toy1", "checksums": {}},
        tools={"samtools": "1.16", "bcftools": "1.16"},
        environment="sha256:1",
    )
    assert block == {
        "schema": PROVENANCE_SCHEMA,
        "code_version": __version__,
        "tools": {"bcftools": "1.16", "samtools": "1.16"},
        "parameters": {"a": None, "z": 1},
        "inputs": {"callable": "00", "vcf": "ff"},
        "reference": {"build": "toy1", "checksums": {}},
        "environment": "sha256:1",
    }
    assert list(block["tools"]) == ["bcftools", "samtools"] and list(block["parameters"]) == ["a", "z"]


def test_equal_inputs_give_equal_bytes_whatever_their_order():
    one = assemble_provenance(tools={"a": "1", "b": "2"}, inputs={"x": "1", "y": "2"})
    other = assemble_provenance(tools={"b": "2", "a": "1"}, inputs={"y": "2", "x": "1"})
    assert json.dumps(one) == json.dumps(other)


def test_nothing_given():
    block = assemble_provenance()
    assert block["environment"] is None
    assert [block[key] for key in ("tools", "parameters", "inputs", "reference")] == [{}] * 4


def test_no_time_place_or_person(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert set(assemble_provenance()) == {
        *("schema", "code_version", "tools", "parameters", "inputs", "reference", "environment"),
    }  # fmt: skip


def test_sha256():
    assert sha256_of(b"abc") == hashlib.sha256(b"abc").hexdigest()
    assert sha256_of(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
