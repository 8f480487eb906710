"""The invented proteins of a trial simulated as tables: one transcript a driver gene, its length and two domains."""

from __future__ import annotations

import pandas as pd

from wes_biomarkers.simulate.tables.genes import GENES

#: By gene, in the order of `GENES`.
TRANSCRIPTS: tuple[str, ...] = tuple(f"SIMT_{gene.name}.1" for gene in GENES)
#: Longer than the last residue that `MUTATIONS` changes.
_SHORTEST = 330


def protein_tables() -> dict[str, pd.DataFrame]:
    """The tables `transcript` and `protein_domain`."""
    lengths, domains = [], []
    for index, (gene, transcript) in enumerate(zip(GENES, TRANSCRIPTS, strict=True)):
        own = {"transcript_id": transcript, "gene": gene.name}
        length = _SHORTEST + index * 131 % 400
        lengths.append(own | {"protein_length": length})
        for name, first, share in (("SIM binding", 15, 0.25), ("SIM kinase", length // 2, 0.3)):
            last = first + round(share * length)
            domains.append(
                own | {"first_residue": first, "last_residue": last, "name": name, "source": "invented"}
            )
    return {"transcript": pd.DataFrame(lengths), "protein_domain": pd.DataFrame(domains)}
