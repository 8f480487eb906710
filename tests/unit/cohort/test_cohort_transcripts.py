"""The cohort tables of proteins, and the protein that a gene is drawn on."""

import pandas as pd
import pytest

from wes_biomarkers.cohort.proteins import assemble_proteins
from wes_biomarkers.io.importers.results_folder import Tumor, write_results
from wes_biomarkers.io.maf_read import read_maf
from wes_biomarkers.io.results import StudyResult
from wes_biomarkers.serve.pages.protein import protein_of

VARIANT = pd.DataFrame(
    {"transcript_id": ["T1", "T1", "T2", None, "T3"], "gene": ["A", "A", "B", "C", "D"]}, dtype="string"
)
T1 = {"gene": "A", "length": 9, "domains": [[2, 5, "d", "Pfam"], [6, 9, "e", ""]]}


def study(**proteins):
    return StudyResult("", {"proteins": proteins}, (), "")


def test_tables_hold_the_transcripts_of_the_variants_only():
    tables = assemble_proteins(
        [study(T1=T1, T9={"gene": "Z", "length": 5}), StudyResult("", {}, (), "")], VARIANT
    )
    lengths = tables["transcript"]
    assert list(lengths["transcript_id"]) == ["T1", "T2", "T3"]
    assert lengths["protein_length"].isna().tolist() == [False, True, True]
    assert list(tables["protein_domain"]["name"]) == ["d", "e"]
    assert tables["protein_domain"]["source"].isna().tolist() == [False, True]


def test_studies_that_contradict_each_other_leave_it_unknown():
    other = T1 | {"length": 10}
    tables = assemble_proteins([study(T1=T1), study(T1=other), study(T1=other)], VARIANT)
    assert tables["transcript"]["protein_length"].isna().all()
    assert "protein_domain" not in tables


class Cohort:
    """What `protein_of` reads of a store."""

    def __init__(self, **tables):
        self.tables = tables

    def has(self, name):
        return name in self.tables

    def table(self, name):
        return self.tables[name]


def test_the_transcript_of_most_mutations_is_drawn():
    tables = assemble_proteins([study(T1=T1)], VARIANT)
    told = pd.Series(["T1", "T2", "T1", None], dtype="string")
    found = protein_of(Cohort(**tables), told, [{"position": 9}])
    assert (found["transcript_id"], found["length"]) == ("T1", 9)
    assert found["domains"][0] == {"name": "d", "start": 2, "end": 5, "source": "Pfam"}
    assert found["domains"][1]["source"] is None
    assert "1 of 3 mutations" in found["sentences"][0]


@pytest.mark.parametrize("tables", [{}, {"transcript": assemble_proteins([], VARIANT)["transcript"]}])
def test_an_older_cohort_or_an_unknown_length_draws_none(tables):
    found = protein_of(Cohort(**tables), pd.Series(["T1"]), [{"position": 9}])
    assert (found["length"], found["domains"], found["sentences"]) == (None, [], [])


def test_a_mutation_beyond_the_end_tells_that_the_length_is_wrong():
    tables = assemble_proteins([study(T1=T1)], VARIANT)
    found = protein_of(Cohort(**tables), pd.Series(["T1"]), [{"position": 12}])
    assert (found["length"], found["domains"]) == (None, [])
    assert "beyond the 9 residues" in found["sentences"][0]


def test_a_gene_without_mutations_has_no_protein():
    found = protein_of(Cohort(), pd.Series([], dtype="string"), [])
    assert found["transcript_id"] is None


def test_a_maf_says_the_length_after_the_slash(tmp_path):
    names = ["Hugo_Symbol", "Chromosome", "Start_Position", "Variant_Classification", "Reference_Allele",
             "Tumor_Seq_Allele2", "Tumor_Sample_Barcode", "Transcript_ID", "Protein_position"]  # fmt: skip
    rows = [
        ["TP53", "17", "100", "Missense_Mutation", "A", "T", "S1", "ENST01", "175/393"],
        ["TP53", "17", "103", "Splice_Site", "A", "T", "S1", "ENST01", ""],
        ["KRAS", "12", "100", "Missense_Mutation", "A", "T", "S1", "ENST02", "12/188"],
        ["KRAS", "12", "103", "Missense_Mutation", "A", "T", "S1", "ENST02", "13/189"],
        ["EGFR", "7", "103", "Missense_Mutation", "A", "T", "S1", "ENST03", "858"],
    ]
    maf = tmp_path / "a.maf"
    maf.write_text("\n".join("\t".join(row) for row in [names, *rows]) + "\n")
    [sample] = read_maf(maf)
    write_results(tmp_path / "results", [Tumor("P1", "S1", sample.columns, maf)], "GRCh38")
    import json

    said = json.loads((tmp_path / "results/study.json").read_text())["proteins"]
    assert said == {"ENST01": {"gene": "TP53", "length": 393}}, (
        "what contradicts itself or is absent stays unknown"
    )
