"""A small invented HLA family in the form of IMGT/HLA's files."""

from __future__ import annotations

import random
from pathlib import Path

#: Coding bases of the exons of A, as in definitions/hla_exons.tsv.
EXONS_OF_A = (73, 270, 276, 276, 117, 33, 48, 5)
CODONS = [a + b + c for a in "ACGT" for b in "ACGT" for c in "ACGT" if a + b + c not in ("TAA", "TAG", "TGA")]


def coding_sequence(seed: int, length: int) -> str:
    rng = random.Random(seed)
    return "ATG" + "".join(rng.choices(CODONS, k=length // 3 - 2)) + "TAA"


def write_fasta(path: Path, records: dict[str, str]) -> Path:
    lines = [
        f">HLA:HLA{index:05d} {name} {len(text)} bp\n{text}\n"
        for index, (name, text) in enumerate(records.items())
    ]
    path.write_text("".join(lines))
    return path


def hla_folder(folder: Path, prefix: str = "SIM") -> Path:
    """Two complete alleles of A with one difference in exon 2, and one that holds exons 2 and 3 only."""
    folder.mkdir()
    first = coding_sequence(1, sum(EXONS_OF_A))
    second = first[:100] + ("A" if first[100] != "A" else "C") + first[101:]
    part = second[73 : 73 + 270 + 276]
    records = {f"{prefix}A*01:01:01": first, f"{prefix}A*02:11": second, f"{prefix}A*02:101": part}
    write_fasta(folder / "A_nuc.fasta", records)
    return folder
