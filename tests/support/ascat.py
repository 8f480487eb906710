"""CBS (DNAcopy) and ASCAT in R, on the bins and sites of a simulated tumour: peers for segments and purity."""

from __future__ import annotations

import math
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wes_biomarkers.features.allele_segments import Bins
from wes_biomarkers.simulate.copy_number import SimulatedTumor

#: As CNVkit calls CBS: weights and alpha .0001.
CBS = """\
args <- commandArgs(TRUE); set.seed(1)
suppressMessages(library(DNAcopy))
t <- read.delim(args[1])
cna <- CNA(cbind(t$log2), t$chrom, t$pos, data.type = "logratio", presorted = TRUE)
out <- segment(cna, weights = t$weight, alpha = 0.0001, verbose = 0)$output
write.table(out[, c("chrom", "loc.start", "loc.end")], args[2], sep = "\\t", quote = FALSE, row.names = FALSE)
"""

#: Genotypes of the normal are given, so that ASCAT need not guess them; gamma 1 is for sequencing.
ASCAT = """\
args <- commandArgs(TRUE); set.seed(1)
suppressMessages(library(ASCAT))
f <- function(name) file.path(args[1], name)
a <- ascat.loadData(f("t_logr.tsv"), f("t_baf.tsv"), f("n_logr.tsv"), f("n_baf.tsv"),
                    chrs = c(1:22, "X"), gender = args[2], sexchromosomes = c("X", "Y"))
homozygous <- as.matrix(a$Germline_BAF == 0)
dimnames(homozygous) <- list(rownames(a$Germline_BAF), colnames(a$Germline_BAF))
a <- ascat.aspcf(a, ascat.gg = list(germlinegenotypes = homozygous, failedarrays = NULL), out.dir = NA)
out <- ascat.runAscat(a, gamma = 1, img.dir = args[1])
value <- function(x) if (length(x)) x[[1]] else NA
cat(value(out$purity), value(out$ploidy), "\\n", file = f("fit.txt"))
"""


def has_r(package: str) -> bool:
    """Whether R is at hand with a package."""
    if shutil.which("Rscript") is None:
        return False
    words = ["Rscript", "-e", f"if (!requireNamespace('{package}', quietly = TRUE)) quit(status = 1)"]
    return subprocess.run(words, capture_output=True).returncode == 0


def cbs_segments(bins: Bins, folder: Path) -> dict[str, list]:
    """Columns chrom, start, end of DNAcopy's segments; ends are those of the last bins."""
    (folder / "cbs.R").write_text(CBS)
    rows = zip(bins.chrom, bins.start, bins.log2, bins.weight, strict=True)
    lines = ["chrom\tpos\tlog2\tweight", *(f"{c}\t{p}\t{x:.5f}\t{w:.4f}" for c, p, x, w in rows)]
    (folder / "bins.tsv").write_text("\n".join(lines) + "\n")
    run_r(folder / "cbs.R", folder / "bins.tsv", folder / "cbs.tsv")
    size = {(c, s): e for c, s, e in zip(bins.chrom, bins.start.tolist(), bins.end.tolist(), strict=True)}
    found = [line.split("\t") for line in (folder / "cbs.tsv").read_text().splitlines()[1:]]
    chrom, start, last = [row[0] for row in found], *([int(float(row[i])) for row in found] for i in (1, 2))
    return {"chrom": chrom, "start": start, "end": [size[at] for at in zip(chrom, last, strict=True)]}


@dataclass(frozen=True)
class PeerFit:
    """What another program answers; NaN where it found none."""

    purity: float
    ploidy: float


def run_ascat(tumor: SimulatedTumor, folder: Path) -> PeerFit:
    """ASCAT on the heterozygous sites, each with the log ratio of its nearest bin, and on the other bins."""
    bins, het = tumor.bins, tumor.het
    loci = []
    used = np.zeros(len(bins), bool)
    for name in dict.fromkeys(bins.chrom.tolist()):
        own, sites = np.flatnonzero(bins.chrom == name), np.flatnonzero(het.chrom == name)
        middle = bins.middle[own]
        edges = (middle[1:] + middle[:-1]) / 2
        nearest = own[np.searchsorted(edges, het.pos[sites])]
        used[nearest] = True
        t_baf = het.t_alt[sites] / (het.t_alt[sites] + het.t_ref[sites])
        n_baf = het.n_alt[sites] / (het.n_alt[sites] + het.n_ref[sites])
        label = name.removeprefix("chr")
        loci += zip([label] * len(sites), het.pos[sites], bins.log2[nearest], t_baf, n_baf, strict=True)
        rest = own[~used[own]]
        loci += [(label, int(bins.middle[i]), float(bins.log2[i]), 0.0, 0.0) for i in rest]
    order = {str(n): i for i, n in enumerate([*range(1, 23), "X"])}
    loci = sorted(loci, key=lambda row: (order[row[0]], row[1]))
    for name, column in (("t_logr", 2), ("t_baf", 3), ("n_logr", None), ("n_baf", 4)):
        lines = ["\tchrs\tpos\tS"]
        for index, row in enumerate(loci):
            value = 0.0 if column is None else row[column]
            lines.append(f"L{index}\t{row[0]}\t{row[1]}\t{value:.5f}")
        (folder / f"{name}.tsv").write_text("\n".join(lines) + "\n")
    (folder / "ascat.R").write_text(ASCAT)
    run_r(folder / "ascat.R", folder, "XX" if tumor.plan.sex == "female" else "XY")
    words = (folder / "fit.txt").read_text().split()
    purity, ploidy = (math.nan if word == "NA" else float(word) for word in words)
    return PeerFit(purity, ploidy)


def run_r(script: Path, *words: object) -> None:
    """Run a script; its output is shown where it fails."""
    done = subprocess.run(["Rscript", str(script), *map(str, words)], capture_output=True, text=True)
    assert done.returncode == 0, f"{script.name}: {done.stderr[-3000:]}"
