"""The protein that a gene's mutations are drawn on: its length and domains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from wes_biomarkers.serve.pages.cells import cell
from wes_biomarkers.serve.store import Store


def protein_of(
    store: Store, transcripts: pd.Series, positions: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The protein of the transcript that most of a gene's mutations are told on.

    Args:
        store: the cohort.
        transcripts: of each mutation.
        positions: of `lollipop`: each with its `position`, a residue from 1.

    Returns:
        {transcript_id, length, domains: [{name, start, end, source}], sentences}; residues from 1, the end included.
        `length` is None, and there are no domains, where the cohort does not hold them or a mutation lies beyond
        the protein's end.
    """
    counts = transcripts.dropna().value_counts()
    names = sorted(counts.index, key=lambda name: (-counts[name], name))
    if not names:
        return {"transcript_id": None, "length": None, "domains": [], "sentences": []}
    chosen, sentences = names[0], []
    if len(names) > 1:
        sentences.append(
            f"{int(counts.iloc[1:].sum())} of {int(counts.sum())} mutations are told on other transcripts than {chosen}, "
            "whose residues may be numbered otherwise."
        )
    length, domains = _length(store, chosen), _domains(store, chosen)
    last = max((int(each["position"]) for each in positions), default=0)
    if length is not None and last > length:
        sentences.append(
            f"A mutation lies beyond the {length} residues of {chosen}: length and domains are left out."
        )
        length, domains = None, []
    return {"transcript_id": chosen, "length": length, "domains": domains, "sentences": sentences}


def _length(store: Store, transcript: str) -> int | None:
    if not store.has("transcript"):
        return None
    rows = store.table("transcript")
    found = rows.loc[rows["transcript_id"] == transcript, "protein_length"]
    length = None if found.empty else cell(found.iloc[0])
    return None if length is None else int(length)


def _domains(store: Store, transcript: str) -> list[dict[str, Any]]:
    if not store.has("protein_domain"):
        return []
    rows = store.table("protein_domain")
    own = rows[rows["transcript_id"] == transcript].to_dict("records")
    return [
        {
            "name": row["name"],
            "start": int(row["first_residue"]),
            "end": int(row["last_residue"]),
            "source": cell(row["source"]),
        }
        for row in own
    ]
