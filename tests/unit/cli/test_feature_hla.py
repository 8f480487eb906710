"""`feature hla` on an invented family: from FASTQs and BAMs to types, and choosing among typings."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np
import pysam
import pytest
from hla_family import LENGTHS, write_family

from wes_biomarkers.cli.feature.hla import exon_bases
from wes_biomarkers.cli.main import main
from wes_biomarkers.contracts.record import Record
from wes_biomarkers.features.hla_model import build_models
from wes_biomarkers.features.hla_place import index_words
from wes_biomarkers.io.hla_fish import fish_alignment, fish_fastq
from wes_biomarkers.io.hla_reference import read_hla_reference
from wes_biomarkers.simulate.hla_reads import HlaReadParameters, draw_alleles, simulate_reads


def run(words: list[str]) -> int:
    """The command's exit code."""
    with pytest.raises(SystemExit) as stopped:
        main(words)
    return int(stopped.value.code or 0)


LETTERS = np.frombuffer(b"ACGTN", np.uint8)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A folder with the family, FASTQs of one individual, and its true two-field names by gene."""
    folder = tmp_path_factory.mktemp("hla")
    reference = read_hla_reference(write_family(folder / "family"))
    bases = exon_bases(reference)
    exons = dict(zip(reference.alleles, bases, strict=True))
    truth = draw_alleles({str(a.two_field): 1.0 for a in exons}, list(exons), 11)
    reads = simulate_reads(truth, exons, replace(HlaReadParameters(), depth=40.0), 11)
    for mate in (0, 1):
        with open(folder / f"R{mate + 1}.fastq", "wb") as handle:
            for number, (row, quality) in enumerate(
                zip(reads.bases[:, mate], reads.quality[:, mate], strict=True)
            ):
                marks = (quality + 33).tobytes()
                handle.write(b"@r%d/%d\n%s\n+\n%s\n" % (number, mate + 1, LETTERS[row].tobytes(), marks))
    index = index_words(build_models(reference.alleles, bases))
    return (
        folder,
        reads,
        {gene: sorted(str(a.two_field) for a in pair) for gene, pair in truth.items()},
        index,
    )


def write_bam(path, reads, place):
    """The pairs as a sorted BAM; `place(number, mate)`: contig and start, None where unmapped."""
    header = {"HD": {"VN": "1.6"}, "SQ": [{"SN": "c1", "LN": 5000}, {"SN": "c2", "LN": 5000}]}
    header["RG"] = [{"ID": "1", "SM": "S1"}]
    raw = path.with_suffix(".raw.bam")
    with pysam.AlignmentFile(str(raw), "wb", header=header) as out:
        for number in range(len(reads)):
            for mate in (0, 1):
                record = pysam.AlignedSegment(out.header)
                record.query_name = f"r{number}"
                at = place(number, mate)
                record.flag = 1 | (64 if mate == 0 else 128) | (4 if at is None else 0)
                reverse = at is not None and (number + mate) % 2
                bases = LETTERS[reads.bases[number, mate]].tobytes().decode()
                quality = reads.quality[number, mate]
                if reverse:
                    record.flag |= 16
                    bases, quality = bases.translate(str.maketrans("ACGT", "TGCA"))[::-1], quality[::-1]
                record.query_sequence = bases
                record.query_qualities = pysam.qualitystring_to_array((quality + 33).tobytes().decode())
                if at is not None:
                    record.reference_id, record.reference_start = at
                    record.cigartuples = [(0, len(bases))]
                record.set_tag("RG", "1")
                out.write(record)
    pysam.sort("-o", str(path), str(raw))
    pysam.index(str(path))
    return str(path)


def rows_of(path):
    with open(path, newline="") as handle:
        return {row["locus"]: row for row in csv.DictReader(handle, delimiter="\t")}


def test_fastqs_are_typed(study, tmp_path, capsys):
    folder, _, truth, _ = study
    words = [
        "feature",
        "hla",
        "--fastq",
        folder / "R1.fastq",
        folder / "R2.fastq",
        "--hla-reference",
        folder / "family",
    ]
    words += ["--table", tmp_path / "hla.tsv", "--sample-id", "S1", "--fished", tmp_path / "fished"]
    assert run([*map(str, words), "--plot", str(tmp_path / "hla.svg")]) == 0
    record = Record.from_dict(json.loads(capsys.readouterr().out))
    assert record.status == "ok"
    assert "synthetic_hla" in record.flags
    rows = rows_of(tmp_path / "hla.tsv")
    assert list(rows) == ["A", "B", "C", "DRB1", "DQA1", "DQB1", "DPA1", "DPB1"]
    for gene in LENGTHS:
        row = rows[gene.removeprefix("SIM")]
        alike = {f"{gene}*01:02": f"{gene}*01:01"}  # the scored exons cannot tell these
        called = sorted((row["allele_1"], row["allele_2"]))
        assert called == sorted(alike.get(name, name) for name in truth[gene])
        first = row["allele_1"] == f"{gene}*01:01"
        if f"{gene}*01:01" in called:
            assert row["ambiguity_1" if first else "ambiguity_2"] == f"{gene}*01:02"
        assert (row["confidence"], row["status"], row["sample_id"]) == ("high", "ok", "S1")
        assert int(row["n_read"]) == sum(int(row[f"n_read_{part}"]) for part in ("1", "2", "shared"))
    assert rows["DPB1"]["status"] == "not_evaluable" and rows["DPB1"]["reason"]
    assert "SIMA*" in (tmp_path / "hla.svg").read_text()

    again = ["feature", "hla", "--fastq", f"{tmp_path}/fished_1.fastq.gz", f"{tmp_path}/fished_2.fastq.gz"]
    again += [
        "--hla-reference",
        str(folder / "family"),
        "--sample-id",
        "S1",
        "--table",
        str(tmp_path / "again.tsv"),
    ]
    assert run([*again, "-o", str(tmp_path / "again.json")]) == 0
    assert (tmp_path / "again.tsv").read_bytes() == (tmp_path / "hla.tsv").read_bytes()


def test_bam_gives_the_pairs_of_regions_and_unmapped_ones(study, tmp_path):
    folder, reads, _, index = study
    places = [(0, 1000), None, (0, 4000), (1, 1000)]  # in the region; unmapped; beside it; on another contig

    def place(number, mate):
        return places[number % 4]

    path = write_bam(tmp_path / "s.bam", reads, place)
    whole = fish_fastq(str(folder / "R1.fastq"), str(folder / "R2.fastq"), index)
    expected = {name for name in whole.names if int(name[1:]) % 4 in (0, 1)}
    found = fish_alignment(path, index, [("c1", 900, 1500), ("c1", 1050, 2000), ("elsewhere", 0, 10)])
    assert set(found.names) == expected and len(found.names) == len(expected)
    everything = fish_alignment(path, index, None)
    assert set(everything.names) == set(whole.names)
    order = [whole.names.index(name) for name in everything.names]
    assert (whole.reads.bases[order] == everything.reads.bases).all()
    assert (whole.reads.quality[order] == everything.reads.quality).all()


def test_bam_is_typed_under_the_name_of_its_read_groups(study, tmp_path, capsys):
    folder, reads, truth, _ = study
    path = write_bam(tmp_path / "s.bam", reads, lambda number, mate: None if number % 2 else (0, 100))
    assert run(["feature", "hla", "--bam", path, "--hla-reference", str(folder / "family")]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["sample_id"] == "S1"
    assert sorted((record["values"]["hla_a_1"], record["values"]["hla_a_2"])) == truth["SIMA"]


def test_mates_in_another_order_and_mates_missing(study, tmp_path):
    folder, _, _, index = study
    lines = (folder / "R2.fastq").read_bytes().split(b"\n")[:-1]
    reads = [lines[at : at + 4] for at in range(0, len(lines), 4)]
    (tmp_path / "R2.fastq").write_bytes(b"\n".join(b"\n".join(read) for read in reads[:5:-1]) + b"\n")
    whole = fish_fastq(str(folder / "R1.fastq"), str(folder / "R2.fastq"), index)
    other = fish_fastq(str(folder / "R1.fastq"), str(tmp_path / "R2.fastq"), index)
    missing = {f"r{number}" for number in range(6)}
    assert set(whole.names) - missing == set(other.names) - missing


def test_no_hla_read_is_not_evaluable(study, tmp_path, capsys):
    folder, *_ = study
    rng = np.random.default_rng(1)
    for mate in (1, 2):
        rows = ("".join(rng.choice(list("ACGT"), 100)) for _ in range(50))
        text = "".join(f"@r{n}\n{row}\n+\n{'I' * 100}\n" for n, row in enumerate(rows))
        (tmp_path / f"R{mate}.fastq").write_text(text)
    words = ["feature", "hla", "--fastq", f"{tmp_path}/R1.fastq", f"{tmp_path}/R2.fastq"]
    assert run([*words, "--hla-reference", str(folder / "family"), "--table", str(tmp_path / "hla.tsv")]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["status"] == "not_evaluable"
    assert "A: no read pair fits the scored exons" in record["reason"]
    assert {row["status"] for row in rows_of(tmp_path / "hla.tsv").values()} == {"not_evaluable"}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (b"@r0\nACGT\n+\nII\n", "not FASTQ"),
        (b"@r0\nACGT\n+\n", "truncated or damaged"),
        (b"@other\nACGT\n+\nIIII\n", "holds no mate"),
        (b"", "is empty"),
    ],
)
def test_unfit_fastqs_are_refused(study, tmp_path, capsys, text, rule):
    folder, *_ = study
    (tmp_path / "R2.fastq").write_bytes(text)
    words = ["feature", "hla", "--fastq", str(folder / "R1.fastq"), str(tmp_path / "R2.fastq")]
    assert run([*words, "--hla-reference", str(folder / "family")]) == 2
    assert rule in capsys.readouterr().err


def test_types_of_a_pair_are_chosen(tmp_path, capsys):
    heading = "sample_id\tlocus\tallele_1\tallele_2\n"
    (tmp_path / "n.tsv").write_text(f"{heading}N\tA\tA*02:01\tA*03:01\nN\tB\tB*07:02\tB*44:02\n")
    (tmp_path / "t.tsv").write_text(f"{heading}T\tA\tA*02:01\tA*02:01\nT\tC\tC*07:02\tC*05:01\n")
    words = ["feature", "hla", "--typed", f"{tmp_path}/n.tsv", "--tumor-typed", f"{tmp_path}/t.tsv"]
    words += ["--types", "B*07:02;B*08:01", "--pair-id", "P1", "--table", str(tmp_path / "hla.tsv")]
    assert run(words) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["pair_id"] == "P1"
    assert record["values"]["hla_a_2"] == "A*03:01"
    assert record["values"]["hla_b_2"] == "B*08:01"
    assert "hla_conflict" in record["flags"]
    assert {locus: row["source"] for locus, row in rows_of(tmp_path / "hla.tsv").items()} == {
        "A": "typed", "B": "sheet", "C": "tumor",
    }  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--bam", "x.bam"],
        ["--bam", "x.bam", "--fastq", "a", "b", "--reference", "r"],
        ["--bam", "x.bam", "--typed", "y", "--reference", "r"],
        ["--bam", "x.bam", "--reference", "r", "--hla-reference", "d"],
        ["--types", "A*01:01", "--types-file", "y"],
        ["--types", "A*01:01", "--fished", "p"],
    ],
)
def test_options_that_do_not_go_together(words):
    assert run(["feature", "hla", *words]) == 2
