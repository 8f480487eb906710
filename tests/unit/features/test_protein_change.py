import pytest

from wes_biomarkers.features.protein_change import ChangedResidues, changed_residues


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("p.R175H", (175, 175, "R", "H")),
        ("ENSP00000269305.4:p.Arg175His", (175, 175, "R", "H")),
        ("NP_000537.3:p.(Arg175His)", (175, 175, "R", "H")),
        ("p.R213*", (213, 213, "R", "*")),
        ("p.D27_I28del", (27, 28, "D", "")),
        ("p.E79del", (79, 79, "E", "")),
        ("p.C176dup", (176, 176, "C", "")),
        ("p.A775_G776insYVMA", (775, 776, "A", "")),
        ("p.E746_A750delinsQ", (746, 750, "E", "")),
        ("p.L257Pfs*7", (257, 257, "L", "")),
        ("175R>175H", (175, 175, "R", "H")),
        ("24WR>24WL", (25, 25, "R", "L")),
        ("24WR>24LL", (24, 25, "W", "")),
        ("77DEE>77DE", (79, 79, "E", "")),
        ("775A>775AYVMA", (775, 776, "A", "")),
        ("7AKLMNPQRS..20>7A*", (8, 20, "K", "")),
    ],
)
def test_residues(change, expected):
    assert changed_residues(change) == ChangedResidues(*expected)


@pytest.mark.parametrize("change", [None, "", "9P", "p.P9=", "p.?", "p.Met1?", "frameshift", "5A>6A"])
def test_changes_without_residues(change):
    assert changed_residues(change) is None or changed_residues(change).first == 1
