"""SigProfilerMatrixGenerator's channels of variants, in an environment of its own.

    python tests/support/sigprofiler_channels.py PYTHON

fills the last column of sigprofiler_channels.tsv: PYTHON is the interpreter of an environment with
SigProfilerMatrixGenerator 1.4.0. The genome it is given is made of the bases around the variants.

A case is written as its bases with the changed ones in brackets: `ACGT[CAG>]CATT` deletes CAG, `ACGT[>CAG]CATT`
inserts it, `ACG[C>T][C>A]TT` are two records side by side.
"""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).resolve().with_suffix(".tsv")
SAID = "# channels: by SigProfilerMatrixGenerator 1.4.0, of one tumour with these variants, on a genome of these bases"
_CHANGE = re.compile(r"\[([ACGT]*)>([ACGT]*)\]")
_GAP = "N" * 100

_CALL = """
import hashlib
from pathlib import Path
from SigProfilerMatrixGenerator.scripts import reference_genome_manager
from SigProfilerMatrixGenerator.scripts.SigProfilerMatrixGeneratorFunc import SigProfilerMatrixGeneratorFunc
here = Path.cwd()
bases = bytes("ACGT".index(base) if base in "ACGT" else 16 for base in Path("bases").read_text())
genome = here / "volume/tsb/GRCh37"
genome.mkdir(parents=True)
(genome / "1.txt").write_bytes(bases)
reference_genome_manager.CHECKSUMS["GRCh37"] = {"1": hashlib.md5(bases).hexdigest()}
if __name__ == "__main__":
    found = SigProfilerMatrixGeneratorFunc("x", "GRCh37", str(here / "vcf"), seqInfo=False, volume=str(here / "volume"))
    for name in ("96", "DINUC", "ID"):
        if found.get(name) is not None:
            found[name].to_csv(name + ".tsv", sep="\\t")
"""


@dataclass(frozen=True)
class Case:
    """Reference bases and the records on them: (position, 1-based; reference; alternate) as a VCF has them."""

    bases: str
    records: tuple[tuple[int, str, str], ...]


def parse(text: str) -> Case:
    """A case from its text.

    >>> parse("AC[G>T]A[>CC]T")
    Case(bases='ACGAT', records=((3, 'G', 'T'), (4, 'A', 'ACC')))
    """
    bases, end, records = "", 0, []
    for found in _CHANGE.finditer(text):
        ref, alt = found.groups()
        bases += text[end : found.start()]
        anchor = "" if len(ref) == len(alt) else bases[-1]
        records.append((len(bases) + 1 - len(anchor), anchor + ref, anchor + alt))
        bases, end = bases + ref, found.end()
    return Case(bases + text[end:], tuple(records))


def matrix_generator(python: str, cases: Mapping[str, Case]) -> dict[str, list[str]]:
    """Its channels of each case, one a mutation, of the kinds SBS96, DBS78 and ID83 in this order."""
    channels: dict[str, list[str]] = {name: [] for name in cases}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "vcf").mkdir()
        bases = _GAP
        for name, case in cases.items():
            lines = [f"1\t{len(bases) + pos}\t.\t{ref}\t{alt}\n" for pos, ref, alt in case.records]
            (folder / "vcf" / f"{name}.vcf").write_text("".join(lines))
            bases += case.bases + _GAP
        (folder / "bases").write_text(bases)
        (folder / "call.py").write_text(_CALL)
        subprocess.run([python, "call.py"], cwd=folder, check=True, capture_output=True)
        for path in (folder / "96.tsv", folder / "DINUC.tsv", folder / "ID.tsv"):
            for row in csv.DictReader(path.open(newline=""), delimiter="\t") if path.exists() else ():
                channel, *counts = row.items()
                for name, count in counts:
                    channels[name] += [channel[1]] * int(float(count))
    return channels


def read_cases(path: Path = TABLE) -> list[dict[str, str]]:
    """The rows of the table: case, variants, channels."""
    with open(path, newline="") as handle:
        return list(csv.DictReader((line for line in handle if not line.startswith("#")), delimiter="\t"))


def main(python: str) -> None:
    """Fill the last column of the table."""
    rows = read_cases()
    found = matrix_generator(python, {row["case"]: parse(row["variants"]) for row in rows})
    lines = [f"{row['case']}\t{row['variants']}\t{' '.join(found[row['case']])}" for row in rows]
    TABLE.write_text("\n".join([SAID, "case\tvariants\tchannels", *lines]) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
