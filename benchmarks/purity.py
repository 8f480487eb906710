"""Purity and ploidy of simulated tumours: our fit beside ASCAT's and PureCN's, on the same bins and sites.

    python benchmarks/purity.py [--seeds 1-60] [--no-ascat] [--purecn] [--quiet]

Each seed is a tumour of purity .2 to .9 (wes_biomarkers/simulate/copy_number.py: 20,000 bins of standard deviation
.15 to .30 with waves, 10,000 heterozygous sites at 60 to 150 reads, 4 to 30 changes, a third with a doubled genome,
up to 4 subclonal changes). Segments are those of DNAcopy's CBS where R has it. ASCAT (gamma 1, its other settings as
they come) is told the normal's genotypes. `--purecn` adds PureCN (its settings as they come), which takes minutes a
tumour; docs/purity.md has seeds 1-8. `near`: purity within .05 and ploidy within .25. Seconds are processor time
of our segments and fit. `--quiet` simulates genomes without a change: none may be given a purity.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

from ascat import has_r
from purity_study import Row, study, summary


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="1-60")
    parser.add_argument("--no-ascat", action="store_true")
    parser.add_argument("--purecn", action="store_true")
    parser.add_argument("--quiet", action="store_true")
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")
    with_cbs = has_r("DNAcopy")
    wanted = {"ASCAT": not options.no_ascat, "PureCN": options.purecn}
    peers = [name for name, is_wanted in wanted.items() if is_wanted and not options.quiet and has_r(name)]
    print(f"segments by {'CBS' if with_cbs else 'binary segmentation'}; peers: {', '.join(peers) or 'none'}")
    print("seed purity ploidy  ours: purity interval ploidy confidence near  each peer: purity ploidy near")
    rows = []
    for seed in range(int(first), int(last or first) + 1):
        row = study(seed, with_cbs=with_cbs, peers=peers, quiet=options.quiet)
        rows.append(row)
        print(line_of(row), flush=True)
    print(f"ours: {summary(rows)}")
    for name in peers:
        print(f"{name}: {summary(rows, name)}")
    near = [row for row in rows if row.is_near()]
    if near:
        copies = statistics.median(row.copies for row in near)
        print(f"total and minor copies right, share of the clone's length, median of near: {copies:.3f}")
        print(
            f"interval holds the purity in {statistics.mean(row.covers for row in near):.2f} of {len(near)} near"
        )
    for level in ("high", "medium", "low"):
        own = [row.is_near() for row in rows if row.fit.confidence == level]
        print(f"confidence {level}: {sum(own)} near of {len(own)}")
    seconds = [row.seconds for row in rows]
    print(
        f"processor seconds of segments and fit: median {statistics.median(seconds):.2f}, most {max(seconds):.2f}"
    )


def line_of(row: Row) -> str:
    """The truth of one tumour, our fit and the peers'."""
    fit = row.fit
    line = f"{row.seed:4d} {row.purity:.2f} {row.ploidy:.2f}  {fit.purity:.2f} {fit.purity_ci[0]:.2f}-{fit.purity_ci[1]:.2f}"
    line += f" {fit.ploidy:.2f} {fit.confidence} {row.is_near()} {fit.reason}"
    for name, found in row.peers.items():
        line += f"  {name} {found.purity:.2f} {found.ploidy:.2f} {row.is_near(name)}"
    return line


if __name__ == "__main__":
    main()
