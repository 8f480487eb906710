"""What a reference bundle is made from, checked before anything is made."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wes_biomarkers.contracts.schema import ID_PATTERN
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.bed import kit_name
from wes_biomarkers.io.files import sha256_file
from wes_biomarkers.io.hla_reference import hla_files, is_coding_fasta
from wes_biomarkers.io.lines import check_readable


@dataclass(frozen=True)
class BundleInputs:
    """What a bundle is made from; only the FASTA and one target are needed."""

    fasta: Path
    targets: Mapping[str, Path]
    annotation: Path | None = None
    known_sites: Sequence[Path] = ()
    germline: Path | None = None
    pon: Path | None = None
    hla: Path | None = None
    arms: Path | None = None
    domains: Path | None = None
    build: str | None = None
    synthetic: bool = False

    def files(self) -> dict[str, Path]:
        """Every input file by its role."""
        named = {"fasta": self.fasta, **{f"target_{name}": path for name, path in self.targets.items()}}
        named |= {f"known_sites_{index}": path for index, path in enumerate(self.known_sites)}
        roles = ("annotation", "germline", "pon", "arms", "domains")
        named |= {role: path for role in roles if (path := getattr(self, role)) is not None}
        sources = [] if self.hla is None else hla_files(self.hla)
        return named | {f"hla_{path.name}": path for path in sources}


def parse_targets(words: Sequence[str]) -> dict[str, Path]:
    """Capture kits by name from `[NAME=]BED` words; a name not given is the file's stem.

    Raises:
        InputError: a name that is no id, or given twice.
    """
    kits: dict[str, Path] = {}
    faults = []
    for word in words:
        name, equals, file = word.partition("=")
        if not equals or Path(word).exists():
            name, file = kit_name(word), word
        if not re.fullmatch(ID_PATTERN, name):
            faults.append(
                Fault("a kit's name holds letters, digits, _ . - only", "Rename it.", file=file, value=name)
            )
        elif name in kits:
            faults.append(
                Fault("two capture kits of one name", "Give NAME=BED with two names.", file=file, value=name)
            )
        kits[name] = Path(file)
    if faults:
        raise InputError(faults)
    return kits


def input_checksums(inputs: BundleInputs) -> dict[str, str]:
    """SHA-256 of every input by its role."""
    return {role: sha256_file(path) for role, path in inputs.files().items()}


def check_inputs(inputs: BundleInputs) -> None:
    """Raise an InputError for files that are missing, or that say nothing without another."""
    faults = [] if inputs.targets else [Fault("no target given", "Give --targets BED.")]
    faults += check_readable(inputs.files().values())
    if inputs.hla is not None and not any(map(is_coding_fasta, hla_files(inputs.hla))):
        remedy = "Give a folder of IMGT/HLA *_nuc*.fasta[.gz] files."
        faults.append(Fault("holds no HLA nucleotide FASTA", remedy, file=str(inputs.hla)))
    if inputs.domains is not None and inputs.annotation is None:
        rule = "protein domains lie on the transcripts of an annotation, and none is given"
        faults.append(Fault(rule, "Give --gff3 or --gtf too.", file=str(inputs.domains)))
    if faults:
        raise InputError(faults)
