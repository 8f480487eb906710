"""Routes of the pages Genes, Patient and Plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import pandas as pd
from fastapi import FastAPI, Path, Query
from starlette.responses import Response

from wes_biomarkers.contracts.association import ASSOCIATION
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.serve import page_pictures, summary
from wes_biomarkers.serve.answers import answer, fault, plain
from wes_biomarkers.serve.arrow import ARROW, arrow, kinds_of
from wes_biomarkers.serve.filters import mask_of, read_filter, where_text
from wes_biomarkers.serve.page_shapes import (
    CooccurrenceAnswer,
    LollipopAnswer,
    Mutation,
    OncoprintAnswer,
    PairLine,
    PatientAnswer,
    PlanAnswer,
)
from wes_biomarkers.serve.pages import genes as gene_pages
from wes_biomarkers.serve.pages.cells import rows
from wes_biomarkers.serve.pages.patient import TABLES_SHOWN, patient_page
from wes_biomarkers.serve.pages.plan import plan_page
from wes_biomarkers.serve.pages.protein import protein_of
from wes_biomarkers.serve.parameters import Accept, Filter, Names, answers, words
from wes_biomarkers.serve.pictures import spec_of, with_picture, with_pictures
from wes_biomarkers.serve.shapes import EstimateLine
from wes_biomarkers.serve.store import BIOMARKER_COLUMNS, Hub, Store, declared

#: Genes shown without a choice, and at most.
N_GENE, MAX_GENE = 24, 100
TRACKS = ("arm_assigned", "best_response", "tmb_per_mb", "msi_class", "stage", "highest_toxicity_grade")
_MAX_TRACK = 12


def add_pages(app: FastAPI, hub: Hub) -> None:
    """Add the routes to the app."""

    @app.get("/api/oncoprint", responses=answers(OncoprintAnswer, arrow=True))
    def oncoprint(
        genes: Names = None, tracks: Names = None,
        sort: Annotated[str, Query(max_length=200, description="track that patients are grouped by")] = "",
        f: Filter = "", accept: Accept = "",
    ) -> Response:  # fmt: skip
        """What is altered in whom."""
        printed = oncoprint_of(hub.store(), f, words(genes), words(tracks), sort)
        if ARROW in accept:
            return arrow(rows(gene_pages.hits_of(printed)), gene_pages.HITS)
        return answer(with_picture("/api/oncoprint", printed))

    @app.get("/api/cooccurrence", responses=answers(CooccurrenceAnswer, arrow=True))
    def cooccurrence(genes: Names = None, f: Filter = "", accept: Accept = "") -> Response:
        """Genes altered together, or never together."""
        found = cooccurrence_of(hub.store(), f, words(genes))
        drawn = found if ARROW in accept else with_picture("/api/cooccurrence", found)
        return answer(drawn, accept, "pairs", PairLine)

    @app.get("/api/lollipop", responses=answers(LollipopAnswer, arrow=True))
    def lollipop(
        gene: Annotated[str, Query(max_length=100)], f: Filter = "", accept: Accept = ""
    ) -> Response:
        """Mutations of a gene along its protein."""
        found = lollipop_of(hub.store(), f, gene)
        if ARROW not in accept:
            return answer(with_picture("/api/lollipop", found))
        return arrow(plain([*found["positions"], *found["unplaced"]]), kinds_of(Mutation))

    @app.get("/api/patient/{patient_id}", responses=answers(PatientAnswer))
    def patient(patient_id: Annotated[str, Path(max_length=200)]) -> Response:
        """Everything the cohort holds of one patient."""
        store = hub.store()
        if patient_id not in store.patients:
            return fault(404, "NotFound", "The cohort has no such patient.")
        return answer(patient_of(store, patient_id))

    @app.get("/api/plan", responses=answers(PlanAnswer, arrow=True))
    def plan(accept: Accept = "") -> Response:
        """The stored analyses; what was not prespecified is exploratory."""
        found = plan_of(hub.store())
        drawn = found if ARROW in accept else with_pictures("/api/plan", found)
        return answer(drawn, accept, "rows", EstimateLine)


def cooccurrence_of(store: Store, f: str, genes: list[str] | None) -> dict[str, Any]:
    """The answer of /api/cooccurrence."""
    printed = oncoprint_of(store, f, genes, [])
    return gene_pages.cooccurrence(printed) | {name: printed[name] for name in ("sql", "python", "flags")}


def patient_of(store: Store, patient_id: str) -> dict[str, Any] | None:
    """The answer of /api/patient with its pictures; None where the cohort has no such patient."""
    tables = _tables_of(store, patient_id)
    found = patient_page(patient_id, tables, _baseline(store))
    if found is None:
        return None
    charts = page_pictures.patient(found, tables, tuple(_flags(store)))
    return found | {"pictures": {kind: _specs(chart) for kind, chart in charts.items()}}


def _specs(charts: Any) -> Any:
    return (
        {pair: spec_of(chart) for pair, chart in charts.items()}
        if isinstance(charts, dict)
        else spec_of(charts)
    )


def _flags(store: Store) -> list[str]:
    """What pictures of this cohort say of its data."""
    return ["synthetic"] if store.manifest.get("synthetic") else []


def plan_of(store: Store) -> dict[str, Any]:
    """The answer of /api/plan."""
    stored = store.has("association")
    rows = store.table("association") if stored else pd.DataFrame(columns=ASSOCIATION.names)
    return plan_page(rows, store.manifest.get("plans", {}))


def _sequenced(store: Store, f: str) -> tuple[Any, tuple[Any, ...]]:
    """Mask of the chosen patients with a pair that stands for them, and the filter."""
    conditions = read_filter(f)
    mask = mask_of(store, conditions)
    if not store.has("pair"):
        return mask & False, conditions
    return mask & _called(store), conditions


def _called(store: Store) -> Any:
    """Mask of the patients whose pair, the one that stands for them, was sequenced and called."""
    sql = "SELECT patient_id FROM baseline_pair JOIN pair USING (patient_id, pair_id) WHERE status = 'ok'"
    return store.remembered("called", lambda: store.patients.isin(store.rows(sql)["patient_id"]))


def oncoprint_of(
    store: Store, f: str, genes: list[str] | None, tracks: list[str] | None, sort: str = ""
) -> dict[str, Any]:
    """The answer of /api/oncoprint; without genes, the most altered ones; `sort` counts where it is a track shown."""
    mask, conditions = _sequenced(store, f)
    if not genes:
        genes = [each["gene"] for each in summary.genes(store, mask)[:N_GENE] if each["n"]]
    if len(genes) > MAX_GENE or len(tracks or ()) > _MAX_TRACK:
        rule = f"more than {MAX_GENE} genes or {_MAX_TRACK} tracks"
        raise InputError([Fault(rule, "Choose fewer.")])
    for name in tracks or ():
        store.kind(name)
    shown = [name for name in (TRACKS if tracks is None else tracks) if name in store.types]
    patients = store.frame(["patient_id", *shown], mask)
    told = [
        {"name": name, "dtype": "number" if store.kind(name) in ("int", "float") else "text",
         "unit": known.unit if (known := declared(name)) else None, "doc": known.doc if known else ""}
        for name in shown
    ]  # fmt: skip
    cells = {name: each.among(mask) for name, each in _cells(store, genes).items()}
    printed = gene_pages.oncoprint(cells, patients, genes, told)
    marks = ", ".join(f"'{gene.replace(chr(39), chr(39) * 2)}'" for gene in genes)
    sql = (
        "SELECT patient_id, gene, status, hits\nFROM gene JOIN baseline_pair USING (patient_id, pair_id)\n"
        f"WHERE gene IN ({marks or 'NULL'})"
    )
    chosen = where_text(store, conditions)
    if chosen:
        sql += f"\n  AND patient_id IN (SELECT patient_id FROM patient_biomarker{chosen})"
    return printed | {
        "sort": sort if sort in shown else "", "method": "driver and pathway genes of the pair that stands for each patient",
        "definition_id": "wes_drivers", "sql": sql, "python": _python(sql), "sentences": [], "flags": _flags(store),
    }  # fmt: skip


def _cells(store: Store, genes: Sequence[str]) -> dict[str, gene_pages.GeneCells]:
    """The gene table's cells of each patient; of other genes, their variants'."""
    others = [gene for gene in genes if gene not in store.genes]
    found = {gene: store.gene(gene) for gene in genes if gene in store.genes}
    if others and store.has("variant") and store.has("pair"):
        hits = gene_pages.variant_hits(store.calls(tuple(others)))
        mutated = gene_pages.cells_of(hits, store.patients)
        found |= {gene: gene_pages.called_cells(mutated.get(gene), _called(store)) for gene in others}
    return found


def lollipop_of(store: Store, f: str, gene: str) -> dict[str, Any]:
    """The answer of /api/lollipop."""
    mask, conditions = _sequenced(store, f)
    ids = store.patients[mask]
    if store.has("variant") and store.has("pair"):
        variant = store.calls((gene,))
    else:
        variant = pd.DataFrame(
            columns=["patient_id", "gene", "transcript_id", "consequence", "aa_change", "is_pass"],
            dtype="string",
        )
    variant = variant[variant["patient_id"].isin(ids)]
    found = gene_pages.lollipop(variant, gene, int(mask.sum()))
    protein = protein_of(store, variant["transcript_id"], found["positions"])
    sql = (
        "SELECT patient_id, consequence, aa_change\nFROM variant JOIN baseline_pair USING (patient_id, pair_id)\n"
        f"WHERE is_pass AND gene = '{gene.replace(chr(39), chr(39) * 2)}'"
    )
    chosen = where_text(store, conditions)
    if chosen:
        sql += f"\n  AND patient_id IN (SELECT patient_id FROM patient_biomarker{chosen})"
    return found | protein | {
        "n": int(mask.sum()), "method": "passing calls that change the protein, counted in patients",
        "sql": sql, "python": _python(sql), "flags": _flags(store),
    }  # fmt: skip


def _python(sql: str) -> str:
    text = sql.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return (
        "from wes_biomarkers.query import open_cohort\n\n"
        f'with open_cohort("COHORT") as cohort:\n    print(cohort.sql("""{text}""").to_pandas())\n'
    )


def _tables_of(store: Store, patient_id: str) -> dict[str, pd.DataFrame]:
    """The tables of the patient's page, cut to the patient."""
    return {
        name: store.rows(f'SELECT * FROM "{name}" WHERE patient_id = ?', [patient_id])
        for name in TABLES_SHOWN
        if name in store.database.tables
    }


def _baseline(store: Store) -> pd.DataFrame:
    """The biomarkers that are numbers, of the pairs that stand for patients."""
    names = [name for name in BIOMARKER_COLUMNS if store.types.get(name) in ("int", "float")]
    return pd.DataFrame({name: store.numbers(name) for name in names}, copy=False)
