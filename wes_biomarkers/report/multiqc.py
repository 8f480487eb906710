"""The cohort's biomarkers as custom content of MultiQC, beside the quality of reads and alignments.

The format is MultiQC's own: https://docs.seqera.io/multiqc/custom_content
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from wes_biomarkers.contracts.biomarkers import GROUPS
from wes_biomarkers.contracts.biomarkers.base import Biomarker
from wes_biomarkers.io.cohort_folder import Cohort
from wes_biomarkers.report.content import STATUS_WORDS
from wes_biomarkers.report.tables import heading

#: Columns of the general statistics, and how many decimals each has; all others are in the section's own table.
GENERAL = {"tmb_per_mb": 1, "msi_score": 1, "purity": 2, "contamination": 4, "n_neoantigen": 0}
_PARENT = {
    "parent_id": "wes_biomarkers",
    "parent_name": "Biomarkers",
    "parent_description": "Values of the pairs of the cohort by tumour sample, from the table <code>biomarker</code>.",
}
_STATUS_COLOURS = {
    "ok": "#009E73",
    "not_evaluable": "#E69F00",
    "failed": "#D55E00",
    "not_requested": "#c9d0d8",
}


def multiqc_sections(cohort: Cohort) -> dict[str, dict[str, Any]]:
    """Name -> content of the files `NAME_mqc.json`; empty for a cohort without sequencing.

    `biomarkers_general` adds columns to the general statistics, `biomarkers_table` is a table of all numbers,
    `biomarkers_status` counts pairs by the status of each biomarker's group.
    """
    if "biomarker" not in cohort.tables or cohort.tables["biomarker"].empty:
        return {}
    wide = cohort.tables["biomarker"].merge(
        cohort.tables["pair"][["pair_id", "tumor_sample_id"]], on="pair_id"
    )
    known = {
        each.column.name: each for group in GROUPS.values() for each in group if each.column.name in wide
    }
    numbers = {name: each for name, each in known.items() if each.column.dtype in ("float", "int")}
    made = {name: each for name, each in numbers.items() if wide[name].notna().any()}
    sections = {}
    general = {name: made[name] for name in GENERAL if name in made}
    if general:
        columns = [
            {name: _column(each) | {"placement": 100 + at}} for at, (name, each) in enumerate(general.items())
        ]
        sections["biomarkers_general"] = {
            "id": "wes_biomarkers_general", "plot_type": "generalstats", "pconfig": columns, "data": _values(wide, general),
        }  # fmt: skip
    if made:
        sections["biomarkers_table"] = _PARENT | {
            "id": "wes_biomarkers_table",
            "section_name": "Values",
            "description": _description(cohort),
            "plot_type": "table",
            "pconfig": {
                "id": "wes_biomarkers_values",
                "title": "Biomarkers: values",
                "col1_header": "Tumour sample",
            },
            "headers": {name: _column(each) | {"hidden": name not in GENERAL} for name, each in made.items()},
            "data": _values(wide, made),
        }
    sections["biomarkers_status"] = _PARENT | {
        "id": "wes_biomarkers_status",
        "section_name": "Status",
        "description": "How many pairs have a value of each group of biomarkers, and the status of the others.",
        "plot_type": "bargraph",
        "pconfig": {
            "id": "wes_biomarkers_statuses",
            "title": "Biomarkers: pairs by status",
            "ylab": "pairs",
            "tt_decimals": 0,
        },
        "categories": {
            status: {"name": STATUS_WORDS[status], "color": colour}
            for status, colour in _STATUS_COLOURS.items()
        },
        "data": _statuses(wide),
    }
    return sections


def _description(cohort: Cohort) -> str:
    words = f"{len(cohort.tables['biomarker'])} pairs. An empty cell: not evaluable, failed or not asked for; never 0."
    return f"SIMULATED DATA. {words}" if cohort.manifest["synthetic"] else words


def _column(biomarker: Biomarker) -> dict[str, Any]:
    column = biomarker.column
    words = heading(column)
    decimals = 0 if column.dtype == "int" else GENERAL.get(column.name, 3)
    suffix = f" {words['unit']}" if words["unit"] else ""
    return {
        "title": words["text"],
        "description": f"{column.doc} ({biomarker.definition_id})",
        "namespace": "Biomarkers",
        "scale": "Blues",
        "format": f"{{:,.{decimals}f}}",
        "suffix": suffix,
    }


def _values(wide: pd.DataFrame, columns: Mapping[str, Biomarker]) -> dict[str, dict[str, float]]:
    """Tumour sample -> the values known of it."""
    found = {}
    for row in wide.to_dict("records"):
        values = {
            name: float(row[name])
            for name in columns
            if row[f"{name}_status"] == "ok" and pd.notna(row[name])
        }
        if values:
            found[str(row["tumor_sample_id"])] = values
    return found


def _statuses(wide: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Group of biomarkers -> pairs by the status of its first column."""
    found = {}
    for title, group in GROUPS.items():
        name = f"{group[0].column.name}_status"
        if name in wide:
            counts = wide[name].value_counts()
            found[title] = {status: int(counts[status]) for status in _STATUS_COLOURS if status in counts}
    return found
