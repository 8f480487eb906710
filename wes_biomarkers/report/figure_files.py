"""Pictures as files, one each: those of the report or of a patient's page, and those of genes that the browser shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from pathlib import Path

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.tmb import Definition
from wes_biomarkers.io.cohort_folder import Cohort
from wes_biomarkers.io.tsv import write_rows
from wes_biomarkers.plots.save import save_chart
from wes_biomarkers.report.figure import Figure
from wes_biomarkers.report.page import page_context

#: Genes whose mutations are drawn along the protein, the most altered first.
N_PROTEIN = 12


def cohort_figures(cohort: Cohort, definitions: Mapping[str, Definition]) -> Iterator[Figure]:
    """The figures of the report of a cohort."""
    page = page_context(cohort, definitions)
    for section in page["figures"].values():
        yield from section
    for block in page["associations"]:
        yield from block["figures"]


def gene_figures(folder: Path) -> Iterator[Figure]:
    """Genes together or apart, and mutations along the proteins of the most altered ones.

    Raises:
        InputError: the folder is no cohort.
    """
    from wes_biomarkers.serve.page_pictures import cooccurrence, lollipop
    from wes_biomarkers.serve.page_routes import cooccurrence_of, lollipop_of, oncoprint_of
    from wes_biomarkers.serve.store import Store

    store = Store(folder)
    genes = [row["gene"] for row in oncoprint_of(store, "", None, [])["genes"]]
    if not genes:
        return
    pairs = cooccurrence_of(store, "", genes)
    if (chart := cooccurrence(pairs)) is not None:
        yield Figure("cooccurrence", chart, f"Genes altered together or apart in {pairs['n']} patients.")
    for gene in genes[:N_PROTEIN]:
        found = lollipop_of(store, "", gene)
        if (chart := lollipop(found)) is not None:
            told = f"Mutations of {gene} along its protein in {found['n_patient']} sequenced patients."
            yield Figure(f"lollipop-{gene}", chart, told)


def write_figure_files(figures: Iterable[Figure], folder: Path, suffix: str) -> int:
    """Write each figure below `folder`, and index.tsv of what they show; how many there are.

    Args:
        figures: what no file's name may hold is replaced there, and names that are alike then are numbered.
        folder: made where it is not there; files of the same names are replaced.
        suffix: `.svg` or `.png`.

    Raises:
        InputError: `folder` is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError([Fault("is not a folder", "Choose another --figures.", file=str(folder))])
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[tuple[str, str]] = []
    used: set[str] = set()
    for figure in figures:
        plain = re.sub(r"[^\w.-]", "_", figure.name)
        numbered = (f"{plain}-{n}" if n > 1 else plain for n in count(1))
        stem = next(each for each in numbered if each.lower() not in used)
        used.add(stem.lower())
        name = stem + suffix
        save_chart(figure.chart, folder / name)
        rows.append((name, figure.alt))
    write_rows(folder / "index.tsv", ("file", "shows"), rows)
    return len(rows)
