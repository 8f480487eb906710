"""validate: matching, tolerances, particulars and the command's exit codes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from wes_biomarkers.cli.main import cli
from wes_biomarkers.errors import InputError
from wes_biomarkers.features.segments import Segments
from wes_biomarkers.io.segments import write_segments
from wes_biomarkers.simulate.truth import TRUTH_SCHEMA
from wes_biomarkers.simulate.validate.trial import validate
from wes_biomarkers.simulate.validate.truth import Planted
from wes_biomarkers.simulate.validate.variants import Call, compare_calls
from wes_biomarkers.simulate.variants import Variant

GENOME = "GATTACAGATTACAGGCATCCAGTTTTACGGATCGATTA"
SNV = Planted(Variant("x", 4, "A", "G"), 30, 20, "missense")
MNV = Planted(Variant("x", 16, "CA", "TG"), 30, 20, "missense")
INDEL = Planted(Variant("x", 22, "GT", "G"), 30, 20, "frameshift")
FAINT = Planted(Variant("x", 30, "G", "T"), 90, 5, "synonymous")
PLANTED = (SNV, MNV, INDEL, FAINT)

#: The truth's other tables; blanks stand for tabs.
TABLES = {
    "microsatellites": "patient_id chrom start end motif n_repeat unstable\nP x 23 27 T 4 1\nP x 0 4 G 4 0\n",
    "purity": "pair_id purity ploidy\nT_vs_N 0.6 3\n",
    "segments": "pair_id chrom start end total_cn minor_cn ccf base_total_cn\n"
    "T_vs_N x 0 20 3 1 1 2\nT_vs_N x 20 39 2 0 1 2\n",
    "signatures": "pair_id signature exposure\nT_vs_N SBS2 0.6\nT_vs_N SBS5 0.8\n",
    "genes": "pair_id gene event\nT_vs_N TP53 biallelic\nT_vs_N CCND1 amplified\nT_vs_N B2M truncated\n",
}


def _calls(*variants: Variant, filter: str = "PASS") -> list[Call]:
    return [Call(variant, filter) for variant in variants]


@pytest.mark.parametrize(
    "calls",
    [
        _calls(MNV.variant),
        _calls(Variant("x", 16, "C", "T"), Variant("x", 17, "A", "G")),
        _calls(Variant("x", 15, "GCA", "GTG")),
    ],
    ids=["whole", "base by base", "with a neighbour"],
)
def test_an_mnv_may_be_called_whole_or_base_by_base(calls: list[Call]) -> None:
    comparison = compare_calls([MNV], calls)
    assert comparison.found[MNV] and not comparison.false_calls


def test_half_an_mnv_is_a_miss_but_no_false_call() -> None:
    comparison = compare_calls([MNV], _calls(Variant("x", 16, "C", "T")))
    assert not comparison.found[MNV] and not comparison.false_calls


def test_a_miss_names_its_filter() -> None:
    comparison = compare_calls(PLANTED, _calls(SNV.variant, filter="orientation;weak_evidence"))
    assert comparison.filters[SNV] == "orientation;weak_evidence"
    assert comparison.filters[INDEL] == "not called"


def test_another_allele_at_the_place_is_false() -> None:
    other = Variant("x", 4, "A", "T")
    assert [call.variant for call in compare_calls(PLANTED, _calls(other)).false_calls] == [other]


def test_eligible_is_8_reads_and_a_tenth() -> None:
    def eligible(n_ref: int, n_alt: int) -> bool:
        return Planted(SNV.variant, n_ref, n_alt, "missense").eligible

    assert eligible(72, 8) and not eligible(73, 8) and not eligible(10, 7)


@pytest.fixture
def write_results(tmp_path: Path) -> Callable[..., tuple[Path, Path]]:
    """Writes a truth of one pair and results with these VCF rows (pos, ref, alt, filter) and TMB count."""

    def write(rows: list[tuple[int, str, str, str]], n_mutation: int | None = None) -> tuple[Path, Path]:
        truth, pair = tmp_path / "sim" / "truth", tmp_path / "results" / "pairs" / "T_vs_N"
        truth.mkdir(parents=True)
        pair.mkdir(parents=True)
        (truth.parent / "reference").mkdir()
        (truth.parent / "reference" / "genome.fa").write_text(f">x\n{GENOME}\n")
        (truth.parent / "reference" / "targets.bed").write_text("x\t0\t20\nx\t20\t39\n")
        patients = [{"patient_id": "P", "msi_class": "high", "pairs": [{"pair_id": "T_vs_N"}]}]
        (truth / "truth.json").write_text(json.dumps({"schema": TRUTH_SCHEMA, "patients": patients}))
        for name, text in TABLES.items():
            (truth / f"{name}.tsv").write_text(text.replace(" ", "\t"))
        lines = ["pair_id\tchrom\tpos\tref\talt\tn_ref\tn_alt\tconsequence\tccf"]
        for p in PLANTED:
            v = p.variant
            lines.append(f"T_vs_N\tx\t{v.pos}\t{v.ref}\t{v.alt}\t{p.n_ref}\t{p.n_alt}\t{p.consequence}\t1")
        (truth / "variants.tsv").write_text("\n".join(lines) + "\n")
        head = ["##fileformat=VCFv4.2", f"##contig=<ID=x,length={len(GENOME)}>", "##tumor_sample=T",
                "##normal_sample=N", '##FILTER=<ID=weak_evidence,Description="x">',
                '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="x">',
                '##FORMAT=<ID=AF,Number=A,Type=Float,Description="x">',
                "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tN\tT"]  # fmt: skip
        body = [
            f"x\t{pos}\t.\t{ref}\t{alt}\t.\t{why}\t.\tAD:AF\t40,0:0.01\t30,20:0.4"
            for pos, ref, alt, why in rows
        ]
        (pair / "somatic.vcf.gz").write_bytes(gzip.compress("\n".join([*head, *body, ""]).encode()))
        (pair / "callable.bed.gz").write_bytes(gzip.compress(b"x\t0\t20\nx\t20\t39\n"))
        if n_mutation is not None:
            record = {"definition_id": "wes_nonsyn", "status": "ok", "values": {"n_mutation": n_mutation}}
            (pair / "records").mkdir()
            (pair / "records" / "tmb.json").write_text(json.dumps([record]))
        return tmp_path / "results", truth

    return write


ALL_FOUND = [(5, "A", "G", "PASS"), (17, "CA", "TG", "PASS"), (26, "TT", "T", "PASS")]


def test_everything_found(write_results: Callable[..., tuple[Path, Path]]) -> None:
    results, truth = write_results(ALL_FOUND, n_mutation=3)
    for folder in (truth, truth.parent):
        found = validate(results, folder)
        assert found.ok and found.particulars == ()
        shown = {m.measure: (m.n, m.n_ok, m.ok) for m in found.measures}
        assert shown["sensitivity snv and indel"] == (2, 2, True), (
            "the deletion is not left-aligned in the VCF"
        )
        assert shown["sensitivity mnv"] == (1, 1, None)
        assert shown["pairs equal to a recount"] == (1, 1, True)


def test_a_miss_fails_and_is_listed(write_results: Callable[..., tuple[Path, Path]], tmp_path: Path) -> None:
    results, truth = write_results([(*ALL_FOUND[0][:3], "weak_evidence"), *ALL_FOUND[1:]])
    done = CliRunner().invoke(cli, ["validate", str(results), "--truth", str(truth)])
    assert done.exit_code == 1
    assert "x:5:A>G\tmissed: weak_evidence (20 of 50 reads)" in done.output
    out = tmp_path / "table.tsv"
    done = CliRunner().invoke(
        cli, ["validate", str(results), "--truth", str(truth), "--min-sensitivity", "0.5", "-o", str(out)]
    )
    assert done.exit_code == 0
    assert "variant\tsensitivity snv and indel\t2\t1\t0.5\t>= 0.5\tok\n" in out.read_text()


def test_two_false_calls_of_a_patient_fail(write_results: Callable[..., tuple[Path, Path]]) -> None:
    results, truth = write_results([*ALL_FOUND, (33, "T", "C", "PASS"), (35, "G", "A", "PASS")])
    found = validate(results, truth)
    assert not found.ok and [what for *_, what in found.particulars] == ["false call"] * 2
    assert validate(results, truth, max_false_calls=2).ok


def test_a_tmb_that_counts_otherwise_fails(write_results: Callable[..., tuple[Path, Path]]) -> None:
    results, truth = write_results(ALL_FOUND, n_mutation=2)
    found = validate(results, truth)
    assert not found.ok and found.particulars == (("T_vs_N", "tmb", "counted 2, recount 3"),)


def test_missing_calls_and_missing_truth_are_input_errors(
    write_results: Callable[..., tuple[Path, Path]], tmp_path: Path
) -> None:
    results, truth = write_results(ALL_FOUND)
    with pytest.raises(InputError, match="no calls for a pair"):
        validate(tmp_path / "elsewhere", truth)
    with pytest.raises(InputError, match="no such file"):
        validate(results, tmp_path / "elsewhere")


def _record(pair: Path, name: str, definition: str, values: dict[str, object], status: str = "ok") -> None:
    (pair / "records").mkdir(exist_ok=True)
    record = {"definition_id": definition, "status": status, "values": values}
    (pair / "records" / f"{name}.json").write_text(json.dumps(record))


def _measures(results: Path, truth: Path) -> dict[tuple[str, str], tuple[int, int, bool | None]]:
    found = validate(results, truth).measures
    return {(m.biomarker, m.measure): (m.n, m.n_ok, m.ok) for m in found}


def test_features_without_files_have_no_row(write_results: Callable[..., tuple[Path, Path]]) -> None:
    assert {name for name, _ in _measures(*write_results(ALL_FOUND))} == {"variant", "tmb"}


def test_calls_at_unstable_microsatellites_are_neither_hit_nor_false(
    write_results: Callable[..., tuple[Path, Path]],
) -> None:
    rows = [*ALL_FOUND[:2], (23, "GTT", "G", "PASS"), (1, "GA", "G", "PASS")]
    results, truth = write_results(rows, n_mutation=3)
    found = validate(results, truth)
    assert [(v, what) for _, v, what in found.particulars] == [
        ("x:23:GT>G", "missed: not called (20 of 50 reads)"),
        ("x:1:GA>G", "false call"),
        ("tmb", "counted 3, recount 2, 1 calls at unstable microsatellites"),
    ]
    shown = {(m.biomarker, m.measure): m.ok for m in found.measures}
    assert shown["tmb", "pairs equal to a recount"] is True


@pytest.mark.parametrize(
    ("msi_class", "purity", "ploidy", "exposure", "verdict"),
    [("high", 0.63, 3.1, [0.6, 0.8], True), ("low", 0.7, 3.3, [0.8, 0.1], False)],
)
def test_values_near_and_far_from_the_truth(
    write_results: Callable[..., tuple[Path, Path]],
    msi_class: str,
    purity: float,
    ploidy: float,
    exposure: list[float],
    verdict: bool,
) -> None:
    results, truth = write_results(ALL_FOUND)
    pair = results / "pairs" / "T_vs_N"
    _record(pair, "msi", "msi_paired", {"msi_class": msi_class, "msi_score": 5.0})
    _record(pair, "purity", "wes_purity", {"purity": purity, "ploidy": ploidy})
    _record(pair, "signatures", "sbs96", {"signature": ["SBS2", "SBS5"], "exposure": exposure})
    found = _measures(results, truth)
    n_ok = int(verdict)
    assert found["msi", "pairs of the true class"] == (1, n_ok, verdict)
    assert found["purity", "median absolute error"] == (1, n_ok, verdict)
    assert found["ploidy", "median absolute error"] == (1, n_ok, verdict)
    assert found["purity", "quiet genomes not evaluable"] == (0, 0, None)
    # .6 x .8 + .8 x .1 over 1 x .806: .69
    assert found["signatures", "mean cosine of the exposures"] == (1, n_ok, verdict)
    assert validate(results, truth).ok is verdict


@pytest.mark.parametrize(("ccf", "ploidy", "n_ok"), [(1, 2.7, 1), (1, 2.3, 0), (0.4, 2.2, 1), (0.4, 2.7, 0)])
def test_ploidy_is_compared_over_the_bases_that_were_seen(
    write_results: Callable[..., tuple[Path, Path]], ccf: float, ploidy: float, n_ok: int
) -> None:
    """10 bases of 3 copies (in a part of the cells) and 5 of 2; the 10 copies of the other 24 bases were not seen."""
    results, truth = write_results(ALL_FOUND)
    heading = "pair_id\tchrom\tstart\tend\ttotal_cn\tminor_cn\tccf\tbase_total_cn\n"
    rows = (
        f"T_vs_N\tx\t0\t20\t3\t1\t{ccf}\t2\nT_vs_N\tx\t20\t25\t2\t0\t1\t2\nT_vs_N\tx\t25\t39\t10\t0\t1\t2\n"
    )
    (truth / "segments.tsv").write_text(heading + rows)
    (truth / "purity.tsv").write_text("pair_id\tpurity\tploidy\nT_vs_N\t0.6\t5.4\n")
    pair = results / "pairs" / "T_vs_N"
    columns = {"chrom": ["x"], "start": [10], "end": [25], "n_bin": [1], "log2": [0.5], "n_het": [3], "baf": [0.4],
               "total_cn": [3], "minor_cn": [1], "cell_fraction": [0.6]}  # fmt: skip
    write_segments(pair / "segments.tsv", Segments.of(columns))
    _record(pair, "purity", "wes_purity", {"purity": 0.6, "ploidy": ploidy})
    assert _measures(results, truth)["ploidy", "median absolute error"] == (1, n_ok, bool(n_ok))


def test_a_purity_of_a_quiet_genome_is_wrong(write_results: Callable[..., tuple[Path, Path]]) -> None:
    results, truth = write_results(ALL_FOUND)
    (truth / "segments.tsv").write_text(
        "pair_id\tchrom\tstart\tend\ttotal_cn\tminor_cn\tccf\nT_vs_N\tx\t0\t39\t2\t1\t1\n"
    )
    pair = results / "pairs" / "T_vs_N"
    _record(pair, "purity", "wes_purity", {"purity": 1.0, "ploidy": 2.0})
    assert _measures(results, truth)["purity", "quiet genomes not evaluable"] == (1, 0, False)
    _record(pair, "purity", "wes_purity", {"purity": None}, status="not_evaluable")
    assert _measures(results, truth)["purity", "quiet genomes not evaluable"] == (1, 1, True)


def test_copies_intervals_and_drivers(write_results: Callable[..., tuple[Path, Path]]) -> None:
    results, truth = write_results(ALL_FOUND)
    pair = results / "pairs" / "T_vs_N"
    columns = {"chrom": ["x", "x"], "start": [0, 20], "end": [20, 39], "n_bin": [1, 1], "log2": [0.5, 0.0],
               "n_het": [3, 3], "baf": [0.4, 0.1], "total_cn": [3, 2], "minor_cn": [1, 1],
               "cell_fraction": [0.6, 0.6]}  # fmt: skip
    write_segments(pair / "segments.tsv", Segments.of(columns))
    (pair / "clonality.tsv").write_text(
        "chrom\tstart\tref\talt\tccf_low\tccf_high\tclonality\n"
        "x\t4\tA\tG\t0.8\t1\tclonal\nx\t16\tCA\tTG\t0.2\t0.5\tsubclonal\nx\t9\tA\tG\t0.2\t0.5\tclonal\n"
    )
    (pair / "drivers.tsv").write_text(
        "gene\tstatus\thits\nTP53\taltered\ttruncating\nCCND1\taltered\tamplification\nKRAS\taltered\thotspot\n"
    )
    found = _measures(results, truth)
    assert found["copy_number", "targets of the true total_cn"] == (2, 2, True)
    assert found["copy_number", "targets of the true minor_cn"] == (2, 1, False)
    assert found["clonality", "intervals that hold the true ccf"] == (2, 1, False)
    assert found["clonality", "variants of the true class"] == (2, 1, None)
    assert found["drivers", "planted alterations found"] == (3, 2, False)
    assert found["drivers", "of them biallelic and told so"] == (1, 0, None)
    told = validate(results, truth).particulars
    assert ("T_vs_N", "TP53", "planted biallelic, altered (truncating)") in told
    assert ("T_vs_N", "B2M", "planted truncated, not told") in told


HLA_TRUTH = (
    "pair_id locus allele_1 allele_2 state lost_allele\n"
    "T_vs_N A SIMA*01:01 SIMA*02:01 loss SIMA*02:01\n"
    "T_vs_N B SIMB*01:01 SIMB*01:02 kept -\n"
    "T_vs_N C SIMC*03:01 SIMC*03:01 homozygous -\n"
    "T_vs_N DRB1 SIMDRB1*01:01 SIMDRB1*04:01 kept -\n"
)


def _write_rows(path: Path, text: str) -> None:
    """Blanks stand for tabs, `-` for an empty cell."""
    path.write_text(text.replace(" ", "\t").replace("-", ""))


def test_hla_types_and_losses_are_compared_by_locus(
    write_results: Callable[..., tuple[Path, Path]],
) -> None:
    results, truth = write_results(ALL_FOUND)
    _write_rows(truth / "hla_loh.tsv", HLA_TRUTH)
    _write_rows(
        results / "pairs" / "T_vs_N" / "hla.tsv",
        "locus allele_1 allele_2 status source\n"
        "A SIMA*02:01 SIMA*01:01 ok typed\n"
        "B SIMB*01:01 SIMB*01:01 ok typed\n"
        "C - - not_evaluable typed\n"
        "DRB1 SIMDRB1*07:01 SIMDRB1*07:01 ok sheet\n",
    )
    _write_rows(
        results / "pairs" / "T_vs_N" / "hla_loh.tsv",
        "locus state lost_allele\nA loss SIMA*01:01\nB kept -\nC review -\n",
    )
    found = validate(results, truth)
    shown = {(m.biomarker, m.measure): (m.n, m.n_ok, m.ok) for m in found.measures}
    assert shown["hla", "alleles typed right"] == (4, 3, False)
    assert shown["hla", "loci typed"] == (3, 2, None), "what the sheet gave is not judged"
    assert shown["hla_loh", "loci of the true state"] == (2, 1, False)
    assert shown["hla_loh", "loci with a verdict"] == (3, 2, None), "DRB1 has no row"
    assert found.particulars == (
        ("T_vs_N", "hla B", "SIMB*01:01 SIMB*01:01, truly SIMB*01:01 SIMB*01:02"),
        ("T_vs_N", "hla_loh A", "loss SIMA*01:01, truly loss SIMA*02:01"),
    )
