"""Peptides of HCC1395 from VEP's sequences against pVACseq's own tables of the same VCF.

What differs, all of it: (1) pVACseq keeps a peptide at the mutation's place though the same residues stand
elsewhere in the wild-type protein (tandem repeats of VCX, VCX3B and DMBT1); we drop it. (2) For a shifted frame its
tables count the residues from the shift on as changed; ours count all, as there is no wild type. (3) Variants whose
every piece is wild type (a stop gained by an insertion) have neither FASTA entry nor peptide.
"""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from wes_biomarkers.io.peptide_inputs import peptides_from_vep
from wes_biomarkers.neoantigens.peptides import PeptideRules
from wes_biomarkers.neoantigens.transcript_peptides import NOTHING_NEW

pytestmark = pytest.mark.real
LENGTHS = (8, 9, 10, 11, 15)
REPEATS = {"VCX", "VCX3B", "DMBT1"}


@pytest.fixture(scope="module")
def folder(real_data):
    return real_data / "neoantigen_pvactools_hcc1395"


@pytest.fixture(scope="module")
def found(folder):
    return peptides_from_vep(folder / "annotated.expression.vcf.gz", PeptideRules(pass_only=False))


@pytest.fixture(scope="module")
def by_transcript(found):
    table = {}
    for peptide in found.peptides:
        for transcript in peptide.transcripts:
            table.setdefault((transcript, peptide.sequence), []).append(peptide)
    return table


def rows_of(path):
    with open(path) as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def pieces(sequence):
    return {sequence[at : at + k] for k in LENGTHS for at in range(len(sequence) - k + 1)}


@pytest.mark.parametrize(("table", "n_row"), [("MHC_I", 12), ("MHC_II", 61), ("Combined", 65)])
def test_filtered_epitopes_agree_with_their_wild_types(folder, by_transcript, table, n_row):
    """All rows: mutated epitope, wild-type epitope and changed places."""
    rows = rows_of(folder / f"HCC1395_TUMOR_DNA.{table}.filtered.tsv")
    agree = 0
    for row in rows:
        (peptide,) = by_transcript[row["Transcript"], row["MT Epitope Seq"]]
        places = ", ".join(str(place + 1) for place in peptide.changed)
        agree += (peptide.wildtype, places) == (row["WT Epitope Seq"], row["Mutation Position"])
    assert (agree, len(rows)) == (n_row, n_row)


@pytest.mark.parametrize(
    ("table", "n_row", "n_found"), [("MHC_I", 358, 355), ("MHC_II", 359, 356), ("Combined", 359, 356)]
)
def test_best_epitopes_are_ours_but_for_repeats(folder, by_transcript, table, n_row, n_found):
    """99.2 % of rows; the rest are pieces of the wild-type protein."""
    rows = rows_of(folder / f"HCC1395_TUMOR_DNA.{table}.all_epitopes.aggregated.tsv")
    wild = {
        row["transcript_name"]: row["wildtype_amino_acid_sequence"]
        for row in rows_of(folder / "HCC1395_TUMOR_DNA.tsv")
    }
    missing, places = [], Counter()
    for row in rows:
        peptides = by_transcript.get((row["Best Transcript"], row["Best Peptide"]))
        if peptides is None:
            missing.append(row["Gene"])
            assert row["Best Peptide"] in wild[row["Best Transcript"]]
        else:
            same = any(row["Pos"] == ", ".join(str(at + 1) for at in peptide.changed) for peptide in peptides)
            places[same, peptides[0].consequence == "frameshift_variant"] += 1
    assert (len(rows), len(rows) - len(missing)) == (n_row, n_found)
    assert set(missing) == REPEATS
    assert set(places) == {(True, False), (False, True)}


def test_every_piece_of_the_fasta_that_is_not_wild_type_is_ours(folder, found):
    """Transcript by transcript, 8- to 11-mers and 15-mers, the very same sets."""
    fasta = {}
    for record in (folder / "HCC1395_TUMOR_DNA.fasta").read_text().split(">")[1:]:
        header, sequence = record.split("\n", 1)
        kind, index = header.split(".", 1)
        fasta[kind, index] = sequence.replace("\n", "")
    ours = {}
    for peptide in found.peptides:
        chrom, start, ref, alt = peptide.variant
        for transcript in peptide.transcripts:
            ours.setdefault((transcript, chrom, ref, alt), {}).setdefault(start, set()).add(peptide.sequence)
    silent = {skip.transcript for skip in found.skipped if skip.reason == NOTHING_NEW}
    n_equal = n_piece = 0
    rows = rows_of(folder / "HCC1395_TUMOR_DNA.tsv")
    for row in rows:
        mutated = fasta.get(("MT", row["index"]), "")
        theirs = pieces(mutated) - pieces(row["wildtype_amino_acid_sequence"])
        key = (row["transcript_name"], row["chromosome_name"], row["reference"], row["variant"])
        if not theirs:
            assert row["transcript_name"] in silent
            continue
        assert theirs in ours[key].values()
        n_equal, n_piece = n_equal + 1, n_piece + len(theirs)
    assert (len(rows), n_equal, n_piece) == (955, 940, 52046)
