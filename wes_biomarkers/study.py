"""The study index: what the cohort tables need to know of a run, with the pairs that failed and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wes_biomarkers.contracts.resolved import Pair, Study
from wes_biomarkers.io.bed import Interval
from wes_biomarkers.io.bundle import Bundle
from wes_biomarkers.io.domains import read_proteins
from wes_biomarkers.io.regions import read_chosen_transcripts

STUDY_SCHEMA = "wes_biomarkers.study/1"
_STAGES = ("aligned", "measured", "callable", "called", "copies", "annotated", "features")


def failure_of(pair: Pair, completed: Mapping[str, frozenset[str]], has_contamination: bool) -> str:
    """Why a pair has no results: the first stage that did not end; empty when all did.

    Args:
        pair: the pair.
        completed: stage -> ids of the samples or pairs that passed it.
        has_contamination: the bundle lets contamination be estimated (it is part of calling).
    """
    done = {stage: completed.get(stage, frozenset()) for stage in _STAGES}
    if pair.pair_id in done["features"]:
        return ""
    if pair.entry != "vcf":
        samples = [pair.tumor_sample_id, pair.normal_sample_id]
        for stage, what in (("aligned", "alignment"), ("measured", "coverage")):
            missing = [sample for sample in samples if sample not in done[stage]]
            if missing:
                return f"{what} of {' and '.join(missing)} failed"
        if pair.pair_id not in done["called"]:
            return f"somatic calling{' or contamination' if has_contamination else ''} failed"
        for stage, what in (("callable", "callable regions"), ("copies", "copy number")):
            if pair.pair_id not in done[stage]:
                return f"{what} failed"
    return "annotation failed" if pair.pair_id not in done["annotated"] else "biomarkers failed"


def assemble_study(
    study: Study, bundle: Bundle, completed: Mapping[str, frozenset[str]], tools: Mapping[str, str]
) -> dict[str, Any]:
    """The content of `study.json`: samples and pairs without any path, and each pair's status.

    Args:
        study: the resolved samplesheet.
        bundle: the reference bundle of the run.
        completed: stage -> ids that passed it.
        tools: version by tool.
    """
    pairs = []
    for pair in study.pairs:
        reason = failure_of(pair, completed, bundle.path("germline_common") is not None)
        pairs.append(
            {
                "pair_id": pair.pair_id,
                "patient_id": pair.patient_id,
                "tumor_sample_id": pair.tumor_sample_id,
                "normal_sample_id": pair.normal_sample_id,
                "specimen": pair.specimen,
                "timepoint": pair.timepoint,
                "targets": pair.targets,
                "entry": pair.entry,
                "status": "failed" if reason else "ok",
                "reason": f"{reason}; see pipeline_info/failures.tsv" if reason else "",
            }
        )
    samples = [
        {
            "patient_id": sample.patient_id,
            "sample_id": sample.sample_id,
            "role": sample.role,
            "specimen": sample.specimen,
            "timepoint": sample.timepoint,
            "collection_date": sample.collection_date,
            "targets": sample.targets,
            "sex": sample.sex,
            "hla": list(sample.hla),
        }
        for sample in study.samples
    ]
    chosen, domains = bundle.path("transcripts"), bundle.path("domains")
    reference = {"build": bundle.build, "synthetic": bundle.synthetic, "checksums": dict(bundle.checksums)}
    return {
        "schema": STUDY_SCHEMA,
        "reference": reference,
        "tools": dict(sorted(tools.items())),
        "samples": samples,
        "pairs": pairs,
        "transcripts": sorted(read_chosen_transcripts(chosen)) if chosen else [],
        "proteins": read_proteins(chosen, domains) if chosen else {},
    }


def split_targets(intervals: Iterable[Interval], n_shard: int) -> list[list[Interval]]:
    """Sorted, merged intervals in `n_shard` runs of about equal bases; none is cut, none is empty.

    >>> kit = [Interval("a", 0, 9), Interval("a", 20, 24), Interval("b", 0, 5)]
    >>> [len(shard) for shard in split_targets(kit, 2)]
    [1, 2]
    """
    everything = list(intervals)
    total = sum(interval.end - interval.start for interval in everything)
    shards: list[list[Interval]] = [[] for _ in range(n_shard)]
    before = 0
    for interval in everything:
        middle = before + (interval.end - interval.start) / 2
        shards[min(int(middle * n_shard / total), n_shard - 1)].append(interval)
        before += interval.end - interval.start
    return [shard for shard in shards if shard]
