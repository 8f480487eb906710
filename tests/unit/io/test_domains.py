"""Protein lengths and domains, counted by hand."""

from __future__ import annotations

import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.features.gene_model import Transcript
from wes_biomarkers.io.domains import copy_domains, read_proteins
from wes_biomarkers.io.gene_tables import write_transcripts

HEADING = "transcript_id\tgene\tstart\tend\tname\tsource\n"


def transcript(name: str, gene: str, cds: tuple[tuple[int, int], ...], **more: object) -> Transcript:
    """A coding transcript whose exons are its coding segments."""
    facts = {
        "strand": "-",
        "biotype": "protein_coding",
        "gene_biotype": "protein_coding",
        "contig": "c1",
    } | more
    return Transcript(transcript_id=name, gene_id=f"{gene}.id", gene_name=gene, exons=cds, cds=cds, **facts)  # type: ignore[arg-type]


#: 10 + 20 bases: 9 residues and the stop.
WHOLE = transcript("ENST01.3", "AAA", ((100, 110), (200, 220)))
INCOMPLETE = transcript("ENST02.1", "BBB", ((300, 330),), tags=frozenset({"cds_end_NF"}))
CHOSEN = (WHOLE, INCOMPLETE)


def written(tmp_path, *rows: str):
    """The domains of a table with these rows: its notes, and the lines of domains.tsv."""
    source = tmp_path / "given.tsv"
    source.write_text(HEADING + "".join("\t".join(row.split(" ")) + "\n" for row in rows))
    notes = copy_domains(source, tmp_path / "domains.tsv", CHOSEN)
    return notes, (tmp_path / "domains.tsv").read_text().splitlines()[1:]


def test_a_protein_is_as_long_as_its_codons_without_the_stop():
    assert WHOLE.protein_length == 9
    assert INCOMPLETE.protein_length is None
    assert transcript("x", "x", ((0, 31),)).protein_length is None, "no whole codons"
    assert transcript("x", "x", ((0, 30),), phase=1).protein_length is None
    assert transcript("x", "x", ((0, 30),), biotype="nonsense_mediated_decay").protein_length is None


def test_rows_are_matched_by_id_by_id_without_version_and_by_symbol(tmp_path):
    notes, lines = written(
        tmp_path,
        "ENST01.3 - 1 4 first Pfam",
        "ENST01 - 2 9 second ",
        " BBB 5 4000 third ",
        "ENST99.1 AAA 1 2 other ",
        "ENST01.3 - 1 4 first Pfam",
    )
    assert lines == [
        "ENST01.3\tAAA\t1\t4\tfirst\tPfam",
        "ENST01.3\tAAA\t2\t9\tsecond\t",
        "ENST02.1\tBBB\t5\t4000\tthird\t",
    ]
    assert notes == ["domains: 1 rows of transcripts not chosen are left out"]


def test_every_fault_is_told_with_its_row(tmp_path):
    with pytest.raises(InputError) as error:
        written(
            tmp_path,
            "ENST01 - 0 4 a ",
            "ENST01 - 5 4 a ",
            "ENST01 - x 4 a ",
            "ENST01 - 1 10 a ",
            "ENST01 - 1 9  ",
        )
    assert [fault.row for fault in error.value.faults] == [2, 3, 4, 5, 6]
    assert "9 residues" in str(error.value)
    with pytest.raises(InputError, match="no domain of a chosen transcript"):
        written(tmp_path, "ENST77 - 1 4 a ")


def test_a_table_without_the_columns_is_refused(tmp_path):
    source = tmp_path / "given.csv"
    source.write_text("protein,start\nP1,4\n")
    with pytest.raises(InputError, match="transcript_id or gene, end, name"):
        copy_domains(source, tmp_path / "domains.tsv", CHOSEN)
    assert not (tmp_path / "domains.tsv").exists()


def test_what_a_bundle_holds_is_read_back(tmp_path):
    write_transcripts(tmp_path / "transcripts.tsv", CHOSEN, {(t.contig, t.gene_id): t for t in CHOSEN})
    written(tmp_path, "ENST01 - 2 9 d Pfam", "ENST02 - 5 40 e ")
    assert read_proteins(tmp_path / "transcripts.tsv", tmp_path / "domains.tsv") == {
        "ENST01.3": {"gene": "AAA", "length": 9, "domains": [[2, 9, "d", "Pfam"]]},
        "ENST02.1": {"gene": "BBB", "domains": [[5, 40, "e", ""]]},
    }
    assert read_proteins(tmp_path / "transcripts.tsv", None) == {"ENST01.3": {"gene": "AAA", "length": 9}}


def test_a_bundle_of_before_lengths_were_kept_has_none(tmp_path):
    old = "gene_id\tgene_name\ttranscript_id\tbiotype\tchosen\tmane\tcds_length\nA\tA\tT\tprotein_coding\t1\t1\t30\n"
    (tmp_path / "transcripts.tsv").write_text(old)
    assert read_proteins(tmp_path / "transcripts.tsv", None) == {}
