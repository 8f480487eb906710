"""Verifying a reference bundle: checksums, indices and contigs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pysam

from wes_biomarkers.contracts.reference import Contig
from wes_biomarkers.errors import Fault, ReferenceMismatchError
from wes_biomarkers.io.bed import check_intervals, read_intervals
from wes_biomarkers.io.bundle import Bundle, read_bundle
from wes_biomarkers.io.fasta import read_dictionary
from wes_biomarkers.io.files import sha256_file

_REMEDY = "Make the bundle again with `wes-biomarkers reference build`."


def check_bundle(directory: Path | str, say: Callable[[str], None] = lambda text: None) -> Bundle:
    """Recompute every checksum and see that indices and contigs agree.

    Raises:
        InputError: not a bundle, or files missing.
        ReferenceMismatchError: every file that changed or disagrees with the bundle's contigs.
    """
    bundle = read_bundle(directory)
    faults = []
    say(f"checking {len(bundle.files)} files")
    for key, relative in bundle.files.items():
        if sha256_file(bundle.root / relative) != bundle.checksums[key]:
            rule = f"changed since the bundle was made ({key})"
            faults.append(Fault(rule, _REMEDY, file=str(bundle.root / relative)))
    if not faults:
        faults = _contig_faults(bundle)
    if faults:
        raise ReferenceMismatchError(faults)
    return bundle


def _contig_faults(bundle: Bundle) -> list[Fault]:
    """Index, dictionary, variant headers and targets against the contigs that `reference.json` lists."""
    faults = []
    indexed = tuple(
        Contig(name, int(length))
        for name, length, *_ in (
            line.split("\t") for line in _existing(bundle, "fai").read_text().splitlines()
        )
    )
    for key, found in (("fai", indexed), ("dict", read_dictionary(_existing(bundle, "dict")))):
        if found != bundle.contigs:
            faults.append(Fault("contigs disagree with reference.json", _REMEDY, file=str(bundle.path(key))))
    for key in bundle.files:
        if f"{key}_tbi" in bundle.files and key != "annotation":
            path = _existing(bundle, key)
            with pysam.VariantFile(str(path)) as variants:
                found = tuple(
                    Contig(str(c.name), int(c.length or 0)) for c in variants.header.contigs.values()
                )
            if found != bundle.contigs:
                faults.append(Fault("contigs disagree with reference.json", _REMEDY, file=str(path)))
    for name in bundle.targets:
        path = bundle.target(name)
        faults += check_intervals(read_intervals(path), bundle.lengths, path)
    return faults


def _existing(bundle: Bundle, key: str) -> Path:
    return bundle.root / bundle.files[key]


def summarise(bundle: Bundle) -> str:
    """A few lines a user can read: build, contigs, targets, resources, notes."""
    bases = sum(contig.length for contig in bundle.contigs)
    synthetic = ", synthetic" if bundle.synthetic else ""
    lines = [f"build {bundle.build}{synthetic}: {len(bundle.contigs)} contigs, {bases:,} bases"]
    for name, target in bundle.targets.items():
        coding = "" if target.coding_mb is None else f", {target.coding_mb:.4f} Mb of it coding"
        lines.append(f"target {name}: {target.mb:.4f} Mb in {target.n_interval} intervals{coding}")
    optional = ("annotation", "germline", "germline_common", "pon")
    there = [key for key in optional if key in bundle.files]
    there += ["HLA sequences"] if "hla_alleles" in bundle.files else []
    lines.append(f"resources: {', '.join([*there, f'{len(bundle.known_sites)} known-sites files'])}")
    return "\n".join([*lines, *(f"note: {note}" for note in bundle.notes)])
