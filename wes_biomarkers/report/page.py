"""The self-contained page: one HTML file without any outside address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wes_biomarkers.contracts.tables import TABLES
from wes_biomarkers.features.tmb import Definition
from wes_biomarkers.io.cohort_folder import Cohort
from wes_biomarkers.report import content
from wes_biomarkers.report.figures import TMB_DEFINITION, assemble_figures, outcome_frame


def vega_bundle() -> str:
    """The chart libraries as one script, of the version Altair writes for."""
    import altair
    import vl_convert

    libraries: Any = vl_convert
    return str(libraries.javascript_bundle(vl_version=altair.SCHEMA_VERSION.rsplit(".", 1)[0]))


def _failed_pairs(cohort: Cohort) -> list[dict[str, str]]:
    if "pair" not in cohort.tables:
        return []
    pairs = cohort.tables["pair"]
    failed = pairs[pairs["status"] == "failed"]
    return [
        {"pair": pair, "reason": reason}
        for pair, reason in zip(failed["pair_id"], failed["reason"], strict=True)
    ]


def page_context(cohort: Cohort, definitions: Mapping[str, Definition]) -> Mapping[str, Any]:
    """Everything the template shows."""
    tables, manifest = cohort.tables, cohort.manifest
    flags = content.used_flags(tables)
    joined = "clinical" in tables and "pair" in tables
    default = definitions.get(TMB_DEFINITION)
    synthetic = bool(manifest["synthetic"]) or "synthetic" in dict(flags)
    figures = assemble_figures(tables, default.high_per_mb if default else None, synthetic)
    return {
        "manifest": manifest,
        "synthetic": synthetic,
        "floor_lowered": "callable_floor_lowered" in dict(flags),
        "key_figures": content.key_figures(tables, manifest["counts"]),
        "flow": content.flow(cohort, len(outcome_frame(tables)) if joined else None),
        "failed_pairs": _failed_pairs(cohort),
        "figures": figures,
        "specs": {figure.name: figure.spec for section in figures.values() for figure in section},
        "biomarkers": content.biomarker_table(tables),
        "quality": content.quality_table(tables),
        "flags": flags,
        "flag_words": dict(flags),
        "status_words": content.STATUS_WORDS,
        "methods": content.METHODS,
        "definitions": content.definitions_used(tables, definitions),
        "table_docs": [(name, TABLES[name].doc, TABLES[name]) for name in tables],
        "has_pairs": "pair" in tables,
        "has_clinical": "clinical" in tables,
    }


def render_report(cohort: Cohort, definitions: Mapping[str, Definition]) -> str:
    """The report of a cohort as one HTML text: the same cohort gives the same bytes.

    Args:
        cohort: as read from its folder.
        definitions: of mutational burden by id; the default one's cutoff is drawn as a line.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("wes_biomarkers", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["flag"] = content.flag_text
    template = environment.get_template("report.html.j2")
    return template.render(page_context(cohort, definitions), vega=vega_bundle()) + "\n"
