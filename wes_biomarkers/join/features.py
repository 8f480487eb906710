"""A named feature as one value a patient, with the reason where there is none.

Names:
    `tmb_per_mb` ...       a column of the cohort's biomarker table, of the sample the rule chooses
    `pdl1_cps`, `age` ...  a column of the clinical table
    `gene:TP53`            altered (biallelic or altered in the gene table) against unaltered
    `mutation:TP53`        a mutation that changes the protein, whatever its copies
    `amplification:CCND1`, `deletion:CDKN2A`   amplified; deleted on both copies
    `protein:CXCL13`       level in the proteomics sample the rule chooses, log2; `protein:CXCL13@week 6` at a time
    `protein_change:CXCL13@week 6`   its change from the sample the rule chooses to that of a time point
Proteins with a value below or above what the assay can measure are ranks (flag `censored_as_ranks`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from wes_biomarkers.contracts.tables import COHORT_CLINICAL
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.join.proteins import (
    RANKED,
    ProteinLevels,
    baseline_words,
    change_between,
    comparable,
    levels_of_samples,
    with_baseline,
)
from wes_biomarkers.join.samples import BASELINE, DEFAULT_RULE, PROTEOMICS_RULE, choose_samples, dated_pairs

Tables = Mapping[str, pd.DataFrame]

NO_SAMPLE = "no tumour sample"
NO_CHOICE = "no sample of the rule"
NO_VALUE = "unknown"

#: Prefixes of gene features -> (table, column, words that mean yes, words that mean no).
_GENE: Mapping[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]] = {
    "gene": ("gene", "status", ("biallelic", "altered"), ("unaltered",)),
    "amplification": ("gene_copy", "call", ("amplification",), ("gain", "neutral", "loss", "deep_deletion")),
    "deletion": ("gene_copy", "call", ("deep_deletion",), ("amplification", "gain", "neutral", "loss")),
}
_STATUS_WORDS = {
    "not_evaluable": "not evaluable",
    "not_requested": "not measured in the run",
    "failed": "the pair failed",
}


@dataclass(frozen=True)
class FeatureValues:
    """One feature of every patient of the cohort.

    Attributes:
        name: as asked for.
        value: by patient id; missing where unknown. Numbers, booleans, or words.
        reason: by patient id, why the value is missing; missing where it is known.
        collected: by patient id, the day the sample was taken; missing where unknown. None for clinical columns.
        timepoint: by patient id, of the sample. None for clinical columns.
        from_sample: whether a sample stands behind it.
        flags: codes of contracts.association.
    """

    name: str
    value: pd.Series
    reason: pd.Series
    collected: pd.Series | None = None
    timepoint: pd.Series | None = None
    from_sample: bool = False
    flags: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """`binary`, `number` or `category`."""
        if pd.api.types.is_bool_dtype(self.value):
            return "binary"
        return "number" if pd.api.types.is_numeric_dtype(self.value) else "category"

    @property
    def ranked(self) -> bool:
        """Whether the values are ranks, because some lie beyond what the assay can measure."""
        return RANKED in self.flags


class FeatureReader:
    """Features of one cohort under one rule for samples; tables are pivoted once and kept."""

    def __init__(self, tables: Tables, rule: Sequence[str] = ()) -> None:
        self.tables = tables
        self.rule = tuple(rule)
        self.patients = tables["patient"]["patient_id"].to_list()

    def over(self, tables: Tables) -> FeatureReader:
        """The same patients and samples with other tables of features."""
        found = FeatureReader(tables, self.rule)
        if "pair" in tables:
            found.pairs, found.placed, found.lost = self.pairs, self.placed, self.lost
        return found

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """The pair that stands for each patient, indexed by patient id."""
        if "pair" not in self.tables:
            return pd.DataFrame(columns=["pair_id", "status", "collection_date", "timepoint"])
        chosen = choose_samples(dated_pairs(self.tables), "pair_id", self.rule or DEFAULT_RULE)
        return chosen.set_index("patient_id")

    @cached_property
    def placed(self) -> pd.DataFrame:
        """Of every patient of the cohort, the pair that stands for them; all missing where none does."""
        return self.pairs.reindex(self.patients)

    @cached_property
    def lost(self) -> pd.Series:
        """By patient id, why no pair can speak for the patient; missing where one can."""
        none = self.tables["patient"].set_index("patient_id")["n_tumor_sample"].fillna(0) == 0
        chosen = self.placed["status"]
        reason = pd.Series(None, index=chosen.index, dtype=object).mask(chosen == "failed", "the pair failed")
        return reason.mask(chosen.isna(), NO_CHOICE).mask(self._by_patient(none).fillna(True), NO_SAMPLE)

    @cached_property
    def proteomics_samples(self) -> pd.DataFrame:
        """The proteomics sample that stands for each patient, indexed by patient id."""
        samples, words = self.tables["proteomics_sample"], baseline_words(self.tables)
        named = samples.assign(
            timepoint=samples["timepoint"].mask(samples["timepoint"].isin(words), BASELINE)
        )
        rule = [with_baseline(choice, words) for choice in self.rule or PROTEOMICS_RULE]
        return choose_samples(named, "sample_id", rule).set_index("patient_id")

    def names(self) -> list[str]:
        """Every feature that somebody's value is known of, in the order of the cohort's tables."""
        found = [*self._biomarker_names(), *self._covariate_names()]
        found += [f"gene:{gene}" for gene in self._known_genes()]
        return found + [f"protein:{name}" for name in self._known_proteins()]

    def listed(self) -> list[str]:
        """`names`, and the further readings of the same data: mutations alone, changes of proteins by time point."""
        found = [*self.names(), *(f"mutation:{gene}" for gene in self._known_genes())]
        if "proteomics" not in self.tables:
            return found
        times = set(self.tables["proteomics"]["timepoint"].dropna()) - {
            BASELINE,
            *baseline_words(self.tables),
        }
        return found + [
            f"protein_change:{name}@{time}" for time in sorted(times) for name in self._known_proteins()
        ]

    def _known_genes(self) -> list[str]:
        if "gene" not in self.tables:
            return []
        rows = self.tables["gene"]
        known = rows["status"].isin([*_GENE["gene"][2], *_GENE["gene"][3]])
        return sorted(set(rows.loc[known, "gene"]))

    def _known_proteins(self) -> list[str]:
        if "proteomics" not in self.tables:
            return []
        rows = self.tables["proteomics"]
        known = rows["value"].notna() | rows["censored"].fillna("").ne("")
        return sorted(set(rows.loc[known, "protein"]))

    def _biomarker_names(self) -> list[str]:
        if "biomarker" not in self.tables:
            return []
        wide = self.tables["biomarker"]
        return [
            name
            for name in map(str, wide.columns)
            if f"{name}_status" in wide and wide.loc[wide[f"{name}_status"] == "ok", name].notna().any()
        ]

    def _covariate_names(self) -> list[str]:
        clinical = self.tables.get("clinical")
        if clinical is None:
            return []
        known = [str(name) for name in clinical.columns if clinical[name].notna().any()]
        return [name for name in known if name in COVARIATES or name not in _DECLARED]

    def read(self, name: str) -> FeatureValues:
        """The feature of that name.

        Raises:
            InputError: when the cohort has no such feature, with names like it.
        """
        prefix, _, rest = name.partition(":")
        if rest and prefix in (*_GENE, "mutation"):
            found = self._gene(name, prefix, rest) if "pair" in self.tables else None
        elif rest and prefix in ("protein", "protein_change"):
            found = self._protein(name, prefix, rest)
        elif {"biomarker", "pair"} <= set(self.tables) and f"{name}_status" in self.tables["biomarker"]:
            found = self._biomarker(name)
        elif "clinical" in self.tables and name in self.tables["clinical"] and name != "patient_id":
            found = self._clinical(name)
        else:
            found = None
        if found is None:
            from difflib import get_close_matches

            near = get_close_matches(name, self.names(), 3, 0.5)
            remedy = f"Perhaps {' or '.join(near)}." if near else "`associate COHORT --list` names them all."
            raise InputError([Fault("the cohort has no such feature", remedy, value=name)])
        return found

    def _by_patient(self, values: pd.Series) -> pd.Series:
        """Values indexed by patient, for all patients of the cohort."""
        return values.reindex(self.patients)

    def _sample_reasons(self, value: pd.Series, why: pd.Series | None = None) -> pd.Series:
        """Why each patient has no value, the sample's history first."""
        reason = pd.Series(NO_VALUE, index=value.index, dtype=object)
        if why is not None:
            reason = self._by_patient(why).astype(object).fillna(NO_VALUE)
        return reason.mask(self.lost.notna(), self.lost).mask(value.notna())

    def _of_pairs(self, name: str, value: pd.Series, why: pd.Series | None = None) -> FeatureValues:
        """A feature from values indexed by pair id."""
        ids = self.pairs["pair_id"]
        values = self._by_patient(ids.map(value))
        if values.dtype == object:
            values = values.astype(value.dtype)
        reasons = self._sample_reasons(values, None if why is None else ids.map(why))
        return FeatureValues(
            name, values, reasons, self.placed["collection_date"], self.placed["timepoint"], True,
        )  # fmt: skip

    def _biomarker(self, name: str) -> FeatureValues:
        wide = self.tables["biomarker"].set_index("pair_id")
        status = wide[f"{name}_status"]
        return self._of_pairs(name, wide[name].where(status == "ok"), status.map(_STATUS_WORDS))

    def _gene(self, name: str, prefix: str, gene: str) -> FeatureValues | None:
        if prefix == "mutation":
            return self._mutation(name, gene)
        table, column, yes, no = _GENE[prefix]
        if table not in self.tables:
            return None
        rows = self.tables[table]
        word = rows[rows["gene"] == gene].set_index("pair_id")[column]
        if word.empty:
            return None
        known = word.isin(yes).astype("boolean").mask(~word.isin((*yes, *no)))
        return self._of_pairs(name, known, "gene status: " + word.str.replace("_", " "))

    def _mutation(self, name: str, gene: str) -> FeatureValues | None:
        if "gene" not in self.tables:
            return None
        rows = self.tables["gene"]
        rows = rows[rows["gene"] == gene].set_index("pair_id")
        if rows.empty:
            return None
        known = (rows["n_mutation"] > 0).astype("boolean").mask(rows["status"] == "not_evaluable")
        return self._of_pairs(name, known)

    @cached_property
    def protein_levels(self) -> ProteinLevels:
        """Levels by protein and patient, of the samples the rule chooses."""
        return levels_of_samples(self.tables["proteomics"], self.proteomics_samples)

    @cached_property
    def proteins(self) -> frozenset[str]:
        """Names of all proteins with a value in any sample."""
        return frozenset(self.tables["proteomics"]["protein"])

    def _protein(self, name: str, prefix: str, rest: str) -> FeatureValues | None:
        protein, _, timepoint = rest.partition("@")
        if "proteomics" not in self.tables or protein not in self.proteins:
            return None
        if prefix == "protein_change":
            return self._protein_change(name, protein, timepoint) if timepoint else None
        reader = self._at(timepoint) if timepoint else self
        value, flags = comparable(*reader.protein_levels.of(protein))
        return self._of_proteomics(name, value, reader.proteomics_samples, flags)

    def _at(self, timepoint: str) -> FeatureReader:
        """A reader of the proteomics samples of one time point."""
        return FeatureReader(
            self.tables, [f"{timepoint} {choice.split(' ', 1)[1]}" for choice in PROTEOMICS_RULE]
        )

    def _protein_change(self, name: str, protein: str, timepoint: str) -> FeatureValues:
        later = self._at(timepoint)
        change = change_between(self.protein_levels, later.protein_levels, protein, self.patients)
        value, flags = comparable(*change)
        found = self._of_proteomics(name, value, later.proteomics_samples, flags)
        both = self._by_patient(self.proteomics_samples["sample_id"]).notna()
        reason = found.reason.mask(found.reason.notna() & ~both, "no proteomics sample of the rule")
        return replace(found, reason=reason)

    def _of_proteomics(
        self, name: str, level: pd.Series, samples: pd.DataFrame, flags: tuple[str, ...]
    ) -> FeatureValues:
        values = self._by_patient(level.astype("float64"))
        reason = pd.Series(NO_VALUE, index=self.patients, dtype=object)
        has = self._by_patient(samples["sample_id"]).notna()
        reason = reason.mask(~has, "no proteomics sample of the rule").mask(values.notna())
        return FeatureValues(
            name, values, reason, self._by_patient(samples["collection_date"]),
            self._by_patient(samples["timepoint"]), True, flags,
        )  # fmt: skip

    def _clinical(self, name: str) -> FeatureValues:
        column = self.tables["clinical"].set_index("patient_id")[name]
        values = self._by_patient(column)
        if name == "sex":
            values = values.mask(values == "unknown")
        reason = pd.Series(f"{name} unknown", index=self.patients, dtype=object)
        return FeatureValues(name, values, reason.mask(values.notna()))


_DECLARED = frozenset(COHORT_CLINICAL.by_name)
#: Declared clinical columns that can be features: known when treatment starts.
COVARIATES = ("age", "sex", "ecog", "histology", "stage", "pdl1_cps", "site")


def is_baseline(timepoint: pd.Series) -> pd.Series:
    """Whether each time point is the baseline; a missing one is."""
    return timepoint.fillna(BASELINE) == BASELINE
