"""The pharmaverse's oncology trial as ADaM, imported and built into a cohort."""

from __future__ import annotations

import pandas as pd
import pytest

from wes_biomarkers.cli.main import main
from wes_biomarkers.io.clinical import read_clinical, read_toxicity

pytestmark = pytest.mark.real


def test_pharmaverse_trial(real_data, tmp_path, capsys):
    """306 subjects, 254 of them randomised; every known figure counted again from the files."""
    folder = real_data / "adam_oncology"
    with pytest.raises(SystemExit) as stopped:
        main(["import", "adam", *map(str, sorted(folder.glob("*.csv.gz"))), "--out", str(tmp_path / "adam")])
    assert stopped.value.code == 0, capsys.readouterr().err
    clinical = read_clinical(tmp_path / "adam" / "clinical.csv")
    toxicity = read_toxicity(tmp_path / "adam" / "toxicity.csv")
    adsl, adtte, adae = (pd.read_csv(folder / f"{name}.csv.gz") for name in ("adsl", "adtte_onco", "adae"))
    overall = adtte[adtte["PARAMCD"] == "OS"].set_index("USUBJID")
    assert len(clinical) == len(adsl) == 306
    assert (clinical["assignment"] == "randomized").sum() == adsl["RANDDT"].notna().sum() == 254
    assert clinical["os_event"].sum() == (overall["CNSR"] == 0).sum() == 3
    assert clinical["os_event"].notna().sum() == len(overall) == 254
    joined = clinical.set_index("patient_id")["os_months"].dropna()
    assert (joined * 30.4375).to_numpy() == pytest.approx(overall.loc[joined.index, "AVAL"].to_numpy())
    iso = clinical.set_index("patient_id")["first_dose_date"].dt.strftime("%Y-%m-%d").dropna()
    assert iso.to_dict() == adsl.set_index("USUBJID")["RFXSTDTC"].dropna().to_dict()
    emergent = adae[adae["TRTEMFL"] == "Y"]
    assert len(toxicity) == len(emergent.drop_duplicates(["USUBJID", "AEDECOD", "ASTDT"])) == 834
    assert set(toxicity["patient_id"]) == set(emergent["USUBJID"])
    severe = emergent[emergent["AESEV"] == "SEVERE"].drop_duplicates(["USUBJID", "AEDECOD", "ASTDT"])
    assert (toxicity["grade"] == 3).sum() == len(severe)
    assert clinical["best_response"].value_counts().to_dict() == {
        "NE": 247,
        "CR": 3,
        "SD": 2,
        "PR": 1,
        "PD": 1,
    }
    words = ["--quiet", "cohort", "build", "--out", str(tmp_path / "cohort")]
    for name in ("clinical", "toxicity", "assessments"):
        words += [f"--{name}", str(tmp_path / "adam" / f"{name}.csv")]
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 0, capsys.readouterr().err
    built = pd.read_parquet(tmp_path / "cohort" / "clinical.parquet")
    assert len(built) == 306 and built["os_event"].sum() == 3
    assert built["pfs_event"].sum() == (adtte[adtte["PARAMCD"] == "PFS"]["CNSR"] == 0).sum() == 6
