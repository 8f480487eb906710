import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wes_biomarkers.contracts.resolved import Lane, Pair, Sample, Study
from wes_biomarkers.io.bed import Interval
from wes_biomarkers.io.bundle import read_bundle
from wes_biomarkers.study import STUDY_SCHEMA, assemble_study, failure_of, split_targets

PAIR = Pair("T1_vs_N1", "P1", "T1", "N1", "tissue", "baseline", "kit1", "fastq", "unknown")
STAGES = {
    "aligned": {"T1", "N1"},
    "measured": {"T1", "N1"},
    "callable": {"T1_vs_N1"},
    "called": {"T1_vs_N1"},
    "copies": {"T1_vs_N1"},
    "annotated": {"T1_vs_N1"},
    "features": {"T1_vs_N1"},
}


def completed(*without, **changes):
    return {
        stage: frozenset(changes.get(stage, done)) for stage, done in STAGES.items() if stage not in without
    }


@pytest.mark.parametrize(
    ("stages", "reason"),
    [
        (completed(), ""),
        (completed("aligned", "features"), "alignment of T1 and N1 failed"),
        (completed("features", aligned={"T1"}), "alignment of N1 failed"),
        (completed("features", measured={"N1"}), "coverage of T1 failed"),
        (completed("features", "called"), "somatic calling failed"),
        (completed("features", "callable"), "callable regions failed"),
        (completed("features", "called", "callable"), "somatic calling failed"),
        (completed("features", "copies"), "copy number failed"),
        (completed("features", "annotated"), "annotation failed"),
        (completed("features"), "biomarkers failed"),
        (completed("features", called={"T2_vs_N1"}), "somatic calling failed"),
        ({}, "alignment of T1 and N1 failed"),
    ],
)
def test_the_first_stage_that_did_not_end(stages, reason):
    assert failure_of(PAIR, stages, has_contamination=False) == reason


def test_contamination_is_part_of_calling():
    stages = completed("features", "called")
    assert failure_of(PAIR, stages, has_contamination=True) == "somatic calling or contamination failed"


@pytest.mark.parametrize(
    ("stages", "reason"),
    [
        ({"annotated": frozenset({"T1_vs_N1"}), "features": frozenset({"T1_vs_N1"})}, ""),
        ({"annotated": frozenset({"T1_vs_N1"})}, "biomarkers failed"),
        ({}, "annotation failed"),
    ],
)
def test_a_pair_from_calls_has_neither_alignment_nor_calling(stages, reason):
    assert failure_of(dataclasses.replace(PAIR, entry="vcf"), stages, has_contamination=True) == reason


def sample(sample_id, role):
    lane = Lane("L1", "/data/here/a_1.fastq.gz", "/data/here/a_2.fastq.gz", None, "@RG")
    return Sample(
        "P1", sample_id, role, "tissue", "baseline", None, "kit1", "female", ("A*02:01",), "fastq", (lane,)
    )


def test_index_of_a_study(bundle_of):
    bundle = read_bundle(bundle_of())
    study = Study((sample("N1", "normal"), sample("T1", "tumor")), (PAIR,))
    tools = {"samtools": "1.16", "bcftools": "1.16"}
    index = assemble_study(study, bundle, completed("features", "annotated"), tools)
    assert index["schema"] == STUDY_SCHEMA
    assert list(index["tools"]) == ["bcftools", "samtools"]
    assert index["reference"]["build"] == "toy1" and index["reference"]["synthetic"] is True
    assert [s["sample_id"] for s in index["samples"]] == ["N1", "T1"]
    assert index["samples"][0]["hla"] == ["A*02:01"]
    (pair,) = index["pairs"]
    assert (pair["status"], pair["reason"]) == ("failed", "annotation failed; see pipeline_info/failures.tsv")
    assert pair["entry"] == "fastq" and pair["targets"] == "kit1"
    text = json.dumps(index)
    assert "/data" not in text and str(bundle.root) not in text, "no path of this machine"
    (good,) = assemble_study(study, bundle, completed(), tools)["pairs"]
    assert (good["status"], good["reason"]) == ("ok", "")


lengths = st.lists(st.tuples(st.integers(1, 50), st.integers(1, 400)), min_size=1, max_size=60)


@given(lengths, st.integers(1, 12), st.integers(1, 3))
def test_shards_are_the_target_in_order_whole_and_even(steps, n_shard, n_contig):
    intervals, at = [], 0
    for number, (gap, length) in enumerate(steps):
        contig = f"toy{number * n_contig // len(steps)}"
        at = at + gap if intervals and intervals[-1].contig == contig else gap
        intervals.append(Interval(contig, at, at + length))
        at += length
    shards = split_targets(iter(intervals), n_shard)
    assert [interval for shard in shards for interval in shard] == intervals
    assert all(shards) and len(shards) <= n_shard
    sizes = [sum(interval.end - interval.start for interval in shard) for shard in shards]
    assert max(sizes) <= sum(sizes) / n_shard + max(length for _, length in steps)


def test_no_target_is_no_shard():
    assert split_targets([], 3) == []
