import gzip

import numpy as np
import pytest

from wes_biomarkers.errors import InputError, ToolError
from wes_biomarkers.io.predictors import CLASSES, background, open_predictor, tables, weights
from wes_biomarkers.io.predictors.hla_proteins import read_hla_proteins, translate_hla
from wes_biomarkers.neoantigens.binding import RESIDUES, is_usual
from wes_biomarkers.neoantigens.mhcnuggets import N_WEIGHT


@pytest.fixture
def home(tmp_path):
    """A folder of made-up weights for two alleles of each predictor."""
    rng = np.random.default_rng(1)
    networks = {
        name: rng.normal(0, 0.3, N_WEIGHT).astype(np.float32) for name in ("A*02:01", "DRB1*01:01", "test")
    }
    matrices = {f"A*02:01 {length}": rng.normal(0, 1, (length + 1, 20)) for length in (8, 9, 10, 11)}
    for folder, file, arrays in (
        ("mhcnuggets-2.4.1", "weights.npz", networks),
        ("epytope-4.0.1", "matrices.npz", matrices),
    ):
        (tmp_path / folder).mkdir()
        np.savez(tmp_path / folder / file, **arrays)
    return tmp_path


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(background, "SHARES", {"I": ((8, 9), 50), "II": ((15,), 50)})


def test_each_predictor_of_weights_opens(home, small):
    for name, mhc_class, allele in (
        ("mhcnuggets", "I", "A*02:01"),
        ("mhcnuggets", "II", "DRB1*01:01"),
        ("smmpmbec", "I", "A*02:01"),
    ):
        predictor, ranks = open_predictor(name, mhc_class, home)
        assert predictor.supports(allele) and not predictor.supports("test")
        peptide = "GILGFVFTLAAAAAA"[: 15 if mhc_class == "II" else 9]
        affinity = predictor.predict([peptide], allele)
        assert 0 < ranks.rank([peptide], affinity, allele)[0] <= 100
        assert "residues from 1,402 human proteins" in ranks.background
    assert (predictor.name, predictor.version) == ("smmpmbec", "4.0.1")


def test_the_environment_names_the_folder(home, monkeypatch):
    monkeypatch.setenv(weights.ENVIRONMENT, str(home))
    assert weights.weight_file("smmpmbec").parent.name == "epytope-4.0.1"
    monkeypatch.setenv(weights.ENVIRONMENT, str(home / "none"))
    with pytest.raises(InputError, match=r"not installed.*Run bin/setup"):
        weights.weight_file("smmpmbec")


def test_a_broken_file_of_weights(home):
    (home / "mhcnuggets-2.4.1" / "weights.npz").write_text("no")
    with pytest.raises(InputError, match="is no file of weights"):
        open_predictor("mhcnuggets", "I", home)


@pytest.mark.parametrize(("name", "mhc_class"), [("smmpmbec", "II"), ("netmhciipan", "I"), ("nothing", "I")])
def test_what_is_not_predicted(name, mhc_class):
    with pytest.raises(InputError, match="predicts no class" if name in CLASSES else "is no predictor"):
        open_predictor(name, mhc_class)


def test_programs_that_are_not_there(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    for name, mhc_class, said in (
        ("netmhcpan", "I", "not installed: netMHCpan"),
        ("netmhciipan", "II", "not installed: netMHCIIpan"),
        ("mhcflurry", "I", "MHCflurry"),
    ):
        with pytest.raises(ToolError, match=said):
            open_predictor(name, mhc_class)


def test_the_packaged_background():
    found = background.packaged_background()
    assert len(set(found.windows)) == len(found.windows) == 20_000
    assert all(len(window) == background.WINDOW and is_usual(window) for window in found.windows)
    sizes = dict.fromkeys(range(8, 12), 0)
    for peptide in found.peptides("I"):
        sizes[len(peptide)] += 1
    assert min(sizes.values()) > 9_950
    leucine = sum(window.count("L") for window in found.windows) / (20_000 * background.WINDOW)
    assert leucine == pytest.approx(0.10, abs=0.005), "the human proteome has 10 %"


def test_a_proteome_of_the_users(tmp_path):
    rng = np.random.default_rng(2)
    text = "".join(f">p{i} x\n{''.join(rng.choice(list(RESIDUES), 300))}X*\n" for i in range(30))
    plain, zipped = tmp_path / "p.fa", tmp_path / "p.fa.gz"
    plain.write_text(text)
    zipped.write_bytes(gzip.compress(text.encode()))
    found = background.read_background(plain, 1000)
    assert len(set(found.windows)) == 1000 and all(
        window in text.replace("\n", "") for window in found.windows
    )
    assert found.windows == background.read_background(zipped, 1000).windows
    assert found.source == "30 proteins of p.fa"
    with pytest.raises(InputError, match=r"gives \d+ distinct windows"):
        background.read_background(plain, 20_000)


@pytest.mark.parametrize(
    ("text", "said"), [("hello\n", "not FASTA"), (">a\nACGTNACGTTTACGATTACA\n", "nucleotides")]
)
def test_what_is_no_proteome(tmp_path, text, said):
    path = tmp_path / "p.fa"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        background.read_background(path)


def test_quantiles_are_kept_and_used_again(home, small, tmp_path, monkeypatch):
    store = tmp_path / "store"
    store.mkdir()
    predictor, ranks = open_predictor("mhcnuggets", "I", home, store=store)
    first = ranks.rank(["GILGFVFTL"], np.array([500.0]), "A*02:01")
    (file,) = store.iterdir()
    content = file.read_bytes()
    _, again = open_predictor("mhcnuggets", "I", home, store=store)
    monkeypatch.setattr(type(predictor), "predict", lambda *words: pytest.fail("predicted again"))
    assert again.rank(["GILGFVFTL"], np.array([500.0]), "A*02:01") == first
    tables.write_tables(file, tables.ranks_key(predictor, ranks.peptides), again.tables)
    assert file.read_bytes() == content
    assert tables.read_tables(file, "another key") == {}


def test_the_set_up_fills_the_quantiles(home, small):
    folder = home / "mhcnuggets-2.4.1"
    predictor, _ = open_predictor("mhcnuggets", "I", home)
    tables.fill_ranks(predictor, "I", sorted(predictor.alleles), folder)
    _, ranks = open_predictor("mhcnuggets", "I", home)
    assert list(ranks.tables) == ["A*02:01"]


def test_another_version_or_background_has_another_key(home):
    predictor, _ = open_predictor("smmpmbec", "I", home)
    key = tables.ranks_key(predictor, ["GILGFVFTL"])
    assert key != tables.ranks_key(predictor, ["NLVPMVATV"])
    object.__setattr__(predictor, "version", "4.0.2")
    assert key != tables.ranks_key(predictor, ["GILGFVFTL"])


def test_a_cache_of_affinities(home, tmp_path):
    predictor, _ = open_predictor("smmpmbec", "I", home)
    path = tmp_path / "cache.tsv.gz"
    cached = tables.open_cache(predictor, path)
    peptides = ["GILGFVFTL", "NLVPMVATV", "GILGFVFTX"]
    assert np.array_equal(
        cached.predict(peptides, "A*02:01"), predictor.predict(peptides, "A*02:01"), equal_nan=True
    )
    cached.save()
    again = tables.open_cache(predictor, path)
    assert again.name == "smmpmbec" and again.supports("A*02:01")
    object.__setattr__(predictor, "matrices", {})
    assert np.array_equal(
        again.predict(peptides, "A*02:01"), cached.predict(peptides, "A*02:01"), equal_nan=True
    )
    first = path.read_bytes()
    again.save()
    assert path.read_bytes() == first
    object.__setattr__(predictor, "version", "5")
    with pytest.raises(InputError, match="no cache of this predictor"):
        tables.open_cache(predictor, path)


def test_a_broken_cache(home, tmp_path):
    predictor, _ = open_predictor("smmpmbec", "I", home)
    path = tmp_path / "cache.tsv"
    path.write_text("# smmpmbec 4.0.1\nallele\tpeptide\tic50_nm\nA*02:01\tGILGFVFTL\tx\n")
    with pytest.raises(InputError, match=r"row 3: is no allele, peptide and IC50"):
        tables.open_cache(predictor, path)


def test_proteins_of_imgt(tmp_path):
    (tmp_path / "A_prot.fasta").write_text(
        ">HLA:HLA00001 A*01:01:01:01 5 bp\nMAV\nMA\n>HLA:HLA00002 A*01:01:02 4 bp\nMAVM\n"
        ">HLA:HLA00003 A*02:01:01 3 bp\nSHS\n"
    )
    assert read_hla_proteins(tmp_path) == {"A*01:01": "MAVMA"}
    assert translate_hla([("A*01:01:01", "ATGGCCTAAGG"), ("A*02:01", "GCTCCC")]) == {"A*01:01": "MA"}
    with pytest.raises(InputError, match="no file of HLA proteins"):
        read_hla_proteins(tmp_path / "none")
