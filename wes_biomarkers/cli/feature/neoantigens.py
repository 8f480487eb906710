"""`wes-biomarkers feature neoantigens`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from wes_biomarkers.cli.options import finite, id_options, put_records, vcf_sample_options

if TYPE_CHECKING:
    from wes_biomarkers.contracts.record import Record
    from wes_biomarkers.io.neoantigen_inputs import NeoantigenRequest
    from wes_biomarkers.neoantigens.peptides import PeptideSet
    from wes_biomarkers.neoantigens.ranked_table import RankedTable

_FILE = click.Path(dir_okay=False)
_PREDICTORS = ("mhcnuggets", "smmpmbec", "mhcflurry", "netmhcpan")


def _lengths(context: click.Context, parameter: click.Parameter, value: str) -> tuple[int, ...]:
    """Lengths of a text such as `8-11` or `9,10`."""
    lengths: list[int] = []
    for part in value.split(","):
        first, dash, last = part.strip().partition("-")
        try:
            found = range(int(first), int(last if dash else first) + 1)
            if not found or found[0] < 1:
                raise ValueError("the last is less than the first")
            lengths += found
        except ValueError as error:
            raise click.BadParameter(
                f"{part!r} is no length, such as 9 or 8-11.", context, parameter
            ) from error
    return tuple(dict.fromkeys(lengths))


@click.command("neoantigens")
@click.option("--vcf", type=_FILE, required=True, help="Somatic variants of one tumour.")
@click.option("--hla", metavar="TYPES", help="HLA types: A*02:01,A*03:01,...; a homozygous one twice.")
@click.option("--hla-table", type=_FILE, help="hla.tsv of `feature hla`, or another typing program's result.")
@click.option("--hla-sample", metavar="SAMPLE", help="Sample of --hla-table, where it has several.")
@click.option("--reference", type=click.Path(file_okay=False),
              help="Reference bundle [a VCF annotated by VEP needs none].")  # fmt: skip
@click.option("--proteome", type=_FILE, help="FASTA of normal proteins [the bundle's genes].")
@click.option("--germline", type=_FILE, help="Germline variants of the normal, to phase.")
@click.option("--tumor-bam", type=_FILE, help="Tumour's alignment, to phase neighbouring variants.")
@click.option("--clonality", type=_FILE, help="clonality.tsv of `feature clonality`.")
@click.option("--hla-loh", type=_FILE, help="hla_loh.tsv of `feature hla-loh`.")
@click.option("--expression", type=_FILE, help="Table of genes or transcripts with TPM.")
@click.option("--pathogens", type=_FILE, help="Epitopes of pathogens, FASTA or one a line, to compare with.")
@click.option("--predictor", type=click.Choice(_PREDICTORS), default="mhcnuggets", show_default=True,
              help="Of binding; class II by netmhciipan with netmhcpan, else by mhcnuggets.")  # fmt: skip
@click.option("--class-2/--no-class-2", default=True, show_default=True, help="Also class II peptides.")
@click.option("--lengths", default="8-11", show_default=True, callback=_lengths, help="Of class I peptides.")
@click.option("--lengths-2", default="15", show_default=True, callback=_lengths, help="Of class II peptides.")
@click.option(
    "--nearest", is_flag=True, help="For an allele without a model take that of the nearest one (flagged)."
)
@click.option(
    "--hla-reference",
    type=click.Path(file_okay=False),
    help="IMGT/HLA's files, for --nearest [the bundle's].",
)
@click.option("--callable-mb", type=click.FloatRange(min=0, min_open=True), callback=finite,
              help="Mb in which a variant would have been called.")  # fmt: skip
@click.option("--tmb", type=_FILE, help="Records of `feature tmb`, in place of --callable-mb.")
@vcf_sample_options
@id_options()
@click.option("--table", type=_FILE, help="File for the ranked table, neoantigens.tsv.")
@click.option("--all-peptides", is_flag=True, help="In the table every peptide with every molecule.")
@click.option("--fasta", type=_FILE, help="File for the mutated proteins, for a mass-spectrometry search.")
@click.option("--plot", type=_FILE, help="File for a chart of the ranked candidates (.svg, .png, .html).")
@click.option("-o", "--out", type=_FILE, help="File for the record [stdout].")
def command(**options: Any) -> None:
    """Neoantigen burden, and a ranked table of candidates, from somatic variants and HLA types.

    Without --reference the peptides come of the proteins that VEP wrote into the VCF. Predicted binding is not
    immunogenicity.
    """
    from wes_biomarkers.io.neoantigen_inputs import NeoantigenRequest
    from wes_biomarkers.io.neoantigens import write_neoantigens
    from wes_biomarkers.io.peptide_inputs import write_protein_fasta

    names = ("table", "all_peptides", "fasta", "plot", "out")
    table_out, every, fasta, plot, out = (options.pop(name) for name in names)
    if options["hla"] is not None and options["hla_table"] is not None:
        raise click.UsageError("Give --hla or --hla-table, not both.")
    if options["callable_mb"] is not None and options["tmb"] is not None:
        raise click.UsageError("Give --callable-mb or --tmb, not both.")
    if plot is not None:
        from wes_biomarkers.plots.save import check_suffix

        check_suffix(plot)
    record, table, made = compute(NeoantigenRequest(**options), every)
    if table_out is not None:
        write_neoantigens(table_out, table)
    if fasta is not None:
        write_protein_fasta(fasta, made)
    if plot is not None:
        _draw(plot, record, table)
    put_records(out, record)


def compute(request: NeoantigenRequest, every: bool = False) -> tuple[Record, RankedTable, PeptideSet]:
    """The record, the ranked table (with `every` all peptides and molecules) and the peptides of a request."""
    from wes_biomarkers.io import neoantigen_inputs as inputs
    from wes_biomarkers.io.neoantigens import read_rules
    from wes_biomarkers.neoantigens.burden import (
        Tumor,
        compute_neoantigens,
        protein_changing,
        unreadable_variants,
    )
    from wes_biomarkers.neoantigens.candidates import best_of_each, pair_up, ranked
    from wes_biomarkers.neoantigens.molecules import molecules_of
    from wes_biomarkers.neoantigens.ranked_table import describe

    rules = read_rules()
    source = inputs.read_source(request)
    alleles, untyped = inputs.read_alleles(request)
    molecules = molecules_of(alleles)
    callable_mb = inputs.read_callable_mb(request, source.pair_id)
    facts = inputs.read_facts(request, source)
    made, proteins = inputs.read_peptides(request, source)
    likeness = inputs.read_likeness(request, proteins)
    binding, tools = inputs.bind(request, made.peptides, molecules, source.bundle)
    missing = ""
    if not source.variants.has_filter:
        missing = "no caller's FILTER was applied: nothing tells calls from candidates"
    tumor = Tumor(
        patient_id=source.patient_id,
        pair_id=source.pair_id,
        variants=protein_changing(made),
        unreadable=unreadable_variants(made),
        untyped=untyped,
        peptides=made.peptides,
        molecules={part.mhc_class: part for part in molecules},
        binding=binding,
        facts=facts,
        callable_mb=callable_mb,
        missing=missing,
        flags=inputs.flags_of(source, proteins, facts, made.peptides),
        provenance=inputs.provenance_of(request, source, tools),
    )
    pairs = pair_up(made.peptides, binding, facts, rules)
    rows = ranked(pairs, made.peptides) if every else best_of_each(pairs, made.peptides)
    return compute_neoantigens(tumor, pairs), describe(rows, pairs, tumor, rules, likeness), made


def _draw(path: str, record: Record, table: RankedTable) -> None:
    import pandas as pd

    from wes_biomarkers.plots.neoantigens import ranked_candidates
    from wes_biomarkers.plots.save import save_chart

    frame = pd.DataFrame(dict(table.columns))
    save_chart(ranked_candidates(frame, record.pair_id, record.flags), path)
