"""The HLA part of a bundle: its files, and where HLA reads lie in the genome."""

from __future__ import annotations

from pathlib import Path

import pytest
from hla_alleles import hla_folder

from wes_biomarkers.cli.main import main
from wes_biomarkers.contracts.reference import Contig
from wes_biomarkers.features.gene_model import Transcript
from wes_biomarkers.io.bundle import read_bundle
from wes_biomarkers.io.hla_reference import read_hla_reference
from wes_biomarkers.reference.check import check_bundle, summarise
from wes_biomarkers.reference.hla import PADDING, build_hla, hla_regions


def run(*words: object) -> int:
    with pytest.raises(SystemExit) as caught:
        main(list(map(str, words)))
    return caught.value.code


def gene(name: str, contig: str, start: int, end: int) -> Transcript:
    return Transcript(
        f"t{name}", f"g{name}", name, "protein_coding", "protein_coding", contig, "+", ((start, end),)
    )


def test_regions_come_from_the_annotation_padded_merged_and_clipped() -> None:
    contigs = [Contig("toy1", 90_000), Contig("toy2", 31_000)]
    genes = [
        gene("SIMB", "toy2", 30_000, 30_500),
        gene("SIMA", "toy1", 500, 4000),
        gene("HLA-H", "toy1", 4500, 6000),
        gene("SIMA", "toy1", 600, 4100),
        gene("SIMPLE", "toy1", 50_000, 51_000),
    ]
    assert hla_regions("toy", contigs, genes) == [
        ("toy1", 0, 6000 + PADDING, "SIMA,H"),
        ("toy2", 29_000, 31_000, "SIMB"),
    ]


@pytest.mark.parametrize(("build", "name", "length", "b"), [
    ("GRCh38", "chr6", 170805979, (31353872, 31357188)),
    ("GRCh37", "6", 171115067, (31321649, 31324965)),
])  # fmt: skip
def test_regions_of_a_known_build_with_haplotypes_and_hla_contigs(
    build: str, name: str, length: int, b: tuple[int, int]
) -> None:
    contigs = [Contig(name, length), Contig("chr6_GL000251v2_alt", 4795265), Contig("chr7_KI270803v1_alt", 9),
               Contig("HLA-A*01:01:01:01", 3503), Contig("HLA-B*07:02:01", 3323)]  # fmt: skip
    regions = hla_regions(build, contigs, [])
    assert (name, b[0] - PADDING, b[1] + PADDING, "B") in regions
    whole = [region[:3] for region in regions if region[3] == "haplotype"]
    assert whole == [(c.name, 0, c.length) for c in (contigs[1], contigs[3], contigs[4])]
    assert hla_regions(build, [Contig(name, length - 1)], []) == []


def test_a_bundle_holds_the_hla_files_and_their_licence(tmp_path: Path, toy_genome, capsys) -> None:
    fasta = toy_genome.write_fasta(tmp_path / "toy.fa")
    (tmp_path / "kit.bed").write_text("toy2\t0\t100\n")
    folder = hla_folder(tmp_path / "hla", prefix="")
    (folder / "LICENCE.md").write_text("licence\n")
    (folder / "notes.txt").write_text("notes\n")
    words = [
        "reference",
        "build",
        "--fasta",
        str(fasta),
        "--targets",
        str(tmp_path / "kit.bed"),
        "--hla",
        str(folder),
    ]
    assert run(*words, "--out", str(tmp_path / "out")) == 0
    bundle = read_bundle(tmp_path / "out")
    keys = sorted(key for key in bundle.files if key.startswith("hla_"))
    assert keys == ["hla_LICENCE.md", "hla_about", "hla_alleles", "hla_exons"]
    assert read_hla_reference(tmp_path / "out").alleles == read_hla_reference(folder).alleles
    assert any("own licence" in note for note in bundle.notes)
    assert any("3 alleles" in note for note in bundle.notes)
    assert any("no gene of the genome is known as HLA" in note for note in bundle.notes)
    assert "HLA sequences" in summarise(check_bundle(tmp_path / "out"))
    assert run(*words, "--out", str(tmp_path / "out")) == 0
    assert "already there" in capsys.readouterr().out
    with bundle.path("hla_exons").open("a") as handle:  # type: ignore[union-attr]
        handle.write("x\n")
    assert run("reference", "check", str(tmp_path / "out")) == 3


def test_a_broken_hla_folder_is_refused_before_the_index_is_made(tmp_path: Path, toy_genome, capsys) -> None:
    fasta = toy_genome.write_fasta(tmp_path / "toy.fa")
    (tmp_path / "kit.bed").write_text("toy2\t0\t100\n")
    folder = hla_folder(tmp_path / "hla")
    (folder / "B_nuc.fasta").write_text("no FASTA\n")
    words = [
        "reference",
        "build",
        "--fasta",
        str(fasta),
        "--targets",
        str(tmp_path / "kit.bed"),
        "--hla",
        str(folder),
    ]
    assert run(*words, "--out", str(tmp_path / "out")) == 2
    assert "is not FASTA" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_regions_of_an_invented_genome_come_with_its_annotation(tmp_path: Path) -> None:
    files, notes = build_hla(hla_folder(tmp_path / "in"), tmp_path, "toy", [Contig("toy1", 9000)], [
        gene("SIMA", "toy1", 3000, 5000)
    ])  # fmt: skip
    assert files["hla_regions"].read_text() == "toy1\t2000\t6000\tSIMA\n"
    assert not any("licence" in note for note in notes)
