"""One set of peptides out of those of many transcripts, without what the patient's own proteins hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from wes_biomarkers.neoantigens.peptides import Key, MutatedProtein, Peptide, PeptideSet, Skipped
from wes_biomarkers.neoantigens.transcript_peptides import Made

if TYPE_CHECKING:
    from wes_biomarkers.neoantigens.self_proteome import SelfProteome

IN_SELF = "in the self proteome"

_PHASES = ("single", "phased", "assumed")  # of several transcripts' the last stands


def collapse(parts: Iterable[Made], self_proteome: SelfProteome | None = None) -> PeptideSet:
    """Peptides of all transcripts, each once for its variant, gene and MHC class, in the order they came.

    The first transcript gives what differs between transcripts; the least certain phase stands. Peptides in the
    self proteome are dropped and counted in `skipped`. Proteins come once for each transcript and sequence.
    """
    peptides: dict[tuple[str, str, Key, str], list[Peptide]] = {}
    proteins: dict[tuple[str, str], MutatedProtein] = {}
    skipped: list[Skipped] = []
    for made in parts:
        for peptide in made.peptides:
            key = (peptide.sequence, peptide.mhc_class, peptide.variant, peptide.gene)
            peptides.setdefault(key, []).append(peptide)
        for protein in made.proteins:
            proteins.setdefault((protein.transcript, protein.sequence), protein)
        skipped += made.skipped
    merged = [_merge(group) for group in peptides.values()]
    if self_proteome is not None:
        is_self = self_proteome.contain([peptide.sequence for peptide in merged])
        dropped = Counter(merged[index].variant for index in np.flatnonzero(is_self).tolist())
        skipped += [Skipped(variant, "", IN_SELF, count) for variant, count in dropped.items()]
        merged = [peptide for peptide, known in zip(merged, is_self.tolist(), strict=True) if not known]
    return PeptideSet(tuple(merged), tuple(proteins.values()), tuple(dict.fromkeys(skipped)))


def _merge(group: list[Peptide]) -> Peptide:
    if len(group) == 1:
        return group[0]
    transcripts = tuple(dict.fromkeys(name for peptide in group for name in peptide.transcripts))
    phase = max((peptide.phase for peptide in group), key=_PHASES.index)
    return replace(group[0], transcripts=transcripts, phase=phase)
