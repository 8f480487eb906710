"""HLA types and HLA loss against the truth; a table that is absent has no row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from wes_biomarkers.simulate.validate.measures import Measure, Particular, share_measure
from wes_biomarkers.simulate.validate.tables import read_table
from wes_biomarkers.simulate.validate.truth import Row, Truth

#: Least shares of alleles and of loss states that are right.
TYPES_RIGHT, STATES_RIGHT = 0.95, 0.9
#: States of a locus that say something.
VERDICTS = ("loss", "kept", "homozygous")


def validate_types(truth: Truth, folder: Path) -> tuple[list[Measure], list[Particular]]:
    """Alleles right at two fields, of the loci that were typed; types given by the user are not judged."""
    right: list[bool] = []
    evaluable: list[bool] = []
    told: list[Particular] = []
    n_file = 0
    for pair in truth.planted:
        called = _by_locus(folder / pair / "hla.tsv")
        if called is None:
            continue
        n_file += 1
        for row in truth.rows("hla_loh", pair):
            own = called.get(row["locus"])
            if own is not None and own["source"] == "sheet":
                continue
            evaluable.append(own is not None and own["status"] == "ok")
            if own is None or own["status"] != "ok":
                continue
            pairs = [Counter((item["allele_1"], item["allele_2"])) for item in (own, row)]
            n_right = (pairs[0] & pairs[1]).total()
            right += [rank < n_right for rank in range(2)]
            if n_right < 2:
                shown, true = (f"{item['allele_1']} {item['allele_2']}" for item in (own, row))
                told.append((pair, f"hla {row['locus']}", f"{shown}, truly {true}"))
    measures = [
        share_measure("hla", "alleles typed right", right, TYPES_RIGHT),
        share_measure("hla", "loci typed", evaluable, None),
    ]
    return (measures if n_file else []), told


def validate_loss(truth: Truth, folder: Path) -> tuple[list[Measure], list[Particular]]:
    """Loci of the true state, and of the true lost allele, of those with a verdict."""
    right: list[bool] = []
    evaluable: list[bool] = []
    told: list[Particular] = []
    n_file = 0
    for pair in truth.planted:
        called = _by_locus(folder / pair / "hla_loh.tsv")
        if called is None:
            continue
        n_file += 1
        for row in truth.rows("hla_loh", pair):
            own = called.get(row["locus"])
            if own is None:
                continue  # loss is asked of class I alone
            evaluable.append(own["state"] in VERDICTS)
            if not evaluable[-1]:
                continue
            verdict, true = ((item["state"], item["lost_allele"]) for item in (own, row))
            right.append(verdict == true)
            if verdict != true:
                shown = (" ".join(filter(None, words)) for words in (verdict, true))
                told.append((pair, f"hla_loh {row['locus']}", ", truly ".join(shown)))
    measures = [
        share_measure("hla_loh", "loci of the true state", right, STATES_RIGHT),
        share_measure("hla_loh", "loci with a verdict", evaluable, None),
    ]
    return (measures if n_file else []), told


def _by_locus(path: Path) -> Mapping[str, Row] | None:
    rows = read_table(path)
    return None if rows is None else {row["locus"]: row for row in rows}
