"""MHCnuggets' networks of binding affinity for HLA out of its wheel: weights.npz, models.tsv, LICENSE, ranks.

weights.npz holds a flat array of 26,241 float32 for each allele or molecule (its parts in the order of
wes_biomarkers/neoantigens/mhcnuggets.py, SHAPES), and the network the package ships with its own predictions as
`test`. Of a DR molecule the package has up to two networks, with and without the alpha chain in the name: the one
trained on more peptides is taken. models.tsv says which, and how many peptides that were. ranks_*.npz holds the
quantiles of the networks' affinities for the packaged human peptides, which this package predicts here, once.

    python mhcnuggets.py WHEEL FOLDER
"""

import io
import pickle
import re
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np

from wes_biomarkers.io.predictors.tables import fill_ranks
from wes_biomarkers.io.predictors.weights import read_mhcnuggets

MODEL = re.compile(r"mhcnuggets/saves/production/(HLA-.*)_BA\.h5")
TEST = "mhcnuggets/saves/test/HLA-A01:01_test_model.h5"
N_EXAMPLE = "mhcnuggets/data/production/examples_per_allele.pkl"
#: HLA-A, -B, -C, and the molecules of class II; the wheel calls some animals' alleles HLA- too.
ALLELE = re.compile(r"(?:A|B|C|D[PQR][AB][1345])\d\d:\d\d")
LAYERS = ("lstm_1/lstm_1", "dense_1/dense_1", "dense_2/dense_2")
PARTS = ("kernel:0", "recurrent_kernel:0", "bias:0")


def molecule(name: str) -> str | None:
    """A*02:01 of HLA-A02:01, DRB1*01:01 of HLA-DRA01:01-DRB101:01; None for what is not HLA."""
    chains = [chain for chain in name.split("-")[1:] if chain != "DRA01:01"]
    if not all(ALLELE.fullmatch(chain) for chain in chains):
        return None
    return "-".join(f"{chain[:-5]}*{chain[-5:]}" for chain in chains)


def weights(data: bytes) -> np.ndarray:
    """The weights of a file, flat."""
    with h5py.File(io.BytesIO(data)) as file:
        parts = [file[layer][part] for layer in LAYERS for part in PARTS if part in file[layer]]
        return np.concatenate([np.asarray(part, np.float32).ravel() for part in parts])


def main(wheel: str, folder: str) -> None:
    """Write the files."""
    with zipfile.ZipFile(wheel) as archive:
        n_example = pickle.loads(archive.read(N_EXAMPLE))
        chosen: dict[str, str] = {}
        for match in filter(None, map(MODEL.fullmatch, sorted(archive.namelist()))):
            allele, name = molecule(match[1]), match[1]
            if allele and n_example[name] > n_example.get(chosen.get(allele), -1):
                chosen[allele] = name
        networks = {
            a: weights(archive.read(f"mhcnuggets/saves/production/{chosen[a]}_BA.h5")) for a in sorted(chosen)
        }
        networks["test"] = weights(archive.read(TEST))
        rows = [f"{allele}\t{chosen[allele]}\t{n_example[chosen[allele]]}\n" for allele in sorted(chosen)]
        licence = next(name for name in archive.namelist() if name.endswith(".dist-info/LICENSE"))
        (Path(folder) / "LICENSE").write_bytes(archive.read(licence))
    np.savez(Path(folder) / "weights.npz", **networks)
    (Path(folder) / "models.tsv").write_text("allele\tmodel\tn_peptide_trained\n" + "".join(rows))
    version = Path(wheel).name.split("-")[1]
    for mhc_class in ("I", "II"):
        predictor = read_mhcnuggets(Path(folder) / "weights.npz", mhc_class, version)
        fill_ranks(predictor, mhc_class, sorted(predictor.alleles), Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
