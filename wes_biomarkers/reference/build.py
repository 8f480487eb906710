"""A reference bundle from FASTA, targets, annotation and variants: checked, indexed, then put in place."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from wes_biomarkers.contracts.reference import (
    BWA_EXTENSIONS,
    REFERENCE_JSON,
    REFERENCE_SCHEMA,
    Contig,
)
from wes_biomarkers.errors import Fault, InputError, ReferenceMismatchError
from wes_biomarkers.features.gene_model import Transcript, choose_transcripts
from wes_biomarkers.io.annotation import read_annotation
from wes_biomarkers.io.arms import copy_arms
from wes_biomarkers.io.bed import (
    Interval,
    check_intervals,
    merge_intervals,
    read_intervals,
    shared_bases,
    total_bases,
    write_bed,
)
from wes_biomarkers.io.bundle import Bundle, read_bundle
from wes_biomarkers.io.domains import copy_domains
from wes_biomarkers.io.fasta import guess_build, write_dictionary, write_genome
from wes_biomarkers.io.files import sha256_file, write_json
from wes_biomarkers.io.gene_tables import check_frames, write_annotation, write_coding, write_transcripts
from wes_biomarkers.io.microsatellites import read_msi_definition, scan_targets, write_sites
from wes_biomarkers.io.tool import require_tools, run_tool
from wes_biomarkers.reference.hla import build_hla
from wes_biomarkers.reference.inputs import BundleInputs, check_inputs, input_checksums
from wes_biomarkers.reference.sites import common_snps, copy_sites, site_stem, split_germline

TOOLS = ("samtools", "bwa", "bcftools", "bgzip", "tabix")


@dataclass
class _Faults:
    """Faults of several files, gathered so that all are told at once."""

    inputs: list[Fault] = field(default_factory=list)
    mismatches: list[Fault] = field(default_factory=list)

    @contextmanager
    def gather(self) -> Iterator[None]:
        """Keep the faults of what is done inside."""
        try:
            yield
        except InputError as error:
            self.inputs += error.faults
        except ReferenceMismatchError as error:
            self.mismatches += error.faults

    def raise_any(self) -> None:
        """Raise what was gathered: as InputError unless all are mismatches."""
        if self.inputs:
            raise InputError([*self.inputs, *self.mismatches])
        if self.mismatches:
            raise ReferenceMismatchError(self.mismatches)


class _Builder:
    """Fills a folder with the bundle's files and keeps what `reference.json` says of them."""

    def __init__(self, root: Path, inputs: BundleInputs, say: Callable[[str], None]) -> None:
        self.root, self.inputs, self.say = root, inputs, say
        self.files: dict[str, Path] = {}
        self.targets: dict[str, dict[str, object]] = {}
        self.notes: list[str] = []
        self.contigs: list[Contig] = []
        self.build = ""
        self._faults = _Faults()
        self._merged: dict[str, list[Interval]] = {}
        self._transcripts: Sequence[Transcript] = ()

    def make(self) -> None:
        """Everything but the slow index first, so that bad input is told early."""
        self._genome()
        for name, path in self.inputs.targets.items():
            with self._faults.gather():
                self._target(name, path)
        with self._faults.gather():
            self._annotation()
        with self._faults.gather():
            self._arms()
        self._sites()
        with self._faults.gather():
            self._hla()
        self._faults.raise_any()
        self._microsatellites()
        self.say("indexing for bwa (about an hour for a human genome)")
        run_tool(["bwa", "index", self.genome])
        for extension in BWA_EXTENSIONS:
            self.files[f"bwa_{extension}"] = self.root / f"genome.fa.{extension}"
        self._write()

    @property
    def genome(self) -> Path:
        """Where the FASTA goes."""
        return self.root / "genome.fa"

    def _genome(self) -> None:
        self.say("reading the FASTA")
        records = write_genome(self.inputs.fasta, self.genome)
        self.contigs = [record.contig for record in records]
        self.build = self.inputs.build or guess_build(records, self.inputs.fasta)
        self.files |= {
            "fasta": self.genome,
            "fai": self.root / "genome.fa.fai",
            "dict": self.root / "genome.dict",
        }
        write_dictionary(records, self.files["dict"])
        run_tool(["samtools", "faidx", self.genome])

    @property
    def _lengths(self) -> dict[str, int]:
        return {contig.name: contig.length for contig in self.contigs}

    def _target(self, name: str, path: Path) -> None:
        intervals = read_intervals(path)
        if faults := check_intervals(intervals, self._lengths, path):
            raise ReferenceMismatchError(faults)
        merged = merge_intervals(intervals, list(self._lengths))
        bed = self.root / "targets" / f"{name}.bed"
        bed.parent.mkdir(exist_ok=True)
        write_bed(bed, merged)
        self.files[f"target_{name}"] = bed
        self._merged[name] = merged
        size = total_bases(merged) / 1e6
        kit = {"bed": f"target_{name}", "mb": size, "n_interval": len(merged), "coding_mb": None}
        self.targets[name] = kit

    def _annotation(self) -> None:
        source = self.inputs.annotation
        if source is None:
            self.notes.append("no annotation: biomarkers that need a variant's consequence are not evaluable")
            return
        self.say("reading the annotation")
        annotation = read_annotation(source, self._lengths)
        self._transcripts = annotation.transcripts
        chosen = choose_transcripts(annotation.transcripts)
        frames = check_frames(chosen.values(), self.genome, source)
        gff3 = self.root / "annotation.gff3.gz"
        write_annotation(gff3, annotation.transcripts, self.contigs)
        write_transcripts(self.root / "transcripts.tsv", annotation.transcripts, chosen)
        regions = write_coding(self.root / "coding.bed", chosen.values(), self.contigs)
        self._add("annotation", gff3)
        self.files |= {"transcripts": self.root / "transcripts.tsv", "coding": self.root / "coding.bed"}
        if self.inputs.domains is not None:
            self.files["domains"] = self.root / "domains.tsv"
            self.notes += copy_domains(self.inputs.domains, self.files["domains"], chosen.values())
        self.notes += annotation.notes
        if frames:
            self.notes.append(frames)
        if not chosen:
            self.notes.append("annotation: no protein-coding gene")
        incomplete = sum(not transcript.is_complete for transcript in chosen.values())
        if incomplete:
            self.notes.append(f"annotation: {incomplete} chosen coding sequences are incomplete")
        self._coding_share(merge_intervals(regions, list(self._lengths)))

    def _coding_share(self, coding: Sequence[Interval]) -> None:
        for name, merged in self._merged.items():
            shared = shared_bases(merged, coding)
            self.targets[name]["coding_mb"] = shared / 1e6
            if not shared:
                self.notes.append(f"target {name}: holds no coding sequence of the chosen transcripts")

    def _arms(self) -> None:
        if self.inputs.arms:
            self.files["arms"] = copy_arms(self.inputs.arms, self.root / "arms.bed", self._lengths)

    def _microsatellites(self) -> None:
        self.say("looking for microsatellites")
        targets = [interval for merged in self._merged.values() for interval in merged]
        sites = scan_targets(self.genome, targets, self._lengths, read_msi_definition().scan)
        self.files["microsatellites"] = self.root / "microsatellites.tsv.gz"
        write_sites(self.files["microsatellites"], sites)
        if not len(sites):
            self.notes.append("no microsatellite in the targets: MSI is not evaluable")

    def _add(self, key: str, path: Path) -> None:
        self.files[key] = path
        self.files[f"{key}_tbi"] = path.with_name(path.name + ".tbi")

    def _sites(self) -> None:
        used: set[str] = set()
        for index, source in enumerate(self.inputs.known_sites):
            with self._faults.gather():
                target = self.root / "known_sites" / f"{site_stem(source, used)}.vcf.gz"
                target.parent.mkdir(exist_ok=True)
                self._copy_sites(f"known_sites_{index}", source, target)
        if self.inputs.pon:
            with self._faults.gather():
                self._copy_sites("pon", self.inputs.pon, self.root / "pon.vcf.gz")
        if self.inputs.germline:
            with self._faults.gather():
                self._germline(self.inputs.germline)

    def _copy_sites(self, key: str, source: Path, target: Path) -> None:
        self.say(f"reading {source.name}")
        report = copy_sites(source, target, self.contigs, self.genome)
        if note := report.note(f"{key} ({source.name})"):
            self.notes.append(note)
        self._add(key, target)

    def _germline(self, source: Path) -> None:
        self.say(f"reading {source.name}")
        copy, germline = self.root / "sites.vcf.gz", self.root / "germline.vcf.gz"
        common = self.root / "germline_common.vcf.gz"
        report = copy_sites(source, copy, self.contigs, self.genome)
        if report.n_record and not report.n_with_af:
            remedy = "Give one with allele frequencies, such as gnomAD's af-only VCF, or leave it out."
            raise InputError(
                [Fault("a germline resource needs INFO/AF: no record has it", remedy, file=str(source))]
            )
        if note := report.note(f"germline ({source.name})"):
            self.notes.append(note)
        split_germline(source, copy, germline, self.genome)
        self._add("germline", germline)
        if common_snps(copy, common):
            self._add("germline_common", common)
        else:
            self.notes.append("germline: no SNP with AF of .01 to .2, so contamination cannot be estimated")
        copy.unlink()
        copy.with_name(copy.name + ".tbi").unlink()

    def _hla(self) -> None:
        if self.inputs.hla is None:
            return
        self.say("reading the HLA sequences")
        files, notes = build_hla(self.inputs.hla, self.root, self.build, self.contigs, self._transcripts)
        self.files |= files
        self.notes += notes

    def _write(self) -> None:
        self.say("writing checksums")
        entries = {
            key: {"path": path.relative_to(self.root).as_posix(), "sha256": sha256_file(path)}
            for key, path in self.files.items()
        }
        data = {
            "schema": REFERENCE_SCHEMA,
            "build": self.build,
            "synthetic": self.inputs.synthetic,
            "contigs": [{"name": contig.name, "length": contig.length} for contig in self.contigs],
            "files": entries,
            "targets": self.targets,
            "inputs": input_checksums(self.inputs),
            "notes": self.notes,
        }
        write_json(self.root / REFERENCE_JSON, data)


def _existing(out: Path, inputs: BundleInputs) -> Bundle | None:
    """The bundle already at `out` when it was made from these inputs and is whole, else None."""
    if not (out / REFERENCE_JSON).is_file():
        return None
    try:
        bundle = read_bundle(out)
    except InputError:
        return None
    same = bundle.synthetic == inputs.synthetic and inputs.build in (None, bundle.build)
    return bundle if same and bundle.inputs == input_checksums(inputs) else None


def build_bundle(
    inputs: BundleInputs, out: Path, *, force: bool = False, say: Callable[[str], None] = lambda text: None
) -> tuple[Bundle, bool]:
    """Make the bundle at `out`, or find it there already made from the same inputs.

    It is built in a temporary folder beside `out` and renamed at the end, so nothing is left half-written.

    Args:
        inputs: the files and the build's name.
        out: the folder to make.
        force: replace an existing bundle made from other inputs.
        say: called with a line at each slow step.

    Returns:
        The bundle, and whether it was made now.

    Raises:
        InputError: unreadable or malformed input, or `out` exists and is something else.
        ReferenceMismatchError: inputs that do not belong together, with the names.
        ToolError: a program is missing or failed.
    """
    check_inputs(inputs)
    if not force and (bundle := _existing(out, inputs)):
        return bundle, False
    occupied = out.exists() and not (out.is_dir() and not any(out.iterdir()))
    is_bundle = (out / REFERENCE_JSON).is_file()
    if occupied and not (force and is_bundle):
        rule = "is a bundle made from other inputs" if is_bundle else "exists and is not a reference bundle"
        remedy = (
            "Choose another folder, or give --force to replace it." if is_bundle else "Choose another folder."
        )
        raise InputError([Fault(rule, remedy, file=str(out))])
    require_tools(TOOLS)
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".tmp", dir=out.parent))
    try:
        _Builder(temporary, inputs, say).make()
        _put_in_place(temporary, out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return read_bundle(out), True


def _put_in_place(temporary: Path, out: Path) -> None:
    umask = os.umask(0)
    os.umask(umask)
    temporary.chmod(0o777 & ~umask)
    if out.exists() and any(out.iterdir()):
        old = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".old", dir=out.parent))
        out.rename(old / out.name)
        temporary.rename(out)
        shutil.rmtree(old)
    else:
        temporary.rename(out)
