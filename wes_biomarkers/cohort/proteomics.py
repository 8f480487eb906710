"""The cohort's proteomics tables, and how they were made."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import asdict, replace
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.proteomics import (
    Measured,
    Processed,
    Scale,
    Settings,
    change_from_baseline,
    decide_scale,
    process,
)
from wes_biomarkers.features.proteomics_censoring import batch_codes
from wes_biomarkers.features.proteomics_marks import ABOVE, BELOW, FLAG_BITS, QUANTIFIED, count_marks
from wes_biomarkers.features.proteomics_normalisation import confounded
from wes_biomarkers.io.proteomics import ProteomicsFile

#: What a batch is compared with: columns of the clinical table and of the sample sheet.
_GROUPS = ("arm_assigned", "timepoint")


def exclude_patients(
    samples: pd.DataFrame, file: ProteomicsFile, dropped: Set[str]
) -> tuple[pd.DataFrame, ProteomicsFile]:
    """The sheet and the file without the samples of withdrawn patients; nothing else of them is kept."""
    out = set(samples.loc[samples["patient_id"].isin(dropped), "sample_id"])
    if not out:
        return samples, file
    measured = file.measured
    kept = np.array([name not in out for name in measured.samples], dtype=bool)
    raw, side, flags = (array[kept] for array in (measured.raw, measured.side, measured.flags))
    names = tuple(name for name in measured.samples if name not in out)
    left = replace(measured, samples=names, raw=raw, side=side, flags=flags)
    plates = {name: plate for name, plate in file.plates.items() if name not in out}
    remaining = samples[~samples["sample_id"].isin(out)].reset_index(drop=True)
    return remaining, replace(file, measured=left, plates=plates, marks=count_marks(raw, side, flags))


def assemble_proteomics(
    samples: pd.DataFrame, file: ProteomicsFile, settings: Settings, clinical: pd.DataFrame | None = None
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """The tables proteomics_sample, protein, proteomics and proteomics_change, and the summary for cohort.json.

    Args:
        samples: the sample sheet.
        file: what was read.
        settings: how to process it.
        clinical: for the arm: batches that are confounded with it are not corrected.

    Raises:
        InputError: the scale cannot be told or contradicts the numbers; batches to be corrected are unknown, only one,
            or confounded with arm or time point.
    """
    samples = _with_plates(samples, file.plates)
    measured = file.measured
    scale = _known_scale(measured, settings)
    held = samples.set_index("sample_id").loc[list(measured.samples)].reset_index()
    groups = _groups(held, clinical)
    batch = [None if pd.isna(label) else str(label) for label in held["batch"]]
    mixed = tuple(
        name for name, labels in groups.items() if len(set(batch)) > 1 and confounded(batch, labels)
    )
    if settings.batch != "none":
        _refuse_batches(batch, mixed)
    codes = batch_codes(batch)
    processed = process(
        measured, settings, scale, codes, {name: batch_codes(labels) for name, labels in groups.items()}
    )
    proteins = _protein_table(measured, processed)
    values = _value_table(measured, processed, held)
    tables = {
        "proteomics_sample": _sample_table(samples, measured, processed),
        "protein": proteins,
        "proteomics": values,
        "proteomics_change": change_from_baseline(values, settings.baseline),
    }
    return tables, _summary(samples, file, settings, processed, proteins, mixed, len(set(batch) - {None}))


def _with_plates(samples: pd.DataFrame, plates: Mapping[str, str]) -> pd.DataFrame:
    """The sheet's batch, else the plate of the file."""
    if not plates:
        return samples
    told = samples["sample_id"].map(plates).astype("string")
    return samples.assign(batch=samples["batch"].fillna(told))


def _known_scale(measured: Measured, settings: Settings) -> Scale:
    scale = decide_scale(measured, settings)
    if scale is None:
        rule = "proteomics: the numbers tell neither logarithms (below 0) nor linear values (above 64)"
        raise InputError([Fault(rule, 'Set scale = "linear" or "log2" in the settings.')])
    n_negative = int((measured.raw < 0).sum())
    if scale == "linear" and n_negative:
        rule = f"proteomics: {n_negative} numbers are below 0, so that they are no linear values"
        raise InputError([Fault(rule, 'Set scale = "log2", or mend the file.')])
    return cast(Scale, scale)


def _groups(held: pd.DataFrame, clinical: pd.DataFrame | None) -> dict[str, list[str | None]]:
    """Labels of each sample by group; groups of one label are left out."""
    frame = held[["patient_id", "timepoint"]]
    if clinical is not None and "arm_assigned" in clinical:
        frame = frame.merge(clinical[["patient_id", "arm_assigned"]], on="patient_id", how="left")
    found = {}
    for name in _GROUPS:
        if name in frame and frame[name].nunique(dropna=False) > 1:
            found[name] = [None if pd.isna(label) else str(label) for label in frame[name]]
    return found


def _refuse_batches(batch: list[str | None], mixed: tuple[str, ...]) -> None:
    faults = []
    if None in batch:
        rule = f"proteomics: {batch.count(None)} samples have no batch"
        faults.append(Fault(rule, "Fill the column batch, or do not correct for batches.", column="batch"))
    if len(set(batch)) < 2:
        faults.append(Fault("proteomics: there is one batch only", 'Set batch = "none".', column="batch"))
    faults += [
        Fault(
            f"proteomics: batch is confounded with {name}: correcting one would remove the other",
            'Set batch = "none", and read no difference between these groups.',
            column="batch",
        )
        for name in mixed
    ]
    if faults:
        raise InputError(faults)


def _sample_table(samples: pd.DataFrame, measured: Measured, processed: Processed) -> pd.DataFrame:
    kept = np.array([why == "" for why in processed.dropped])
    side, missing = processed.side[:, kept], processed.missing[:, kept]
    counts = pd.DataFrame(
        {
            "n_quantified": ((side == QUANTIFIED) & ~missing).sum(axis=1),
            "n_below": (side == BELOW).sum(axis=1),
            "n_above": (side == ABOVE).sum(axis=1),
        },
        index=list(measured.samples),
    ).reindex(samples["sample_id"], fill_value=0)
    return pd.concat([samples.reset_index(drop=True), counts.reset_index(drop=True)], axis=1)


def _protein_table(measured: Measured, processed: Processed) -> pd.DataFrame:
    n_quantified = ((processed.side == QUANTIFIED) & ~processed.missing).sum(axis=0)
    n_below, n_above = ((processed.side == end).sum(axis=0) for end in (BELOW, ABOVE))
    names = list(measured.proteins)
    return pd.DataFrame(
        {
            "protein": names,
            "gene": pd.Series([measured.genes.get(name) for name in names], dtype="string"),
            "members": pd.Series([measured.members.get(name) for name in names], dtype="string"),
            "n_quantified": n_quantified,
            "n_below": n_below,
            "n_above": n_above,
            "n_missing": processed.missing.sum(axis=0),
            "kept": [why == "" for why in processed.dropped],
            "reason": pd.Series([why or None for why in processed.dropped], dtype="string"),
        }
    )


def _value_table(measured: Measured, processed: Processed, held: pd.DataFrame) -> pd.DataFrame:
    """One row a sample and kept protein that is quantified or censored, by sample and protein."""
    kept = np.array([why == "" for why in processed.dropped])
    row, column = np.nonzero(~processed.missing & kept[None, :])
    frame = {name: held[name].array.take(row) for name in held.columns}
    sides = pd.array(["below", "", "above"], dtype="string").take(processed.side[row, column].astype(int) + 1)
    return pd.DataFrame(
        {
            **frame,
            "protein": pd.array(measured.proteins, dtype="string").take(column),
            "value": processed.value[row, column],
            "raw": measured.raw[row, column],
            "censored": sides,
            "flags": _flag_texts(processed.flags[row, column]),
        }
    )


def _flag_texts(bits: NDArray[np.uint8]) -> pd.Series:
    words = [";".join(name for name, bit in FLAG_BITS.items() if value & bit) for value in range(256)]
    return pd.Series(pd.array(words, dtype="string").take(bits.astype(np.int64)))


def _summary(
    samples: pd.DataFrame,
    file: ProteomicsFile,
    settings: Settings,
    processed: Processed,
    proteins: pd.DataFrame,
    mixed: tuple[str, ...],
    n_batch: int,
) -> dict[str, Any]:
    """How the tables were made, for cohort.json."""
    dropped = {why: sorted(group["protein"]) for why, group in proteins[~proteins["kept"]].groupby("reason")}
    return {
        "format": file.format,
        "kind": file.measured.kind,
        "settings": asdict(settings),
        "scale": processed.scale,
        "normalisation": processed.normalisation,
        "n_sample": len(samples),
        "n_protein": int(proteins["kept"].sum()),
        "n_batch": n_batch,
        "marks": dict(file.marks),
        "rows_dropped": dict(file.dropped),
        "proteins_dropped": dropped,
        "samples_not_in_sheet": list(file.not_in_sheet),
        "samples_without_values": sorted(set(samples["sample_id"]) - set(file.measured.samples)),
        "batch_confounded_with": list(mixed),
        "has_baseline": bool((samples["timepoint"] == settings.baseline).any()),
        "n_value_lost_to_batch": processed.n_uncorrected,
    }
