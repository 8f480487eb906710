import json

import numpy as np
import pytest
from click.testing import CliRunner

from wes_biomarkers.cli.main import cli
from wes_biomarkers.errors import InputError, ReferenceMismatchError
from wes_biomarkers.features.mutation_channels import CHANNELS
from wes_biomarkers.io.records import read_records

NAMES = ("SBS1", "SBS5", "SBS13")


@pytest.fixture
def tables(tmp_path):
    """A folder with small tables of every kind, for exomes of both builds."""
    folder = tmp_path / "tables"
    folder.mkdir()
    rng = np.random.default_rng(3)
    for kind, names in (("SBS", NAMES), ("DBS", ("DBS1", "DBS2")), ("ID", ("ID1", "ID2"))):
        rows = rng.dirichlet(np.full(len(CHANNELS[kind]), 0.3), len(names)).T
        lines = ["\t".join(["Type", *names])]
        lines += [
            "\t".join([channel, *map(str, row)]) for channel, row in zip(CHANNELS[kind], rows, strict=True)
        ]
        for build in ("GRCh37", "GRCh38"):
            suffix = "" if kind == "ID" else "_exome"
            (folder / f"COSMIC_v3.6_{kind}_{build}{suffix}.txt").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture
def matrix(tmp_path):
    counts = np.random.default_rng(4).poisson(3, (96, 2))
    path = tmp_path / "matrix.tsv"
    rows = ["\t".join([name, *map(str, row)]) for name, row in zip(CHANNELS["SBS"], counts, strict=True)]
    path.write_text("\n".join(["Type\tP1_T\tP2_T", *rows]) + "\n")
    return path


@pytest.fixture
def calls(tmp_path):
    """60 single base substitutions in an invented genome, and its FASTA."""
    rng = np.random.default_rng(5)
    bases = "".join(rng.choice(list("ACGT"), 3000))
    (tmp_path / "genome.fa").write_text(f">c1\n{bases}\n")
    lines = ["##fileformat=VCFv4.2", "##tumor_sample=T", "##normal_sample=N", "##contig=<ID=c1,length=3000>"]
    lines.append('##FORMAT=<ID=AD,Number=R,Type=Integer,Description="reads">')
    lines.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tT\tN")
    for position in range(50, 50 + 60 * 40, 40):
        ref = bases[position - 1]
        lines.append(f"c1\t{position}\t.\t{ref}\t{'ACGT'['CGTA'.index(ref)]}\t.\tPASS\t.\tAD\t60,20\t50,0")
    (tmp_path / "calls.vcf").write_text("\n".join(lines) + "\n")
    return tmp_path


def run(*words):
    result = CliRunner().invoke(cli, ["feature", "signatures", *map(str, words)], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.output


def test_a_vcf_gives_a_record_a_kind(calls, tables):
    out = calls / "records.json"
    run("--vcf", calls / "calls.vcf", "--fasta", calls / "genome.fa", "--signatures", tables, "-o", out)
    sbs, dbs, indel = read_records(out)
    assert [r.definition_id for r in (sbs, dbs, indel)] == ["sbs96", "dbs78", "id83"]
    assert (sbs.patient_id, sbs.pair_id, sbs.status) == ("T", "T_vs_N", "ok")
    assert sbs.values["n_mutation"] == 60 and "signatures_build_assumed" in sbs.flags
    assert (dbs.status, dbs.reason) == (
        "not_evaluable",
        "0 doublet base substitutions; at least 20 are needed",
    )
    assert set(sbs.provenance["inputs"]) == {"vcf", "signatures"}
    again = run("--vcf", calls / "calls.vcf", "--fasta", calls / "genome.fa", "--signatures", tables)
    assert again == out.read_text()


def test_a_named_build_is_not_assumed_and_ids_are_taken(calls, tables):
    words = ["--vcf", calls / "calls.vcf", "--fasta", calls / "genome.fa", "--signatures", tables]
    data = json.loads(run(*words, "--build", "GRCh37", "--patient-id", "P7", "--pair-id", "a_vs_b"))
    assert {(r["patient_id"], r["pair_id"]) for r in data} == {("P7", "a_vs_b")}
    assert "signatures_build_assumed" not in data[0]["flags"]
    assert data[0]["provenance"]["parameters"]["signatures"] == "COSMIC v3.6 exome GRCh37"


def test_a_matrix_gives_a_record_a_sample(matrix, tables):
    data = json.loads(run("--matrix", matrix, "--signatures", tables, "--bootstrap", 10, "--build", "GRCh38"))
    assert [(r["patient_id"], r["sample_id"], r["definition_id"]) for r in data] == [
        ("P1_T", "P1_T", "sbs96"),
        ("P2_T", "P2_T", "sbs96"),
    ]
    with pytest.raises(InputError, match="several samples"):
        run("--matrix", matrix, "--signatures", tables, "--patient-id", "P1")


def test_a_restricted_list_needs_known_names_and_a_reason(matrix, tables):
    words = ["--matrix", matrix, "--signatures", tables]
    record = json.loads(run(*words, "--only", "SBS1, SBS5", "--reason", "not treated"))[0]
    assert "signatures_restricted" in record["flags"]
    assert record["provenance"]["parameters"]["only"] == ["SBS1", "SBS5"]
    assert record["provenance"]["parameters"]["reason"] == "not treated"
    with pytest.raises(InputError) as caught:
        run(*words, "--only", "SBS1,SBS4,SBS999", "--reason", "x")
    assert [fault.value for fault in caught.value.faults] == ["SBS4", "SBS999"]


def test_a_table_of_ones_own_is_fitted_alone(calls, matrix, tables):
    own = tables / "COSMIC_v3.6_SBS_GRCh38_exome.txt"
    data = json.loads(
        run(
            "--vcf",
            calls / "calls.vcf",
            "--fasta",
            calls / "genome.fa",
            "--signatures",
            own,
            "--bootstrap",
            0,
        )
    )
    assert [record["definition_id"] for record in data] == ["sbs96"]
    with pytest.raises(InputError, match="is a table of ID"):
        run("--matrix", matrix, "--signatures", tables / "COSMIC_v3.6_ID_GRCh37.txt")


def test_another_genome_is_refused(calls, tables):
    text = (calls / "genome.fa").read_text()
    (calls / "other.fa").write_text(text.translate(str.maketrans("ACGT", "CGTA")))
    with pytest.raises(ReferenceMismatchError):
        run("--vcf", calls / "calls.vcf", "--fasta", calls / "other.fa", "--signatures", tables)


@pytest.mark.parametrize(
    "words",
    [[], ["--vcf", "a", "--matrix", "b"], ["--vcf", "a"], ["--matrix", "b", "--only", "SBS1"]],
)
def test_options_that_do_not_go_together(words):
    with pytest.raises(Exception, match=r"Give one of|go together"):
        run(*words)
