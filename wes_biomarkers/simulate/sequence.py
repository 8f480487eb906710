"""Invented DNA: background, repeats, coding sequence, microsatellite tracts, and the genetic code."""

from __future__ import annotations

import numpy as np

BASES = np.frombuffer(b"ACGT", dtype=np.uint8)
_COMPLEMENT = str.maketrans("ACGTN", "TGCAN")
_ORDER = "TCAG"
_AMINO = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
#: The standard genetic code (NCBI translation table 1).
CODONS: dict[str, str] = {
    a + b + c: _AMINO[16 * i + 4 * j + k]
    for i, a in enumerate(_ORDER)
    for j, b in enumerate(_ORDER)
    for k, c in enumerate(_ORDER)
}
_SENSE = [codon for codon, amino in CODONS.items() if amino != "*"]
#: Third bases G and C are commoner in human genes, CpG rarer.
_SENSE_WEIGHT = np.array([(1.5 if c[2] in "GC" else 1.0) * (0.4 if "CG" in c else 1.0) for c in _SENSE])

#: Motif, and least and most repeats, of microsatellites by motif length.
TRACT_KINDS: tuple[tuple[tuple[str, ...], int, int], ...] = (
    (("A", "T", "A", "T", "C"), 10, 18),
    (("CA", "GT", "GA", "AT"), 6, 12),
    (("AAT", "CAG", "TTA"), 5, 8),
    (("AAAT", "GATA", "TTTC"), 5, 7),
    (("AAAAT", "TTTTC"), 5, 6),
)

#: Whole codons that hold a microsatellite: (bases, its offset, motif, repeats).
CODING_TRACTS: tuple[tuple[str, int, str, int], ...] = (
    ("CTC" + "A" * 10 + "CC", 3, "A", 10),
    ("C" + "T" * 10 + "G", 1, "T", 10),
    ("CTC" + "CAG" * 6 + "TTC", 3, "CAG", 6),
)


def reverse_complement(sequence: str) -> str:
    """The other strand, read 5' to 3'."""
    return sequence.translate(_COMPLEMENT)[::-1]


def translate(sequence: str) -> str:
    """Amino acids of the whole codons, `*` for stop."""
    return "".join(CODONS[sequence[i : i + 3]] for i in range(0, len(sequence) - 2, 3))


def random_background(rng: np.random.Generator, length: int, gc: float | None = None) -> str:
    """Bases of a given GC content (default: stretches of 20 kb at .36 to .52), CpG depleted."""
    parts = []
    for start in range(0, length, 20_000):
        share = rng.uniform(0.36, 0.52) if gc is None else gc
        weights = np.array([1 - share, share, share, 1 - share]) / 2
        parts.append(rng.choice(BASES, size=min(20_000, length - start), p=weights))
    bases = np.concatenate(parts) if parts else np.empty(0, np.uint8)
    cpg = np.flatnonzero((bases[:-1] == ord("C")) & (bases[1:] == ord("G")))
    lost = cpg[rng.random(cpg.size) < 0.7]
    first = rng.random(lost.size) < 0.5
    bases[lost[first]] = ord("T")
    bases[lost[~first] + 1] = ord("A")
    return bases.tobytes().decode()


def diverged(rng: np.random.Generator, sequence: str, share: float) -> str:
    """A copy with a share of its bases redrawn, as an old repeat."""
    bases = np.frombuffer(sequence.encode(), dtype=np.uint8).copy()
    hit = rng.random(bases.size) < share
    bases[hit] = rng.choice(BASES, size=int(hit.sum()))
    return bases.tobytes().decode()


def random_coding(rng: np.random.Generator, n_codon: int) -> str:
    """An open reading frame of `n_codon` codons from ATG to the stop codon."""
    weights = _SENSE_WEIGHT / _SENSE_WEIGHT.sum()
    inner = rng.choice(len(_SENSE), size=n_codon - 2, p=weights)
    return "ATG" + "".join(_SENSE[i] for i in inner) + str(rng.choice(["TAA", "TAG", "TGA"]))


def random_intron(rng: np.random.Generator, length: int) -> str:
    """An intron with its donor (GTRAGT), polypyrimidine tract and acceptor (YAG)."""
    donor = "GT" + str(rng.choice(["A", "G"])) + "AGT"
    tract = "".join(rng.choice(["C", "T"], size=12, p=[0.35, 0.65]))
    acceptor = tract + str(rng.choice(["A", "C", "G", "T"])) + str(rng.choice(["C", "T"])) + "AG"
    return donor + random_background(rng, length - len(donor) - len(acceptor), gc=0.41) + acceptor


def random_tract(rng: np.random.Generator) -> tuple[str, int]:
    """The motif of a microsatellite and its number of repeats."""
    motifs, least, most = TRACT_KINDS[int(rng.choice(5, p=[0.4, 0.25, 0.13, 0.12, 0.1]))]
    return str(rng.choice(motifs)), int(rng.integers(least, most + 1))


def put_tract(rng: np.random.Generator, sequence: str, start: int, motif: str, n_repeat: int) -> str:
    """`sequence` with a tract at `start`; the bases beside it are changed where they would prolong it."""
    end = start + len(motif) * n_repeat
    before, after = sequence[start - 1], sequence[end]
    if before == motif[-1]:
        before = str(rng.choice([b for b in "ACGT" if b != motif[-1]]))
    if after == motif[0]:
        after = str(rng.choice([b for b in "ACGT" if b != motif[0]]))
    return sequence[: start - 1] + before + motif * n_repeat + after + sequence[end + 1 :]


def put_coding_tract(
    rng: np.random.Generator, exon: str, frame: int
) -> tuple[str, list[tuple[int, str, int]]]:
    """An exon with codons replaced by a microsatellite, 30 bases or more from its ends, and (offset, motif, repeats).

    `frame` is the offset of its first whole codon. An exon too short for it comes back as it is.
    """
    bases, offset, motif, n_repeat = CODING_TRACTS[int(rng.integers(len(CODING_TRACTS)))]
    starts = [at for at in range(frame, len(exon) - len(bases), 3) if 30 <= at <= len(exon) - len(bases) - 30]
    if not starts:
        return exon, []
    at = starts[int(rng.integers(len(starts)))]
    return exon[:at] + bases + exon[at + len(bases) :], [(at + offset, motif, n_repeat)]
