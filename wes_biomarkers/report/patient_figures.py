"""The figures of one patient's page, by section: the pictures that the browser's page of the patient shows."""

from __future__ import annotations

from collections.abc import Sequence

from wes_biomarkers.report.figure import Figure
from wes_biomarkers.report.patient_charts import Facts, Tables, patient_charts

#: Kind of picture -> section of the page.
_SECTIONS = {
    "timeline": "course", "lesions": "course", "percentile": "biomarkers", "copy_number": "copy-number",
    "signatures": "signatures", "clones": "clones", "ctdna": "clones", "neoantigens": "neoantigens",
}  # fmt: skip


def patient_figures(facts: Facts, mine: Tables, flags: Sequence[str]) -> dict[str, list[Figure]]:
    """The figures of each section (course, biomarkers, copy-number, signatures, clones, neoantigens).

    Args:
        facts: of `serve.pages.patient.patient_page`.
        mine: the cohort's tables cut to the patient.
        flags: of the data.
    """
    figures: dict[str, list[Figure]] = {section: [] for section in _SECTIONS.values()}
    for each in patient_charts(facts, mine, flags):
        name = "-".join(filter(None, (each.kind.replace("_", "-"), each.pair_id)))
        caption = each.pair_id if each.kind == "copy_number" else None
        figures[_SECTIONS[each.kind]].append(Figure(name, each.chart, each.alt, caption or ""))
    return figures
