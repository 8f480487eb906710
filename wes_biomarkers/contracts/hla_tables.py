"""The cohort's tables of HLA types, HLA loss and neoantigens."""

from __future__ import annotations

from wes_biomarkers.contracts.columns import clonality_column, fraction_column, pair_column, patient_column
from wes_biomarkers.contracts.hla import LOCI, LOCI_CLASS_I
from wes_biomarkers.contracts.schema import Column, Table


def _copies(number: int) -> tuple[Column, ...]:
    of = f"copies of allele {number} in a tumour cell"
    return (
        Column(f"cn_{number}", "float", of, minimum=0),
        Column(f"cn_{number}_low", "float", f"lower end of the 95 % interval of the {of}", minimum=0),
        Column(f"cn_{number}_high", "float", f"upper end of the 95 % interval of the {of}", minimum=0),
    )


HLA = Table(
    name="hla", key=("pair_id", "locus"), version=1,
    doc="HLA types of the patient of every pair, as hla.tsv of the pair gives them.",
    columns=(
        patient_column(),
        pair_column(),
        Column("locus", "string", "HLA gene", nullable=False, allowed=LOCI),
        Column("allele_1", "string", "first allele; both are the same where it is homozygous"),
        Column("allele_2", "string", "second allele"),
        Column("n_read", "int", "read pairs of the locus", minimum=0),
        Column("n_read_1", "int", "read pairs that only allele 1 explains", minimum=0),
        Column("n_read_2", "int", "read pairs that only allele 2 explains", minimum=0),
        Column("n_read_shared", "int", "read pairs that both explain", minimum=0),
        Column("second_1", "string", "first allele of the second-best solution"),
        Column("second_2", "string", "second allele of the second-best solution"),
        Column("margin", "float", "how much better the best solution is than the second, as typing scores them"),
        Column("ambiguity_1", "string", "alleles that the reads cannot tell from allele 1, separated by semicolons"),
        Column("ambiguity_2", "string", "alleles that the reads cannot tell from allele 2, separated by semicolons"),
        Column("confidence", "string", "of the typing", allowed=("high", "low")),
        Column("status", "string", "whether the locus could be typed", nullable=False,
               allowed=("ok", "not_evaluable")),
        Column("reason", "string", "why not"),
        Column("source", "string", "where the types come from"),
    ),
)  # fmt: skip

HLA_LOH = Table(
    name="hla_loh", key=("pair_id", "locus"), version=1,
    doc="Loss of an HLA allele in every tumour, as hla_loh.tsv of the pair gives it.",
    columns=(
        patient_column(),
        pair_column(),
        Column("locus", "string", "HLA gene", nullable=False, allowed=LOCI_CLASS_I),
        Column("allele_1", "string", "first allele"),
        Column("allele_2", "string", "second allele"),
        Column("n_site", "int", "places where the alleles differ and reads were counted", minimum=0),
        *(
            Column(f"n_read_{sample}_{number}", "int", f"read pairs of the {sample} with allele {number}", minimum=0)
            for sample in ("tumor", "normal")
            for number in (1, 2)
        ),
        *_copies(1),
        *_copies(2),
        Column("p_value", "float", "that tumour and normal carry both alleles in equal shares", minimum=0, maximum=1),
        Column("total_cn", "float", "copies of the locus in a tumour cell, by its segment", minimum=0),
        Column("state", "string", "whether an allele is lost", nullable=False,
               allowed=("loss", "kept", "homozygous", "review", "not_evaluable")),
        Column("lost_allele", "string", "the allele that is lost"),
        Column("reason", "string", "why the state is what it is"),
    ),
)  # fmt: skip

NEOANTIGEN = Table(
    name="neoantigen", key=("pair_id", "mhc_class", "rank"), version=1,
    doc="Ranked neoantigen candidates of every pair, a row a variant and MHC class, as neoantigens.tsv gives them.",
    columns=(
        patient_column(),
        pair_column(),
        Column("mhc_class", "string", "class of the HLA molecule", nullable=False, allowed=("I", "II")),
        Column("rank", "int", "place among the candidates of the class, from 1", nullable=False, minimum=1),
        Column("tier", "string", "how much speaks for it"),
        Column("tier_reason", "string", "why it is in its tier"),
        Column("gene", "string", "symbol"),
        Column("chrom", "string", "contig of the variant", nullable=False),
        Column("start", "int", "first base of the variant, 0-based", nullable=False, minimum=0),
        Column("ref", "string", "reference allele", nullable=False),
        Column("alt", "string", "alternate allele", nullable=False),
        Column("consequence", "string", "of the variant in the transcript"),
        Column("protein_change", "string", "of the variant in the transcript"),
        Column("peptide", "string", "mutated peptide that binds best", nullable=False),
        Column("wildtype", "string", "its counterpart without the variant"),
        Column("allele", "string", "HLA molecule it binds best", nullable=False),
        Column("allele_model", "string", "allele whose model was used"),
        Column("ic50_nm", "float", "predicted affinity", unit="nM", minimum=0),
        Column("rank_pct", "float", "percentile rank of the affinity", unit="percent", minimum=0, maximum=100),
        Column("strong", "bool", "a strong binder"),
        Column("weak", "bool", "a weak binder, and not a strong one"),
        Column("ic50_wt_nm", "float", "predicted affinity of the counterpart", unit="nM", minimum=0),
        Column("rank_wt_pct", "float", "percentile rank of the counterpart", unit="percent", minimum=0, maximum=100),
        Column("dai_nm", "float", "affinity of the counterpart less that of the peptide", unit="nM"),
        Column("fold_change", "float", "affinity of the counterpart / that of the peptide", minimum=0),
        Column("amplitude", "float", "amplitude (Luksza 2017); class I", minimum=0),
        Column("anchor", "string", "where the change lies, at anchors or facing the T cell"),
        Column("hydrophobicity", "float", "mean of the residues that face the T cell (Kyte and Doolittle)"),
        fraction_column("self_similarity", "to the most similar piece of the normal proteome"),
        fraction_column("pathogen_similarity", "to the most similar known epitope of a pathogen"),
        fraction_column("vaf", "allele fraction of the variant"),
        fraction_column("ccf", "cancer cell fraction of the variant"),
        clonality_column("of the variant"),
        Column("expression_tpm", "float", "expression of the gene or transcript", unit="TPM", minimum=0),
        Column("hla_lost", "bool", "whether the tumour lost the molecule"),
        Column("phbr", "float", "harmonic mean of each allele's best rank", unit="percent", minimum=0, maximum=100),
        Column("flags", "string", "separated by semicolons"),
    ),
)  # fmt: skip
