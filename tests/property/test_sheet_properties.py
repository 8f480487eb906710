"""However a sheet is saved it is the same study; whatever an id holds, it is taken or refused."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wes_biomarkers.contracts.resolved import Study
from wes_biomarkers.contracts.schema import ID_PATTERN, UNKNOWN_CELLS
from wes_biomarkers.contracts.sheet_cells import MAX_ID_LENGTH
from wes_biomarkers.errors import InputError
from wes_biomarkers.io.samplesheet import read_study

COLUMNS = ("patient_id", "sample_id", "role", "timepoint", "lane", "fastq_1", "fastq_2")
SHARED_TMP = {"suppress_health_check": [HealthCheck.function_scoped_fixture], "deadline": None}

ids = (
    st.from_regex(re.compile(ID_PATTERN, re.ASCII), fullmatch=True)
    .map(str.strip)
    .filter(lambda text: len(text) <= 30 and text not in UNKNOWN_CELLS)
)


@st.composite
def studies(draw: st.DrawFn) -> list[dict[str, str]]:
    """Rows of patients with one normal and some tumours of some lanes."""
    names = iter(draw(st.lists(ids, min_size=24, max_size=24, unique=True)))
    rows = []
    for _ in range(draw(st.integers(1, 3))):
        patient = next(names)
        for role in ["normal"] + ["tumor"] * draw(st.integers(1, 2)):
            sample = next(names)
            for lane in range(draw(st.integers(1, 2))):
                stem = f"{sample}_{lane}"
                row = {"patient_id": patient, "sample_id": sample, "role": role, "lane": str(lane)}
                row |= {"fastq_1": f"{stem}_1.fq.gz", "fastq_2": f"{stem}_2.fq.gz"}
                row["timepoint"] = (
                    draw(st.sampled_from(["", "NA"])) if lane else draw(st.sampled_from(["", "wk 8; é"]))
                )
                rows.append(row)
    return rows


def saved(rows: list[dict[str, str]], columns: list[str], delimiter: str, end: str, encoding: str) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter=delimiter, lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def study_of(path: Path, data: bytes) -> Study:
    path.write_bytes(data)
    return read_study(path, check_files=False)


@settings(max_examples=60, **SHARED_TMP)
@given(
    rows=studies(),
    columns=st.permutations(COLUMNS),
    delimiter=st.sampled_from([",", ";", "\t"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    shuffle=st.randoms(use_true_random=False),
)
def test_any_way_of_saving_gives_the_same_study(
    tmp_path: Path,
    rows: list[dict[str, str]],
    columns: list[str],
    delimiter: str,
    end: str,
    encoding: str,
    shuffle,
) -> None:
    path = tmp_path / "s.csv"
    expected = study_of(path, saved(rows, list(COLUMNS), ",", "\n", "utf-8"))
    assert study_of(path, saved(rows, columns, delimiter, end, encoding)) == expected
    assert Study.from_dict(expected.as_dict()) == expected
    n_tumor = len({row["sample_id"] for row in rows if row["role"] == "tumor"})
    assert len(expected.pairs) == n_tumor
    samples = [
        [row for row in rows if row["sample_id"] == name] for name in {row["sample_id"]: 0 for row in rows}
    ]
    shuffle.shuffle(samples)
    shuffled = [row for sample in samples for row in sample]
    assert study_of(path, saved(shuffled, list(COLUMNS), ",", "\n", "utf-8")) == expected


@settings(max_examples=150, **SHARED_TMP)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    column=st.sampled_from(["patient_id", "sample_id"]),
)
def test_any_id_is_taken_by_the_pattern_or_refused_by_name(tmp_path: Path, text: str, column: str) -> None:
    tumor = {"patient_id": "P1", "sample_id": "T1", "role": "tumor", "fastq_1": "a.fq", "fastq_2": "b.fq"}
    normal = {"patient_id": "P1", "sample_id": "N1", "role": "normal", "fastq_1": "c.fq", "fastq_2": "d.fq"}
    changed = [tumor | {column: text}, normal | ({column: text} if column == "patient_id" else {})]
    data = saved(changed, [*COLUMNS], ",", "\n", "utf-8")
    cell = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    good = bool(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", cell)) and len(cell) <= MAX_ID_LENGTH
    if good and cell not in UNKNOWN_CELLS and not (column == "sample_id" and cell == "N1"):
        sample = study_of(tmp_path / "s.csv", data).samples
        assert cell in {getattr(item, column) for item in sample}
    else:
        with pytest.raises(InputError):
            study_of(tmp_path / "s.csv", data)


@settings(max_examples=150, **SHARED_TMP)
@given(
    data=st.one_of(
        st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
    )
)
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "s.csv"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_study(path, check_files=False)
    assert caught.value.faults


@settings(max_examples=100, **SHARED_TMP)
@given(
    cells=st.lists(
        st.fixed_dictionaries(
            {
                name: st.one_of(
                    st.sampled_from(
                        ["", "P1", "T1", "N1", "tumor", "normal", "a.fq.gz", "b.bam", "c.vcf", "1"]
                    ),
                    st.text(max_size=5),
                )
                for name in (*COLUMNS, "bam", "vcf", "matched_normal", "sex", "hla", "collection_date")
            }
        ),
        min_size=1,
        max_size=5,
    )
)
def test_any_cells_give_a_study_or_faults(tmp_path: Path, cells: list[dict[str, str]]) -> None:
    safe = [{name: value.encode("utf-8", "replace").decode() for name, value in row.items()} for row in cells]
    try:
        study = study_of(tmp_path / "s.csv", saved(safe, list(safe[0]), ",", "\n", "utf-8"))
    except InputError as error:
        assert error.faults
    else:
        assert {pair.tumor_sample_id for pair in study.pairs} == {
            sample.sample_id for sample in study.samples if sample.role == "tumor"
        }
