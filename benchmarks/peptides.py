"""Mutated proteins and peptides of one VEP-annotated VCF: ours against pVACseq's protein FASTA step.

    python benchmarks/peptides.py --vcf annotated.vcf.gz --tumor SAMPLE [--pvacseq-python VENV/bin/python] [--repeat 5]

The peer is `pvacseq generate_protein_fasta` (pip `pvactools`, in a virtual environment of its own; 7.1.5 installs on
Python 3.11). It writes proteins with 14 residues on each side of a change, mutated and wild type. Ours is timed twice:
the same FASTA alone, and all 8- to 11-mers and 15-mers with their wild types, transcripts collapsed, which pVACseq's
step does not make. Each program runs as a process of its own, in turn, --repeat times in the same run, and says how
long its step took after its modules were loaded. The medians of processor and wall seconds are printed, of the steps
and of the whole processes, and their ratios. Sequences of both FASTA files are compared first: they differ in flanks alone,
since pVACseq keeps 29 residues at a protein's end too, and counts from another residue in indels.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FLANK = 14

PEER = """
import contextlib, io, json, sys, time
from pvactools.tools.pvacseq import generate_protein_fasta
vcf, tumor, out = sys.argv[1:]
wall, busy = time.monotonic(), time.process_time()
with contextlib.redirect_stdout(io.StringIO()):
    generate_protein_fasta.main([vcf, "14", out, "-s", tumor])
print(json.dumps([time.monotonic() - wall, time.process_time() - busy]))
"""

OURS = """
import json, sys, time
import cyvcf2
from wes_biomarkers.io.peptide_inputs import peptides_from_vep, write_protein_fasta
from wes_biomarkers.neoantigens.peptides import PeptideRules
vcf, tumor, out, kind = sys.argv[1:]
lengths = {} if kind == "peptides" else {"class_i": (), "class_ii": ()}
wall, busy = time.monotonic(), time.process_time()
found = peptides_from_vep(vcf, PeptideRules(pass_only=False, **lengths), tumor=tumor)
write_protein_fasta(out, found, 14)
print(json.dumps([time.monotonic() - wall, time.process_time() - busy]))
"""


def run(python: str, program: str, words: list[str]) -> tuple[float, float, float]:
    """Wall seconds of the process, then wall and processor seconds of its step."""
    start = time.monotonic()
    done = subprocess.run([python, "-c", program, *words], capture_output=True, text=True, check=True)
    wall = time.monotonic() - start
    return (wall, *json.loads(done.stdout.splitlines()[-1]))


def sequences(path: Path, kind: str) -> set[str]:
    """Sequences of a FASTA whose header begins with `kind`."""
    records = path.read_text().split(">")[1:]
    return {"".join(r.split("\n")[1:]) for r in records if r.startswith(kind)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vcf", required=True)
    parser.add_argument("--tumor", required=True)
    parser.add_argument("--pvacseq-python")
    parser.add_argument("--repeat", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = {name: Path(folder) / f"{name}.fa" for name in ("pvacseq", "fasta", "peptides")}
        programs = {name: (sys.executable, OURS, [name]) for name in ("fasta", "peptides")}
        if asked.pvacseq_python:
            programs = {"pvacseq": (asked.pvacseq_python, PEER, []), **programs}
        times: dict[str, list[tuple[float, float, float]]] = {name: [] for name in programs}
        for _ in range(asked.repeat):
            for name, (python, program, more) in programs.items():
                words = [asked.vcf, asked.tumor, str(out[name]), *more]
                times[name].append(run(python, program, words))
        if "pvacseq" in programs:
            theirs, ours = sequences(out["pvacseq"], "MT."), sequences(out["fasta"], "")
            print(f"mutated sequences: pVACseq {len(theirs)}, ours {len(ours)}, shared {len(theirs & ours)}")
    medians = {
        name: [statistics.median(column) for column in zip(*rows, strict=True)]
        for name, rows in times.items()
    }
    for name, (process, wall, busy) in medians.items():
        line = f"{name:9} process {process:6.2f} s   step {wall:6.3f} s wall {busy:6.3f} s processor"
        if name != "pvacseq" and "pvacseq" in medians:
            ratios = [
                their / our for their, our in zip(medians["pvacseq"], (process, wall, busy), strict=True)
            ]
            line += "   times faster: process {:.1f}, step {:.1f} wall, {:.1f} processor".format(*ratios)
        print(line)


if __name__ == "__main__":
    main()
