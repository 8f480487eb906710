"""FASTA of mutated proteins for the search of mass spectra."""

from __future__ import annotations

from collections.abc import Iterable

from wes_biomarkers.neoantigens.peptides import MutatedProtein

_WIDTH = 60


def protein_fasta(proteins: Iterable[MutatedProtein], flank: int | None = None) -> str:
    """FASTA text, proteins of one sequence under one header.

    Headers are `>name gene=G transcript=T change=p.X consequence=... changed=A-B variants=chrom:pos:ref:alt,...`
    with A-B counted from 1, both within, in the sequence that is written (`A^B` for the junction of a deletion),
    and `others=` naming further proteins of the same sequence.

    Args:
        proteins: mutated proteins.
        flank: residues to keep on each side of the changed ones; None keeps whole proteins.
    """
    written: dict[str, tuple[MutatedProtein, int, list[str]]] = {}
    for protein in proteins:
        first, last = protein.changed
        start = 0 if flank is None else max(0, first - flank)
        sequence = protein.sequence[start : None if flank is None else last + flank]
        written.setdefault(sequence, (protein, start, []))[2].append(protein.name)
    lines = []
    for sequence, (protein, start, names) in written.items():
        lines.append(_header(protein, start, names[1:]))
        lines += [sequence[at : at + _WIDTH] for at in range(0, len(sequence), _WIDTH)]
    return "".join(f"{line}\n" for line in lines)


def _header(protein: MutatedProtein, start: int, others: list[str]) -> str:
    first, last = (place - start for place in protein.changed)
    changed = f"{first + 1}-{last}" if last > first else f"{first}^{first + 1}"
    variants = ",".join(f"{chrom}:{at + 1}:{ref}:{alt}" for chrom, at, ref, alt in protein.variants)
    words = [
        f">{protein.name}",
        f"gene={protein.gene}",
        f"transcript={protein.transcript}",
        f"change={protein.protein_change}",
        f"consequence={protein.consequence}",
        f"changed={changed}",
        f"variants={variants}",
    ]
    return " ".join(words + ([f"others={','.join(others)}"] if others else []))
