import numpy as np
import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.features.mutation_channels import CHANNELS
from wes_biomarkers.io import data_sets, signature_tables
from wes_biomarkers.io.signature_tables import (
    kind_of_table,
    read_signature_table,
    signature_file,
    signature_folder,
)


def write_table(path, kind="SBS", names=("SBS1", "SBS5"), change=lambda rows: rows):
    matrix = np.random.default_rng(1).dirichlet(np.ones(len(CHANNELS[kind])), len(names)).T
    rows = [
        [channel, *map(repr, map(float, row))] for channel, row in zip(CHANNELS[kind], matrix, strict=True)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [["Type", *names], *change(rows)]
    path.write_text("\n".join("\t".join(cells) for cells in lines) + "\n")
    return path


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """A machine without tables: no set-up, no environment variable, no SigProfilerAssignment."""
    monkeypatch.delenv(signature_tables.ENVIRONMENT, raising=False)
    monkeypatch.setenv("WES_BIOMARKERS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(data_sets.sys, "prefix", str(tmp_path / "python" / "venv"))
    monkeypatch.setattr(data_sets, "__file__", str(tmp_path / "a" / "b" / "c.py"))
    monkeypatch.setattr(signature_tables, "find_spec", lambda name: None)
    return tmp_path


def test_the_order_of_finding(nowhere, monkeypatch):
    with pytest.raises(InputError, match="Run bin/setup"):
        signature_folder()
    package = nowhere / "package"
    spec = type("Spec", (), {"origin": str(package / "__init__.py")})
    monkeypatch.setattr(signature_tables, "find_spec", lambda name: spec)
    assert signature_folder() == package / "data" / "Reference_Signatures"
    for version in ("3.4", "3.10"):
        (nowhere / "home" / "share" / f"cosmic-{version}").mkdir(parents=True)
    assert signature_folder().name == "cosmic-3.10"
    for name in ("environment", "option"):
        (nowhere / name).mkdir()
    monkeypatch.setenv(signature_tables.ENVIRONMENT, str(nowhere / "environment"))
    assert signature_folder().name == "environment"
    assert signature_folder(nowhere / "option").name == "option"
    with pytest.raises(InputError, match="no such folder"):
        signature_folder(nowhere / "absent")


def test_the_newest_table_of_kind_build_and_exome(tmp_path):
    for name in (
        "GRCh37/COSMIC_v3.6_SBS_GRCh37.txt",
        "GRCh38/COSMIC_v3.4_SBS_GRCh38_exome.txt",
        "GRCh38/COSMIC_v3.10_SBS_GRCh38_exome.txt",
        "GRCh38/COSMIC_v3.10_SBS_GRCh38.txt",
        "COSMIC_v3.9_SBS_GRCh38.txt",
        "GRCh37/COSMIC_v3.6_ID_GRCh37.txt",
    ):
        write_table(tmp_path / name, "ID" if "_ID_" in name else "SBS")
    assert signature_file("SBS", "GRCh38", True, tmp_path).name == "COSMIC_v3.10_SBS_GRCh38_exome.txt"
    assert signature_file("SBS", "GRCh38", False, tmp_path).name == "COSMIC_v3.10_SBS_GRCh38.txt"
    assert signature_file("ID", "GRCh38", True, tmp_path).name == "COSMIC_v3.6_ID_GRCh37.txt"
    assert read_signature_table("SBS", "GRCh38", True, tmp_path).version == "COSMIC v3.10 exome GRCh38"
    assert read_signature_table("ID", "GRCh38", True, tmp_path).version == "COSMIC v3.6 genome"
    with pytest.raises(InputError, match="holds no COSMIC table of SBS for GRCh37 exomes"):
        signature_file("SBS", "GRCh37", True, tmp_path)


def test_rows_are_put_in_our_order_and_columns_sum_to_1(tmp_path):
    plain = read_signature_table("DBS", source=write_table(tmp_path / "a.txt", "DBS"))
    turned = read_signature_table(
        "DBS", source=write_table(tmp_path / "b.txt", "DBS", change=lambda r: r[::-1])
    )
    np.testing.assert_array_equal(plain.matrix, turned.matrix)
    np.testing.assert_allclose(plain.matrix.sum(axis=0), 1)
    assert (plain.names, plain.version) == (("SBS1", "SBS5"), "a.txt") and len(plain.sha256) == 64
    assert kind_of_table(tmp_path / "a.txt") == "DBS" and kind_of_table(tmp_path) is None


def test_every_fault_of_a_table_is_listed(tmp_path):
    def spoil(rows):
        rows[0][0] = "A[G>A]A"
        rows[1][1] = "many"
        rows[2].pop()
        rows[3][2] = "-0.1"
        return [*rows, rows[4]]

    with pytest.raises(InputError) as caught:
        read_signature_table("SBS", source=write_table(tmp_path / "bad.txt", change=spoil))
    assert [fault.row for fault in caught.value.faults] == [2, 3, 4, 5, 98, None]
    with pytest.raises(InputError, match="do not sum to 1: SBS5"):
        read_signature_table(
            "SBS",
            source=write_table(
                tmp_path / "counts.txt", change=lambda rows: [[a, b, repr(float(c) * 50)] for a, b, c in rows]
            ),
        )
    with pytest.raises(InputError, match="first row is no channel"):
        (tmp_path / "other.txt").write_text("a\tb\nx\t1\n")
        kind_of_table(tmp_path / "other.txt")


def test_the_tables_of_the_set_up(monkeypatch):
    monkeypatch.delenv(signature_tables.ENVIRONMENT, raising=False)
    for kind, n in (("SBS", 101), ("DBS", 22), ("ID", 25)):
        for build in signature_tables.BUILDS:
            table = read_signature_table(kind, build)
            assert table.matrix.shape == (len(CHANNELS[kind]), n) and table.version.startswith("COSMIC v3.6")
    exome, genome = (read_signature_table("SBS", exome=exome) for exome in (True, False))
    assert exome.sha256 != genome.sha256
    place = exome.names.index("SBS2")
    top = sorted(zip(exome.matrix[:, place], exome.channels, strict=True))[-2:]
    assert {channel for _, channel in top} == {"T[C>T]A", "T[C>T]T"}
