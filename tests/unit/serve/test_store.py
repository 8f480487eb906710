"""What the browser keeps in memory gives the numbers that the tables give."""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from wes_biomarkers.contracts.endpoints import ENDPOINTS
from wes_biomarkers.contracts.plan import Analysis
from wes_biomarkers.errors import InputError
from wes_biomarkers.io.cohort_folder import read_cohort
from wes_biomarkers.join.population import enrol, sample_steps
from wes_biomarkers.query import open_cohort
from wes_biomarkers.serve.analysis import Choice, ask, told
from wes_biomarkers.serve.answers import json_text
from wes_biomarkers.serve.app import create_app
from wes_biomarkers.serve.bins import histogram, levels
from wes_biomarkers.serve.filters import read_filter
from wes_biomarkers.serve.flow import flow_of, flow_steps
from wes_biomarkers.serve.pages.genes import cells_of
from wes_biomarkers.serve.store import Store
from wes_biomarkers.simulate.tables.cohort import simulate_tables
from wes_biomarkers.simulate.tables.parameters import TableParameters


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("trial") / "trial"
    simulate_tables(TableParameters(n_patient=90, seed=6), out)
    return out / "cohort"


@pytest.fixture(scope="module")
def store(folder):
    return Store(folder)


def some(store, seed):
    return np.random.default_rng(seed).random(len(store.patients)) < 0.4


@given(st.lists(st.floats(width=32) | st.integers(-5, 5), max_size=60), st.randoms(use_true_random=False))
def test_ranges_are_counted_as_numpy_counts_them(values, random):
    numbers = np.array(values, float)
    mask = np.array([random.random() < 0.5 for _ in values], bool)
    found = histogram(numbers)
    known = numbers[np.isfinite(numbers)]
    if found is None:
        assert len(set(known)) <= 7
        return
    bars = [bar for bar in found.counted(mask) if "bin" in bar]
    edges = [*(bar["bin"][0] for bar in bars), bars[-1]["bin"][1]]
    for name, part in (("n_all", numbers), ("n", numbers[mask])):
        inside = np.clip(part[np.isfinite(part)], edges[0], edges[-1])
        assert [bar[name] for bar in bars] == np.histogram(inside, edges)[0].tolist()
    unknown = [bar for bar in found.counted(mask) if "value" in bar]
    assert sum(bar["n_all"] for bar in unknown) == np.isnan(numbers).sum()


def test_levels_are_ordered_and_the_unknown_stand_last():
    words = pd.Series(["b", "a", None, "b", "c"], dtype="string")
    bars = levels(words, by_value=False).counted(np.array([True, True, True, False, False]))
    assert [(bar["value"], bar["n"], bar["n_all"]) for bar in bars] == [
        ("b", 1, 2), ("a", 1, 1), ("c", 0, 1), (None, 1, 1)
    ]  # fmt: skip
    numbers = levels(pd.Series([10, 2, 10]), by_value=True)
    assert [bar["value"] for bar in numbers.bars] == [2, 10]
    assert levels(pd.Series([], dtype="string"), by_value=False) is None


@pytest.mark.parametrize("seed", range(3))
def test_the_flow_of_some_is_that_of_their_tables(folder, store, seed):
    mask = some(store, seed)
    ids = set(store.patients[mask])
    tables = {name: part[part["patient_id"].isin(ids)] for name, part in read_cohort(folder).tables.items()
              if "patient_id" in part}  # fmt: skip
    flow = enrol(sorted(ids), tables["clinical"].set_index("patient_id"), ENDPOINTS["os"], Analysis("", "os"))
    sample_steps(tables, flow)
    assert flow_of(store, mask, False) == flow_steps(flow.steps)


def test_tables_are_cut_when_looked_at(folder, store):
    whole, mask = read_cohort(folder).tables, some(store, 1)
    found = store.tables(mask, ("tmb_per_mb", "gene:TP53"))
    for name in ("clinical", "pair", "toxicity", "qc"):
        expected = whole[name][whole[name]["patient_id"].isin(store.patients[mask])].reset_index(drop=True)
        pd.testing.assert_frame_equal(found[name], expected)
    biomarker = found["biomarker"]
    columns = ["patient_id", "pair_id", "tmb_per_mb", "tmb_per_mb_status", "tmb_per_mb_flags"]
    assert list(biomarker) == columns
    expected = whole["biomarker"][whole["biomarker"]["patient_id"].isin(store.patients[mask])]
    pd.testing.assert_frame_equal(biomarker, expected[columns].reset_index(drop=True))
    assert "variant" not in found and "neoantigen" not in found
    unknown = store.tables(mask, ("no_such_feature",))["biomarker"]
    assert len(unknown.columns) == len(whole["biomarker"].columns), "to name features like it"


def test_cells_of_genes_are_those_of_the_gene_table(folder, store):
    tables = read_cohort(folder).tables
    with open_cohort(folder) as cohort:
        chosen = cohort.sql("SELECT pair_id FROM baseline_pair").to_pandas()["pair_id"]
    gene = tables["gene"][tables["gene"]["pair_id"].isin(chosen)]
    expected = cells_of(gene, store.patients)
    assert set(expected) == set(store.genes)
    for name, cells in expected.items():
        assert np.array_equal(store.gene(name).state, cells.state)
        assert np.array_equal(store.gene(name).bits, cells.bits)
    altered = gene[gene["status"].isin(("altered", "biallelic"))]["gene"].value_counts()
    assert {name: int((store.gene(name).state == 1).sum()) for name in altered.index} == altered.to_dict()


def replaced(folder, new):
    """Another cohort in its place, as `cohort build` puts it there."""
    os.replace(folder, folder.with_name("old"))
    shutil.copytree(new, folder.with_name("new"))
    os.replace(folder.with_name("new"), folder)


@pytest.fixture
def mine(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "cohort")
    simulate_tables(TableParameters(n_patient=30, seed=4), tmp_path / "other")
    return tmp_path / "cohort"


def test_what_was_opened_is_not_mixed_with_what_was_built_since(mine, store):
    opened, held = Store(mine), open_cohort(mine)
    assert held.sql("SELECT count(*) AS n FROM patient").to_pandas()["n"].tolist() == [90]
    replaced(mine, mine.with_name("other") / "cohort")
    for question in (
        lambda: held.sql("SELECT * FROM patient"),
        lambda: opened.rows("SELECT * FROM variant"),
        lambda: opened.table("clinical"),
    ):
        with pytest.raises(InputError, match="built again"):
            question()
    n = opened.column("age").notna().sum()
    assert n == store.column("age").notna().sum(), "what was read stays as it was"


def test_two_servers_on_one_cohort_that_is_built_again(mine):
    clients = [TestClient(create_app(mine), base_url="http://localhost") for _ in range(2)]
    counted = [client.get("/api/counts").json() for client in clients]
    assert counted[0] == counted[1] and counted[0]["n_patient"] == 90
    clients[0].app.state.hub.store().close()
    assert clients[1].get("/api/lollipop?gene=TP53").status_code == 200
    replaced(mine, mine.with_name("other") / "cohort")
    for client in clients:
        assert client.get("/api/counts").json()["n_patient"] == 30
        assert client.get("/api/survival?feature=tmb_per_mb").json()["n"] <= 30


def test_many_at_once_get_what_one_gets(folder):
    client = TestClient(create_app(folder), base_url="http://localhost")
    f = json.dumps([{"c": "gene:TP53", "in": [True]}])
    paths = ["columns", "counts", "genes", "patients?limit=5", "oncoprint", "survival?feature=tmb_per_mb"]
    asked = [f"/api/{path}{'&' if '?' in path else '?'}f={f}" for path in paths] * 4
    with ThreadPoolExecutor(8) as pool:
        found = [answer.json() for answer in pool.map(client.get, asked)]
    assert found == [client.get(path).json() for path in asked]


def test_answers_that_share_joins_are_those_of_a_store_that_was_never_asked(folder, store):
    chosen = json.dumps([{"c": "arm_assigned", "in": [store.column("arm_assigned").dropna().iloc[0]]}])
    choices = [
        Choice(endpoint, feature, cut, question, adjust=adjust, landmark=landmark)
        for feature in ("tmb_per_mb", "sex", "gene:TP53", "msi_class")
        for endpoint, cut, question, adjust, landmark in (
            ("os", "median", "prognostic", ("age",), None),
            ("os", "", "predictive", (), None),
            ("os", "", "prognostic", ("age", "purity"), 3.0),
            ("response", "", "prognostic", (), None),
            ("toxicity", "", "prognostic", (), None),
        )
    ]
    asked = [(text, choice) for choice in choices for text in ("", chosen)]
    for text, choice in np.random.default_rng(1).permutation(np.array(asked, dtype=object))[:24]:
        fresh = Store(folder)
        answers = [told(ask(each, read_filter(text), choice)) for each in (store, fresh)]
        fresh.close()
        assert json_text(answers[0]) == json_text(answers[1])
