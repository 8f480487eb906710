"""Reading FASTA, its dictionary, and the build's name."""

from __future__ import annotations

import gzip
import hashlib
import subprocess

import pytest

from wes_biomarkers.contracts.reference import Contig
from wes_biomarkers.errors import InputError, ReferenceMismatchError
from wes_biomarkers.io.fasta import (
    FastaRecord,
    guess_build,
    naming_style,
    read_dictionary,
    write_dictionary,
    write_genome,
)


def test_wrapping_case_and_compression(tmp_path):
    text = ">a one\nACgt" + "A" * 80 + "\n\nNNR\n>b\tx\r\nACG\r\nT\r\n"
    for name, content in (("x.fa", text.encode()), ("x.fa.gz", gzip.compress(text.encode()))):
        (tmp_path / name).write_bytes(content)
        records = write_genome(tmp_path / name, tmp_path / "out.fa")
        assert [record.contig for record in records] == [Contig("a", 87), Contig("b", 4)]
        lines = (tmp_path / "out.fa").read_text().splitlines()
        assert lines == [">a one", "ACgt" + "A" * 56, "A" * 24 + "NNR", ">b\tx", "ACGT"]
        assert records[0].md5 == hashlib.md5(("ACGT" + "A" * 80 + "NNR").encode()).hexdigest()


def test_the_dictionary_is_samtools_without_paths(tmp_path, toy_genome):
    fasta = toy_genome.write_fasta(tmp_path / "genome.fa")
    records = write_genome(fasta, tmp_path / "out.fa")
    write_dictionary(records, tmp_path / "out.dict")
    theirs = subprocess.run(["samtools", "dict", fasta], capture_output=True, text=True, check=True).stdout
    without_path = [
        "\t".join(w for w in line.split("\t") if not w.startswith("UR:")) for line in theirs.splitlines()
    ]
    ours = (tmp_path / "out.dict").read_text().splitlines()
    assert ours[1:] == without_path[1:]
    assert str(tmp_path) not in "\n".join(ours)
    assert read_dictionary(tmp_path / "out.dict") == tuple(record.contig for record in records)


def test_empty_and_duplicate_contigs_are_refused_by_name(tmp_path):
    path = tmp_path / "x.fa"
    path.write_text(">a\nAC\n>hollow\n>twin\nA\n>twin\nC\n>end\n")
    with pytest.raises(ReferenceMismatchError) as caught:
        write_genome(path, tmp_path / "out.fa")
    found = [(fault.row, fault.rule, fault.value) for fault in caught.value.faults]
    assert found == [
        (3, "empty contig", "hollow"),
        (6, "duplicate contig", "twin"),
        (8, "empty contig", "end"),
    ]


@pytest.mark.parametrize("text", ["ACGT\n", ">a\nAC!T\n", ">a\nMKLV\nEEF\n", "\n", "@read\nACGT\n+\nIIII\n"])
def test_what_is_not_fasta(tmp_path, text):
    path = tmp_path / "x.fa"
    path.write_text(text)
    with pytest.raises(InputError):
        write_genome(path, tmp_path / "out.fa")


@pytest.mark.parametrize(
    ("length", "description", "build"),
    [
        (248956422, "", "GRCh38"),
        (249250621, "", "GRCh37"),
        (500, "dna:chromosome chromosome:GRCh37:1:1:249250621:1", "GRCh37"),
        (500, "Homo sapiens chromosome 1, GRCh38.p14 Primary Assembly", "GRCh38"),
        (500, "", "my.genome"),
    ],
)
def test_the_build_is_guessed(length, description, build):
    assert guess_build([FastaRecord(Contig("x", length), "", description)], "dir/my.genome.fasta.gz") == build


def test_naming_styles():
    assert naming_style(["GL1", "chr7"]).startswith("chr1 style")
    assert naming_style(["GL1", "X"]).startswith("1 style")
    assert naming_style(["NC_000001.11"]).startswith("NC_ style")
    assert naming_style(["simA", "simB"]) == "such as 'simA', 'simB'"
