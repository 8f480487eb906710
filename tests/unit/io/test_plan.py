"""plan.toml: read whole, or refused with every fault at once."""

import hashlib

import pytest

from wes_biomarkers.contracts.plan import Analysis, Cutpoint
from wes_biomarkers.errors import InputError
from wes_biomarkers.io.plan import check_analysis, read_plan

GOOD = """
schema = "wes_biomarkers.plan/1"
title = "Markers of the trial"
[defaults]
adjust = ["age"]
family = "primary"
[families.primary]
adjustment = "holm"
[[analysis]]
name = "tmb"
endpoint = "os"
features = ["tmb_per_mb"]
cutpoint = { kind = "value", value = 10 }
[[analysis]]
name = "tmb by arm"
endpoint = "pfs"
features = ["tmb_per_mb", "gene:TP53"]
question = "predictive"
adjust = []
"""


def write(tmp_path, text):
    path = tmp_path / "plan.toml"
    path.write_text(text)
    return path


def test_a_plan(tmp_path):
    path = write(tmp_path, GOOD)
    plan = read_plan(path)
    assert plan.sha256 == hashlib.sha256(path.read_bytes()).hexdigest() and plan.plan_id == plan.sha256[:12]
    assert plan.prespecified and plan.families == {"primary": "holm"}
    first, second = plan.analyses
    assert (
        first.cutpoint == Cutpoint("value", 10)
        and first.adjust == ("age",)
        and first.question == "prognostic"
    )
    assert (
        second.adjust == () and second.features == ("tmb_per_mb", "gene:TP53") and second.family == "primary"
    )
    assert second.arm_column == "arm_assigned"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('schema = "wes_biomarkers.plan/1"', "", "is not a plan"),
        ('endpoint = "os"', 'endpoint = "osx"', "endpoint is not known"),
        ('features = ["tmb_per_mb"]', "", "has no features"),
        ('name = "tmb by arm"', 'name = "tmb"', "given twice"),
        ('question = "predictive"', 'question = "predictive"\npopulation = "arm:a"', "within one arm"),
        ('question = "predictive"', 'question = "predictive"\ncolour = "red"', "unknown key"),
        ('question = "predictive"', 'question = "predictive"\nlevel = "x"', "unknown key"),
        ("value = 10", 'value = "ten"', "do not fit"),
        ('kind = "value", value = 10', 'kind = "best"', "not understood"),
        ('adjustment = "holm"', 'adjustment = "hope"', "without a known adjustment"),
        ('family = "primary"', 'family = "secondary"', "family is not declared"),
        ('question = "predictive"', "landmark_months = -1", "no number above 0"),
        ('question = "predictive"', 'method = "logistic"', "no such method"),
        ('question = "predictive"', "subgroup = 3", "is no word"),
        ('adjust = ["age"]', 'adjust = "age"', "no list of names"),
        ("[[analysis]]", "[[analysiss]]", "unknown key"),
        ("[defaults]", "[defaults", "not TOML"),
        ("value = 10", "value = nan", "do not fit"),
        ('"tmb_per_mb", "gene:TP53"', '"gene:TP53", "gene:TP53"', "names one twice"),
        ('question = "predictive"', 'subgroup = "arm_assigned"', "no subgroup"),
        ('question = "predictive"', 'question = "predictive"\nn_permutation = 9', "plain effects"),
        ('question = "predictive"', 'question = "predictive"\ntime_varying = true', "for prognosis"),
        ('question = "predictive"', "time_varying = true\nlandmark_months = 3", "no landmark"),
        ('question = "predictive"', 'question = "treatment"', "no part"),
        ('question = "predictive"', 'estimand = "as_received"\ntreatment = "arm_assigned"', "as received"),
    ],
)
def test_faults(tmp_path, old, new, said):
    with pytest.raises(InputError, match=said):
        read_plan(write(tmp_path, GOOD.replace(old, new)))


def test_all_faults_at_once(tmp_path):
    text = GOOD.replace('endpoint = "os"', 'endpoint = "x"').replace('endpoint = "pfs"', 'endpoint = "y"')
    with pytest.raises(InputError) as error:
        read_plan(write(tmp_path, text))
    assert len(error.value.faults) == 2 and "tmb by arm" in str(error.value)
    text = text.replace('"holm"', '"hope"').replace("schema", "scheme").replace('"tmb by arm"', '"tmb"')
    with pytest.raises(InputError) as error:
        read_plan(write(tmp_path, text))
    assert len(error.value.faults) == 6


def test_the_command_is_checked_alike():
    check_analysis(Analysis("a", "os", ("age",)))
    with pytest.raises(InputError, match="within one arm"):
        check_analysis(Analysis("a", "os", ("age",), "predictive", population="arm:x"))


def test_weights_are_for_the_preference_design():
    with pytest.raises(InputError, match="weights are for the preference design"):
        check_analysis(Analysis("a", "os", ("nlr",), weights="ipw"))
    check_analysis(Analysis("a", "os", (), "preference", weights="ipw", center="random"))
    check_analysis(Analysis("a", "os", ("nlr",), weights="overlap"))
