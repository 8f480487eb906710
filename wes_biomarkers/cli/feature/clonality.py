"""`wes-biomarkers feature clonality`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from wes_biomarkers.cli.options import finite, id_options, put_records, specimen_option, vcf_sample_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wes_biomarkers.contracts.record import Record
    from wes_biomarkers.io.clonality_inputs import PairInput

_FILE = click.Path(dir_okay=False)


@click.command("clonality")
@click.option("--vcf", type=_FILE, help="Somatic variants with read counts.")
@click.option("--segments", type=_FILE, help="segments.tsv of `feature copy-number`.")
@click.option("--purity", type=float, callback=finite, help="Share of tumour cells, above 0 to 1.")
@click.option("--purity-record", type=_FILE, help="Record of `feature copy-number`, in place of --purity.")
@click.option(
    "--pairs", type=_FILE, help="Sheet of one patient's pairs in the order of time, for all the above."
)
@click.option(
    "--sex", type=click.Choice(["female", "male", "unknown"]), default="unknown", show_default=True,
    help="For X and Y.",
)  # fmt: skip
@click.option(
    "--reference", type=click.Path(file_okay=False), help="Reference bundle to compare the VCF with."
)
@vcf_sample_options
@id_options()
@specimen_option
@click.option("--min-depth", type=click.IntRange(min=1), default=20, show_default=True,
              help="Tumour depth that the callable regions of --pairs stand for.")  # fmt: skip
@click.option("--only-evolution", is_flag=True, help="Of --pairs, only the records that compare time points.")
@click.option("--variants-out", type=_FILE, help="File for the table of mutations, clonality.tsv.")
@click.option("-o", "--out", type=_FILE, help="File for the records [stdout].")
def command(**options: Any) -> None:
    """Multiplicity, cancer cell fraction and clonality of each mutation that passed, and clusters of them.

    With --pairs the clusters are those of the patient, and each later pair is compared with the first: which
    mutations were gained, lost or kept. One pair gives a single record, several a list.
    """
    from wes_biomarkers.io.bundle import read_bundle
    from wes_biomarkers.io.clonality import write_clonality
    from wes_biomarkers.io.clonality_inputs import PairFiles, read_pair_sheet, read_pairs

    sheet, reference, only_evolution, table_out, out = (
        options.pop(name) for name in ("pairs", "reference", "only_evolution", "variants_out", "out")
    )
    one = ("vcf", "segments", "purity", "purity_record", "pair_id", "tumor", "normal")
    if sheet is not None and (given := [name for name in one if options[name] is not None]):
        raise click.UsageError(f"--pairs names the files itself: leave out --{given[0].replace('_', '-')}.")
    if sheet is None and (options["vcf"] is None or options["segments"] is None):
        raise click.UsageError("Give --vcf and --segments, or --pairs.")
    if options["purity"] is not None and options["purity_record"] is not None:
        raise click.UsageError("Give --purity or --purity-record, not both.")
    files = PairFiles(**options | {"vcf": options["vcf"] or "", "segments": options["segments"] or ""})
    bundle = None if reference is None else read_bundle(reference)
    asked = [files] if sheet is None else read_pair_sheet(sheet, files)
    records, tables = analyse_pairs(read_pairs(asked, bundle))
    if only_evolution:
        records = [record for record in records if record.feature == "evolution"]
    if table_out is not None:
        write_clonality(table_out, tables)
    result: Record | Sequence[Record] = records if sheet is not None else records[0]
    put_records(out, result)


def analyse_pairs(pairs: Sequence[PairInput]) -> tuple[list[Record], dict[str, dict[str, Any]]]:
    """The records of one patient's pairs, and the table of mutations of each by its pair id.

    Records: clonality of every pair; with several, the evolution from the first to each later one. All pairs carry
    the first one's patient. A later pair's table also lists the first one's mutations that it lost.
    """
    from dataclasses import replace

    from wes_biomarkers.features.clonality import assemble_mutations, compute_clonality
    from wes_biomarkers.features.evolution import (
        assign_clusters,
        compute_evolution,
        place,
        union_of,
        with_changes,
    )
    from wes_biomarkers.io.clonality import read_rules

    rules = read_rules()
    patient_id = pairs[0].labels.patient_id
    labels = [replace(pair.labels, patient_id=patient_id) for pair in pairs]
    tables = [assemble_mutations(pair.passed(), pair.sample, rules) for pair in pairs]
    mutations = union_of(tables)
    points = [
        place(mutations, pair.labels.pair_id, pair.variants, pair.reads_at(mutations), pair.sample, rules)
        for pair in pairs
    ]
    tables, cluster_ccf = assign_clusters(mutations, points, tables)
    records = [
        compute_clonality(table, pair.sample, fractions, rules, own)
        for table, pair, fractions, own in zip(tables, pairs, cluster_ccf, labels, strict=True)
    ]
    if len(pairs) > 1:
        for index, (record, change) in enumerate(compute_evolution(points, rules, labels), start=1):
            records.append(record)
            tables[index] = with_changes(tables[index], mutations, points[index], change)
    return records, {own.pair_id: table for own, table in zip(labels, tables, strict=True)}
