"""One self-contained page about one patient, and a folder of them with an index."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from wes_biomarkers.contracts.clinical import CLINICAL
from wes_biomarkers.contracts.record import FLAGS
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.cohort_folder import Cohort
from wes_biomarkers.join.samples import choose_samples
from wes_biomarkers.report import content
from wes_biomarkers.report.figure import Figure
from wes_biomarkers.report.page import environment
from wes_biomarkers.report.patient_figures import patient_figures
from wes_biomarkers.report.tables import number_text
from wes_biomarkers.serve.pages.patient import patient_page

#: Rows of the tables of mutations and of neoantigens.
N_VARIANT, N_NEOANTIGEN = 200, 30
_TITLES = {"copy-number": "Copy number", "signatures": "Signatures", "clones": "Clones"}
#: Columns of each table: name -> heading and unit; those that no row knows are left out.
_COLUMNS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "variants": {
        "gene": ("gene", ""), "aa_change": ("change", ""), "consequence": ("consequence", ""), "vaf": ("VAF", ""),
        "t_alt": ("alt reads", ""), "t_depth": ("depth", ""), "ccf": ("CCF", ""), "clonality": ("clonality", ""),
        "place": ("place", "1-based"), "pair_id": ("pair", ""),
    },
    "genes": {
        "gene": ("gene", ""), "role": ("role", ""), "status": ("status", ""), "hits": ("hits", ""),
        "mutations": ("mutations", ""), "total_cn": ("copies", ""), "minor_cn": ("minor copies", ""),
        "pair_id": ("pair", ""),
    },
    "hla": {
        "locus": ("locus", ""), "allele_1": ("allele 1", ""), "allele_2": ("allele 2", ""),
        "confidence": ("confidence", ""), "source": ("source", ""), "reason": ("why unknown", ""), "pair_id": ("pair", ""),
    },
    "hla_loh": {
        "locus": ("locus", ""), "state": ("state", ""), "lost_allele": ("lost", ""), "cn_1": ("copies 1", ""),
        "cn_2": ("copies 2", ""), "p_value": ("p", ""), "reason": ("reason", ""), "pair_id": ("pair", ""),
    },
    "neoantigens": {
        "rank": ("place", ""), "mhc_class": ("class", ""), "gene": ("gene", ""), "protein_change": ("change", ""),
        "peptide": ("peptide", ""), "allele": ("allele", ""), "rank_pct": ("rank", "%"), "ccf": ("CCF", ""),
        "expression_tpm": ("expression", "TPM"), "tier": ("tier", ""), "tier_reason": ("why", ""),
        "pair_id": ("pair", ""),
    },
    "clusters": {
        "cluster": ("cluster", ""), "n": ("mutations", ""), "ccf": ("median CCF", ""), "pair_id": ("pair", ""),
    },
    "followed": {
        "timepoint": ("time point", ""), "specimen": ("specimen", ""), "date": ("date", ""), "n": ("looked up", ""),
        "n_shared": ("found", ""), "mean_vaf": ("mean VAF", ""), "pair_id": ("pair", ""),
    },
}  # fmt: skip


#: Names of alleles: the section HLA shows them.
_ALLELE = re.compile(r"hla_\w+_[12]")


def patient_ids(cohort: Cohort) -> list[str]:
    """The cohort's patients in the order of its table."""
    return [str(patient) for patient in cohort.tables["patient"]["patient_id"]]


def render_patient(cohort: Cohort, patient_id: str) -> str:
    """The page of one patient.

    Raises:
        InputError: the cohort has no such patient; the remedy names those most alike.
    """
    _check_known(cohort, patient_id)
    ((_, text),) = render_patients(cohort, [patient_id])
    return text


def figures_of_patient(cohort: Cohort, patient_id: str) -> list[Figure]:
    """All figures of the page of one patient.

    Raises:
        InputError: the cohort has no such patient; the remedy names those most alike.
    """
    _check_known(cohort, patient_id)
    flags = ("synthetic",) if cohort.manifest["synthetic"] else ()
    return [
        figure
        for _, facts, mine in _found(cohort, [patient_id])
        for section in patient_figures(facts, mine, flags).values()
        for figure in section
    ]


def _check_known(cohort: Cohort, patient_id: str) -> None:
    known = patient_ids(cohort)
    if patient_id not in known:
        alike = difflib.get_close_matches(patient_id, known, 3)
        remedy = (
            f"Did you mean {' or '.join(alike)}?"
            if alike
            else f"It has {len(known)}; `cohort show --table patient`."
        )
        raise InputError([Fault("the cohort has no such patient", remedy, value=patient_id)])


def render_patients(cohort: Cohort, chosen: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(patient id, page) of each of the chosen patients."""
    template = environment().get_template("patient.html.j2")
    for patient_id, facts, mine in _found(cohort, chosen):
        yield patient_id, template.render(_context(cohort.manifest, facts, mine)) + "\n"


def _found(
    cohort: Cohort, chosen: Sequence[str]
) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, pd.DataFrame]]]:
    """(patient id, facts, the cohort's tables cut to the patient) of each of the chosen patients."""
    by_patient = {
        name: dict(iter(table.groupby("patient_id", sort=False)))
        for name, table in cohort.tables.items()
        if "patient_id" in table
    }
    empty = {name: cohort.tables[name].head(0) for name in by_patient}
    baseline = (
        choose_samples(cohort.tables["biomarker"], "pair_id")
        if "biomarker" in cohort.tables
        else pd.DataFrame()
    )
    for patient_id in chosen:
        mine = {name: found.get(patient_id, empty[name]) for name, found in by_patient.items()}
        facts = patient_page(patient_id, mine, baseline)
        if facts is not None:
            yield patient_id, facts, mine


def render_index(cohort: Cohort, chosen: Sequence[str]) -> str:
    """A page that links the patients' pages beside it."""
    context = {"patients": chosen, "synthetic": bool(cohort.manifest["synthetic"])}
    return str(environment().get_template("patients.html.j2").render(context)) + "\n"


def _context(
    manifest: Mapping[str, Any], facts: Mapping[str, Any], mine: Mapping[str, pd.DataFrame]
) -> dict[str, Any]:
    synthetic = bool(manifest["synthetic"])
    figures = patient_figures(facts, mine, ("synthetic",) if synthetic else ())
    several = len(facts["pairs"]) > 1
    evolution = facts["evolution"] or {"clusters": [], "followed": []}
    variants = [
        row | {"place": f"{row['chrom']}:{row['start'] + 1} {_short(row['ref'])}>{_short(row['alt'])}"}
        for row in facts["variants"]["rows"]
    ]
    sources = {"variants": variants[:N_VARIANT], "genes": facts["genes"], "hla": facts["hla"], "hla_loh": facts["hla_loh"],
               "neoantigens": facts["neoantigens"]["rows"][:N_NEOANTIGEN], **evolution}  # fmt: skip
    tables = {name: _table(rows, _COLUMNS[name], several) for name, rows in sources.items()}
    for name in ("variants", "neoantigens"):
        tables[name]["n"] = facts[name]["n"]
    codes = [code for code in FLAGS if any(code in each["flags"] for each in facts["biomarkers"])]
    return {
        **tables,
        "facts": facts,
        "figures": figures,
        "synthetic": synthetic,
        "several": several,
        "n_patient": manifest["counts"]["n_patient"],
        "builds": manifest["builds"],
        "code_version": manifest["code_version"],
        "headline": _headline(facts["clinical"]),
        "clinical": _clinical(facts["clinical"]),
        "biomarkers": _biomarkers(facts["biomarkers"]),
        "flags": [(code, FLAGS[code]) for code in codes],
        "flag_words": FLAGS,
        "status_words": content.STATUS_WORDS,
        "sections": _sections(facts, figures, tables),
    }


def _short(bases: str, longest: int = 12) -> str:
    """An allele; of a long one the first bases and its length."""
    return bases if len(bases) <= longest else f"{bases[: longest - 4]}… ({len(bases)})"


def _sections(
    facts: Mapping[str, Any], figures: Mapping[str, Any], tables: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """Name and title of each section the patient has something for."""
    shown = [("course", "Course")]
    shown += [("biomarkers", "Biomarkers")] if facts["pairs"] else []
    shown += [(name, title) for name, title in _TITLES.items() if figures[name]]
    shown += [("variants", "Variants")] if tables["variants"]["rows"] or tables["genes"]["rows"] else []
    shown += [("hla", "HLA")] if tables["hla"]["rows"] else []
    return shown + ([("neoantigens", "Neoantigens")] if tables["neoantigens"]["rows"] else [])


def _headline(clinical: Mapping[str, Any]) -> list[str]:
    """What a physician asks first, in words; the unknown is left out."""
    words = []
    if "age" in clinical:
        words.append(f"{clinical['age']:.0f} years")
    words += [str(clinical[name]) for name in ("sex", "histology") if name in clinical]
    words += [f"stage {clinical['stage']}"] if "stage" in clinical else []
    words += [f"ECOG {clinical['ecog']}"] if "ecog" in clinical else []
    words += [f"arm {clinical['arm_assigned']}"] if "arm_assigned" in clinical else []
    return words + ([f"best response {clinical['best_response']}"] if "best_response" in clinical else [])


def _clinical(clinical: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The columns of the clinical input that are known, and survival, as words."""
    names = [
        column.name for column in CLINICAL.columns if column.name in clinical and column.name != "patient_id"
    ]
    return [(name.replace("_", " "), _words(clinical[name])) for name in names]


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number_text(value) if isinstance(value, int | float) else str(value)


def _biomarkers(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Groups of biomarkers in their order: title and rows."""
    groups: dict[str, list[dict[str, Any]]] = {}
    made: dict[str, dict[str, None]] = {}
    for each in rows:
        if _ALLELE.fullmatch(each["name"]):
            continue
        percentile = each.get("percentile")
        made.setdefault(each["group"], {})[each["definition_id"]] = None
        groups.setdefault(each["group"], []).append(
            {
                "label": each["name"].replace("_", " "),
                "pair": each["pair_id"],
                "value": _words(each["value"]),
                "unit": each["unit"] if each["unit"] != "fraction" else "",
                "status": each["status"],
                "reason": each["reason"] or "",
                "percentile": "" if percentile is None else f"{percentile:.0f}",
                "n_known": each.get("n_known") or "",
                "doc": each["doc"],
                "flags": list(zip(each["flags"], each["sentences"], strict=True)),
            }
        )
    return [
        {"title": title, "definitions": list(made[title]), "flags": _hoisted(found), "rows": _merged(found)}
        for title, found in groups.items()
    ]


def _merged(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Neighbours that nothing is known of for the same reason, as one row with their names."""
    merged: list[dict[str, Any]] = []
    for row in rows:
        last = merged[-1] if merged else None
        same = ("pair", "status", "reason", "flags", "value")
        if last is not None and not row["value"] and all(last[name] == row[name] for name in same):
            merged[-1] = last | {
                "label": f"{last['label']}, {row['label']}",
                "doc": f"{last['doc']}; {row['doc']}",
            }
        else:
            merged.append(row)
    return merged


def _hoisted(rows: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """The flags that every row carries, taken out of the rows."""
    common = [flag for flag in rows[0]["flags"] if all(flag in row["flags"] for row in rows)]
    for row in rows:
        row["flags"] = [flag for flag in row["flags"] if flag not in common]
    return common


def _table(
    rows: Sequence[Mapping[str, Any]], columns: Mapping[str, tuple[str, str]], several: bool
) -> dict[str, Any]:
    """A table for the template: its columns that some row knows, and cells with text and what they sort by."""
    names = [
        name
        for name in columns
        if any(row.get(name) is not None for row in rows) and (several or name != "pair_id")
    ]
    shown = [
        {"name": name, "text": columns[name][0], "unit": columns[name][1], "number": _is_number(rows, name)}
        for name in names
    ]
    cells = [
        {name: {"text": _cell(row.get(name)), "sort": row.get(name, "")} for name in names} for row in rows
    ]
    return {"columns": shown, "rows": cells}


def _is_number(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    known = [row[name] for row in rows if row.get(name) is not None]
    return bool(known) and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in known
    )


def _cell(value: Any, longest: int = 40) -> str:
    """A value as words; a long text is cut."""
    if not isinstance(value, str):
        return _words(value)
    words = value.replace("_variant", "").replace("_", " ") if value.islower() else value
    words = words.replace(";", "; ").replace(";  ", "; ")
    return words if len(words) <= longest or " " in words else f"{words[:longest]}…"
