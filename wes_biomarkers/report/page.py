"""The self-contained page: one HTML file without any outside address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from wes_biomarkers.contracts.tables import TABLES
from wes_biomarkers.features.tmb import Definition
from wes_biomarkers.io.cohort_folder import Cohort
from wes_biomarkers.report import content
from wes_biomarkers.report.association_section import association_blocks
from wes_biomarkers.report.figures import BIOMARKER_SECTIONS, TMB_DEFINITION, assemble_figures, outcome_frame
from wes_biomarkers.report.hla_tables import candidate_table, hla_type_table
from wes_biomarkers.report.methods_text import methods_text
from wes_biomarkers.report.tables import biomarker_tables, evolution_table, quality_table
from wes_biomarkers.stats.endpoints import why_no_survival

#: Sections of outcomes after survival, with their titles.
_OUTCOMES = {"course": "Response and course", "toxicity": "Toxicity", "proteins": "Proteins"}


def _failed_pairs(cohort: Cohort) -> list[dict[str, str]]:
    if "pair" not in cohort.tables:
        return []
    pairs = cohort.tables["pair"]
    failed = pairs[pairs["status"] == "failed"]
    return [
        {"pair": pair, "reason": reason}
        for pair, reason in zip(failed["pair_id"], failed["reason"], strict=True)
    ]


def _not_in_survival(
    tables: Mapping[str, pd.DataFrame], outcome: pd.DataFrame | None
) -> list[dict[str, str]]:
    """Patients whom neither survival chart holds, and why, by patient id.

    `outcome`: one row a patient with a baseline burden and a clinical row; the charts are of all patients of
    the clinical table where it is None or empty.
    """
    clinical = tables["clinical"]
    by_burden = outcome is not None and not outcome.empty
    considered = outcome if outcome is not None and by_burden else clinical
    followed = pd.Series(False, index=considered.index)
    for kind in ("os", "pfs"):
        followed |= considered[f"{kind}_months"].notna() & considered[f"{kind}_event"].notna()
    why = considered["patient_id"].map(why_no_survival(clinical).set_axis(clinical["patient_id"]))
    if by_burden:
        why = why.mask(followed, "neither high nor low burden")
        followed &= considered["tmb_high"].notna()
    lost = sorted(zip(considered.loc[~followed, "patient_id"], why[~followed], strict=True))
    return [{"patient": patient, "reason": reason} for patient, reason in lost]


def page_context(cohort: Cohort, definitions: Mapping[str, Definition]) -> Mapping[str, Any]:
    """Everything the template shows."""
    tables, manifest = cohort.tables, cohort.manifest
    flags = content.used_flags(tables)
    outcome = outcome_frame(tables) if "clinical" in tables and "pair" in tables else None
    unfollowed = _not_in_survival(tables, outcome) if "clinical" in tables else []
    default = definitions.get(TMB_DEFINITION)
    synthetic = bool(manifest["synthetic"]) or "synthetic" in dict(flags)
    parameters = {name: value for study in manifest["studies"] for name, value in study["parameters"].items()}
    cutoff = default.high_per_mb if default else None
    figures = assemble_figures(tables, cutoff, list(definitions), parameters, synthetic)
    return {
        "manifest": manifest,
        "synthetic": synthetic,
        "floor_lowered": "callable_floor_lowered" in dict(flags),
        "key_figures": content.key_figures(tables, manifest["counts"]),
        "flow": content.flow(cohort, None if outcome is None else len(outcome), unfollowed),
        "unfollowed": unfollowed,
        "failed_pairs": _failed_pairs(cohort),
        "figures": figures,
        "biomarker_sections": [
            (name, title) for name, (_, title, _) in BIOMARKER_SECTIONS.items() if figures[name]
        ],
        "outcome_sections": [(name, title) for name, title in _OUTCOMES.items() if figures[name]],
        "associations": association_blocks(
            tables, manifest.get("plans", {}), ("synthetic",) if synthetic else ()
        ),
        "hla_types": hla_type_table(tables),
        "candidates": candidate_table(tables),
        "biomarkers": biomarker_tables(tables),
        "evolution": evolution_table(tables),
        "quality": quality_table(tables),
        "flags": flags,
        "flag_words": dict(flags),
        "status_words": content.STATUS_WORDS,
        "methods": content.METHODS,
        "paper": methods_text(manifest, tables, definitions),
        "definitions": content.definitions_used(tables, definitions),
        "table_docs": [(name, TABLES[name].doc, TABLES[name]) for name in tables],
        "has_pairs": "pair" in tables,
        "has_clinical": "clinical" in tables,
    }


def environment() -> Any:
    """The templates of this package; what they show is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    found = Environment(
        loader=PackageLoader("wes_biomarkers", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["flag"] = content.flag_text
    return found


def render_report(cohort: Cohort, definitions: Mapping[str, Definition]) -> str:
    """The report of a cohort as one HTML text: the same cohort gives the same bytes.

    Args:
        cohort: as read from its folder.
        definitions: of mutational burden by id; the default one's cutoff is drawn as a line.
    """
    template = environment().get_template("report.html.j2")
    return str(template.render(page_context(cohort, definitions))) + "\n"
