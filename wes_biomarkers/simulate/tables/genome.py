"""The invented genome of a trial simulated as tables: its contigs, and where its genes lie."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.simulate.tables.genes import GENES

#: Contigs in alphabetical order, all of one length.
CONTIGS = tuple(f"sim{index:02d}" for index in range(1, 23))
CONTIG_LENGTH = 50_000_000
#: Bases of an invented passenger gene; every base belongs to one.
GENE_LENGTH = 50_000
GENOME = len(CONTIGS) * CONTIG_LENGTH
N_PASSENGER = GENOME // GENE_LENGTH


def driver_windows() -> NDArray[np.int64]:
    """The first base along the genome of the passenger that each driver gene lies in, shape (genes,)."""
    gene = np.arange(len(GENES))
    return np.asarray(GENE_LENGTH * (1 + (gene * 907) % (N_PASSENGER - 2)))


def driver_places() -> NDArray[np.int64]:
    """The base of each of a driver gene's four mutations along the genome, shape (genes, 4)."""
    return np.asarray(driver_windows()[:, None] + 1000 * (1 + np.arange(4)))
