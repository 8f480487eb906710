"""Any make of annotation becomes the same transcripts."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from wes_biomarkers.errors import InputError, ReferenceMismatchError
from wes_biomarkers.io.annotation import read_annotation

LENGTHS = {"toy1": 3000, "toy2": 1000}


def test_every_dialect_gives_the_declared_genes(tmp_path, toy_genome, dialect, write_annotation_file):
    annotation = read_annotation(write_annotation_file(tmp_path / "a", dialect), LENGTHS)
    assert annotation.notes == ()
    for found, gene in zip(annotation.transcripts, toy_genome.genes, strict=True):
        assert (found.exons, found.cds, found.strand, found.phase) == (gene.exons, gene.cds, gene.strand, 0)
        assert (found.transcript_id, found.gene_id) == (f"T_{gene.name}", f"G_{gene.name}")
        assert found.biotype == found.gene_biotype == "protein_coding"
        if dialect != "plain_gtf":
            assert found.gene_name == gene.name
            assert found.is_mane


def test_gzip_and_crlf(tmp_path, write_annotation_file):
    plain = write_annotation_file(tmp_path / "a.gff3")
    zipped = tmp_path / "a.gff3.gz"
    zipped.write_bytes(gzip.compress(plain.read_bytes().replace(b"\n", b"\r\n")))
    assert read_annotation(zipped, LENGTHS) == read_annotation(plain, LENGTHS)


def test_stop_codon_split_over_an_intron(tmp_path):
    rows = [("exon", 11, 40, "."), ("exon", 51, 80, "."), ("CDS", 11, 38, "0")]
    rows += [("stop_codon", 39, 40, "0"), ("stop_codon", 51, 51, "1")]
    path = tmp_path / "a.gtf"
    path.write_text(
        "".join(
            f'toy1\tx\t{k}\t{a}\t{b}\t.\t+\t{p}\tgene_id "g"; transcript_id "t";\n' for k, a, b, p in rows
        )
    )
    (transcript,) = read_annotation(path, LENGTHS).transcripts
    assert transcript.cds == ((10, 40), (50, 51))
    assert transcript.exons == ((10, 40), (50, 80))


def test_what_is_left_out_is_noted(tmp_path, write_annotation_file):
    slip = "\n".join(
        f"toy2\t.\tCDS\t{a}\t{b}\t.\t+\t0\tID=c;Parent=rna-slip" for a, b in ((10, 30), (30, 49))
    )
    extra = (
        slip,
        "other\t.\texon\t1\t10\t.\t+\t.\tParent=transcript:O",
        "toy2\t.\texon\t1\t9\t.\t.\t.\tParent=transcript:S",
    )
    annotation = read_annotation(write_annotation_file(tmp_path / "a", extra=extra), LENGTHS)
    assert [t.gene_name for t in annotation.transcripts] == ["FWD", "REV"]
    text = "\n".join(annotation.notes)
    assert "overlap (ribosomal slippage)" in text
    assert "without a strand" in text
    assert "1 features on 1 contigs that the FASTA does not have left out (other)" in text


def test_ids_hold_nothing_that_breaks_a_bcsq_field(tmp_path):
    path = tmp_path / "a.gff3"
    path.write_text(
        "toy1\t.\tgene\t1\t90\t.\t+\t.\tID=gene:a%26b;Name=X|Y%2CZ;biotype=protein_coding\n"
        "toy1\t.\tmRNA\t1\t90\t.\t+\t.\tID=transcript:t%26u v;Parent=gene:a%26b;biotype=protein_coding\n"
        "toy1\t.\tCDS\t1\t90\t.\t+\t0\tParent=transcript:t%26u v\n"
    )
    (transcript,) = read_annotation(path, LENGTHS).transcripts
    assert (transcript.gene_id, transcript.gene_name, transcript.transcript_id) == ("a_b", "X_Y_Z", "t_u_v")
    assert transcript.exons == ((0, 90),)


def test_mitochondrial_genes_are_left_out(tmp_path, write_annotation_file):
    extra = ("chrM\t.\tCDS\t1\t90\t.\t+\t0\tParent=transcript:MT-CO1",)
    annotation = read_annotation(
        write_annotation_file(tmp_path / "a", extra=extra), LENGTHS | {"chrM": 16569}
    )
    assert len(annotation.transcripts) == 2
    assert "mitochondrial" in annotation.notes[0]


def test_features_beyond_the_contig_are_refused_by_name(tmp_path, write_annotation_file):
    extra = tuple(f"toy2\t.\tgene\t990\t{1000 + i}\t.\t+\t.\tID=gene:far{i}" for i in range(30))
    with pytest.raises(ReferenceMismatchError) as caught:
        read_annotation(write_annotation_file(tmp_path / "a", extra=extra), LENGTHS)
    text = str(caught.value)
    assert "gene gene:far1 toy2:990-1001" in text
    assert "far0" not in text  # ends with the contig
    assert "and 9 more such faults. 29 in all" in text
    assert len(caught.value.faults) == 21


def test_a_region_longer_than_the_contig_tells_another_build(tmp_path, write_annotation_file):
    path = write_annotation_file(tmp_path / "a", extra=("##sequence-region toy2 1 1001",))
    with pytest.raises(ReferenceMismatchError, match=r"another length.*1000 bases.*toy2:1-1001"):
        read_annotation(path, LENGTHS)
    path = write_annotation_file(tmp_path / "a", extra=("##sequence-region toy2 1 1000",))
    read_annotation(path, LENGTHS)


def test_other_contig_names_are_refused_with_both_styles(tmp_path, write_annotation_file):
    path = write_annotation_file(tmp_path / "a")
    path.write_text(path.read_text().replace("toy1", "chr1"))
    with pytest.raises(ReferenceMismatchError, match="chr1 style, such as 'chr1', the FASTA's of 1 style"):
        read_annotation(path, {"1": 3000})


@pytest.mark.parametrize("bad", ["toy1\tx\texon\t5", "toy1\tx\texon\tfive\t9\t.\t+\t.\tParent=t", "x" * 9])
def test_malformed_lines_are_all_listed(tmp_path: Path, write_annotation_file, bad):
    with pytest.raises(InputError) as caught:
        read_annotation(write_annotation_file(tmp_path / "a", extra=(bad, bad)), LENGTHS)
    assert [fault.row for fault in caught.value.faults] == [22, 23]


def test_a_file_without_transcripts_is_refused(tmp_path):
    path = tmp_path / "a.gff3"
    path.write_text("##gff-version 3\ntoy1\t.\tgene\t1\t9\t.\t+\t.\tID=gene:x\n")
    with pytest.raises(InputError, match="holds no transcript"):
        read_annotation(path, LENGTHS)


def test_one_gene_id_in_two_places_becomes_two_genes(tmp_path):
    """As pseudoautosomal genes are in some GTFs: csq keeps one place an id."""
    path = tmp_path / "par.gtf"
    row = '{}\tx\t{}\t11\t40\t.\t{}\t0\tgene_id "g"; transcript_id "t";\n'
    places = (("toy1", "+"), ("toy2", "+"), ("toy2", "-"))
    path.write_text("".join(row.format(c, kind, s) for c, s in places for kind in ("exon", "CDS")))
    found = read_annotation(path, LENGTHS).transcripts
    assert sorted((t.contig, t.strand) for t in found) == sorted(places)
    assert len({t.gene_id for t in found}) == len({t.transcript_id for t in found}) == 3
