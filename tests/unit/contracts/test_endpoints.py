from wes_biomarkers.contracts.dictionary import endpoints_markdown, endpoints_text
from wes_biomarkers.contracts.endpoints import ENDPOINTS, POPULATIONS, STATES
from wes_biomarkers.contracts.tables import COHORT_CLINICAL, DERIVED

DTYPES = {
    "survival": ("float", "bool"),
    "binary": ("bool",),
    "ordinal": ("int",),
    "competing": ("float", "string"),
    "recurrent": ("int", "float"),
}


def test_columns_are_declared_and_of_their_kind():
    for endpoint in ENDPOINTS.values():
        columns = [COHORT_CLINICAL.by_name[name] for name in endpoint.columns]
        assert tuple(column.dtype for column in columns) == DTYPES[endpoint.kind], endpoint.name
        if endpoint.kind == "competing":
            assert columns[1].allowed == STATES


def test_each_names_its_origin_population_and_rule():
    for endpoint in ENDPOINTS.values():
        assert endpoint.origin and POPULATIONS[endpoint.population] and endpoint.rule
        assert f"`{endpoint.name}`" in endpoints_markdown()
        assert f"{endpoint.name} ({endpoint.kind})" in endpoints_text()
    assert "induction" in ENDPOINTS["os_induction"].origin and "first dose" in ENDPOINTS["toxicity"].origin


def test_every_derived_outcome_belongs_to_an_endpoint():
    used = {name for endpoint in ENDPOINTS.values() for name in endpoint.columns}
    beside = {"os_origin", "pfs_origin", "best_overall_response", "os_induction_entry_months"}
    assert {column.name for column in DERIVED} - used == beside
