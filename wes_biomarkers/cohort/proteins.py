"""The proteins that a cohort's variants change: their lengths and domains, as the runs' references have them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from wes_biomarkers.contracts.tables import PROTEIN_DOMAIN, TRANSCRIPT
from wes_biomarkers.io.results import StudyResult


def assemble_proteins(studies: Sequence[StudyResult], variant: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tables `transcript` and `protein_domain` of the transcripts in `variant`; the second only where one is known.

    Of a transcript that two studies describe differently neither length nor domains are kept.
    """
    used = variant[["transcript_id", "gene"]].dropna(subset="transcript_id").drop_duplicates("transcript_id")
    genes = dict(zip(used["transcript_id"], used["gene"], strict=True))
    known = _known(studies)
    lengths = [
        {"transcript_id": name, "gene": genes[name], "protein_length": known.get(name, {}).get("length")}
        for name in sorted(genes)
    ]
    domains = [
        {"transcript_id": name, "gene": genes[name], "first_residue": first, "last_residue": last,
         "name": domain, "source": source or None}
        for name in sorted(genes)
        for first, last, domain, source in known.get(name, {}).get("domains", ())
    ]  # fmt: skip
    tables = {TRANSCRIPT.name: pd.DataFrame(lengths, columns=list(TRANSCRIPT.names))}
    if domains:
        tables[PROTEIN_DOMAIN.name] = pd.DataFrame(domains, columns=list(PROTEIN_DOMAIN.names))
    return tables


def _known(studies: Sequence[StudyResult]) -> dict[str, dict[str, Any]]:
    """What the studies say of each transcript, nothing where they contradict each other."""
    found: dict[str, dict[str, Any]] = {}
    for study in studies:
        for name, protein in study.study.get("proteins", {}).items():
            said = found.setdefault(name, protein)
            if said != protein:
                found[name] = {}
    return found
