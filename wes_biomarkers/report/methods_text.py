"""The methods of a cohort as paragraphs for a paper, written from its provenance, with references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from wes_biomarkers.contracts.biomarkers import main_value
from wes_biomarkers.contracts.endpoints import ENDPOINTS
from wes_biomarkers.features.tmb import Definition
from wes_biomarkers.io.files import packaged_text
from wes_biomarkers.report.content import filters_text
from wes_biomarkers.stats.endpoints import study_origin

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class MethodsText:
    """Paragraphs, each with a heading, and the references they number from 1."""

    paragraphs: tuple[tuple[str, str], ...]
    references: tuple[str, ...]


def read_citations() -> dict[str, str]:
    """The reference of each key of definitions/citations.tsv."""
    lines = [line for line in packaged_text("citations.tsv").splitlines() if not line.startswith("#")]
    return {key: reference for key, _, reference in (line.split("\t") for line in lines[1:])}


@dataclass
class _Writer:
    """What the sentences need, and the references in the order they are first cited."""

    manifest: Mapping[str, Any]
    tables: Tables
    definitions: Mapping[str, Definition]
    known: Mapping[str, str] = field(default_factory=read_citations)
    cited: list[str] = field(default_factory=list)

    def cite(self, *keys: str) -> str:
        """The numbers of references in brackets."""
        self.cited += [key for key in dict.fromkeys(keys) if key not in self.cited]
        return "[" + ", ".join(str(self.cited.index(key) + 1) for key in keys) + "]"

    def tool(self, name: str, *keys: str, words: str = "") -> str:
        """A program with its version and references."""
        version = self.manifest["tools"].get(name)
        return " ".join(
            part for part in (words or name, version or "", self.cite(*(keys or (name,)))) if part
        )

    def has_tool(self, *names: str) -> bool:
        """Whether the cohort was made with all of these programs."""
        return all(name in self.manifest["tools"] for name in names)

    def setting(self, name: str) -> str:
        """A parameter of the runs; several values where batches differ; empty where none is recorded."""
        values = [study["parameters"].get(name) for study in self.manifest["studies"]]
        return " or ".join(dict.fromkeys(f"{value}" for value in values if value not in (None, "")))

    def made(self, feature: str) -> pd.DataFrame:
        """Rows of a feature's main value that a run has asked for."""
        long = self.tables["feature"] if "feature" in self.tables else pd.DataFrame(columns=["feature"])
        mine = long[long["feature"] == feature]
        return (
            mine[(mine["name"] == main_value(feature)) & (mine["status"] != "not_requested")]
            if len(mine)
            else mine
        )


def methods_text(
    manifest: Mapping[str, Any], tables: Tables, definitions: Mapping[str, Definition]
) -> MethodsText:
    """The methods of what this cohort holds; of what it does not hold nothing is said.

    Args:
        manifest: cohort.json.
        tables: of the cohort.
        definitions: of mutational burden by id.
    """
    writer = _Writer(manifest, tables, definitions)
    parts = (
        ("Sequencing data", _alignment),
        ("Somatic variants", _calling),
        ("Tumour mutational burden", _burden),
        ("Copy number, purity and clonality", _copy_number),
        ("Microsatellites, signatures and drivers", _patterns),
        ("HLA and neoantigens", _hla),
        ("Proteins", _proteins),
        ("Endpoints", _endpoints),
        ("Statistics", _statistics),
        ("Reproducibility", _software),
    )
    paragraphs = [(title, " ".join(write(writer))) for title, write in parts]
    kept = tuple((title, text) for title, text in paragraphs if text)
    return MethodsText(kept, tuple(writer.known[key] for key in writer.cited))


def _counted(n: int, word: str) -> str:
    return f"{n} {word}" + ("" if n == 1 else "s")


def _alignment(w: _Writer) -> Iterator[str]:
    if "pair" not in w.tables:
        return
    counts, builds = w.manifest["counts"], " and ".join(w.manifest["builds"])
    yield (
        f"{_counted(counts['n_pair'], 'tumour-normal pair')} of "
        f"{_counted(counts['n_sequenced_patient'], 'patient')} were analysed on the reference {builds}."
    )
    entries = {str(name): int(n) for name, n in w.tables["pair"]["entry"].value_counts().items()}
    words = {"fastq": "as reads", "bam": "as alignments", "vcf": "as somatic variant calls"}
    if w.manifest["tools"]:
        yield "Pairs entered " + ", ".join(f"{words[name]} ({n})" for name, n in entries.items()) + "."
    if "fastq" in entries and w.has_tool("fastp", "bwa", "samtools"):
        extra = f" with the options {w.setting('fastp_args')}" if w.setting("fastp_args") else ""
        yield (
            f"Reads were trimmed by {w.tool('fastp')}{extra} and aligned by {w.tool('bwa', words='bwa mem')}; lanes of a "
            f"sample were merged and duplicates marked by {w.tool('samtools')}."
        )
        if w.has_tool("gatk") and w.setting("bqsr") == "True":
            yield f"Base qualities were recalibrated by {w.tool('gatk', words='GATK')} where the reference had known sites."
    if w.has_tool("mosdepth"):
        yield f"Coverage of the target was measured by {w.tool('mosdepth')}."


def _calling(w: _Writer) -> Iterator[str]:
    if "pair" not in w.tables or not w.has_tool("gatk"):
        return
    caller = w.tool("gatk", "gatk", "mutect2", words="GATK")
    yield (
        f"Somatic variants were called against the matched normal by Mutect2 of {caller} within the "
        "capture target and filtered by FilterMutectCalls with models of read orientation and contamination."
    )
    if w.has_tool("bcftools"):
        yield (
            f"They were normalised and their consequences predicted by {w.tool('bcftools', 'samtools', 'csq')}."
        )


def _burden(w: _Writer) -> Iterator[str]:
    made = w.made("tmb")
    if made.empty:
        return
    tumor, normal = w.setting("min_depth_tumor") or "20", w.setting("min_depth_normal") or "10"
    default = w.definitions.get("wes_nonsyn")
    if default is not None and (made["definition_id"] == "wes_nonsyn").any():
        yield (
            "Tumour mutational burden is the number of somatic mutations that change a protein per Mb of callable coding "
            f"sequence (definition wes_nonsyn: {filters_text(default)}), with an exact Poisson 95 % interval; "
            f"a base is callable at a depth of {tumor} in the tumour and {normal} in the normal."
        )
    if w.setting("tmb_min_callable_mb"):
        yield f"Below {w.setting('tmb_min_callable_mb')} callable Mb it is not evaluable."
    others = sorted(set(made["definition_id"]) - {"wes_nonsyn"})
    if others:
        yield f"Further definitions: {', '.join(others)}."


def _copy_number(w: _Writer) -> Iterator[str]:
    if len(w.made("copy_number")):
        by = (
            f" by {w.tool('cnvkit', words='CNVkit')}, segmented by {w.tool('DNAcopy', 'dnacopy')}"
            if w.has_tool("cnvkit", "DNAcopy")
            else ""
        )
        yield f"Log ratios of depth were made{by}, and joined with allele fractions at sites heterozygous in the normal."
    if len(w.made("purity")):
        yield f"Purity, ploidy and allele-specific copies were fitted together to both {w.cite('ascat')}."
    if len(w.made("clonality")):
        yield "Cancer cell fractions follow from allele fraction, purity and copies; mutations were clustered by them."


def _patterns(w: _Writer) -> Iterator[str]:
    if len(w.made("msi")):
        high, low = w.setting("msi_high_pct") or "10", w.setting("msi_low_pct") or "3.5"
        yield (
            "Microsatellite instability is the share of repeats whose lengths differ between tumour and normal "
            f"{w.cite('msi')}: high from {high} %, low from {low} %."
        )
    if len(w.made("signatures")):
        n = w.setting("signature_bootstrap")
        again = f", with intervals from {n} resamples of the mutations (fixed seed)" if n else ""
        yield f"Exposures to the reference signatures {w.cite('signatures')} were fitted to each tumour's mutations{again}."
    if len(w.made("drivers")):
        own = w.setting("driver_genes")
        yield "Driver genes were called altered by mutation and by copy number, from " + (
            f"the list {own}." if own else "the built-in list."
        )


def _hla(w: _Writer) -> Iterator[str]:
    if len(w.made("hla")):
        yield (
            "HLA types were taken from the samplesheet, or found from the reads by an integer programme "
            f"{w.cite('optitype')}."
        )
    if len(w.made("hla_loh")):
        yield (
            "Loss of an HLA allele was judged from its coverage and allele balance in the tumour beside the normal "
            f"{w.cite('hla_loss')}."
        )
    if len(w.made("neoantigens")):
        predictor = w.setting("predictor")
        by = f" by MHCnuggets {w.cite('mhcnuggets')}" if predictor == "mhcnuggets" else f" by {predictor}"
        yield (
            "Peptides of somatic mutations were ranked by predicted binding to the patient's own HLA molecules"
            f"{by if predictor else ''}; percentile ranks rest on human peptides."
        )


def _proteins(w: _Writer) -> Iterator[str]:
    if "proteomics" not in w.tables or w.tables["proteomics"].empty:
        return
    samples, protein = w.tables["proteomics_sample"], w.tables["protein"]
    specimens = ", ".join(sorted(set(samples["specimen"].dropna()))) or "unknown specimens"
    kept = int(protein["kept"].fillna(False).sum())
    yield (
        f"{_counted(kept, 'protein')} were measured in {_counted(len(samples), 'sample')} ({specimens}) and analysed on the "
        "log2 scale. Values beyond the range of quantification were kept as such and compared by rank, never replaced."
    )


def _endpoints(w: _Writer) -> Iterator[str]:
    if "clinical" not in w.tables:
        return
    clinical = w.tables["clinical"]
    origins = {
        "allocation": "allocation",
        "first_dose": "the first dose",
        "induction": "the start of induction",
    }
    yield f"Time counts from {origins[study_origin(clinical)]}; one month is 30.4375 days."
    for name in ("os", "pfs", "response", "toxicity"):
        endpoint = ENDPOINTS[name]
        if set(endpoint.columns) <= set(clinical.columns) and clinical[endpoint.columns[0]].notna().any():
            source = f" {w.cite('recist')}" if endpoint.source.startswith("RECIST") else ""
            yield f"{endpoint.title}: {endpoint.rule}{source}."


def _statistics(w: _Writer) -> Iterator[str]:
    if "clinical" not in w.tables:
        return
    yield (
        "A patient is represented by the baseline tumour sample. Curves are Kaplan-Meier estimates compared by the log-rank "
        "test, groups of values are compared by the Mann-Whitney test, and the incidence of toxicity is estimated with "
        f"death as a competing risk and compared by Gray's test {w.cite('gray')}."
    )
    if "association" in w.tables and len(w.tables["association"]):
        stored = w.tables["association"]
        methods = sorted(set(stored["method"].dropna()) - {"none"})
        planned = int(stored["prespecified"].sum())
        yield (
            f"The association table holds {_counted(len(stored), 'effect')}, {planned} of them prespecified "
            f"(estimators: {', '.join(name.replace('_', ' ') for name in methods)})."
        )
        adjusted = sorted(set(stored.loc[stored["q_value"].notna(), "adjustment"].dropna()) - {"none"})
        if adjusted:
            names = {"benjamini_hochberg": "Benjamini and Hochberg", "benjamini_yekutieli": "Benjamini and Yekutieli",
                     "holm": "Holm"}  # fmt: skip
            yield f"p values were adjusted within families by the method of {_listed([names[name] for name in adjusted])}."
    yield "Tests are two-sided and intervals 95 %. Missing values were not filled in outside multivariable models."
    yield f"Reporting follows REMARK {w.cite('remark')}."


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _software(w: _Writer) -> Iterator[str]:
    by = f" under Nextflow {w.cite('nextflow')}" if w.manifest["tools"] else ""
    yield f"All steps were run by wes-biomarkers {w.manifest['code_version']}{by}."
    if w.has_tool("multiqc"):
        yield f"Quality was reviewed with {w.tool('multiqc', words='MultiQC')}."
    sums = [study["digest"][:12] for study in w.manifest["studies"]]
    if sums:
        yield f"Results are identified by their SHA-256 {_listed(sums)}; inputs and reference files by those in cohort.json."
    plans = w.manifest.get("plans", {})
    for name, plan in plans.items():
        yield f"The plan of analysis “{plan['title']}” has the SHA-256 {name}."
    if w.manifest["synthetic"]:
        yield "All data are simulated."
