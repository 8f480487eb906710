"""Log ratios and allele fractions of tumours with a known purity and known copies, without reads.

For studies of many tumours: bins over the autosomes and X as an exome has them, with noise, waves along the
chromosomes, and heterozygous SNPs with reads of tumour and normal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.features.allele_segments import Bins, HetSites
from wes_biomarkers.features.segments import Segments
from wes_biomarkers.simulate.streams import stream

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Length and end of the centromere's middle, Mb, GRCh38 rounded (UCSC): 1 to 22, X.
CHROMOSOMES_MB: tuple[tuple[str, float, float], ...] = (
    ("chr1", 249, 123), ("chr2", 242, 94), ("chr3", 198, 91), ("chr4", 190, 50), ("chr5", 181.5, 49),
    ("chr6", 171, 60), ("chr7", 159, 60), ("chr8", 145, 45), ("chr9", 138.5, 43), ("chr10", 134, 40),
    ("chr11", 135, 53.5), ("chr12", 133.5, 35.5), ("chr13", 114.5, 17.5), ("chr14", 107, 17),
    ("chr15", 102, 19), ("chr16", 90.5, 37), ("chr17", 83, 25), ("chr18", 80.5, 18.5), ("chr19", 58.5, 26),
    ("chr20", 64.5, 28), ("chr21", 46.5, 12), ("chr22", 51, 15), ("chrX", 156, 61),
)  # fmt: skip
#: Copies are known per step of so many Mb.
STEP_MB = 0.5
#: Bases of a bin, and from one bin's start to the next at least: CNVkit's default target size.
BIN_SIZE, BIN_SPACING = 267, 400
#: Depth over GC and capture moves along a chromosome in waves of this length, Mb.
WAVE_MB = (8.0, 60.0)
#: Beta-binomial concentration of allele fractions in exomes.
CONCENTRATION = 250.0
#: Share of alternate reads at a balanced site: those with it map a little less well.
ALT_SHARE = 0.485
#: Share of sites that are no heterozygous SNPs.
STRAY_SITES = 0.005
#: Share of bins whose log ratio is far off.
STRAY_BINS = 0.005

Change = Literal["gain", "double_gain", "loss", "copy_neutral_loh"]


@dataclass(frozen=True)
class TumorPlan:
    """What to simulate.

    Attributes:
        purity: share of tumour cells.
        wgd: genome doubled, after about half of the changes.
        n_change: changes of an arm, of a chromosome or of a piece of one; 0 for a quiet genome.
        n_focal: amplifications and homozygous deletions of 1 to 3 Mb.
        n_subclonal: changes in a part of the tumour cells.
        sex: of the patient.
        bin_sd: standard deviation of a bin's log ratio.
        wave_sd: standard deviation of the waves.
        depth: mean reads at a heterozygous site.
        n_bin, n_het: bins and heterozygous sites of the genome.
    """

    purity: float
    wgd: bool = False
    n_change: int = 12
    n_focal: int = 2
    n_subclonal: int = 1
    sex: Literal["female", "male"] = "female"
    bin_sd: float = 0.2
    wave_sd: float = 0.02
    depth: float = 100.0
    n_bin: int = 20_000
    n_het: int = 10_000


@dataclass(frozen=True)
class SimulatedTumor:
    """Bins and sites of a tumour with the truth.

    `truth` has the segments with the clone's copies; where a change is subclonal, the copies are those of the
    cells with the change. `ploidy` is the mean over the tumour cells' autosomes.
    """

    plan: TumorPlan
    bins: Bins
    het: HetSites
    truth: Segments
    ploidy: float
    is_wgd: bool


def draw_plan(seed: int, *, quiet: bool = False) -> TumorPlan:
    """A plan with purity .2 to .9 and noise as exomes have it.

    Quiet genomes have no change at all.
    """
    rng = stream(seed, "copy_number", "plan")
    plan = TumorPlan(
        purity=float(rng.uniform(0.2, 0.9)),
        wgd=bool(rng.random() < 0.35),
        n_change=int(rng.integers(4, 31)),
        n_focal=int(rng.integers(0, 4)),
        n_subclonal=int(rng.integers(0, 5)),
        sex="female" if rng.random() < 0.5 else "male",
        bin_sd=float(rng.uniform(0.15, 0.30)),
        wave_sd=float(rng.uniform(0.01, 0.03)),
        depth=float(rng.uniform(60, 150)),
    )
    if not quiet:
        return plan
    kept = {name: getattr(plan, name) for name in ("purity", "sex", "bin_sd", "wave_sd", "depth")}
    return TumorPlan(**kept, n_change=0, n_focal=0, n_subclonal=0)


@dataclass
class _Genome:
    """Copies of the two parental alleles per step, in the clone and in the subclone; shape (2, n_step)."""

    chrom: NDArray[Any]
    start: IntArray
    clone: IntArray
    subclone: IntArray
    fraction: FloatArray

    @property
    def total(self) -> FloatArray:
        """Mean copies of the tumour cells, shape (2, n_step)."""
        mean: FloatArray = self.clone * (1 - self.fraction) + self.subclone * self.fraction
        return mean


def simulate_tumor(seed: int, plan: TumorPlan) -> SimulatedTumor:
    """Bins, sites and truth of one tumour; the same for the same seed and plan."""
    genome = _simulate_copies(seed, plan)
    mean = genome.total.sum(axis=0)
    normal = np.where((genome.chrom == "chrX") & (plan.sex == "male"), 1, 2)
    is_autosome = genome.chrom != "chrX"
    cells = plan.purity * mean + (1 - plan.purity) * normal
    return SimulatedTumor(
        plan=plan,
        bins=_simulate_bins(seed, plan, genome, cells),
        het=_simulate_het(seed, plan, genome, cells),
        truth=_truth(genome, plan),
        ploidy=float(mean[is_autosome].mean()),
        is_wgd=bool((genome.clone.max(axis=0)[is_autosome] >= 2).mean() > 0.5),
    )


def _steps(plan: TumorPlan) -> _Genome:
    names, starts = [], []
    for name, length, _ in CHROMOSOMES_MB:
        n = round(length / STEP_MB)
        names += [name] * n
        starts.append(np.arange(n) * round(STEP_MB * 1e6))
    chrom, start = np.array(names, object), np.concatenate(starts)
    copies = np.ones((2, len(start)), np.int64)
    if plan.sex == "male":
        copies[1, chrom == "chrX"] = 0
    return _Genome(chrom, start, copies, copies.copy(), np.zeros(len(start)))


def _simulate_copies(seed: int, plan: TumorPlan) -> _Genome:
    rng = stream(seed, "copy_number", "copies")
    genome = _steps(plan)
    n_early = plan.n_change // 2 if plan.wgd else plan.n_change
    for _ in range(n_early):
        _change(rng, genome.clone, _stretch(rng, genome))
    if plan.wgd:
        genome.clone *= 2
        for _ in range(plan.n_change - n_early):
            _change(rng, genome.clone, _stretch(rng, genome))
    for _ in range(plan.n_focal):
        _focal(rng, genome.clone, _stretch(rng, genome, focal=True))
    genome.subclone = genome.clone.copy()
    for _ in range(plan.n_subclonal):
        where = _stretch(rng, genome)
        _change(rng, genome.subclone, where)
        genome.fraction[where] = rng.uniform(0.2, 0.8)
    return genome


def _stretch(rng: np.random.Generator, genome: _Genome, *, focal: bool = False) -> slice:
    """Steps of a chromosome (1 in 5), an arm (half) or a piece of one, or of 1 to 3 Mb."""
    sizes = np.array([length for _, length, _ in CHROMOSOMES_MB])
    name, length, centromere = CHROMOSOMES_MB[rng.choice(len(sizes), p=sizes / sizes.sum())]
    arms = [(0.0, centromere), (centromere, length)]
    low, high = arms[rng.choice(2, p=np.array([centromere, length - centromere]) / length)]
    kind = rng.random()
    if focal:
        size = rng.uniform(1, 3)
        low = rng.uniform(low, high - size)
        high = low + size
    elif kind < 0.2:
        low, high = 0.0, length
    elif kind > 0.7:
        low, high = np.sort(rng.uniform(low, high, 2))
        high = min(max(high, low + 5), length)
    first = int(np.flatnonzero(genome.chrom == name)[0])
    n = round(length / STEP_MB)
    begin = min(int(low / STEP_MB), n - 1)
    return slice(first + begin, first + max(begin + 1, min(int(np.ceil(high / STEP_MB)), n)))


def _change(rng: np.random.Generator, copies: IntArray, where: slice) -> None:
    """A gain, loss or copy-neutral loss of heterozygosity, in place; an allele that is lost stays lost."""
    kind: Change = rng.choice(["gain", "double_gain", "loss", "copy_neutral_loh"], p=[0.4, 0.08, 0.37, 0.15])
    allele = int(rng.integers(2))
    here = copies[:, where]
    present = here[allele] > 0
    alone = here.sum(axis=0) <= 1
    if kind in ("gain", "double_gain"):
        here[allele, present] += 1 if kind == "gain" else 2
    elif kind == "loss":
        here[allele, present & ~alone] -= 1
    else:
        swap = (here > 0).all(axis=0)
        here[1 - allele, swap] += here[allele, swap]
        here[allele, swap] = 0


def _focal(rng: np.random.Generator, copies: IntArray, where: slice) -> None:
    """An amplification of 4 to 20 copies of an allele, or (1 in 3) a homozygous deletion, in place."""
    if rng.random() < 1 / 3:
        copies[:, where] = 0
    else:
        allele = int(rng.integers(2))
        copies[allele, where] += np.where(copies[allele, where] > 0, rng.integers(4, 21), 0)


def _simulate_bins(seed: int, plan: TumorPlan, genome: _Genome, cells: FloatArray) -> Bins:
    rng = stream(seed, "copy_number", "bins")
    slots = round(STEP_MB * 1e6) // BIN_SPACING
    slot = np.sort(rng.choice(len(cells) * slots, size=plan.n_bin, replace=False))
    step, start = slot // slots, genome.start[slot // slots] + slot % slots * BIN_SPACING
    weight = rng.uniform(0.4, 1.0, plan.n_bin)
    noise = rng.normal(0, 1, plan.n_bin) * plan.bin_sd / np.sqrt(weight / weight.mean())
    stray = rng.random(plan.n_bin) < STRAY_BINS
    noise[stray] += rng.normal(0, 1.0, int(stray.sum()))
    log2 = np.log2(np.maximum(cells[step], 0.02) / 2) + noise + _waves(rng, plan, genome)[step]
    log2 -= np.median(log2[genome.chrom[step] != "chrX"])
    depth = plan.depth * 2**log2
    columns = {"chrom": genome.chrom[step], "start": start, "end": start + BIN_SIZE, "log2": log2}
    return Bins.of({**columns, "weight": weight, "depth": depth})


def _waves(rng: np.random.Generator, plan: TumorPlan, genome: _Genome) -> FloatArray:
    """The sum of three sine waves a chromosome, standard deviation `wave_sd`, shape (n_step,)."""
    waves = np.zeros(len(genome.start))
    for name, _, _ in CHROMOSOMES_MB:
        own = genome.chrom == name
        position = genome.start[own] / 1e6
        for _ in range(3):
            length, phase = rng.uniform(*WAVE_MB), rng.uniform(0, 2 * np.pi)
            waves[own] += np.sin(2 * np.pi * position / length + phase) * plan.wave_sd * np.sqrt(2 / 3)
    return waves


def _simulate_het(seed: int, plan: TumorPlan, genome: _Genome, cells: FloatArray) -> HetSites:
    rng = stream(seed, "copy_number", "het")
    can = np.ones(len(cells), bool) if plan.sex == "female" else genome.chrom != "chrX"
    step = np.sort(rng.choice(np.flatnonzero(can), size=plan.n_het))
    position = genome.start[step] + rng.integers(0, round(STEP_MB * 1e6), plan.n_het)
    allele = rng.integers(2, size=plan.n_het)
    copies = genome.total[allele, step]
    share = (plan.purity * copies + (1 - plan.purity)) / cells[step]
    stray = rng.random(plan.n_het) < STRAY_SITES
    share = np.where(stray, rng.choice([0.02, 0.2, 0.8, 0.98], plan.n_het), share)
    t_depth = rng.poisson(rng.gamma(4, plan.depth / 4, plan.n_het) * cells[step] / np.median(cells))
    n_depth = np.maximum(rng.poisson(rng.gamma(4, 80 / 4, plan.n_het)), 10)
    t_alt, n_alt = (
        _reads(rng, depth, seen) for depth, seen in ((t_depth, share), (n_depth, np.full(plan.n_het, 0.5)))
    )
    columns = {"chrom": genome.chrom[step], "pos": position, "t_alt": t_alt, "t_ref": t_depth - t_alt}
    return HetSites.of({**columns, "n_alt": n_alt, "n_ref": n_depth - n_alt})


def _reads(rng: np.random.Generator, depth: IntArray, share: FloatArray) -> IntArray:
    """Reads with the alternate base, beta-binomial, biased against it."""
    odds = ALT_SHARE / (1 - ALT_SHARE)
    seen = np.clip(share * odds / (share * odds + 1 - share), 0.002, 0.998)
    return rng.binomial(depth, rng.beta(seen * CONCENTRATION, (1 - seen) * CONCENTRATION))


def _truth(genome: _Genome, plan: TumorPlan) -> Segments:
    changed = (genome.subclone != genome.clone).any(axis=0)
    copies = np.where(changed, genome.subclone, genome.clone)
    fraction = np.where(changed, genome.fraction, 1.0)
    keys = np.vstack([copies, fraction * 1e6])
    breaks = (np.diff(keys, axis=1) != 0).any(axis=0) | (genome.chrom[1:] != genome.chrom[:-1])
    first = np.concatenate([[0], np.flatnonzero(breaks) + 1])
    last = np.concatenate([first[1:], [len(genome.start)]]) - 1
    unknown = np.full(len(first), np.nan)
    zero = np.zeros(len(first), np.int64)
    return Segments.of(
        {
            "chrom": genome.chrom[first],
            "start": genome.start[first],
            "end": genome.start[last] + round(STEP_MB * 1e6),
            "n_bin": zero,
            "log2": unknown,
            "n_het": zero,
            "baf": unknown,
            "total_cn": copies.sum(axis=0)[first],
            "minor_cn": copies.min(axis=0)[first],
            "cell_fraction": fraction[first] * plan.purity,
        }
    )
