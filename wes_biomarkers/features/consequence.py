"""What a variant does to a gene: Sequence Ontology terms ranked by severity, and the classes made of them.

The order is Ensembl VEP's published table of consequences (Ensembl release 110), with one departure:
synonymous changes and their like stand above the weaker splice terms, since a synonymous change beside a
splice site is still a mutation of coding sequence. Terms that only SnpEff writes stand beside their nearest
relative; `bcftools csq` shortens terms, which are read as their full names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

#: Most severe first. A term that is not here ranks after all of them.
SEVERITY: tuple[str, ...] = (
    "transcript_ablation",
    "exon_loss_variant",
    "splice_acceptor_variant",
    "splice_donor_variant",
    "stop_gained",
    "frameshift_variant",
    "stop_lost",
    "start_lost",
    "transcript_amplification",
    "feature_elongation",
    "feature_truncation",
    "inframe_insertion",
    "conservative_inframe_insertion",
    "disruptive_inframe_insertion",
    "inframe_deletion",
    "conservative_inframe_deletion",
    "disruptive_inframe_deletion",
    "inframe_altering_variant",
    "missense_variant",
    "rare_amino_acid_variant",
    "initiator_codon_variant",
    "protein_altering_variant",
    "incomplete_terminal_codon_variant",
    "start_retained_variant",
    "stop_retained_variant",
    "synonymous_variant",
    "splice_donor_5th_base_variant",
    "splice_region_variant",
    "splice_donor_region_variant",
    "splice_polypyrimidine_tract_variant",
    "coding_sequence_variant",
    "mature_miRNA_variant",
    "5_prime_UTR_premature_start_codon_gain_variant",
    "5_prime_UTR_variant",
    "3_prime_UTR_variant",
    "non_coding_transcript_exon_variant",
    "intron_variant",
    "NMD_transcript_variant",
    "non_coding_transcript_variant",
    "coding_transcript_variant",
    "upstream_gene_variant",
    "downstream_gene_variant",
    "TFBS_ablation",
    "TFBS_amplification",
    "TF_binding_site_variant",
    "regulatory_region_ablation",
    "regulatory_region_amplification",
    "regulatory_region_variant",
    "intergenic_variant",
    "sequence_variant",
)

#: Classes a definition may count, and the terms of each.
CLASSES: Mapping[str, frozenset[str]] = {
    "missense": frozenset({"missense_variant", "rare_amino_acid_variant", "initiator_codon_variant"}),
    "nonsense": frozenset({"stop_gained"}),
    "stop_lost": frozenset({"stop_lost"}),
    "start_lost": frozenset({"start_lost"}),
    "splice": frozenset({"splice_acceptor_variant", "splice_donor_variant"}),
    "frameshift": frozenset({"frameshift_variant"}),
    "inframe_indel": frozenset(
        {
            "inframe_insertion",
            "conservative_inframe_insertion",
            "disruptive_inframe_insertion",
            "inframe_deletion",
            "conservative_inframe_deletion",
            "disruptive_inframe_deletion",
            "inframe_altering_variant",
            "protein_altering_variant",
        }
    ),
    "synonymous": frozenset({"synonymous_variant", "stop_retained_variant", "start_retained_variant"}),
}

#: Short or older spellings -> the term.
ALIASES: Mapping[str, str] = {
    "missense": "missense_variant",
    "synonymous": "synonymous_variant",
    "frameshift": "frameshift_variant",
    "inframe_altering": "inframe_altering_variant",
    "splice_acceptor": "splice_acceptor_variant",
    "splice_donor": "splice_donor_variant",
    "splice_region": "splice_region_variant",
    "start_retained": "start_retained_variant",
    "stop_retained": "stop_retained_variant",
    "coding_sequence": "coding_sequence_variant",
    "5_prime_utr": "5_prime_UTR_variant",
    "3_prime_utr": "3_prime_UTR_variant",
    "intron": "intron_variant",
    "intergenic": "intergenic_variant",
    "intergenic_region": "intergenic_variant",
    "non_coding": "non_coding_transcript_variant",
    "exon_loss": "exon_loss_variant",
}

_RANK: Mapping[str, int] = {term: rank for rank, term in enumerate(SEVERITY)}
UNKNOWN_RANK = len(SEVERITY)

_AMINO = {
    "Ala": "A", "Arg": "R", "Asn": "N", "Asp": "D", "Cys": "C", "Gln": "Q", "Glu": "E", "Gly": "G",
    "His": "H", "Ile": "I", "Leu": "L", "Lys": "K", "Met": "M", "Phe": "F", "Pro": "P", "Ser": "S",
    "Thr": "T", "Trp": "W", "Tyr": "Y", "Val": "V", "Sec": "U", "Pyl": "O", "Xaa": "X", "Ter": "*",
}  # fmt: skip
_THREE_LETTERS = re.compile("|".join(_AMINO))
_CSQ_CHANGE = re.compile(r"(\d+)([A-Z*]+)(?:\.\.\d+)?>(\d+)([A-Z*]+)(?:\.\.(\d+))?")


@lru_cache(maxsize=65536)
def most_severe(consequence: str) -> tuple[str, int]:
    """The most severe of `&`-joined terms under its full name, and its rank (0 is the most severe).

    The leading `*` of `bcftools csq` (the change lies behind a stop codon of the same haplotype) is dropped.

    >>> most_severe("splice_region&missense")[0]
    'missense_variant'
    """
    best, best_rank = "", UNKNOWN_RANK + 1
    for word in consequence.split("&"):
        bare = word.lstrip("*")
        term = ALIASES.get(bare, bare)
        rank = _RANK.get(term, UNKNOWN_RANK)
        if rank < best_rank:
            best, best_rank = term, rank
    return best, best_rank


def counted_terms(counts: Iterable[str]) -> frozenset[str]:
    """The Sequence Ontology terms of a list that mixes class names and terms.

    Raises:
        KeyError: with the name, when it is neither a class nor a known term.
    """
    terms: set[str] = set()
    for name in counts:
        term = ALIASES.get(name, name)
        if name in CLASSES:
            terms |= CLASSES[name]
        elif term in _RANK:
            terms.add(term)
        else:
            raise KeyError(name)
    return frozenset(terms)


def short_protein_change(change: str | None) -> str | None:
    """An annotated amino acid change as short HGVS (`p.V600E`), or None where it is not known.

    Reads HGVS with three-letter names (VEP, SnpEff) and the notation of `bcftools csq`, where only
    substitutions of equal length and synonymous changes have an exact short form.

    >>> [short_protein_change(c) for c in ("NP_1.2:p.Val600Glu", "600V>600E", "9P", "7AK..20>7A*")]
    ['p.V600E', 'p.V600E', 'p.P9=', None]
    """
    if not change:
        return None
    if "p." in change:
        text = change[change.index("p.") :].replace("%3D", "=").replace("(", "").replace(")", "")
        return _THREE_LETTERS.sub(lambda match: _AMINO[match.group()], text)
    if match := re.fullmatch(r"(\d+)([A-Z*])", change):
        return f"p.{match[2]}{match[1]}="
    match = _CSQ_CHANGE.fullmatch(change)
    if match and match[1] == match[3] and len(match[2]) == len(match[4]) == 1 and ".." not in change:
        return f"p.{match[2]}{match[1]}{match[4]}"
    return None


def protein_change_label(change: str | None, consequence: str) -> str:
    """A change in few letters: its short form, else the consequence and the first residue where one is named.

    `bcftools csq` writes a frameshift as both protein ends, hundreds of letters long.

    >>> [protein_change_label(*each) for each in (("600V>600E", "missense_variant"), ("498KP>498P", "inframe_deletion"))]
    ['p.V600E', 'inframe deletion 498']
    """
    if short := short_protein_change(change):
        return short
    word = most_severe(consequence)[0].removesuffix("_variant").replace("_", " ")
    first = re.match(r"\d+", change or "")
    return f"{word} {first.group()}".strip() if first else word
