"""What `feature neoantigens` reads: types, peptides, binding, and what other features tell."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wes_biomarkers.contracts.hla import LOCI_CLASS_I, Allele
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.hla_types import LocusType
from wes_biomarkers.io.bundle import Bundle, read_bundle
from wes_biomarkers.io.clonality import read_clonality
from wes_biomarkers.io.expression import read_expression
from wes_biomarkers.io.files import sha256_file
from wes_biomarkers.io.hla_import import parse_types, read_types
from wes_biomarkers.io.hla_reference import read_hla_reference
from wes_biomarkers.io.hla_types import read_hla_types
from wes_biomarkers.io.lines import read_lines
from wes_biomarkers.io.neoantigens import lost_alleles, read_epitopes, substitution_scores
from wes_biomarkers.io.peptide_inputs import peptides_from_calls, peptides_from_vep, read_proteins
from wes_biomarkers.io.predictors import CLASSES, open_predictor
from wes_biomarkers.io.predictors.hla_proteins import longest_of_two_fields, translate_hla
from wes_biomarkers.io.records import read_records
from wes_biomarkers.io.regions import read_chosen_transcripts
from wes_biomarkers.io.vcf import VariantSet, read_variants
from wes_biomarkers.neoantigens.binding import Binding, Predictor, predict_binding
from wes_biomarkers.neoantigens.candidates import Facts
from wes_biomarkers.neoantigens.molecules import Molecules
from wes_biomarkers.neoantigens.nearest import nearest_allele
from wes_biomarkers.neoantigens.peptides import Key, Peptide, PeptideRules, PeptideSet
from wes_biomarkers.neoantigens.ranked_table import Likeness
from wes_biomarkers.neoantigens.scoring import Similarity
from wes_biomarkers.neoantigens.self_proteome import SelfProteome
from wes_biomarkers.provenance import assemble_provenance

#: Predictor of class I -> the one of class II that goes with it.
_SECOND = {"netmhcpan": "netmhciipan"}
#: Files of a request by their role in the provenance; the alignment is left out, being large.
_FILES = (
    *("vcf", "hla_table", "proteome", "germline", "clonality", "hla_loh", "expression", "pathogens", "tmb"),
)
_PARAMETERS = ("hla", "predictor", "class_2", "lengths", "lengths_2", "callable_mb")


@dataclass(frozen=True)
class NeoantigenRequest:
    """What `feature neoantigens` was asked; paths as given, None where not."""

    vcf: str
    hla: str | None = None
    hla_table: str | None = None
    reference: str | None = None
    proteome: str | None = None
    germline: str | None = None
    tumor_bam: str | None = None
    clonality: str | None = None
    hla_loh: str | None = None
    expression: str | None = None
    pathogens: str | None = None
    predictor: str = "mhcnuggets"
    class_2: bool = True
    lengths: tuple[int, ...] = (8, 9, 10, 11)
    lengths_2: tuple[int, ...] = (15,)
    nearest: bool = False
    hla_reference: str | None = None
    callable_mb: float | None = None
    tmb: str | None = None
    tumor: str | None = None
    normal: str | None = None
    patient_id: str | None = None
    pair_id: str | None = None
    hla_sample: str | None = None


@dataclass(frozen=True)
class Source:
    """The calls of a request, the names of its record, and its bundle."""

    variants: VariantSet
    patient_id: str
    pair_id: str
    bundle: Bundle | None


def read_source(request: NeoantigenRequest) -> Source:
    """The calls that a request names, with its bundle.

    Raises:
        InputError: unreadable or unfit files.
    """
    bundle = None if request.reference is None else read_bundle(request.reference)
    variants = read_variants(
        request.vcf, request.tumor or None, request.normal or None, "none", pass_only=True
    )
    pair_id = request.pair_id or "_vs_".join(filter(None, (variants.tumor, variants.normal)))
    return Source(variants, request.patient_id or variants.tumor, pair_id, bundle)


def read_alleles(request: NeoantigenRequest) -> tuple[dict[str, list[Allele]], str]:
    """The known alleles by locus, and why class I is not known at all (empty where it is).

    Raises:
        InputError: unreadable tables, names that are refused.
    """
    if request.hla is not None:
        types: Mapping[str, LocusType] = parse_types(request.hla, "--hla")
    elif request.hla_table is not None:
        sample = request.hla_sample
        types = read_types(request.hla_table) if sample is None else read_hla_types(request.hla_table, sample)
    else:
        return {}, "no HLA types were given"
    alleles = {locus: _known(found) for locus, found in types.items()}
    if any(alleles.get(locus) for locus in LOCI_CLASS_I):
        return alleles, ""
    reasons = {types[locus].reason for locus in LOCI_CLASS_I if locus in types and types[locus].reason}
    return alleles, "no HLA class I type" + (f": {'; '.join(sorted(reasons))}" if reasons else "")


def _known(locus: LocusType) -> list[Allele]:
    """The alleles of a locus that count: of one given by hand also the single one that was named."""
    if locus.status != "ok" and locus.source in ("typed", "tumor"):
        return []
    return [allele for allele in (locus.allele_1, locus.allele_2) if allele is not None]


def read_peptides(request: NeoantigenRequest, source: Source) -> tuple[PeptideSet, Sequence[str]]:
    """The peptides of a request, and the proteins they were screened against (none known: empty).

    With a bundle they come of its genome and genes, else of VEP's sequences.

    Raises:
        InputError: unreadable or unfit files, fields that VEP did not write, a bundle without annotation.
        ReferenceMismatchError: files of different genomes.
    """
    chosen = None if source.bundle is None else source.bundle.path("transcripts")
    rules = PeptideRules(
        class_i=request.lengths,
        class_ii=request.lengths_2 if request.class_2 else (),
        chosen=frozenset() if chosen is None else read_chosen_transcripts(chosen),
    )
    proteins = _self_proteins(request, source.bundle)
    proteome = SelfProteome(proteins) if proteins else None
    tumor = source.variants.tumor
    if source.bundle is None:
        return peptides_from_vep(request.vcf, rules, self_proteome=proteome, tumor=tumor), proteins
    fasta, annotation = source.bundle.path("fasta"), source.bundle.path("annotation")
    if fasta is None or annotation is None:
        remedy = "Make it with --gff3 or --gtf, or leave --reference out for a VCF annotated by VEP."
        raise InputError([Fault("the bundle holds no genes", remedy, file=str(source.bundle.root))])
    made = peptides_from_calls(
        request.vcf, fasta, annotation, request.germline, request.tumor_bam, rules,
        self_proteome=proteome, tumor=tumor,
    )  # fmt: skip
    return made, proteins


def _self_proteins(request: NeoantigenRequest, bundle: Bundle | None) -> list[str]:
    """The reference proteome: of --proteome, else of the bundle's genes; empty without either."""
    if request.proteome is not None:
        proteins = [text for text in dict.fromkeys(read_proteins(request.proteome).values()) if text]
        if not any(set(text.upper()) - set("ACGTUN*") for text in proteins):
            remedy = "Give a FASTA of amino acids."
            raise InputError([Fault("holds no protein", remedy, file=request.proteome)])
        return proteins
    fasta, annotation = (None, None) if bundle is None else (bundle.path("fasta"), bundle.path("annotation"))
    if fasta is None or annotation is None:
        return []
    import pysam

    from wes_biomarkers.io.annotation import read_annotation
    from wes_biomarkers.neoantigens.tumor_peptides import reference_proteins

    with pysam.FastaFile(str(fasta)) as genome:
        transcripts = read_annotation(annotation, bundle.lengths if bundle else {}).transcripts
        return list(dict.fromkeys(text for _, text in reference_proteins(transcripts, genome.fetch)))


def read_likeness(request: NeoantigenRequest, proteins: Sequence[str]) -> Likeness:
    """What peptides are compared with: the proteome, and the epitopes of --pathogens.

    Raises:
        InputError: epitopes that cannot be read.
    """
    if not proteins and request.pathogens is None:
        return Likeness()
    scores = substitution_scores()
    return Likeness(
        Similarity(proteins, scores) if proteins else None,
        None if request.pathogens is None else Similarity(read_epitopes(request.pathogens), scores),
    )


def bind(
    request: NeoantigenRequest,
    peptides: Sequence[Peptide],
    molecules: Iterable[Molecules],
    bundle: Bundle | None,
) -> tuple[dict[str, Binding], dict[str, str]]:
    """Binding by class of all peptides and wild types, and the predictors' versions by name.

    A class without molecules, or that was not asked for, is left out.

    Raises:
        InputError: an unknown predictor, no weights; --nearest without proteins of the alleles.
        ToolError: a predictor that is not installed.
    """
    found, tools = {}, {}
    borrowed = {} if bundle is None or "hla_borrowed" not in bundle.files else _borrowed(bundle)
    for part in molecules:
        if not part.names or (part.mhc_class == "II" and not request.class_2):
            continue
        predictor, ranks = open_predictor(_predictor_of(request.predictor, part.mhc_class), part.mhc_class)
        tools[predictor.name] = predictor.version
        own = [peptide for peptide in peptides if peptide.mhc_class == part.mhc_class]
        texts = [p.sequence for p in own] + [p.wildtype for p in own if p.wildtype is not None]
        nearest = _nearest(predictor, request.hla_reference, bundle) if request.nearest else None
        found[part.mhc_class] = predict_binding(
            texts, part.distinct, predictor, ranks, borrowed=borrowed, nearest=nearest
        )
    return found, tools


def _predictor_of(name: str, mhc_class: str) -> str:
    """The predictor of a class that goes with the one asked for."""
    if mhc_class == "I" or "II" in CLASSES.get(name, ()):
        return name
    return _SECOND.get(name, "mhcnuggets")


def _borrowed(bundle: Bundle) -> dict[str, str]:
    """The real allele, or molecule, whose model each invented one borrows."""
    return dict(read_hla_reference(bundle.root).borrowed)


def _nearest(predictor: Predictor, folder: str | None, bundle: Bundle | None) -> Callable[[str], str | None]:
    """Finds the supported allele nearest to one that is not, by the proteins of a folder or bundle."""
    supported: Any = getattr(predictor, "alleles", None)
    if folder is None and bundle is not None and "hla_alleles" in bundle.files:
        folder = str(bundle.root)
    if supported is None or folder is None:
        remedy = "Give --hla-reference, or a --reference made with --hla, and mhcnuggets as predictor."
        raise InputError([Fault("nothing tells which allele is nearest", remedy, column="--nearest")])
    reference = read_hla_reference(folder)
    coding = zip(map(str, reference.alleles), reference.sequences, strict=True)
    known = ((str(allele), protein) for allele, protein in reference.proteins.items())
    proteins = translate_hla(coding) | longest_of_two_fields(known)
    return lambda allele: nearest_allele(allele, supported, proteins)


def read_facts(request: NeoantigenRequest, source: Source) -> Facts:
    """Allele fractions, clonality, expression and HLA loss, as far as given.

    Raises:
        InputError: tables that cannot be read.
    """
    base = source.variants.base
    vaf = dict(zip(_keys(base), base["vaf"].tolist(), strict=True))
    clonality: dict[Key, str] | None = None
    ccf: dict[Key, float] = {}
    if request.clonality is not None:
        table = read_clonality(request.clonality, source.pair_id)
        names = _keys(table)
        clonality = {key: text for key, text in zip(names, table["clonality"], strict=True) if text}
        if "ccf" in table:
            ccf = dict(zip(names, table["ccf"].tolist(), strict=True))
    expression = None
    if request.expression is not None:
        transcripts = None if source.bundle is None else source.bundle.path("transcripts")
        ids = {} if transcripts is None else _gene_ids(transcripts)
        expression = read_expression(request.expression, source.variants.tumor, ids)
    lost = None if request.hla_loh is None else lost_alleles(request.hla_loh, source.pair_id)
    return Facts(vaf, ccf, clonality, expression, lost)


def _gene_ids(path: Path) -> dict[str, str]:
    """Gene id by gene name of a bundle's transcripts.tsv."""
    lines = [line.split("\t") for line in read_lines(path)]
    name, gene_id = lines[0].index("gene_name"), lines[0].index("gene_id")
    return {cells[name]: cells[gene_id] for cells in lines[1:]}


def _keys(columns: Mapping[str, Any]) -> list[Key]:
    places = (
        columns["chrom"].tolist(),
        map(int, columns["start"]),
        columns["ref"].tolist(),
        columns["alt"].tolist(),
    )
    return list(zip(*places, strict=True))


def read_callable_mb(request: NeoantigenRequest, pair_id: str) -> float | None:
    """Callable Mb as given, or those of the record of `feature tmb` by wes_nonsyn; None where unknown.

    Raises:
        InputError: a file without such a record, or with one of another pair.
    """
    if request.callable_mb is not None or request.tmb is None:
        return request.callable_mb
    for record in read_records(request.tmb):
        if record.feature == "tmb" and record.definition_id == "wes_nonsyn":
            if record.pair_id and record.pair_id != pair_id:
                remedy = "Give the records of this pair, or name it: --pair-id."
                fault = Fault("is the record of another pair", remedy, file=request.tmb, value=record.pair_id)
                raise InputError([fault])
            value = record.values.get("callable_mb")
            return None if value is None else float(value)
    remedy = "Give the records of `wes-biomarkers feature tmb --callable ...`."
    raise InputError([Fault("holds no record of tmb by wes_nonsyn", remedy, file=request.tmb)])


def flags_of(
    source: Source, proteins: Sequence[str], facts: Facts, peptides: Sequence[Peptide]
) -> tuple[str, ...]:
    """What the record says of the data as a whole."""
    table = facts.expression
    known = (
        [not math.isnan(table.of(p.gene, p.transcripts)) for p in peptides] if table is not None else [True]
    )
    found = {
        "no_expression_match": bool(known) and not any(known),
        "synthetic": source.bundle is not None and source.bundle.synthetic,
        "no_self_proteome": not proteins,
    }
    return tuple(flag for flag, applies in found.items() if applies)


def provenance_of(request: NeoantigenRequest, source: Source, tools: Mapping[str, str]) -> dict[str, Any]:
    """Checksums of the files that were read, the predictor, and what was asked."""
    files = {name: getattr(request, name) for name in _FILES}
    bundle = source.bundle
    return assemble_provenance(
        parameters={name: getattr(request, name) for name in _PARAMETERS}
        | {"nearest": request.nearest, "phased_by_reads": request.tumor_bam is not None},
        inputs={name: sha256_file(path) for name, path in files.items() if path is not None},
        reference={} if bundle is None else {"build": bundle.build, "files": dict(bundle.checksums)},
        tools=tools,
    )
