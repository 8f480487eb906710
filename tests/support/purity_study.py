"""Purity and ploidy of simulated tumours, fitted by us, ASCAT and PureCN on the same bins and sites."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ascat import PeerFit, cbs_segments, run_ascat
from purecn import run_purecn
from segmentation import binary_segments

from wes_biomarkers.features.allele_segments import assemble_segments
from wes_biomarkers.features.purity import PurityFit, call_copies, fit_purity
from wes_biomarkers.features.segments import Segments
from wes_biomarkers.simulate.copy_number import SimulatedTumor, draw_plan, simulate_tumor

#: Errors under which purity and ploidy together count as found.
NEAR = (0.05, 0.25)
#: Programs to compare with.
PEERS = {"ASCAT": run_ascat, "PureCN": run_purecn}


@dataclass(frozen=True)
class Row:
    """One tumour: the truth, our fit, the peers', processor seconds of our segments and fit, how right copies are.

    `copies` is the share of the length of the clone's autosomes where total and minor copies are both right.
    """

    seed: int
    purity: float
    ploidy: float
    is_wgd: bool
    fit: PurityFit
    peers: dict[str, PeerFit]
    seconds: float
    copies: float

    def errors(self, peer: str | None = None) -> tuple[float, float]:
        """Absolute errors of purity and ploidy, ours or a peer's; infinite where there is no fit."""
        found = self.peers[peer] if peer else self.fit
        errors = (abs(found.purity - self.purity), abs(found.ploidy - self.ploidy))
        return tuple(math.inf if math.isnan(error) else error for error in errors)

    def is_near(self, peer: str | None = None) -> bool:
        return all(e <= limit for e, limit in zip(self.errors(peer), NEAR, strict=True))

    @property
    def covers(self) -> bool:
        """Whether the interval holds the purity, which the grid rounds to .01."""
        low, high = self.fit.purity_ci
        return low - 0.005 <= self.purity <= high + 0.005


def study(seed: int, *, with_cbs: bool, peers: Iterable[str] = (), quiet: bool = False) -> Row:
    """One simulated tumour, segmented by DNAcopy's CBS or by plain binary segmentation, and fitted."""
    plan = draw_plan(seed, quiet=quiet)
    made = simulate_tumor(seed, plan)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cbs = cbs_segments(made.bins, folder) if with_cbs else binary_segments(made.bins)
        start = time.process_time()
        segments = assemble_segments(made.bins, cbs, made.het)
        fit = fit_purity(segments, made.bins, made.het, plan.sex)
        seconds = time.process_time() - start
        answers = {name: PEERS[name](made, folder) for name in peers}
    copies = copies_right(call_copies(segments, fit), made)
    return Row(seed, plan.purity, made.ploidy, made.is_wgd, fit, answers, seconds, copies)


def copies_right(found: Segments, made: SimulatedTumor) -> float:
    """Share of the length of the true segments of all tumour cells, on autosomes, with the right copies."""
    clonal = (made.truth.cell_fraction == made.plan.purity) & (made.truth.chrom != "chrX")
    right = whole = 0
    for chrom, start, end, total, minor in zip(
        *(
            getattr(made.truth.where(clonal), name)
            for name in ("chrom", "start", "end", "total_cn", "minor_cn")
        ),
        strict=True,
    ):
        shared = np.minimum(found.end, end) - np.maximum(found.start, start)
        shared = np.where(found.chrom == chrom, np.maximum(shared, 0), 0)
        right += shared[(found.total_cn == total) & (found.minor_cn == minor)].sum()
        whole += shared.sum()
    return float(right / whole)


def summary(rows: list[Row], peer: str | None = None) -> dict[str, float]:
    """Median errors, tumours with both near the truth, and those without a fit: ours or a peer's."""
    errors = np.array([row.errors(peer) for row in rows])
    return {
        "median purity error": float(np.median(errors[:, 0])),
        "median ploidy error": float(np.median(errors[:, 1])),
        "both near": sum(row.is_near(peer) for row in rows),
        "no fit": int(np.isinf(errors[:, 0]).sum()),
    }
