"""The files of a trial simulated as tables: they obey their contracts, agree with each other and repeat."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from wes_biomarkers.cli.main import cli
from wes_biomarkers.contracts.clinical import CLINICAL, TOXICITY
from wes_biomarkers.contracts.tables import TABLES
from wes_biomarkers.contracts.validate import conform_frame
from wes_biomarkers.errors import InputError
from wes_biomarkers.io.cohort_folder import read_cohort
from wes_biomarkers.io.endpoint_rules import read_endpoint_rules
from wes_biomarkers.simulate.tables import cohort as written
from wes_biomarkers.simulate.tables import frames
from wes_biomarkers.simulate.tables.cohort import simulate_tables
from wes_biomarkers.simulate.tables.parameters import (
    Effects,
    PopulationParameters,
    ResponseParameters,
    TableParameters,
)
from wes_biomarkers.simulate.tables.trial import simulate_trial
from wes_biomarkers.stats.adverse_events import toxicity_endpoints

SMALL = TableParameters(n_patient=120, seed=4, variants_per_patient=5)


def run(*words):
    return CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables") / "trial"
    simulate_tables(SMALL, folder)
    return folder


@pytest.fixture(scope="module")
def tables(made):
    return read_cohort(made / "cohort").tables


@pytest.fixture(scope="module")
def truth(made):
    return json.loads((made / "truth.json").read_text())


def test_the_same_seed_gives_the_same_bytes(made, tmp_path):
    fixed = ("transcript", "protein_domain")
    for seed, alike in ((4, True), (5, False)):
        folder = tmp_path / str(seed)
        simulate_tables(replace(SMALL, seed=seed), folder)
        for path in sorted(made.rglob("*.*")):
            if path.suffix in (".csv", ".parquet", ".tsv", ".json") and path.stem not in fixed:
                assert ((folder / path.relative_to(made)).read_bytes() == path.read_bytes()) == alike, (
                    path.name
                )


def test_every_table_obeys_its_contract_and_is_in_order(tables):
    assert set(tables) >= {"patient", "sample", "pair", "biomarker", "qc", "feature", "variant", "segment", "gene",
                           "signature", "hla", "hla_loh", "neoantigen", "gene_copy", "clinical", "toxicity",
                           "proteomics"}  # fmt: skip
    for name, frame in tables.items():
        raw = pd.DataFrame(frame)
        pd.testing.assert_frame_equal(conform_frame(raw, TABLES[name]), frame)
        assert len(frame), name


def test_parts_come_in_the_order_of_the_key(made, tables):
    """Parquet is written part by part, and nobody sorts it afterwards."""
    import pyarrow.parquet as pq

    for name in ("feature", "variant", "segment", "gene", "gene_copy", "signature", "hla", "hla_loh", "neoantigen",
                 "proteomics"):  # fmt: skip
        frame = pq.read_table(made / "cohort" / f"{name}.parquet").to_pandas()
        keys = list(TABLES[name].key)
        assert frame[keys].equals(frame[keys].sort_values(keys, kind="stable")), name
        assert not frame.duplicated(keys).any(), name


def test_ids_agree_between_tables(tables):
    patients, pairs = set(tables["patient"]["patient_id"]), set(tables["pair"]["pair_id"])
    assert all(set(frame["patient_id"]) <= patients for frame in tables.values() if "patient_id" in frame)
    assert all(set(frame["pair_id"]) - {""} <= pairs for frame in tables.values() if "pair_id" in frame)
    assert set(tables["biomarker"]["pair_id"]) == set(tables["qc"]["pair_id"]) == pairs
    failed = set(tables["pair"].query("status == 'failed'")["pair_id"])
    assert failed
    assert not failed & set(tables["feature"]["pair_id"])
    assert not failed & set(tables["variant"]["pair_id"])
    assert not failed & set(tables["hla_loh"]["pair_id"])
    assert (tables["patient"]["n_pair"] == 0).any()


def test_a_value_is_there_exactly_where_its_status_is_ok(tables):
    wide = tables["biomarker"]
    names = [name for name in wide if f"{name}_status" in wide]
    for name in names:
        assert (wide[name].notna() == (wide[f"{name}_status"] == "ok")).all(), name
    assert {"ok", "not_evaluable", "failed"} == set(wide["tmb_per_mb_status"]) | {"failed"}


def test_long_and_wide_tables_hold_the_same_values(tables):
    long = tables["feature"]
    for feature, definition, name in (("tmb", "wes_nonsyn", "tmb_per_mb"), ("hla", "wes_hla", "hed"),
                                      ("copy_number", "wes_copy_number", "ploidy")):  # fmt: skip
        mine = long.loc[
            (long["feature"] == feature) & (long["definition_id"] == definition) & (long["name"] == name)
        ]
        joined = tables["biomarker"].merge(mine, on="pair_id")
        assert len(joined) > 100
        assert (joined[name].isna() == joined["value"].isna()).all()
        assert joined[name].dropna().to_numpy(float) == pytest.approx(
            joined["value"].dropna().to_numpy(float)
        )
    tmb = long[
        (long["definition_id"] == "wes_nonsyn") & (long["name"] == "tmb_per_mb") & (long["status"] == "ok")
    ]
    assert (tmb["numerator"] / tmb["denominator"]).to_numpy() == pytest.approx(tmb["value"].to_numpy())
    assert ((tmb["ci_low"] < tmb["value"]) & (tmb["value"] < tmb["ci_high"])).all()


def test_driver_mutations_are_among_the_variants(tables):
    genes = tables["gene"]
    mutated = genes[genes["n_mutation"] > 0][["pair_id", "gene"]]
    found = tables["variant"][["pair_id", "gene"]].drop_duplicates()
    assert len(mutated.merge(found)) == len(mutated) > 100
    altered = genes["status"].isin(["altered", "biallelic"]).groupby(genes["pair_id"]).sum()
    wide = tables["biomarker"].set_index("pair_id")["n_driver"].dropna()
    assert (altered[wide.index] == wide).all()


def test_the_inputs_build_the_same_clinical_tables(made, tmp_path):
    out = tmp_path / "built"
    names = ("clinical", "toxicity", "assessments")
    words = [word for name in names for word in (f"--{name}", made / f"{name}.csv")]
    result = run("cohort", "build", *words, "--out", out)
    assert result.exit_code == 0, result.output
    for name in ("clinical", "toxicity", "worst_grade", "assessment"):
        assert (out / f"{name}.tsv").read_bytes() == (made / "cohort" / f"{name}.tsv").read_bytes()


def test_arrays_and_derived_endpoints_agree(tables):
    trial, clinical = simulate_trial(SMALL), tables["clinical"]
    for kind, (months, event) in (
        ("os", trial.overall_survival()),
        ("pfs", trial.progression_free_survival()),
    ):
        who = np.isfinite(months)
        assert clinical[f"{kind}_months"].to_numpy()[who] == pytest.approx(months[who])
        assert (clinical[f"{kind}_event"][who].to_numpy(bool) == event[who]).all()
        assert clinical[f"{kind}_months"][~who].isna().all()
    who = trial.allocation.allocated
    assert (clinical["objective_response"][who].to_numpy(bool) == trial.response.confirmed[who]).all()


def test_assessments_give_the_responses_and_progressions_again(tables):
    from wes_biomarkers.join.clinical import conflicting_assessments
    from wes_biomarkers.stats.recist import responses

    clinical, visits, rules = tables["clinical"], tables["assessment"], read_endpoint_rules()
    assert not any(conflicting_assessments(clinical, visits, rules).values())
    found = responses(visits, clinical, rules.response)
    seen = found["best_response"].notna()
    assert seen.sum() > 50
    assert (found["best_response"] == clinical["best_response"])[seen].all()
    assert set(clinical["best_response"][~seen].dropna()) <= {"NE"}
    assert found["progression_date"].equals(clinical["progression_date"])


def test_no_assessments_where_response_does_not_wait_for_them(tmp_path):
    response = ResponseParameters(needs_follow_up=False)
    simulate_tables(replace(SMALL, n_patient=20, response=response), tmp_path / "trial")
    assert "assessment" not in read_cohort(tmp_path / "trial" / "cohort").tables


def test_high_grade_toxicity_is_as_derived(tables):
    """The table's window is 30 days after the last dose, or 90 for serious and immune-related events; ours is 90."""
    months, state = simulate_trial(SMALL).high_grade_toxicity()
    clinical = tables["clinical"]
    known = np.isfinite(months) & clinical["high_grade_any"].notna().to_numpy()
    assert known.sum() > 40
    derived = clinical["high_grade_any"].to_numpy(bool, na_value=False) & known
    assert (derived <= (state == 1)).all()
    assert derived.sum() >= 0.8 * ((state == 1) & known).sum()
    both = derived & (clinical["high_grade_any_months"].to_numpy() < 12)
    assert clinical["high_grade_any_months"].to_numpy()[both] == pytest.approx(months[both])


def test_events_by_time_of_exposure_are_as_planted():
    """Events come at one rate up to 90 days after the last dose: a number and a time of different windows would miss it."""
    toxicity = replace(SMALL.toxicity, effects=Effects())
    trial = simulate_trial(replace(SMALL, n_patient=4000, toxicity=toxicity))
    inputs = (
        conform_frame(frames.clinical_frame(trial), CLINICAL),
        conform_frame(frames.toxicity_frame(trial), TOXICITY),
    )
    derived = toxicity_endpoints(*inputs, read_endpoint_rules().toxicity)
    rate = derived["n_event_any"].sum() / derived["exposure_any_months"].sum()
    assert rate == pytest.approx(toxicity.events_per_month, rel=0.04)


def test_late_samples_are_of_those_still_followed(tables):
    late = tables["sample"].query("timepoint == 'on_treatment'").merge(tables["clinical"], on="patient_id")
    assert len(late) > 3
    assert (late["collection_date"] > late["allocation_date"]).all()
    assert (late["last_contact_date"] > late["collection_date"]).all()
    assert not (late["progression_date"] <= late["collection_date"]).any()


def test_censored_proteins_are_said_to_be(made, tables):
    values = tables["proteomics"]
    below = values[values["censored"] == "below"]
    assert 0.04 < len(below) / len(values) < 0.12
    assert (below.groupby("protein")["value"].nunique() == 1).all()
    text = (made / "proteomics.csv").read_text()
    assert text.count("<") == len(below)
    assert text.count("\n") == len(values) + 1


def test_truth_names_every_effect_with_its_scale(truth):
    planted = {(e["outcome"], e["term"], e["role"]): e for e in truth["effects"]}
    effect = planted["survival", "tmb_per_mb", "predictive"]
    assert effect["effect"] == SMALL.survival.effects.interaction["tmb_per_mb"]
    assert effect["scale"]["transform"] == "log2(x + 0)"
    assert planted["survival", "gene:TP53", "prognostic"]["scale"]["kind"] == "binary"
    assert planted["survival", "treatment", "treatment"]["effect"] == SMALL.survival.effects.treatment
    counts = truth["counts"]
    assert counts["randomized"] + counts["preference"] == counts["allocated"]


def test_informative_missing_hides_the_patients_at_risk():
    from wes_biomarkers.simulate.tables.pairs import draw_pairs

    population = PopulationParameters(informative_missing=1.0, not_evaluable_share=0.2)
    trial = simulate_trial(replace(SMALL, n_patient=3000, population=population))
    pairs = draw_pairs(trial)
    base, known = ~pairs.late & ~pairs.failed, pairs.is_evaluable("tmb")
    risk = trial.log_hazard[pairs.patient]
    assert risk[base & ~known].mean() > risk[base & known].mean() + 0.2


def test_large_trials_are_written_without_text(tmp_path, monkeypatch):
    monkeypatch.setattr(written, "MAX_TEXT_PATIENTS", 10)
    simulate_tables(replace(SMALL, n_patient=20), tmp_path / "trial")
    assert not list((tmp_path / "trial" / "cohort").glob("*.tsv"))
    assert len(read_cohort(tmp_path / "trial" / "cohort").tables["clinical"]) == 20


def test_parts_of_patients_do_not_overlap(tmp_path, monkeypatch):
    """More patients than one part holds give the same tables, in order and without a gap."""
    from wes_biomarkers.simulate.tables import feature_parts, parts

    simulate_tables(SMALL, tmp_path / "one")
    monkeypatch.setattr(parts.pair_ranges, "__defaults__", (50,))
    monkeypatch.setattr(feature_parts, "PATIENTS_A_PART", 50)
    simulate_tables(SMALL, tmp_path / "many")
    one, many = (read_cohort(tmp_path / name / "cohort").tables for name in ("one", "many"))
    assert many["feature"].equals(one["feature"])
    assert many["hla"].equals(one["hla"])
    assert many["gene_copy"][["pair_id", "gene"]].equals(one["gene_copy"][["pair_id", "gene"]])
    for name in ("gene", "segment", "variant", "hla_loh"):
        assert set(many[name]["pair_id"]) == set(one[name]["pair_id"])


class TestCommand:
    def test_with_parameters(self, tmp_path):
        file = tmp_path / "p.toml"
        file.write_text('[survival.effects]\ntreatment = -0.1\n[survival.effects.main]\n"gene:TP53" = 1\n')
        result = run("simulate", "--level", "tables", "--out", tmp_path / "t", "--patients", 30, "--params", file,
                     "--variants", 0)  # fmt: skip
        assert result.exit_code == 0, result.output
        truth = json.loads((tmp_path / "t" / "truth.json").read_text())
        survival = [e for e in truth["effects"] if e["outcome"] == "survival"]
        assert [(e["term"], e["effect"]) for e in survival] == [
            ("treatment", -0.1), ("gene:TP53", 1), ("tmb_per_mb", -0.6), ("gene:NFE2L2", 0.7),
        ]  # fmt: skip

    def test_null(self, tmp_path):
        result = run("simulate", "--level", "tables", "--out", tmp_path / "t", "--patients", 30, "--null")
        assert result.exit_code == 0, result.output
        assert json.loads((tmp_path / "t" / "truth.json").read_text())["effects"] == []

    def test_an_own_folder_is_replaced_and_another_is_not(self, tmp_path):
        words = ("simulate", "--level", "tables", "--patients", 20, "--out")
        assert run(*words, tmp_path / "t").exit_code == run(*words, tmp_path / "t").exit_code == 0
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "thesis.txt").touch()
        assert isinstance(run(*words, tmp_path / "mine").exception, InputError)

    @pytest.mark.parametrize(
        "words",
        [
            ("--level", "tables", "--processes", "2"),
            ("--level", "reads", "--null"),
            ("--level", "tables", "--patients", "100001"),
            ("--level", "plates"),
        ],
    )
    def test_refusals(self, tmp_path, words):
        assert isinstance(run("simulate", *words, "--out", tmp_path / "t").exception, InputError)

    def test_report_and_show_accept_it(self, made, tmp_path):
        assert run("cohort", "show", made / "cohort", "--table", "clinical").exit_code == 0
        result = run("report", made / "cohort", "-o", tmp_path / "r.html")
        assert result.exit_code == 0, result.output
