"""The pipeline's own steps, from files to files."""

import gzip
import io
import itertools
import json
import shutil
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wes_biomarkers.cli.main import main

SHEET = """patient_id,sample_id,role,fastq_1,fastq_2
P1,N1,normal,n1_1.fastq.gz,n1_2.fastq.gz
P1,T1,tumor,t1_1.fastq.gz,t1_2.fastq.gz
P2,N2,normal,n2_1.fastq.gz,n2_2.fastq.gz
P2,T2,tumor,t2_1.fastq.gz,t2_2.fastq.gz
P3,N3,normal,n3_1.fastq.gz,n3_2.fastq.gz
P3,T3,tumor,t3_1.fastq.gz,t3_2.fastq.gz
"""


def task(*words):
    with pytest.raises(SystemExit) as stop:
        main(["task", *map(str, words)])
    return stop.value.code


def resolve(tmp_path, reference, sheet=SHEET):
    (tmp_path / "sheet.csv").write_text(sheet)
    out = tmp_path / "resolved.json"
    # A folder that is not there, as in a container that does not see the data: names are taken as they are.
    words = ["--base-dir", tmp_path / "elsewhere", "--reference", reference, "--out", out]
    return task("resolve", tmp_path / "sheet.csv", *words), out


class TestResolve:
    def test_pairs(self, tmp_path, bundle_of):
        code, out = resolve(tmp_path, bundle_of())
        assert code == 0
        resolved = json.loads(out.read_text())
        assert [pair["pair_id"] for pair in resolved["pairs"]] == ["T1_vs_N1", "T2_vs_N2", "T3_vs_N3"]
        assert {sample["targets"] for sample in resolved["samples"]} == {"kit1"}, "the only kit is named"
        assert resolved["samples"][0]["lanes"][0]["fastq_1"] == str(tmp_path / "elsewhere" / "n1_1.fastq.gz")

    def test_several_kits_and_none_named(self, tmp_path, bundle_of, capsys):
        code, out = resolve(tmp_path, bundle_of(kits={"a": "toyA\t0\t10\n", "b": "toyB\t0\t10\n"}))
        assert code == 2
        assert "several capture kits" in capsys.readouterr().err
        assert not out.exists()

    def test_a_kit_the_bundle_does_not_have(self, tmp_path, bundle_of, capsys):
        sheet = "\n".join(
            line + (",targets" if line.startswith("patient_id") else ",kitX") for line in SHEET.splitlines()
        )
        code, out = resolve(tmp_path, bundle_of(), sheet)
        assert code == 2
        assert "kitX" in capsys.readouterr().err
        assert not out.exists()


steps = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=12)
counter = itertools.count()


@given(steps, st.sampled_from([1e-5, 2e-5, 5e-5, 1.0]))
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_shards_cover_the_targets_exactly(tmp_path, bundle_of, steps, shard_mb):
    edges = list(itertools.accumulate(itertools.chain.from_iterable(steps)))
    target = "".join(f"toyA\t{start}\t{end}\n" for start, end in zip(edges[::2], edges[1::2], strict=True))
    folder = tmp_path / str(next(counter))
    folder.mkdir()
    reference = bundle_of(f"{folder.name}/reference", kits={"kit.1": target})
    code = task("shards", "--reference", reference, "--shard-mb", shard_mb, "--out", folder / "shards")
    shards = sorted((folder / "shards").iterdir())
    total = sum(length for _, length in steps)
    assert code == 0
    assert "".join(path.read_text() for path in shards) == target
    assert 1 <= len(shards) <= max(1, -(-total // (shard_mb * 1e6)))
    assert [path.name for path in shards] == [f"kit.1.{number:03d}.bed" for number in range(len(shards))]
    shutil.rmtree(folder)


def test_callable_from_stdin(tmp_path, monkeypatch):
    depths = io.BytesIO(b"toyA\t5\t20\t10\ntoyA\t6\t20\t10\ntoyA\t7\t19\t10\n")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=depths))
    assert task("callable", "--out", tmp_path / "c.bed.gz") == 0
    assert gzip.decompress((tmp_path / "c.bed.gz").read_bytes()) == b"toyA\t4\t6\n"


def test_callable_with_other_depths(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"toyA\t5\t3\t2\ntoyA\t6\t3\t1\n")))
    words = ["--min-depth-tumor", 3, "--min-depth-normal", 2]
    assert task("callable", *words, "--out", tmp_path / "c.bed.gz") == 0
    assert gzip.decompress((tmp_path / "c.bed.gz").read_bytes()) == b"toyA\t4\t5\n"


def test_study_marks_each_failed_pair_with_its_stage(tmp_path, bundle_of):
    reference = bundle_of(optional=("germline_common",))
    _, out = resolve(tmp_path, reference)
    done = [(stage, f"{role}{n}") for stage in ("aligned", "measured") for role in "TN" for n in "123"]
    done += [("callable", f"T{n}_vs_N{n}") for n in "123"]
    done += [(stage, "T1_vs_N1") for stage in ("called", "annotated", "features")]
    done += [("called", "T3_vs_N3")]
    done.remove(("measured", "N3"))
    (tmp_path / "completed.tsv").write_text("stage\tid\n" + "".join(f"{a}\t{b}\n" for a, b in done))
    (tmp_path / "versions.tsv").write_text("tool\tversion\nsamtools\t1.16.1\ngatk\t4.6.2.0\n")
    code = task(
        *("study", "--resolved", out, "--reference", reference),
        *("--completed", tmp_path / "completed.tsv", "--versions", tmp_path / "versions.tsv"),
        *(
            "--parameters",
            '{"min_depth_tumor": 20, "tmb_min_callable_mb": null}',
            "-o",
            tmp_path / "study.json",
        ),
    )
    assert code == 0
    study = json.loads((tmp_path / "study.json").read_text())
    assert {pair["pair_id"]: (pair["status"], pair["reason"].split(";")[0]) for pair in study["pairs"]} == {
        "T1_vs_N1": ("ok", ""),
        "T2_vs_N2": ("failed", "somatic calling or contamination failed"),
        "T3_vs_N3": ("failed", "coverage of N3 failed"),
    }
    assert study["parameters"] == {"min_depth_tumor": 20, "tmb_min_callable_mb": None}
    assert study["tools"] == {"gatk": "4.6.2.0", "samtools": "1.16.1"}
    assert study["schema"] == "wes_biomarkers.study/1"


def test_pair_takes_what_the_pipeline_gives(tmp_path, monkeypatch):
    taken = []
    monkeypatch.setattr("wes_biomarkers.pair.write_pair", taken.append)
    monkeypatch.setattr("wes_biomarkers.report.pair_plots.write_pair_plots", lambda folder: None)
    words = [
        "--patient-id",
        "P1",
        "--pair-id",
        "T1_vs_N1",
        "--tumor",
        "T1",
        "--normal",
        "N1",
        "--vcf",
        "v.vcf.gz",
    ]
    assert task("pair", *words, "--reference", "ref", "--out", "o", "T1_vs_N1.tmb.json") == 0
    (files,) = taken
    assert (files.callable_bed, files.contamination, files.coverage) == (None, None, None)
    assert [str(path) for path in files.results] == ["T1_vs_N1.tmb.json"]
