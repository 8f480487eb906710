"""The page Genes: oncoprint, lollipop, co-occurrence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from wes_biomarkers.contracts.association import ASSOCIATION_FLAGS
from wes_biomarkers.features.consequence import protein_change_label
from wes_biomarkers.serve.pages.cells import cell, split
from wes_biomarkers.stats.multiplicity import adjust

#: Kinds of hits in the order of their bits: a cell of the oncoprint is the sum of 2**index over its kinds.
KINDS = ("truncating", "hotspot", "other", "amplification", "deep_deletion", "loh")
#: Kinds that alone make a gene altered in the picture; LOH without a mutation is drawn but not counted.
_ALTERING = sum(1 << index for index, kind in enumerate(KINDS) if kind != "loh")
_TRUNCATING = {
    "stop_gained", "frameshift_variant", "splice_donor_variant", "splice_acceptor_variant", "start_lost",
    "transcript_ablation",
}  # fmt: skip
_CHANGING = _TRUNCATING | {
    "missense_variant", "inframe_insertion", "inframe_deletion", "protein_altering_variant", "stop_lost",
}  # fmt: skip
_POSITION = re.compile(r"(?:p\.)?\(?[A-Za-z*]{0,3}(\d+)")
#: Bits of a cell that could not be evaluated, state of one of which nothing is known.
_UNKNOWN = -1
#: Words of the gene table's status that say whether it is altered.
_STATES = {"altered": 1, "biallelic": 1, "unaltered": 0}


def variant_hits(variant: pd.DataFrame) -> pd.DataFrame:
    """Passing variants that change a protein, as rows of the gene table (patient_id, gene, status, hits).

    For genes outside the list of drivers, whose copy number and hot spots the gene table does not hold.
    """
    terms = variant["consequence"].fillna("").str.split("&").str[0]
    chosen = variant[terms.isin(_CHANGING) & variant["is_pass"].fillna(False).astype(bool)]
    truncating = terms[chosen.index].isin(_TRUNCATING)
    return pd.DataFrame(
        {
            "patient_id": chosen["patient_id"],
            "gene": chosen["gene"],
            "status": "altered",
            "hits": np.where(truncating, "truncating", "other"),
        }
    )


@dataclass(frozen=True)
class GeneCells:
    """One gene in each patient.

    Attributes:
        role: of the gene, where known.
        state: 1 altered, 0 unaltered, -1 unknown, shape (patients,).
        bits: sum of 2**index over the KINDS found, 0 for none, -1 where it was not evaluated; shape (patients,).
    """

    role: str | None
    state: np.ndarray
    bits: np.ndarray

    def among(self, mask: np.ndarray) -> GeneCells:
        """The cells of the patients of a mask."""
        return GeneCells(self.role, self.state[mask], self.bits[mask])


def cells_of(gene: pd.DataFrame, patients: pd.Index) -> dict[str, GeneCells]:
    """Cells by gene, of the patients in their order, from rows of the gene table (and of `variant_hits`).

    Args:
        gene: patient_id, gene, role?, status, hits; one pair a patient.
        patients: ids.
    """
    shown = gene.assign(place=patients.get_indexer(pd.Index(gene["patient_id"])))
    columns = [name for name in ("gene", "role", "status", "hits") if name in gene]
    alike = (
        shown[shown["place"] >= 0].groupby(columns, sort=False, dropna=False)["place"].agg(list).reset_index()
    )
    return grouped_cells(alike, len(patients))


def grouped_cells(alike: pd.DataFrame, n: int) -> dict[str, GeneCells]:
    """Cells by gene, from rows that name all patients alike.

    Args:
        alike: gene, role?, status, hits, and `place`: those of the patients in whom it is so.
        n: patients.
    """
    found: dict[str, GeneCells] = {}
    for row in alike.to_dict("records"):
        name, role, at = str(row["gene"]), cell(row.get("role")), np.asarray(row["place"], np.int64)
        mine = found.get(name) or unknown_cells(n)
        found[name] = mine if mine.role else replace(mine, role=role)
        bits, before = _bits(row), mine.bits[at]
        mine.bits[at] = before if bits == _UNKNOWN else np.where(before < 0, bits, before | bits)
        if row["status"] in _STATES:
            mine.state[at] = _STATES[row["status"]]
    return found


def unknown_cells(n: int) -> GeneCells:
    """A gene of which nothing is known in any of n patients."""
    return GeneCells(None, np.full(n, _UNKNOWN, np.int8), np.full(n, _UNKNOWN, np.int8))


def called_cells(found: GeneCells | None, called: np.ndarray) -> GeneCells:
    """Cells of a gene known by its variants alone: unaltered in who was `called` (patients,) and has none."""
    cells = found or unknown_cells(len(called))
    none = called & (cells.bits == _UNKNOWN)
    return replace(cells, bits=np.where(none, 0, cells.bits), state=np.where(none, 0, cells.state))


def oncoprint(
    cells: Mapping[str, GeneCells], patients: pd.DataFrame, genes: Sequence[str],
    tracks: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:  # fmt: skip
    """What is altered in whom.

    Args:
        cells: by gene, of the patients shown.
        patients: patient_id and a column for each track; defines who is shown, sequenced patients only.
        genes: shown, in this order.
        tracks: {name, dtype, unit?, doc?} of the columns of `patients` drawn above the genes.

    Returns:
        {patients, kinds, genes: [{gene, role, n_altered, n_known, at, bits, unknown}], tracks: [.. values], n}; `at`
        are indices into patients, `bits` the kinds found there, `unknown` the indices of patients not evaluable.
    """
    n = len(patients)
    return {
        "n": n,
        "patients": patients["patient_id"].tolist(),
        "kinds": list(KINDS),
        "genes": [_gene_row(name, cells.get(name) or unknown_cells(n)) for name in genes],
        "tracks": [
            dict(track) | {"values": [cell(value) for value in patients[track["name"]].astype(object)]}
            for track in tracks
        ],
    }


#: The columns of `hits_of` and their kinds.
HITS = {"patient_id": "string", "gene": "string", "kinds": "string"}


def hits_of(printed: Mapping[str, Any]) -> pd.DataFrame:
    """The cells of an oncoprint as a table: patient, gene, and the kinds found there or `not_evaluable`."""
    words = np.array(
        [";".join(kind for index, kind in enumerate(printed["kinds"]) if bits >> index & 1)
         for bits in range(1 << len(printed["kinds"]))] + ["not_evaluable"],
        object,
    )  # fmt: skip
    names, at, kinds = [], [], []
    for row in printed["genes"]:
        here = np.array([*row["at"], *row["unknown"]], np.int64)
        found = np.array([*row["bits"], *[-1] * len(row["unknown"])], np.int64)  # the last word
        order = np.argsort(here)
        names.append(np.full(len(here), row["gene"], object))
        at.append(here[order])
        kinds.append(words[found[order]])
    who = np.array(printed["patients"], object)
    if not names:
        return pd.DataFrame({name: np.array([], object) for name in HITS})
    return pd.DataFrame(
        {"patient_id": who[np.concatenate(at)], "gene": np.concatenate(names), "kinds": np.concatenate(kinds)}
    )


def _gene_row(name: str, found: GeneCells) -> dict[str, Any]:
    unknown, hit = np.flatnonzero(found.bits == _UNKNOWN), np.flatnonzero(found.bits > 0)
    return {
        "gene": name,
        "role": found.role,
        "n_known": len(found.bits) - len(unknown),
        "n_altered": int((found.bits[hit] & _ALTERING > 0).sum()),
        "at": hit.tolist(),
        "bits": found.bits[hit].tolist(),
        "unknown": unknown.tolist(),
    }


def _bits(row: Mapping[Any, Any]) -> int:
    if row["status"] == "not_evaluable":
        return _UNKNOWN
    return sum(1 << KINDS.index(hit) for hit in set(split(row["hits"])) if hit in KINDS)


def lollipop(variant: pd.DataFrame, gene: str, n_patient: int) -> dict[str, Any]:
    """Mutations of a gene along its protein.

    Args:
        variant: passing rows of the gene, one pair a patient: patient_id, consequence, aa_change.
        gene: symbol.
        n_patient: sequenced patients looked at.

    Returns:
        {gene, n_patient, n_mutated, positions: [{position, change, consequence, kind, n}],
        unplaced: [{change, consequence, kind, n}]}. `n` counts patients; a change without a residue, such as at a
        splice site, is unplaced.
    """
    terms = variant["consequence"].fillna("").str.split("&").str[0]
    changing = variant[terms.isin(_CHANGING)].assign(term=terms)
    counted: Counter[tuple[str, str, int | None]] = Counter()
    seen = changing.assign(change=changing["aa_change"].fillna("")).drop_duplicates(
        ["patient_id", "change", "term"]
    )
    for change, term in zip(seen["change"], seen["term"], strict=True):
        label = protein_change_label(change, term) if change else term.replace("_", " ")
        counted[(label, str(term), protein_position(change))] += 1
    lines = [
        {"change": label, "consequence": term, "position": position,
         "kind": "truncating" if term in _TRUNCATING else "missense" if term == "missense_variant" else "other", "n": n}
        for (label, term, position), n in counted.items()
    ]  # fmt: skip
    placed = [line for line in lines if line["position"] is not None]
    return {
        "gene": gene,
        "n_patient": n_patient,
        "n_mutated": int(changing["patient_id"].nunique()),
        "positions": sorted(placed, key=lambda line: (line["position"], -line["n"], line["change"])),
        "unplaced": [line for line in lines if line["position"] is None],
    }


def protein_position(change: str | None) -> int | None:
    """The first residue of an amino acid change, 1-based.

    >>> protein_position("p.G288V"), protein_position("516A>516S"), protein_position("p.Arg175His")
    (288, 516, 175)
    """
    found = _POSITION.match(change or "")
    return int(found.group(1)) if found else None


def cooccurrence(printed: dict[str, Any]) -> dict[str, Any]:
    """Pairs of genes altered together, or never together, more than chance would have it.

    Args:
        printed: of `oncoprint`.

    Returns:
        {n, method, definition_id, sentences, pairs: [{gene_a, gene_b, n_both, n_a_only, n_b_only, n_neither,
        odds_ratio, p_value, q_value, reason}]}; patients in whom either gene is unknown are left
        out of its pairs.
    """
    names = [row["gene"] for row in printed["genes"]]
    state = np.array([_altered(row, printed["n"]) for row in printed["genes"]]).reshape(
        len(names), printed["n"]
    )
    yes, no = (state == 1).astype(np.float64), (state == 0).astype(np.float64)
    both, only, neither = (np.rint(product).astype(int) for product in (yes @ yes.T, yes @ no.T, no @ no.T))
    pairs = [
        {"gene_a": names[a], "gene_b": names[b]}
        | _test(*map(int, (both[a, b], only[a, b], only[b, a], neither[a, b])))
        for a, b in combinations(range(len(names)), 2)
    ]
    known = [np.nan if pair["p_value"] is None else float(pair["p_value"]) for pair in pairs]
    for pair, q in zip(pairs, adjust(known, "benjamini_hochberg") if pairs else [], strict=True):
        pair["q_value"] = cell(q)
    return {
        "n": printed["n"],
        "method": "Fisher's exact test, two-sided; q by Benjamini and Hochberg over all pairs shown",
        "definition_id": "wes_drivers",
        "sentences": [
            ASSOCIATION_FLAGS["exploratory"],
            "Tumours with many mutations have more of every gene altered, which by itself makes genes go together.",
        ],
        "pairs": pairs,
    }


def _altered(row: dict[str, Any], n: int) -> np.ndarray:
    """1 altered, 0 not, -1 unknown; shape (n,)."""
    state = np.zeros(n, np.int8)
    for at, bits in zip(row["at"], row["bits"], strict=True):
        state[at] = bool(bits & _ALTERING)
    state[row["unknown"]] = _UNKNOWN
    return state


def _test(both: int, a_only: int, b_only: int, neither: int) -> dict[str, Any]:
    """The counts, their odds ratio, and Fisher's p, the same as `stats.exact.fisher_exact_counts`.

    Its exact interval is left out: it takes half a second a pair in 10,000 patients.
    """
    from scipy.stats import fisher_exact

    counts = {"n_both": both, "n_a_only": a_only, "n_b_only": b_only, "n_neither": neither}
    if not (both + a_only and b_only + neither and both + b_only and a_only + neither):
        return counts | {"odds_ratio": None, "p_value": None, "reason": "a gene is altered in all or in none"}
    exclusive = a_only * b_only
    odds_ratio = both * neither / exclusive if exclusive else float("inf")
    p = float(fisher_exact([[both, a_only], [b_only, neither]]).pvalue)
    return counts | {"odds_ratio": cell(odds_ratio), "p_value": p, "reason": None}
