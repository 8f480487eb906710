"""SMMPMBEC's matrices out of the wheel of epytope: matrices.npz and LICENSE.txt.

matrices.npz holds, for each allele and peptide length, by a name such as `A*02:01 9`, the log10 IC50 that each residue
adds at each place (length, 20; residues ACDEFGHIKLMNPQRSTVWY), and in a last row the constant, in its first column.

    python smmpmbec.py WHEEL FOLDER
"""

import ast
import re
import sys
import zipfile
from pathlib import Path

import numpy as np

MATRIX = re.compile(r"epytope/Data/pssms/smmpmbec/mat/([ABC])_(\d\d)_(\d\d)_(\d+)\.py")
RESIDUES = "ACDEFGHIKLMNPQRSTVWY"


def matrix(text: str, length: int) -> np.ndarray:
    """The (length + 1, 20) numbers of one of epytope's files: places 0 and up, and the constant at -1."""
    table = ast.literal_eval(text.partition("=")[2].strip())
    rows = np.zeros((length + 1, len(RESIDUES)))
    for place in range(length):
        rows[place] = [table[place][residue] for residue in RESIDUES]
    rows[length, 0] = table[-1]["con"]
    return rows


def main(wheel: str, folder: str) -> None:
    """Write the two files."""
    with zipfile.ZipFile(wheel) as archive:
        found = [match for match in map(MATRIX.fullmatch, sorted(archive.namelist())) if match]
        matrices = {
            f"{m[1]}*{m[2]}:{m[3]} {m[4]}": matrix(archive.read(m[0]).decode(), int(m[4])) for m in found
        }
        licence = next(
            name for name in archive.namelist() if re.search(r"dist-info/(licenses/)?LICENSE", name)
        )
        (Path(folder) / "LICENSE.txt").write_bytes(archive.read(licence))
    np.savez(Path(folder) / "matrices.npz", **matrices)


if __name__ == "__main__":
    main(*sys.argv[1:])
