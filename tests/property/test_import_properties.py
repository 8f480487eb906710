"""Imports: days come out as they were counted in, times as they were measured, and mutations survive both ways."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wes_biomarkers.io.exporters.cbioportal_genome import MUTATION_COLUMNS, mutation_cells
from wes_biomarkers.io.importers.adam import read_adam
from wes_biomarkers.io.importers.adam_choice import AdamChoice
from wes_biomarkers.io.importers.adam_dates import ORIGINS, counted_day, read_day
from wes_biomarkers.io.importers.adam_endpoints import DAYS_OF
from wes_biomarkers.io.importers.redcap_dictionary import Field
from wes_biomarkers.io.maf_read import read_maf

days = st.dates(date(1995, 1, 1), date(2025, 12, 31))
origins = st.sampled_from(sorted(ORIGINS))


@given(days, origins)
def test_a_day_comes_out_of_its_number(day, origin):
    number = (day - ORIGINS[origin]).days
    assert counted_day(str(number), origin) == counted_day(f"{number}.0", origin) == day
    assert read_day(str(number), origin) == read_day(day.isoformat(), None) == day
    assert read_day(day.strftime("%d%b%Y").upper(), None) == day


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    with open(path, "w", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@settings(max_examples=40, deadline=None)
@given(
    origins,
    st.sampled_from(sorted(DAYS_OF)),
    st.lists(st.tuples(days, st.integers(40, 3000), st.integers(0, 3)), min_size=1, max_size=6),
)
def test_times_and_events_of_any_count_and_unit(origin, unit, patients):
    """However days are counted and times measured, months are days / 30.4375 and only CNSR 0 is an event."""

    def number(day: date) -> int:
        return (day - ORIGINS[origin]).days

    adsl = [{"USUBJID": f"S{i}", "ARM": "A", "RANDDT": "", "TRTSDT": number(start), "RFXSTDTC": start}
            for i, (start, _, _) in enumerate(patients)]  # fmt: skip
    adtte = [{"USUBJID": f"S{i}", "PARAMCD": "OS", "AVALU": unit, "AVAL": (n + 1) / DAYS_OF[unit], "CNSR": censored,
              "STARTDT": number(start), "ADT": number(start + timedelta(days=n))}
             for i, (start, n, censored) in enumerate(patients)]  # fmt: skip
    with TemporaryDirectory() as folder:
        paths = [write(Path(folder) / f"{i}.csv", rows) for i, rows in enumerate((adtte, adsl))]
        rows = read_adam(paths, AdamChoice(), date(2040, 1, 1)).tables["clinical"]
    assert len(rows) == len(patients)
    for row, (start, n, censored) in zip(rows, patients, strict=True):
        assert row["first_dose_date"] == start.isoformat()
        assert float(row["os_months"]) == pytest.approx((n + 1) / 30.4375)
        assert row["os_event"] == ("true" if censored == 0 else "false")


bases = st.text("ACGT", min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 10**8), bases, bases, st.sampled_from(["snv", "insertion", "deletion"]))
def test_a_mutation_is_the_same_after_going_out_and_in(start, ref, alt, kind):
    ref, alt = {"snv": (ref[0], alt[0]), "insertion": ("-", alt), "deletion": (ref, "-")}[kind]
    end = start + (0 if ref == "-" else len(ref))
    row = {"chrom": "7", "start": start, "end": end, "ref": ref, "alt": alt, "gene": "EGFR", "transcript_id": None,
           "consequence": "missense_variant", "aa_change": None, "filter": "PASS", "t_alt": 3, "t_depth": 9,
           "n_alt": 0, "n_depth": 8, "population_af": np.nan}  # fmt: skip
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.maf"
        path.write_text(
            "\t".join(MUTATION_COLUMNS) + "\n" + "\t".join(mutation_cells(row, "GRCh38", "T", "N")) + "\n"
        )
        (sample,) = read_maf(path)
    found = {name: values[0] for name, values in sample.columns.items()}
    assert (found["start"], found["end"], found["ref"] or "-", found["alt"] or "-") == (start, end, ref, alt)
    assert (found["t_alt"], found["t_depth"], found["n_alt"], found["n_depth"]) == (3, 9, 0, 8)
    assert (sample.tumor, sample.normal) == ("T", "N")


@given(st.integers(0, 9), st.integers(0, 9))
def test_a_code_is_a_number_only_if_its_label_says_the_same(code, shown):
    readings = Field("f", "F", {str(code): f"Grade {shown}"}).readings(str(code))
    assert (str(code) in readings) == (code == shown)
