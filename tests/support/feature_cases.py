"""What the tests of several feature commands share: a call of the program, and a bundle of one invented contig."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wes_biomarkers.cli.main import main
from wes_biomarkers.contracts.reference import REQUIRED_FILES

TRANSCRIPT_HEADING = "gene_id\tgene_name\ttranscript_id\tbiotype\tchosen\tmane\tcds_length\n"


def write_bundle(folder: Path, length: int, coding: str, transcripts: str) -> Path:
    """A reference bundle of the contig c1; `coding` is its coding.bed, `transcripts` the rows of transcripts.tsv."""
    folder.mkdir()
    texts = {
        "genome.fa": f">c1\n{'A' * length}\n",
        "genome.fa.fai": f"c1\t{length}\t4\t{length}\t{length + 1}\n",
        "coding.bed": coding,
        "transcripts.tsv": TRANSCRIPT_HEADING + transcripts,
        "target.bed": "c1\t0\t9\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    keys = {"coding": "coding.bed", "transcripts": "transcripts.tsv", "target_kit": "target.bed"}
    keys |= dict.fromkeys(REQUIRED_FILES, "genome.fa") | {"fai": "genome.fa.fai"}
    sha256 = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    data = {
        "schema": "wes_biomarkers.reference/1",
        "build": "toy",
        "synthetic": True,
        "contigs": [{"name": "c1", "length": length}],
        "files": {key: {"path": name, "sha256": sha256[name]} for key, name in keys.items()},
        "targets": {"kit": {"bed": "target_kit", "mb": 0.1, "n_interval": 1}},
        "notes": [],
    }
    (folder / "reference.json").write_text(json.dumps(data))
    return folder


def caller(feature: str) -> Callable[..., tuple[int, str, str]]:
    """A function (capsys, *words) -> exit code, stdout and stderr of `wes-biomarkers feature <feature> <words>`."""

    def call(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(["feature", feature, *map(str, words)])
        out = capsys.readouterr()
        return stopped.value.code, out.out, out.err  # type: ignore[return-value]

    return call


def record_caller(feature: str) -> Callable[..., dict[str, Any]]:
    """A function like `caller`'s that gives the printed records by definition, and fails where the command does."""
    call = caller(feature)

    def records(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
        code, out, err = call(capsys, *words)
        assert code == 0, err
        data = json.loads(out)
        return {entry["definition_id"]: entry for entry in (data if isinstance(data, list) else [data])}

    return records
