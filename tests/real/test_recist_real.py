"""Best overall response of CDISC's oncology example against the one admiralonco derived there, patient by patient."""

import pandas as pd
import pytest

from wes_biomarkers.io.endpoint_rules import read_endpoint_rules
from wes_biomarkers.stats.recist import responses

pytestmark = pytest.mark.real


def test_confirmed_response_is_that_of_adrs(real_data):
    records = pd.read_csv(real_data / "adam_oncology" / "adrs_onco.csv.gz", low_memory=False)

    def day(values):
        return pd.to_datetime(values, unit="D", origin="1970-01-01").astype("datetime64[s]")

    visits = records[records["PARAMCD"] == "OVR"].reset_index(drop=True)
    assessments = pd.DataFrame(
        {
            "patient_id": visits["USUBJID"].astype("string"),
            "assessment_date": day(visits["ADT"]),
            "response": visits["AVALC"].replace({"NON-CR/NON-PD": "SD"}).astype("string"),
        }
    )
    theirs = records[(records["PARAMCD"] == "CBOR") & records["USUBJID"].isin(visits["USUBJID"])]
    started = records.drop_duplicates("USUBJID").set_index("USUBJID")["RANDDT"]
    clinical = pd.DataFrame(
        {
            "patient_id": theirs["USUBJID"].astype("string").to_numpy(),
            "allocation_date": day(theirs["USUBJID"].map(started)).to_numpy(),
        }
    )
    found = responses(assessments, clinical, read_endpoint_rules().response)
    expected = theirs["AVALC"].replace({"NON-CR/NON-PD": "SD"}).tolist()
    assert len(visits) == 22 and len(expected) == 8
    assert found["best_overall_response"].tolist() == expected
