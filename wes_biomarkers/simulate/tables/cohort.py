"""A simulated trial as files: a cohort folder, the inputs a site would give, and the truth behind both."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from wes_biomarkers.cohort.build import assemble_manifest
from wes_biomarkers.contracts.clinical import ASSESSMENT, CLINICAL, TOXICITY
from wes_biomarkers.contracts.proteomics import PROTEOMICS_SAMPLE, PROTEOMICS_SAMPLE_INPUT
from wes_biomarkers.contracts.schema import Table
from wes_biomarkers.contracts.validate import conform_frame
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.cohort_folder import check_target, write_cohort
from wes_biomarkers.io.endpoint_rules import read_endpoint_rules
from wes_biomarkers.io.files import atomic_path, write_json
from wes_biomarkers.join.clinical import Unmatched, join_clinical, match_patients
from wes_biomarkers.simulate.tables import frames
from wes_biomarkers.simulate.tables.assessments import assessment_frame
from wes_biomarkers.simulate.tables.feature_parts import feature_parts
from wes_biomarkers.simulate.tables.gene_parts import gene_copy_parts, gene_parts
from wes_biomarkers.simulate.tables.hla_parts import hla_loh_parts, hla_parts
from wes_biomarkers.simulate.tables.neoantigen_parts import neoantigen_parts
from wes_biomarkers.simulate.tables.pairs import Pairs, draw_pairs
from wes_biomarkers.simulate.tables.parameters import TableParameters
from wes_biomarkers.simulate.tables.parts import Source, segment_parts, signature_parts, source_of
from wes_biomarkers.simulate.tables.proteins import protein_tables
from wes_biomarkers.simulate.tables.proteomics_parts import (
    draw_measured,
    protein_frame,
    proteomics_parts,
    proteomics_sample_frame,
    write_proteomics,
)
from wes_biomarkers.simulate.tables.trial import SimulatedTrial, simulate_trial
from wes_biomarkers.simulate.tables.truth import truth_of
from wes_biomarkers.simulate.tables.variant_parts import variant_parts
from wes_biomarkers.stats.adverse_events import counted_events, worst_grades
from wes_biomarkers.stats.recist import with_target_change

#: Up to so many patients the cohort's tables are written as TSV too.
MAX_TEXT_PATIENTS = 2000


def simulate_tables(parameters: TableParameters, out: Path | str) -> None:
    """Write a trial into `out`: cohort/, clinical.csv, toxicity.csv, proteomics.csv, truth.json and more.

    The same parameters give the same bytes. Long tables are made and written a range of patients at a time.

    Raises:
        InputError: `out` holds something else, or impossible parameters.
    """
    folder = Path(out)
    _check_out(folder)
    trial = simulate_trial(parameters)
    folder.mkdir(parents=True, exist_ok=True)
    pairs = draw_pairs(trial)
    clinical = conform_frame(frames.clinical_frame(trial), CLINICAL)
    toxicity = conform_frame(frames.toxicity_frame(trial), TOXICITY)
    write_csv(folder / "clinical.csv", clinical, CLINICAL)
    write_csv(folder / "toxicity.csv", toxicity, TOXICITY)
    assessments = None
    if parameters.response.needs_follow_up:
        assessments = conform_frame(assessment_frame(trial), ASSESSMENT)
        write_csv(folder / "assessments.csv", assessments, ASSESSMENT)
    measured = draw_measured(trial)
    samples = proteomics_sample_frame(trial, measured)
    write_csv(
        folder / "proteomics_sample.csv", samples[list(PROTEOMICS_SAMPLE_INPUT.names)], PROTEOMICS_SAMPLE
    )
    write_proteomics(folder / "proteomics.csv", trial, measured)
    tables = wide_tables(trial, pairs) | clinical_tables(clinical, toxicity, assessments)
    tables |= {"proteomics_sample": samples, "protein": protein_frame(measured)}
    parts = long_tables(source_of(trial, pairs), clinical)
    parts["proteomics"] = proteomics_parts(trial, measured)
    text = trial.n <= MAX_TEXT_PATIENTS
    write_cohort(folder / "cohort", tables, manifest_of(tables), parts=parts, text=text)
    write_json(folder / "truth.json", truth_of(trial, pairs))


def _check_out(folder: Path) -> None:
    """Refuse a folder that holds anything but an earlier simulation of tables."""
    if folder.is_dir():
        if any(folder.iterdir()) and not ((folder / "truth.json").is_file() and (folder / "cohort").is_dir()):
            raise InputError([Fault("is not empty", "Give a new or empty folder.", file=str(folder))])
        check_target(folder / "cohort")
    elif folder.exists():
        raise InputError([Fault("exists and is no folder", "Give a new folder.", file=str(folder))])


def wide_tables(trial: SimulatedTrial, pairs: Pairs) -> dict[str, pd.DataFrame]:
    """The tables of patients, samples and pairs by name, not yet conformed."""
    return {
        "patient": frames.patient_frame(trial, pairs),
        "sample": frames.sample_frame(trial, pairs),
        "pair": frames.pair_frame(trial, pairs),
        "biomarker": frames.biomarker_frame(trial, pairs),
        "qc": frames.qc_frame(trial, pairs),
        **protein_tables(),
    }


def clinical_tables(
    clinical: pd.DataFrame, toxicity: pd.DataFrame, assessments: pd.DataFrame | None
) -> dict[str, pd.DataFrame]:
    """The clinical tables with all that `cohort build` derives, by name."""
    rules = read_endpoint_rules()
    tables = {
        "clinical": join_clinical(clinical, toxicity, assessments, rules),
        "toxicity": toxicity,
        "worst_grade": worst_grades(toxicity, counted_events(toxicity, clinical, rules.toxicity)),
    }
    if assessments is not None:
        tables["assessment"] = with_target_change(assessments, clinical)
    return tables


def long_tables(source: Source, clinical: pd.DataFrame) -> dict[str, Any]:
    """The tables of many rows a patient by name, each as an iterator of Arrow tables."""
    nlr = clinical["nlr"].to_numpy(dtype=np.float64, na_value=np.nan)
    n_variant = source.trial.parameters.variants_per_patient
    return {
        "feature": feature_parts(source, nlr),
        "variant": variant_parts(source, n_variant),
        "segment": segment_parts(source),
        "gene_copy": gene_copy_parts(source),
        "gene": gene_parts(source),
        "signature": signature_parts(source),
        "hla": hla_parts(source),
        "hla_loh": hla_loh_parts(source),
        "neoantigen": neoantigen_parts(source, n_variant),
    }


def manifest_of(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """cohort.json of a simulated cohort, without its list of tables."""
    unmatched: Unmatched = match_patients(tables["sample"]["patient_id"], tables["clinical"]["patient_id"])
    manifest = assemble_manifest([], tables, unmatched, {}, 0)
    return manifest | {"build": frames.BUILD, "builds": [frames.BUILD], "synthetic": True}


def write_csv(path: Path, frame: pd.DataFrame, table: Table) -> None:
    """A conformed frame as CSV: empty for unknown, true and false, ISO dates; columns without a value are left out."""
    import pyarrow as pa
    from pyarrow import csv

    shown = frame[[name for name in frame if frame[name].notna().any() or name in table.key]]
    columns = {str(name): pa.Array.from_pandas(shown[name]) for name in shown}
    for name, values in columns.items():
        if pa.types.is_timestamp(values.type):
            columns[name] = values.cast(pa.date32())
    with atomic_path(path) as temporary, open(temporary, "wb") as handle:
        handle.write((",".join(columns) + "\n").encode())
        # No word of a simulated table holds a comma or a quote: Arrow would refuse it.
        options = csv.WriteOptions(include_header=False, quoting_style="none")
        csv.write_csv(pa.table(columns), handle, options)
