"""HLA sequences from IMGT/HLA's files and from a bundle."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hla_alleles import EXONS_OF_A, coding_sequence, hla_folder, write_fasta

from wes_biomarkers.contracts.hla import parse_allele
from wes_biomarkers.errors import InputError
from wes_biomarkers.io.hla_reference import read_hla_reference, write_hla_reference


def rules(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_hla_reference(path)
    return [fault.rule for fault in caught.value.faults]


def test_alleles_sequences_and_exons_of_a_folder(tmp_path: Path) -> None:
    reference = read_hla_reference(hla_folder(tmp_path / "hla"))
    assert [str(allele) for allele in reference.alleles] == ["SIMA*01:01:01", "SIMA*02:11", "SIMA*02:101"]
    whole, _, part = reference.exons
    assert [end - start for start, end in whole.values()] == list(EXONS_OF_A)
    assert part == {2: (0, 270), 3: (270, 546)}
    assert reference.sequences[2] == reference.sequences[1][73 : 73 + 546]
    assert reference.lacking(2, 3) == ()
    assert [str(allele) for allele in reference.lacking(1)] == ["SIMA*02:101"]
    assert "no sequence of B, C, DRB1" in reference.notes[0]


def test_any_release_and_compression_is_read_and_the_release_told(tmp_path: Path) -> None:
    folder = hla_folder(tmp_path / "hla", prefix="")
    plain = folder / "A_nuc.fasta"
    (folder / "A_nuc.3.33.fasta.gz").write_bytes(gzip.compress(plain.read_bytes()))
    write_fasta(folder / "hla_nuc.fasta", {"E*01:01": "ATGC", "DRB3*01:01:02": "ACGT"})
    plain.unlink()
    reference = read_hla_reference(folder)
    assert reference.release == "3.33"
    assert [allele.gene for allele in reference.alleles] == ["A", "A", "A"]
    assert [str(allele) for allele in reference.others] == ["DRB3*01:01:02", "E*01:01"]


def test_the_release_is_read_from_the_allele_list(tmp_path: Path) -> None:
    folder = hla_folder(tmp_path / "hla")
    (folder / "Allelelist.txt").write_text(
        "# file: Allelelist.txt\n# version: IPD-IMGT/HLA 3.58.0\nAlleleID,Allele\n"
    )
    assert read_hla_reference(folder).release == "3.58.0"


def test_one_name_in_two_files_is_one_allele_unless_the_sequences_differ(tmp_path: Path) -> None:
    folder = hla_folder(tmp_path / "hla")
    (folder / "hla_nuc.fasta").write_text((folder / "A_nuc.fasta").read_text())
    assert len(read_hla_reference(folder).alleles) == 3
    write_fasta(folder / "hla_nuc.fasta", {"SIMA*02:11": "ACGT" * 100})
    assert rules(folder) == ["has another sequence in a second file of the folder"]
    (folder / "hla_nuc.fasta").write_text(">SIMB*01:01\nACGT\n>SIMB*01:01\nACGA\n")
    assert rules(folder) == ["an allele has two sequences"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("ACGT\n", "is not FASTA"),
        (">x\nACGT\n", "names no HLA allele"),
        (">HLA:1 A*02 4 bp\nACGT\n", "names no HLA allele"),
        (">HLA:1 A*02:01 4 bp\nMAVMAPR\n", "is not FASTA"),
        (">HLA:1 A*02:01 0 bp\n", "is not FASTA"),
        ("\n", "is not FASTA"),
        ("", "is empty"),
    ],
)
def test_what_is_no_fasta_of_alleles_is_refused(tmp_path: Path, text: str, rule: str) -> None:
    folder = hla_folder(tmp_path / "hla")
    (folder / "B_nuc.fasta").write_text(text)
    assert rule in rules(folder)[0]


def test_a_folder_without_coding_sequences(tmp_path: Path) -> None:
    assert rules(tmp_path) == ["holds no HLA nucleotide FASTA"]
    assert rules(tmp_path / "none") == ["no such folder"]


def test_exons_of_an_own_form_and_a_gene_without_a_complete_allele(tmp_path: Path) -> None:
    folder = tmp_path / "hla"
    folder.mkdir()
    write_fasta(
        folder / "SIM_nuc.fasta",
        {"SIMA*01:01": coding_sequence(1, 300), "SIMB*01:01": coding_sequence(2, 301)},
    )
    (folder / "exon_lengths.tsv").write_text("locus\texon_1\texon_2\texon_3\nA\t50\t150\t100\n")
    reference = read_hla_reference(folder)
    assert reference.exons == ({1: (0, 50), 2: (50, 200), 3: (200, 300)}, {})
    assert any("no allele of SIMB has the length of a complete one" in note for note in reference.notes)
    (folder / "exon_lengths.tsv").write_text("locus\texon_1\nA\tfifty\n")
    assert rules(folder) == ["is no table of exon lengths"]


def test_borrowed_weights(tmp_path: Path) -> None:
    folder = hla_folder(tmp_path / "hla")
    table = folder / "borrowed_weights.tsv"
    table.write_text("allele\tborrowed_allele\nSIMA*01:01\tA*02:01\nSIMA*02:11\tHLA-A0301\n")
    reference = read_hla_reference(folder)
    assert reference.borrowed == {"SIMA*01:01": "A*02:01", "SIMA*02:11": "A*03:01"}
    assert any("1 invented alleles borrow no" in note for note in reference.notes)
    table.write_text("SIMA*01:01\tB*07:02\nA*02:01\tA*03:01\nSIMA*01:01\n")
    assert len(rules(folder)) == 3


def test_a_bundle_gives_back_what_was_written_with_the_same_bytes_each_time(
    tmp_path: Path, bundle_of
) -> None:
    import json

    folder = hla_folder(tmp_path / "hla")
    (folder / "borrowed_weights.tsv").write_text("SIMA*01:01\tA*02:01\n")
    write_fasta(folder / "A_gen.fasta", {"SIMA*01:01:01": "ACGTACGT"})
    write_fasta(folder / "A_prot.fasta", {"SIMA*01:01:01": "MAVX*"})
    write_fasta(folder / "E_nuc.fasta", {"E*01:01": "ATGC"})
    reference = read_hla_reference(folder)
    bundle = bundle_of()
    files = write_hla_reference(reference, bundle)
    before = {key: path.read_bytes() for key, path in files.items()}
    write_hla_reference(read_hla_reference(folder), bundle)
    assert before == {key: path.read_bytes() for key, path in files.items()}
    assert gzip.decompress(before["hla_alleles"]).decode().startswith(">E*01:01\nATGC\n") is False
    data = json.loads((bundle / "reference.json").read_text())
    for key, path in files.items():
        data["files"][key] = {"path": path.relative_to(bundle).as_posix(), "sha256": "0" * 64}
    (bundle / "reference.json").write_text(json.dumps(data))
    again = read_hla_reference(bundle)
    assert again == reference
    assert parse_allele("E*01:01") in again.others


def test_a_bundle_without_hla_says_so(bundle_of) -> None:
    assert rules(bundle_of()) == ["the bundle holds no HLA sequences"]
