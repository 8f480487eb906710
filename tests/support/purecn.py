"""PureCN in R, on the bins and heterozygous sites of a simulated tumour: a peer for purity and ploidy."""

from __future__ import annotations

import math
from pathlib import Path

from ascat import PeerFit, run_r

from wes_biomarkers.features.allele_segments import Bins, HetSites
from wes_biomarkers.simulate.copy_number import CHROMOSOMES_MB, SimulatedTumor

#: Segments are PureCN's own CBS, by weight. Sites off target are kept: simulated sites lie between bins.
#: Its ploidy is averaged over the autosomes, as the truth is. Without a solution it stops at an empty list.
PURECN = """\
args <- commandArgs(TRUE); set.seed(1)
suppressMessages(library(PureCN))
f <- function(name) file.path(args[1], name)
t <- read.delim(f("coverage.tsv"))
size <- t$end - t$start
coverage <- function(depth) GRanges(t$chrom, IRanges(t$start + 1, t$end), coverage = depth * size,
    average.coverage = depth, counts = depth * size / 100, on.target = TRUE, duplication.rate = NA_real_)
tumor <- coverage(t$depth)
tumor$weights <- t$weight
none <- function(e) if (grepl("subscript out of bounds", conditionMessage(e))) list() else stop(e)
out <- tryCatch(
    runAbsoluteCN(coverage(as.numeric(args[3])), tumor, log.ratio = t$log2, vcf.file = f("sites.vcf"),
                  genome = "hg38", sex = args[2], sampleid = "tumor", plot.cnv = FALSE,
                  args.filterVcf = list(remove.off.target.snvs = FALSE)),
    error = none)
purity <- ploidy <- NA
if (length(out$results)) {
    best <- out$results[[1]]
    autosomes <- best$seg[best$seg$chrom <= 22, ]
    purity <- best$purity
    ploidy <- weighted.mean(autosomes$C, autosomes$size)
}
cat(purity, ploidy, "\\n", file = f("purecn.txt"))
"""

VCF_HEADING = (
    "##fileformat=VCFv4.2",
    '##INFO=<ID=DB,Number=0,Type=Flag,Description="Known germline variant">',
    '##INFO=<ID=SOMATIC,Number=0,Type=Flag,Description="Somatic">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads of each allele">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">',
    *(f"##contig=<ID={name},length={round(length * 1e6)}>" for name, length, _ in CHROMOSOMES_MB),
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ttumor\tnormal",
)


def run_purecn(tumor: SimulatedTumor, folder: Path) -> PeerFit:
    """PureCN's best solution, told the sex and which sites are germline; the normal's depth is even."""
    (folder / "coverage.tsv").write_text(coverage_table(tumor.bins))
    (folder / "sites.vcf").write_text(germline_vcf(tumor.het))
    (folder / "purecn.R").write_text(PURECN)
    run_r(folder / "purecn.R", folder, "F" if tumor.plan.sex == "female" else "M", tumor.plan.depth)
    words = (folder / "purecn.txt").read_text().split()
    purity, ploidy = (math.nan if word == "NA" else float(word) for word in words)
    return PeerFit(purity, ploidy)


def coverage_table(bins: Bins) -> str:
    """Tab-separated bins, 0-based half-open."""
    rows = zip(bins.chrom, bins.start, bins.end, bins.log2, bins.weight, bins.depth, strict=True)
    lines = [f"{c}\t{s}\t{e}\t{log2:.5f}\t{w:.4f}\t{depth:.3f}" for c, s, e, log2, w, depth in rows]
    return "\n".join(["chrom\tstart\tend\tlog2\tweight\tdepth", *lines]) + "\n"


def germline_vcf(het: HetSites) -> str:
    """The sites with reads of tumour and normal, marked as known germline variants; A to G stands for any."""
    reads = (values.astype(int) for values in (het.t_ref, het.t_alt, het.n_ref, het.n_alt))
    lines = [
        f"{c}\t{p + 1}\t.\tA\tG\t.\tPASS\tDB\tGT:AD:DP\t0/1:{tr},{ta}:{tr + ta}\t0/1:{nr},{na}:{nr + na}"
        for c, p, tr, ta, nr, na in zip(het.chrom, het.pos, *reads, strict=True)
    ]
    return "\n".join([*VCF_HEADING, *lines]) + "\n"
