"""`wes-biomarkers reference build | check | msi-baseline`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click


def _say(context: click.Context) -> Callable[[str], None]:
    quiet = bool((context.obj or {}).get("quiet"))
    return (lambda text: None) if quiet else (lambda text: click.echo(text, err=True))


_FILE = click.Path(path_type=Path)


@click.group("reference")
def command() -> None:
    """Make or verify a reference bundle."""


@command.command("build")
@click.option("--fasta", required=True, type=_FILE, help="The genome; plain, gzip or bgzip.")
@click.option(
    "--targets",
    required=True,
    multiple=True,
    metavar="[NAME=]BED",
    help="A capture kit: BED or interval list; repeat for several.",
)
@click.option("--gff3", type=_FILE, help="Gene annotation: GFF3 of Ensembl, GENCODE or NCBI.")
@click.option("--gtf", type=_FILE, help="Gene annotation: GTF.")
@click.option(
    "--known-sites", multiple=True, type=_FILE, metavar="VCF", help="For base recalibration; repeat."
)
@click.option("--germline", type=_FILE, metavar="VCF", help="Population frequencies (INFO/AF).")
@click.option("--pon", type=_FILE, metavar="VCF", help="Panel of normals.")
@click.option(
    "--hla",
    type=_FILE,
    metavar="DIR",
    help="Folder of IMGT/HLA's FASTA files (*_nuc*; *_gen*, *_prot* where wanted).",
)
@click.option("--arms", type=_FILE, metavar="BED", help="Chromosome arms; known for GRCh37 and GRCh38.")
@click.option(
    "--domains",
    type=_FILE,
    metavar="TABLE",
    help="Protein domains: transcript_id or gene, start, end (residues), name.",
)
@click.option("--build", "build_name", metavar="NAME", help="Name of the build; guessed when not given.")
@click.option("--synthetic", is_flag=True, help="The genome is invented; every result says so.")
@click.option("--out", required=True, type=_FILE, metavar="DIR", help="The bundle's folder.")
@click.option("--force", is_flag=True, help="Replace a bundle made from other inputs.")
@click.pass_context
def build(
    context: click.Context,
    /,
    *,
    targets: tuple[str, ...],
    gff3: Path | None,
    gtf: Path | None,
    build_name: str | None,
    out: Path,
    force: bool,
    **files: object,
) -> None:
    """Check the inputs against each other, index them, and write the bundle DIR."""
    from wes_biomarkers.reference.build import build_bundle
    from wes_biomarkers.reference.check import summarise
    from wes_biomarkers.reference.inputs import BundleInputs, parse_targets

    if gff3 and gtf:
        raise click.UsageError("give --gff3 or --gtf, not both")
    inputs = BundleInputs(
        targets=parse_targets(targets),
        annotation=gff3 or gtf,
        build=build_name,
        **files,  # type: ignore[arg-type]
    )
    bundle, made = build_bundle(inputs, out, force=force, say=_say(context))
    head = f"made {out}" if made else f"{out} is already there, made from the same inputs"
    click.echo(f"{head}\n{summarise(bundle)}")


@command.command("check")
@click.argument("directory", metavar="DIR", type=_FILE)
@click.pass_context
def check(context: click.Context, directory: Path) -> None:
    """Recompute the checksums of a bundle and compare its indices and contigs."""
    from wes_biomarkers.reference.check import check_bundle, summarise

    bundle = check_bundle(directory, say=_say(context))
    click.echo(f"{directory} holds\n{summarise(bundle)}")


@command.command("msi-baseline")
@click.option("--reference", required=True, type=_FILE, metavar="DIR", help="Reference bundle.")
@click.option("--out", required=True, type=_FILE, help="File of the baseline: *.tsv.gz.")
@click.option("--min-depth", type=click.IntRange(min=1), help="Least reads of a normal at a site [20].")
@click.option("--processes", type=click.IntRange(min=1), default=1, show_default=True, help="Side by side.")
@click.argument("bams", nargs=-1, required=True, metavar="BAM...", type=_FILE)
@click.pass_context
def msi_baseline(
    context: click.Context,
    /,
    *,
    reference: Path,
    out: Path,
    min_depth: int | None,
    processes: int,
    bams: tuple[Path, ...],
) -> None:
    """What normals show at each microsatellite, for `feature msi --baseline` of tumours without a normal."""
    from wes_biomarkers.reference.msi_baseline import build_msi_baseline

    summary = build_msi_baseline(
        bams, reference, out, min_depth=min_depth, processes=processes, say=_say(context)
    )
    click.echo(f"made {out}\n{summary}")
