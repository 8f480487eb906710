"""Typing of one exome's fished reads: our time and memory, and a plain mapping to all alleles beside it.

    python benchmarks/hla_typing.py --hla-reference DIR [--pairs 200000] [--peer-pairs 20000] [--seed 1]

The pairs of a simulated individual are written as FASTQs, and `feature hla` types them as a process of its own:
seconds, processor seconds and peak memory. The peer is razers3 (seqan-apps), which maps the first --peer-pairs pairs
to the coding sequences of all class I alleles as OptiType's scheme does; ours types the same pairs in the same run,
fishing and choosing included.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from wes_biomarkers.cli.feature.hla import exon_bases
from wes_biomarkers.features.hla_model import SCORED_EXONS
from wes_biomarkers.features.hla_place import Reads
from wes_biomarkers.io.hla_fish import Fished, write_fished
from wes_biomarkers.io.hla_reference import HlaReference, read_hla_reference
from wes_biomarkers.simulate.hla_reads import (
    HlaReadParameters,
    draw_alleles,
    simulate_reads,
)

#: Pairs of a simulated individual a unit of depth, about.
PAIRS_PER_DEPTH = 180


def simulate(reference: HlaReference, n_pair: int, seed: int) -> tuple[Reads, dict]:
    """So many pairs of one individual, and its alleles."""
    exons = dict(zip(reference.alleles, exon_bases(reference), strict=True))
    drawable = [a for a, held in exons.items() if set(SCORED_EXONS[a.mhc_class]) <= held.keys()]
    truth = draw_alleles({str(a.two_field): 1.0 for a in drawable}, drawable, seed)
    depth = 2.3 * n_pair / PAIRS_PER_DEPTH
    reads = simulate_reads(truth, exons, replace(HlaReadParameters(), depth=depth), seed)
    return reads.take(np.arange(min(n_pair, len(reads)))), truth


def write(reads: Reads, folder: Path, name: str) -> list[Path]:
    """The pairs as two FASTQs."""
    paths = [folder / f"{name}_{mate}.fastq.gz" for mate in (1, 2)]
    flip = np.zeros(len(reads), bool)
    names = tuple(f"{name}.{number}" for number in range(len(reads)))
    write_fished(Fished(names, reads.turned(flip), flip, len(reads)), *paths)
    return paths


def type_files(paths: list[Path], hla: Path, folder: Path) -> tuple[float, float, int, dict]:
    """Seconds, processor seconds, peak kilobytes, and the record."""
    code = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], capture_output=True, text=True);"
        "use = resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(use.ru_maxrss, use.ru_utime + use.ru_stime); print(done.stdout); print(done.stderr, "
        "file=sys.stderr); sys.exit(done.returncode)"
    )
    words = [
        sys.executable,
        "-m",
        "wes_biomarkers",
        "feature",
        "hla",
        "--fastq",
        *paths,
        "--hla-reference",
        hla,
    ]
    words += ["--table", folder / "hla.tsv"]
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=True
    )
    use, _, record = done.stdout.partition("\n")
    peak, busy = use.split()
    return time.monotonic() - start, float(busy), int(peak), json.loads(record)


def map_plainly(paths: list[Path], reference: HlaReference, folder: Path) -> tuple[float, int]:
    """Processor seconds of razers3 over all class I alleles, and the bytes of hits it wrote."""
    fasta = folder / "class1.fasta"
    with open(fasta, "w") as handle:
        for allele, bases in zip(reference.alleles, reference.sequences, strict=True):
            if allele.mhc_class == "I":
                handle.write(f">{allele}\n{bases}\n")
    hits = folder / "hits.sam"
    plain = []
    for path in paths:
        plain.append(path.with_suffix(""))
        with gzip.open(path) as zipped, open(plain[-1], "wb") as out:
            shutil.copyfileobj(zipped, out)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for path in plain:  # mates apart, as OptiType maps them
        subprocess.run(
            ["razers3", "-i", "95", "-m", "99999", "-dr", "0", "-tc", "1", "-o", hits, fasta, path],
            check=True, capture_output=True,
        )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, hits.stat().st_size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hla-reference", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=200_000)
    parser.add_argument("--peer-pairs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    reference = read_hla_reference(given.hla_reference)
    reads, truth = simulate(reference, given.pairs, given.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = write(reads, folder, "all")
        seconds, busy, peak, record = type_files(paths, given.hla_reference, folder)
        values = record["values"]
        called = sum(values[f"hla_{gene.lower()}_1"] is not None for gene in truth)
        print(
            f"{len(reads)} pairs typed in {seconds:.0f} s (processor {busy:.0f} s), peak {peak / 1024:.0f} MB, "
            f"{called} of {len(truth)} loci called"
        )
        few = write(reads.take(np.arange(min(given.peer_pairs, len(reads)))), folder, "few")
        _, own, _, _ = type_files(few, given.hla_reference, folder)
        if shutil.which("razers3") is None:
            print("razers3 is not installed: no comparison")
            return
        peer, size = map_plainly(few, reference, folder)
        print(
            f"{given.peer_pairs} pairs, processor time: razers3 to all class I alleles {peer:.0f} s ({size >> 20} MB of "
            f"hits of one mate), our whole typing of both classes {own:.0f} s, ratio {peer / own:.1f} x"
        )


if __name__ == "__main__":
    main()
