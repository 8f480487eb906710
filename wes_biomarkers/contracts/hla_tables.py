"""The cohort's tables of HLA types and HLA loss."""

from __future__ import annotations

from wes_biomarkers.contracts.columns import pair_column, patient_column
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
