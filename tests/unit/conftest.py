"""Small inputs that tests of several modules share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


def make_bundle(folder: Path, *, kits: dict[str, str] | None = None, optional: tuple[str, ...] = ()) -> Path:
    """A reference bundle of two invented contigs; `kits`: BED text by name; `optional`: more file keys."""
    import pysam

    from wes_biomarkers.contracts.reference import REQUIRED_FILES

    folder.mkdir()
    kits = kits or {"kit1": "toyA\t0\t100\ntoyA\t200\t260\ntoyB\t10\t50\n"}
    lengths = {"toyA": 400, "toyB": 200}
    fasta = "".join(f">{name}\n{('ACGTTGCA' * length)[:length]}\n" for name, length in lengths.items())
    (folder / "genome.fa").write_text(fasta)
    pysam.faidx(str(folder / "genome.fa"))
    names = {"fasta": "genome.fa", "fai": "genome.fa.fai"}
    names |= {key: key for key in (*REQUIRED_FILES, *optional) if key not in names}
    for key, name in names.items():
        if key not in ("fasta", "fai"):
            (folder / name).touch()
    targets = {}
    for kit, text in kits.items():
        names[f"target_{kit}"] = f"{kit}.bed"
        (folder / f"{kit}.bed").write_text(text)
        intervals = [(int(start), int(end)) for _, start, end in map(str.split, text.splitlines())]
        mb = sum(end - start for start, end in intervals) / 1e6
        targets[kit] = {"bed": f"target_{kit}", "mb": mb, "n_interval": len(intervals)}
    reference = {
        "schema": "wes_biomarkers.reference/1",
        "build": "toy1",
        "synthetic": True,
        "contigs": [{"name": name, "length": length} for name, length in lengths.items()],
        "files": {key: {"path": name, "sha256": "0" * 64} for key, name in names.items()},
        "targets": targets,
        "notes": [],
    }
    (folder / "reference.json").write_text(json.dumps(reference))
    return folder


@pytest.fixture
def bundle_of(tmp_path):
    """Makes a reference bundle below the test's folder: `bundle_of(kits=..., optional=...)`."""

    def make(name: str = "reference", **options) -> Path:
        return make_bundle(tmp_path / name, **options)

    return make
