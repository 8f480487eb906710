"""Reading the microsatellites of a pair: our one pass against a fetch a site, time, memory and growth.

    python benchmarks/msi.py [--sites 20000] [--depth 100] [--seed 1] [--peer-sites 1000] [--processes 2]

A simulated pair with one microsatellite every 700 bases is written once (minutes). Then `feature msi` runs as a
process of its own on half of the sites and on all of them: seconds, processor seconds, peak memory of the largest process and of all
together (processes times the largest, an upper bound), and the ratio of the two times, 2 if the time is linear in
the sites. The peer is the plain loop one would write: a fetch a site, and the length by the aligned pairs of each
read; it reads the first --peer-sites sites of the same files in the same run, and its time is compared with ours
over the same sites in one process, the lengths of both beside each other. In an exome sites lie further apart, and
each needs a seek of its own: the time of every fifth site, 3,500 bases apart, tells what that costs.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pysam

from wes_biomarkers.io.bundle import read_bundle
from wes_biomarkers.io.microsatellites import read_sites
from wes_biomarkers.io.msi_counts import MAX_LENGTH, check_alignments, count_lengths
from wes_biomarkers.reference.build import build_bundle
from wes_biomarkers.reference.inputs import BundleInputs
from wes_biomarkers.simulate.msi_reads import SPACING, MsiParameters, simulate_msi_pair


def plain_loop(path: str, sites) -> np.ndarray:
    """Lengths by a fetch a site and a dictionary of the aligned pairs of each read."""
    counts = np.zeros((len(sites), MAX_LENGTH + 1), np.int32)
    with pysam.AlignmentFile(path) as alignment:
        for row in range(len(sites)):
            first, last = int(sites.start[row]) - 5, int(sites.end[row]) + 5
            fragments: dict[str, set[int]] = {}
            for read in alignment.fetch(sites.chrom[row], first, last):
                if (
                    read.is_duplicate
                    or read.is_secondary
                    or read.is_supplementary
                    or read.mapping_quality < 20
                ):
                    continue
                places = {place: at for at, place in read.get_aligned_pairs(matches_only=True)}
                if first not in places or last - 1 not in places:
                    continue
                shown = read.query_sequence[places[first] : places[last - 1] + 1]
                if shown.startswith(sites.left_flank[row]) and shown.endswith(sites.right_flank[row]):
                    fragments.setdefault(read.query_name, set()).add(len(shown) - 10)
            for lengths in fragments.values():
                if len(lengths) == 1:
                    counts[row, min(*lengths, MAX_LENGTH)] += 1
    return counts


def bundle_of(folder: Path, n_site: int) -> Path:
    """A bundle whose target holds the first n sites."""
    bed = folder / f"first_{n_site}.bed"
    bed.write_text(f"msi1\t0\t{n_site * SPACING - 100}\n")
    out = folder / f"bundle_{n_site}"
    build_bundle(BundleInputs(folder / "genome.fa", {"kit": bed}, synthetic=True), out)
    return out


def run_feature(folder: Path, bundle: Path, processes: int) -> tuple[float, float, int, dict]:
    """Seconds, processor seconds, peak kilobytes of the largest process, and the record."""
    words = ["feature", "msi", "--tumor", folder / "tumor.bam", "--normal", folder / "normal.bam"]
    words += ["--reference", bundle, "--processes", processes, "--sites-out", folder / "sites.tsv.gz"]
    code = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], capture_output=True, text=True);"
        "use = resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(use.ru_maxrss, use.ru_utime + use.ru_stime); print(done.stdout); print(done.stderr, "
        "file=sys.stderr); sys.exit(done.returncode)"
    )
    start = time.monotonic()
    program = [sys.executable, "-m", "wes_biomarkers", *map(str, words)]
    done = subprocess.run([sys.executable, "-c", code, *program], capture_output=True, text=True, check=True)
    use, _, record = done.stdout.partition("\n")
    peak, busy = use.split()
    return time.monotonic() - start, float(busy), int(peak), json.loads(record)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sites", type=int, default=20_000)
    parser.add_argument("--depth", type=float, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peer-sites", type=int, default=1_000)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parameters = MsiParameters(
            n_site=given.sites, depth_tumor=given.depth, depth_normal=given.depth, unstable_share=0.2
        )
        start = time.monotonic()
        simulate_msi_pair(folder, parameters, given.seed)
        print(f"simulated {given.sites} sites at {given.depth:g}x in {time.monotonic() - start:.0f} s")
        seconds = {}
        for n_site in (given.sites // 2, given.sites):
            bundle = bundle_of(folder, n_site)
            seconds[n_site], busy, peak, record = run_feature(folder, bundle, given.processes)
            values = record["values"]
            print(
                f"{values['n_site']} sites, {given.processes} processes: {seconds[n_site]:.1f} s "
                f"(processor {busy:.1f} s), largest process "
                f"{peak / 1024:.0f} MB, at most {(given.processes + 1) * peak / 1024:.0f} MB in all, "
                f"score {values['msi_score']:.1f} % of {values['n_site_evaluable']} sites"
            )
        print(
            f"all sites against half of them: {seconds[given.sites] / seconds[given.sites // 2]:.2f} x the time"
        )
        opened = read_bundle(bundle)
        sites = read_sites(opened.path("microsatellites")).where(np.arange(given.peer_sites))
        alignments = check_alignments([folder / "tumor.bam"], opened)
        times = []
        given.peer_sites = min(given.peer_sites, given.sites // 5)
        for count in (
            lambda: plain_loop(alignments[0].path, sites),
            lambda: count_lengths(alignments, sites, min_mapping_quality=20)[0],
        ):
            start = time.process_time()
            counts = count()
            times.append((time.process_time() - start, counts))
        equal = bool((times[0][1] == times[1][1]).all())
        print(
            f"{given.peer_sites} sites of the tumour, processor time: plain loop {times[0][0]:.1f} s, ours "
            f"{times[1][0]:.1f} s, ratio {times[0][0] / times[1][0]:.1f} x; equal lengths: {equal}"
        )
        sparse = (
            read_sites(opened.path("microsatellites"))
            .where(slice(0, None, 5))
            .where(np.arange(given.peer_sites))
        )
        start = time.process_time()
        count_lengths(alignments, sparse, min_mapping_quality=20)
        print(
            f"{given.peer_sites} sites 3,500 bases apart: {time.process_time() - start:.1f} s, ours as above"
        )
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"(this script itself, simulation included: {own:.0f} MB)")


if __name__ == "__main__":
    main()
