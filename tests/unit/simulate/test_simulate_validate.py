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
from wes_biomarkers.simulate.validate import Call, Planted, compare_calls, validate
from wes_biomarkers.simulate.variants import Variant

GENOME = "GATTACAGATTACAGGCATCCAGTTTTACGGATCGATTA"
SNV = Planted(Variant("x", 4, "A", "G"), 30, 20, "missense")
MNV = Planted(Variant("x", 16, "CA", "TG"), 30, 20, "missense")
INDEL = Planted(Variant("x", 22, "GT", "G"), 30, 20, "frameshift")
FAINT = Planted(Variant("x", 30, "G", "T"), 90, 5, "synonymous")
PLANTED = (SNV, MNV, INDEL, FAINT)


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
        patients = [{"patient_id": "P", "pairs": [{"pair_id": "T_vs_N"}]}]
        (truth / "truth.json").write_text(
            json.dumps({"schema": "wes_biomarkers.truth/1", "patients": patients})
        )
        lines = ["pair_id\tchrom\tpos\tref\talt\tn_ref\tn_alt\tconsequence"]
        for p in PLANTED:
            v = p.variant
            lines.append(f"T_vs_N\tx\t{v.pos}\t{v.ref}\t{v.alt}\t{p.n_ref}\t{p.n_alt}\t{p.consequence}")
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
