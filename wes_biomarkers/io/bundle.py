"""Reading a reference bundle: `reference.json` and the files it lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wes_biomarkers.contracts.reference import (
    REFERENCE_JSON,
    REFERENCE_SCHEMA,
    REQUIRED_FILES,
    Contig,
    Target,
)
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.files import read_json

_COPY_AGAIN = "Copy the bundle again and run `wes-biomarkers reference check`, or make it again."
_REMEDY = "Make it again with `wes-biomarkers reference build ... --out DIR`."


@dataclass(frozen=True)
class Bundle:
    """A reference bundle: where it lies, what it is of, and its files by key (paths relative to `root`)."""

    root: Path
    build: str
    synthetic: bool
    contigs: tuple[Contig, ...]
    files: Mapping[str, str]
    checksums: Mapping[str, str]
    targets: Mapping[str, Target]
    inputs: Mapping[str, str]
    notes: tuple[str, ...]

    def path(self, key: str) -> Path | None:
        """The file under a key, or None when the bundle has none."""
        return self.root / self.files[key] if key in self.files else None

    def target(self, name: str | None = None) -> Path:
        """The BED of a capture kit; without a name, of the only one.

        Raises:
            InputError: an unknown kit, or no name where there are several.
        """
        names = ", ".join(self.targets)
        if name is None and len(self.targets) != 1:
            remedy = f"Name one of: {names} (samplesheet column `targets`)."
            raise InputError([Fault("the bundle has several capture kits", remedy, file=str(self.root))])
        key = name if name is not None else next(iter(self.targets))
        if key not in self.targets:
            raise InputError(
                [
                    Fault(
                        "no such capture kit in the bundle",
                        f"Known: {names}.",
                        file=str(self.root),
                        value=key,
                    )
                ]
            )
        return self.root / self.files[self.targets[key].bed]

    @property
    def known_sites(self) -> tuple[Path, ...]:
        """The known-sites VCFs in the order they were given."""
        keys = [key for key in self.files if key.startswith("known_sites_") and not key.endswith("_tbi")]
        return tuple(self.root / self.files[key] for key in keys)

    @property
    def lengths(self) -> dict[str, int]:
        """Contig lengths by name, in the genome's order."""
        return {contig.name: contig.length for contig in self.contigs}


def _bundle_from(root: Path, data: Mapping[str, Any]) -> Bundle:
    files = data["files"]
    return Bundle(
        root=root,
        build=str(data["build"]),
        synthetic=bool(data["synthetic"]),
        contigs=tuple(Contig(str(c["name"]), int(c["length"])) for c in data["contigs"]),
        files={key: str(entry["path"]) for key, entry in files.items()},
        checksums={key: str(entry["sha256"]) for key, entry in files.items()},
        targets={
            name: Target(str(t["bed"]), float(t["mb"]), int(t["n_interval"]), t.get("coding_mb"))
            for name, t in data["targets"].items()
        },
        inputs=dict(data.get("inputs", {})),
        notes=tuple(data.get("notes", ())),
    )


def _truncation(bundle: Bundle) -> list[Fault]:
    """A fault when the FASTA is smaller than its index says, or the index is none."""
    fasta, fai = bundle.root / bundle.files["fasta"], bundle.root / bundle.files["fai"]
    try:
        rows = [[int(cell) for cell in line.split("\t")[1:5]] for line in fai.read_text().splitlines()]
        length, offset, bases, width = max(rows, key=lambda row: row[1])
        needed = offset + (length - 1) // bases * width + (length - 1) % bases + 1
    except (ValueError, IndexError, ZeroDivisionError):
        return [Fault("is not an index of a FASTA", _COPY_AGAIN, file=str(fai))]
    size = fasta.stat().st_size
    if size >= needed:
        return []
    rule = f"is truncated: {size} bytes where its index asks for {needed}"
    return [Fault(rule, _COPY_AGAIN, file=str(fasta))]


def read_bundle(directory: Path | str) -> Bundle:
    """Load a bundle and see that every file it lists is there, and the FASTA whole (contents: `reference check`).

    Raises:
        InputError: no such folder, not a bundle, another schema, listed or required files missing, or a FASTA
            shorter than its index says.
    """
    root = Path(directory)
    source = root / REFERENCE_JSON
    if not root.is_dir():
        raise InputError([Fault("no such reference bundle", _REMEDY, file=str(root))])
    if not source.is_file():
        raise InputError(
            [Fault(f"not a reference bundle: no {REFERENCE_JSON} in it", _REMEDY, file=str(root))]
        )
    data = read_json(source)
    if not isinstance(data, dict) or data.get("schema") != REFERENCE_SCHEMA:
        found = data.get("schema") if isinstance(data, dict) else None
        raise InputError(
            [Fault(f"schema is not {REFERENCE_SCHEMA}", _REMEDY, file=str(source), value=str(found))]
        )
    try:
        bundle = _bundle_from(root, data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            [Fault(f"an entry is missing or malformed: {error}", _REMEDY, file=str(source))]
        ) from error
    faults = [
        Fault("not listed in the bundle", _REMEDY, file=str(source), value=key)
        for key in (*REQUIRED_FILES, *(target.bed for target in bundle.targets.values()))
        if key not in bundle.files
    ]
    faults += [
        Fault(f"missing from the bundle ({key})", _REMEDY, file=str(root / path))
        for key, path in bundle.files.items()
        if not (root / path).is_file()
    ]
    if faults := faults or _truncation(bundle):
        raise InputError(faults)
    return bundle
