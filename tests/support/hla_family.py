"""An invented HLA family for tests: four genes of random sequence, alleles a few per cent apart in exons 2 and 3."""

from __future__ import annotations

import random
from pathlib import Path

#: Lengths of exons 1, 2, ... as the packaged table has them for A, B, C and DRB1.
LENGTHS = {
    "SIMA": (73, 270, 276, 276, 117, 33, 48, 5),
    "SIMB": (73, 270, 276, 276, 117, 33, 44),
    "SIMC": (73, 270, 276, 276, 120, 33, 48, 5),
    "SIMDRB1": (100, 270, 282, 111, 24, 14),
}
N_ALLELE = 12


def write_family(folder: Path, seed: int = 5) -> Path:
    """Nucleotide FASTAs of the family in `folder`; allele 12 of each gene has exons 2 and 3 alone."""
    folder.mkdir(exist_ok=True)
    rng = random.Random(seed)
    for gene, lengths in LENGTHS.items():
        base = "ATG" + "".join(rng.choices("ACGT", k=sum(lengths) - 3))
        first, last = lengths[0], sum(lengths[:3])
        lines = []
        for number in range(1, N_ALLELE + 1):
            bases = list(base)
            for place in rng.sample(range(first, last), 18):
                bases[place] = rng.choice([letter for letter in "ACGT" if letter != bases[place]])
            text = "".join(bases if number < N_ALLELE else bases[first:last])
            lines += [f">{gene}*{number:02d}:01 {len(text)} bp", text]
        lines += [f">{gene}*01:02:01 {len(base)} bp", _last_exon_changed(lines[1])]
        (folder / f"{gene}_nuc.fasta").write_text("\n".join(lines) + "\n")
    return folder


def _last_exon_changed(text: str) -> str:
    """An allele that the scored exons cannot tell from the first."""
    place = len(text) - 60
    return text[:place] + ("A" if text[place] != "A" else "C") + text[place + 1 :]
