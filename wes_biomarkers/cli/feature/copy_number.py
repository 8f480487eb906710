"""`wes-biomarkers feature copy-number`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import click

from wes_biomarkers.cli.options import id_options, put_records

if TYPE_CHECKING:
    from wes_biomarkers.contracts.record import Record
    from wes_biomarkers.errors import Fault
    from wes_biomarkers.features.allele_segments import Bins, HetSites
    from wes_biomarkers.features.chromosomes import Genome
    from wes_biomarkers.features.copy_number import Evidence, Thresholds
    from wes_biomarkers.features.gene_copies import GeneCopy, GeneSpan
    from wes_biomarkers.features.purity import PurityFit
    from wes_biomarkers.features.segments import Segments
    from wes_biomarkers.features.tmb import Pair
    from wes_biomarkers.io.bundle import Bundle

_FILE = click.Path(dir_okay=False)
_NO_SOURCE = "give --cnr and --cns, --cns alone, or --segments alone"


@dataclass(frozen=True)
class CopyNumberRequest:
    """What `feature copy-number` was asked; paths as given, None where not."""

    cnr: str | None = None
    cns: str | None = None
    segments: str | None = None
    het_sites: str | None = None
    germline_vcf: str | None = None
    tumor: str | None = None
    normal: str | None = None
    reference: str | None = None
    build: str | None = None
    genes: str | None = None
    sex: Literal["female", "male", "unknown"] = "unknown"
    patient_id: str | None = None
    pair_id: str | None = None
    segments_out: str | None = None
    genes_out: str | None = None
    het_sites_out: str | None = None
    plot: str | None = None
    out: str | None = None

    def fault(self) -> str:
        """Why these options do not go together; empty when they do."""
        if self.segments and any((self.cnr, self.cns, self.het_sites, self.germline_vcf, self.tumor)):
            return "--segments stands alone: leave out the other data files"
        if not self.segments and not self.cns:
            return _NO_SOURCE
        if bool(self.germline_vcf) != bool(self.tumor):
            return "--germline-vcf and --tumor go together"
        if self.het_sites and self.germline_vcf:
            return "give --het-sites, or --germline-vcf with --tumor, not both"
        if (self.het_sites or self.germline_vcf) and not self.cnr:
            return "heterozygous sites need the bins: give --cnr"
        if self.genes and not self.reference:
            return "--genes needs --reference: positions of genes come from its annotation"
        return ""


@dataclass(frozen=True)
class Result:
    """What was computed; `fit` is None where the segments were given."""

    records: list[Record]
    segments: Segments
    genes: list[GeneCopy]
    fit: PurityFit | None = None
    bins: Bins | None = None
    het: HetSites | None = None


@click.command("copy-number")
@click.option("--cnr", type=_FILE, help="Bins with log ratios: CNVkit's .cnr.")
@click.option("--cns", type=_FILE, help="Segments: CNVkit's .cns.")
@click.option("--segments", type=_FILE, help="A segments.tsv instead: scores of its copy numbers alone.")
@click.option(
    "--het-sites", type=_FILE, help="TSV of the normal's heterozygous SNPs: chrom, start, t_ref, t_alt."
)
@click.option("--germline-vcf", type=_FILE, help="Germline calls of the normal, instead of --het-sites ...")
@click.option("--tumor", type=_FILE, metavar="BAM", help="... with the tumour's BAM or CRAM.")
@click.option("--normal", metavar="SAMPLE", help="The normal's column in --germline-vcf [the only one].")
@click.option("--reference", type=click.Path(file_okay=False), help="Reference bundle: contigs, arms, genes.")
@click.option("--build", metavar="NAME", help="GRCh37 or GRCh38: arms, where there is no --reference.")
@click.option("--genes", type=_FILE, help="Gene names to call, one a line [a list for oesophageal cancer].")
@click.option("--sex", type=click.Choice(["female", "male", "unknown"]), default="unknown", show_default=True)
@id_options("the pair", "name of the segments' file", of="records")
@click.option("--segments-out", type=_FILE, help="File for the segments with copy numbers, TSV.")
@click.option("--genes-out", type=_FILE, help="File for the copy number of each gene, TSV.")
@click.option("--het-sites-out", type=_FILE, help="File for the heterozygous sites, TSV.")
@click.option("--plot", type=_FILE, help="Picture of log ratios and allele fractions: .svg, .png or .html.")
@click.option("-o", "--out", type=_FILE, help="File for the records [stdout].")
def command(**options: Any) -> None:
    """Purity, ploidy, copy-number segments, scores, and calls of arms and genes.

    Two records, `purity` and `copy_number`; of --segments the second alone. Absolute copies need --cnr, --cns
    and heterozygous sites; without these, only what log ratios tell is computed.
    """
    import os

    from wes_biomarkers.io.allele_counts import write_het_sites
    from wes_biomarkers.io.gene_copies import write_gene_copies
    from wes_biomarkers.io.segments import write_segments

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    request = CopyNumberRequest(**options)
    if fault := request.fault():
        raise click.UsageError(fault)
    _check_outputs(request)
    result = compute_copy_number_records(request)
    if request.segments_out:
        write_segments(request.segments_out, result.segments)
    if request.genes_out:
        write_gene_copies(request.genes_out, result.genes)
    if request.het_sites_out and result.het is not None:
        write_het_sites(request.het_sites_out, result.het)
    if request.plot:
        _draw(request.plot, result)
    records = result.records[0] if len(result.records) == 1 else result.records
    put_records(request.out, records)


def _check_outputs(request: CopyNumberRequest) -> None:
    """Raise before anything is computed or written where an output could not be written."""
    from pathlib import Path

    from wes_biomarkers.errors import Fault, InputError

    outputs = (request.segments_out, request.genes_out, request.het_sites_out, request.plot, request.out)
    faults = [
        Fault("no such folder for this output", "Make it first.", file=path)
        for path in outputs
        if path is not None and path != "-" and not Path(path).parent.is_dir()
    ]
    if faults:
        raise InputError(faults)
    if request.plot is not None:
        from wes_biomarkers.plots.save import check_suffix

        check_suffix(request.plot)


def compute_copy_number_records(request: CopyNumberRequest) -> Result:
    """The records of a request with the segments and genes they rest on.

    Raises:
        InputError: unreadable or unfit files, segments that overlap or hold NaN, the user's own genes that the
            annotation lacks.
        ReferenceMismatchError: contigs that the reference or the BAM lacks.
    """
    from wes_biomarkers.features.copy_number import compute_copy_number
    from wes_biomarkers.features.purity import call_copies, compute_purity, fit_purity
    from wes_biomarkers.io.bundle import read_bundle
    from wes_biomarkers.io.gene_copies import read_thresholds

    bundle = None if request.reference is None else read_bundle(request.reference)
    thresholds = read_thresholds()
    pair = _pair(request)
    data = _read(request, bundle)
    genome = _genome(request, bundle, data)
    spans, unknown = _genes(request, bundle)
    provenance = _provenance(request, bundle, data, thresholds)
    flags: tuple[str, ...] = ("synthetic",) if bundle is not None and bundle.synthetic else ()
    segments, no_copies, records = data.segments, "the segments have none", []
    fit = None
    if request.segments is None:
        fit = fit_purity(segments, data.bins, data.het, request.sex)
        segments, no_copies = call_copies(segments, fit), fit.reason
        records = [compute_purity(fit, pair, provenance, synthetic=bool(flags))]
        flags = tuple(dict.fromkeys((*fit.flags, *flags)))
    evidence = _evidence(request, genome, spans, unknown, no_copies, flags)
    record, genes = compute_copy_number(segments, evidence, pair, thresholds, provenance)
    return Result([*records, record], segments, genes, fit, data.bins, data.het)


@dataclass(frozen=True)
class _Data:
    """What the files hold; `segments` have copy numbers only where they were given."""

    segments: Segments
    bins: Bins
    het: HetSites
    inputs: dict[str, str] = field(default_factory=dict)


def _read(request: CopyNumberRequest, bundle: Bundle | None) -> _Data:
    from wes_biomarkers.errors import ReferenceMismatchError
    from wes_biomarkers.features.allele_segments import Bins, HetSites, assemble_segments
    from wes_biomarkers.io.allele_counts import het_sites_text
    from wes_biomarkers.io.cnvkit import read_bins_and_holes, read_cbs, segments_of
    from wes_biomarkers.io.files import sha256_file
    from wes_biomarkers.io.segments import read_segments
    from wes_biomarkers.provenance import sha256_of

    no_bins = Bins.of({"chrom": [], "start": [], "end": [], "log2": []})
    no_sites = HetSites.of({"chrom": [], "pos": [], "t_ref": [], "t_alt": []})
    files = {name: getattr(request, name) for name in ("cnr", "cns", "segments", "germline_vcf", "genes")}
    inputs = {role: sha256_file(path) for role, path in files.items() if path is not None and path != "-"}
    if request.segments is not None:
        return _Data(read_segments(request.segments), no_bins, no_sites, inputs)
    cbs = read_cbs(str(request.cns))
    if request.cnr is None:
        return _Data(segments_of(cbs), no_bins, no_sites, inputs)
    (bins, holes), het = read_bins_and_holes(request.cnr), _het_sites(request, bundle)
    if het is not None:
        inputs["het_sites"] = sha256_of(het_sites_text(het).encode())
    known = set(bins.chrom.tolist())
    if faults := _strangers(request, known, {"cns": cbs["chrom"], "het": [] if het is None else het.chrom}):
        raise ReferenceMismatchError(faults)
    het = het if het is not None else no_sites
    return _Data(assemble_segments(bins, cbs, het, holes), bins, het, inputs)


def _het_sites(request: CopyNumberRequest, bundle: Bundle | None) -> HetSites | None:
    """The heterozygous sites with the tumour's reads; None when none were given."""
    from wes_biomarkers.io.allele_counts import count_alleles, read_germline_sites, read_het_sites
    from wes_biomarkers.io.gene_copies import read_site_filters

    if request.het_sites is not None:
        return read_het_sites(request.het_sites)
    if request.germline_vcf is None or request.tumor is None:
        return None
    filters = read_site_filters()
    sites = read_germline_sites(request.germline_vcf, filters, request.normal)
    return count_alleles(request.tumor, sites, filters, None if bundle is None else bundle.path("fasta"))


def _strangers(request: CopyNumberRequest, known: set[str], named: dict[str, Any]) -> list[Fault]:
    """Files that share no contig with the bins: nothing in them would count."""
    from wes_biomarkers.errors import Fault

    files = {"cns": request.cns, "het": request.het_sites or request.germline_vcf}
    remedy = "Give files of the same build, with the same names."
    return [
        Fault("shares no contig name with the bins of --cnr", remedy, file=files[role])
        for role, names in named.items()
        if len(names) and not known & set(names)
    ]


def _genome(request: CopyNumberRequest, bundle: Bundle | None, data: _Data) -> Genome:
    """Lengths and arms, once bins and segments are seen to be of this genome."""
    from wes_biomarkers.errors import Fault, InputError, ReferenceMismatchError
    from wes_biomarkers.features.chromosomes import Genome
    from wes_biomarkers.io.arms import arms_of_build, builds_with_arms, read_arms
    from wes_biomarkers.io.bed import Interval, check_intervals

    if bundle is None:
        if request.build is not None and request.build not in builds_with_arms():
            known = f"Known: {', '.join(builds_with_arms())}; any other by `reference build --arms`."
            raise InputError([Fault("arms are not known", known, column="--build", value=request.build)])
        contigs = list(dict.fromkeys(data.segments.chrom.tolist()))
        return Genome({}, arms_of_build(request.build or "", contigs))
    faults = []
    for file, rows in ((request.segments or request.cns, data.segments), (request.cnr, data.bins)):
        columns = (rows.chrom.tolist(), rows.start.tolist(), rows.end.tolist())
        if places := [Interval(*place) for place in zip(*columns, strict=True)]:
            faults += check_intervals(places, bundle.lengths, str(file))
    if faults:
        raise ReferenceMismatchError(faults)
    own = bundle.path("arms")
    arms = read_arms(own, bundle.lengths) if own else arms_of_build(bundle.build, list(bundle.lengths))
    return Genome(bundle.lengths, arms)


def _genes(request: CopyNumberRequest, bundle: Bundle | None) -> tuple[list[GeneSpan] | None, list[str]]:
    """The genes asked for with their positions, and those of the default list that the annotation lacks."""
    from wes_biomarkers.errors import Fault, InputError
    from wes_biomarkers.io.gene_copies import default_genes, locate, read_gene_list, read_gene_spans

    coding = None if bundle is None else bundle.path("coding")
    if coding is None:
        return None, []
    names = default_genes() if request.genes is None else read_gene_list(request.genes)
    spans, unknown = locate(names, read_gene_spans(coding))
    if unknown and request.genes is not None:
        remedy = "Use the annotation's names (column gene_name of the bundle's transcripts.tsv)."
        raise InputError(
            [
                Fault("no such gene in the reference's annotation", remedy, file=request.genes, value=name)
                for name in unknown
            ]
        )
    return spans, unknown


def _evidence(
    request: CopyNumberRequest,
    genome: Genome,
    spans: list[GeneSpan] | None,
    unknown: list[str],
    no_copies: str,
    flags: tuple[str, ...],
) -> Evidence:
    from wes_biomarkers.features.copy_number import Evidence

    return Evidence(genome, spans, unknown, request.sex, no_copies, flags)


def _pair(request: CopyNumberRequest) -> Pair:
    from pathlib import Path

    from wes_biomarkers.features.tmb import Pair

    name = request.pair_id or Path(str(request.segments or request.cns)).name.split(".")[0] or "pair"
    return Pair(request.patient_id or name, name)


def _provenance(
    request: CopyNumberRequest, bundle: Bundle | None, data: _Data, thresholds: Thresholds
) -> dict[str, Any]:
    from dataclasses import asdict

    from wes_biomarkers.io.gene_copies import read_site_filters
    from wes_biomarkers.provenance import assemble_provenance

    keys = ("fasta", "annotation", "transcripts", "coding", "arms")
    reference = {} if bundle is None else {
        "build": bundle.build,
        "checksums": {key: bundle.checksums[key] for key in keys if key in bundle.checksums},
    }  # fmt: skip
    tools = {}
    if request.germline_vcf is not None:
        import cyvcf2
        import pysam

        tools = {"cyvcf2": cyvcf2.__version__, "pysam": pysam.__version__}
    return assemble_provenance(
        parameters={
            "build": request.build,
            "sex": request.sex,
            "thresholds": asdict(thresholds),
            "het_site": asdict(read_site_filters()),
        },
        inputs=data.inputs,
        reference=reference,
        tools=tools,
    )


def _draw(path: str, result: Result) -> None:
    from wes_biomarkers.plots.copy_number import genome_profile
    from wes_biomarkers.plots.save import save_chart

    save_chart(genome_profile(result.segments, result.bins, result.het, result.records), path)
