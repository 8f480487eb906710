"""How strongly genes and transcripts are expressed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Expression:
    """Transcripts per million of one tumour; a name that is absent is unknown, 0 was measured.

    Attributes:
        by_gene: by gene id without version, or by name.
        by_transcript: by transcript id without version; before `by_gene`.
        ids: gene id by gene name, for tables that know ids alone.
    """

    by_gene: Mapping[str, float] = field(default_factory=dict)
    by_transcript: Mapping[str, float] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)

    def of(self, gene: str, transcripts: Sequence[str]) -> float:
        """TPM of the transcripts that hold a peptide, summed over those known; else that of the gene; else NaN.

        >>> Expression({"TP53": 7.0}, {"ENST1": 1.5, "ENST2": 2.0}).of("TP53", ("ENST1.4", "ENST2"))
        3.5
        """
        known = [self.by_transcript[name] for name in map(bare_id, transcripts) if name in self.by_transcript]
        if known:
            return sum(known)
        own = bare_id(gene)
        return self.by_gene.get(own, self.by_gene.get(self.ids.get(own, ""), float("nan")))


def bare_id(name: str) -> str:
    """An Ensembl identifier without its version; any other name as it is.

    >>> bare_id("ENSG00000141510.18"), bare_id("ENST00000269305.9_PAR_Y"), bare_id("HLA-A"), bare_id("AC004.1")
    ('ENSG00000141510', 'ENST00000269305', 'HLA-A', 'AC004.1')
    """
    return name.split(".", 1)[0] if name.startswith("ENS") else name
