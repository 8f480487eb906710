"""Reads: depth, allele fractions, the same bytes twice, and alleles counted again from the FASTQ text."""

from __future__ import annotations

import csv
import gzip
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wes_biomarkers.errors import InputError, ToolError
from wes_biomarkers.io.clinical import check_toxicity, read_clinical, read_toxicity
from wes_biomarkers.io.samplesheet import read_study
from wes_biomarkers.simulate.parameters import Parameters
from wes_biomarkers.simulate.plan import Trial, make_mixture
from wes_biomarkers.simulate.reads import count_alleles, draw_fragments, interval_weights
from wes_biomarkers.simulate.sequence import reverse_complement
from wes_biomarkers.simulate.streams import stream
from wes_biomarkers.simulate.trial import simulate_reads


def test_depth_and_allele_fractions_are_as_planned(default_trial: Trial) -> None:
    genome, reads = default_trial.genome, default_trial.parameters.reads
    patient = default_trial.patients[2]
    sample = patient.tumor.samples[0]
    mixture = make_mixture(genome, patient, sample)
    weights = interval_weights(genome.targets, reads, 1, sample.sample_id)
    fragments = draw_fragments(stream(1, "x"), mixture, genome.targets, weights, reads, 95)
    variants = [item.variant for item in patient.tumor.variants]
    counts = count_alleles(fragments, mixture, list(genome.contigs), variants, reads.read_length)
    residuals = []
    for item in patient.tumor.variants:
        n_ref, n_alt = counts[item.variant]
        p, n = patient.tumor.expected_vaf(item, sample), n_ref + n_alt
        if item.variant.kind != "indel":
            residuals.append((n_alt - n * p) / max(1e-9, n * p * (1 - p)) ** 0.5)
    assert abs(np.mean(residuals)) < 0.4 and 0.7 < np.std(residuals) < 1.3
    depth = []
    for number, (contig, spans) in enumerate(genome.targets.items()):
        cover = np.zeros(len(genome.contigs[contig]) + 1)
        rows = fragments.contig == number
        start, end = fragments.start[rows], (fragments.start + fragments.length)[rows]
        middle = np.maximum(end - reads.read_length, start + reads.read_length)
        for left, right in ((start, start + reads.read_length), (middle, end)):
            np.add.at(cover, left, 1)
            np.add.at(cover, np.minimum(right, cover.size - 1), -1)
        depth += [np.cumsum(cover)[span.start : span.end] for span in spans]
    assert np.concatenate(depth).mean() == pytest.approx(95, rel=0.05)


@pytest.fixture(scope="module")
def tiny(tiny_parameters: Parameters, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tiny") / "trial"
    simulate_reads(tiny_parameters, out, n_process=1)
    return out


def _files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_same_seed_gives_the_same_bytes(tiny: Path, tiny_parameters: Parameters, tmp_path: Path) -> None:
    simulate_reads(tiny_parameters, tmp_path / "again", n_process=2)
    assert _files(tmp_path / "again") == _files(tiny)
    simulate_reads(replace(tiny_parameters, seed=6), tmp_path / "other", n_process=2)
    assert not any(
        data == _files(tiny)[name]
        for name, data in _files(tmp_path / "other").items()
        if name.endswith("fastq.gz")
    )


def _pairs(tiny: Path, sample: str) -> list[tuple[str, str, str]]:
    pairs = []
    for first in sorted((tiny / "fastq").glob(f"{sample}_L*_R1.fastq.gz")):
        texts = [gzip.decompress(p.read_bytes()).decode().splitlines()
                 for p in (first, first.with_name(first.name.replace("_R1", "_R2")))]  # fmt: skip
        assert len(texts[0]) == len(texts[1])
        for name, other, left, right in zip(
            texts[0][::4], texts[1][::4], texts[0][1::4], texts[1][1::4], strict=True
        ):
            assert re.fullmatch(r"@SIM:1:SIMFC\d:\d:\d+:\d+:\d+ 1:N:0:SIM", name)
            assert name.split()[0] == other.split()[0]
            pairs.append((name.split()[0], left, right))
    return pairs


def test_reads_are_pairs_with_names_of_their_own(tiny: Path, tiny_parameters: Parameters) -> None:
    pairs = _pairs(tiny, "P01_T1")
    assert len({name for name, _, _ in pairs}) == len(pairs)
    assert {len(read) for _, left, right in pairs for read in (left, right)} == {
        tiny_parameters.reads.read_length
    }
    assert {name.split(":")[3] for name, _, _ in pairs} == {"1", "2"}


def test_alleles_counted_in_the_fastq_text_are_those_of_the_truth(tiny: Path) -> None:
    genome = dict(
        block.partition("\n")[::2] for block in (tiny / "reference" / "genome.fa").read_text().split(">")[1:]
    )
    planted = [
        row for row in csv.DictReader((tiny / "truth" / "variants.tsv").open(), delimiter="\t")
        if row["pair_id"].startswith("P01_T1") and row["kind"] in ("snv", "mnv")
    ]  # fmt: skip
    text = " ".join(f"{left} {right}" for _, left, right in _pairs(tiny, "P01_T1"))
    seen = told = 0
    for row in planted:
        bases, pos = genome[row["chrom"]].replace("\n", ""), int(row["pos"])
        word = bases[pos - 8 : pos] + row["alt"] + bases[pos + len(row["ref"]) : pos + 9]
        seen += text.count(word) + text.count(reverse_complement(word))
        told += int(row["n_alt"])
    # A read shows the word only where 8 bases lie to both sides and none is misread: at least two thirds do.
    # Mates that overlap and duplicates (5 %) count twice here.
    assert told > 100
    assert 0.67 * told < seen < 1.3 * told


def test_normal_samples_carry_no_somatic_allele(tiny: Path) -> None:
    for row in csv.DictReader((tiny / "truth" / "variants.tsv").open(), delimiter="\t"):
        assert row["n_alt_normal"] == "0"
        assert int(row["n_ref_normal"]) >= 0


def test_the_sheets_are_read_as_they_are(tiny: Path) -> None:
    study = read_study(tiny / "samplesheet.csv")
    pairs = [(p.pair_id, p.tumor_sample_id, p.normal_sample_id) for p in study.pairs]
    assert pairs == [
        (f"{tumor}_vs_{normal}", tumor, normal)
        for tumor, normal in (("P01_T1", "P01_N"), ("P01_T2", "P01_N"), ("P02_T1", "P02_N"))
    ]
    clinical = read_clinical(tiny / "clinical.csv")
    assert check_toxicity(read_toxicity(tiny / "toxicity.csv"), clinical) == []
    assert clinical["patient_id"].tolist() == ["P01", "P03", "P04"], "unmatched ids on both sides"


def test_a_folder_in_use_is_left_alone(tiny: Path, tiny_parameters: Parameters) -> None:
    before = _files(tiny)
    with pytest.raises(InputError, match="already holds something"):
        simulate_reads(tiny_parameters, tiny)
    assert _files(tiny) == before


def test_a_failing_tool_leaves_nothing(
    tiny_parameters: Parameters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="art_illumina is not installed"):
        simulate_reads(tiny_parameters, tmp_path / "trial", n_process=1)
    assert list(tmp_path.iterdir()) == []


def _table(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / "truth" / f"{name}.tsv").open(), delimiter="\t"))


def test_the_truth_tables_agree_with_each_other(tiny: Path) -> None:
    purity = {row["pair_id"]: float(row["purity"]) for row in _table(tiny, "purity")}
    segments = _table(tiny, "segments")
    n_checked = 0
    for row in _table(tiny, "variants"):
        own = [
            s for s in segments
            if s["pair_id"] == row["pair_id"] and s["chrom"] == row["chrom"]
            and int(s["start"]) <= int(row["pos"]) < int(s["end"])
        ]  # fmt: skip
        assert len(own) == 1 and int(row["multiplicity"]) <= int(row["total_cn"]) - int(row["minor_cn"])
        if own[0]["clone"] != "A":
            continue
        assert (row["total_cn"], row["minor_cn"]) == (own[0]["total_cn"], own[0]["minor_cn"])
        p = purity[row["pair_id"]]
        vaf = p * float(row["ccf"]) * int(row["multiplicity"]) / (p * int(row["total_cn"]) + 2 * (1 - p))
        assert float(row["expected_vaf"]) == pytest.approx(vaf, abs=1e-5)
        n_checked += 1
    assert n_checked > 10
    for pair in purity:
        exposures = [float(row["exposure"]) for row in _table(tiny, "signatures") if row["pair_id"] == pair]
        assert sum(exposures) == pytest.approx(1, abs=1e-4)
    assert {row["event"] for row in _table(tiny, "genes")} == {"amplified", "biallelic", "deleted"}
    assert {row["unstable"] for row in _table(tiny, "microsatellites")} == {"0"}


def test_the_arms_file_covers_the_contigs(tiny: Path) -> None:
    rows = [line.split("\t") for line in (tiny / "reference" / "arms.bed").read_text().splitlines()]
    assert [row[3] for row in rows] == ["simAp", "simAq", "simHLAp"]
    assert rows[0][1] == "0" and rows[0][2] == rows[1][1]
