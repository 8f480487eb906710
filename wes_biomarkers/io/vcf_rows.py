"""The records of a somatic VCF as arrays: positions, alleles, FILTER, reads and population frequency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.errors import Fault
from wes_biomarkers.io.bgzf import closing_block_faults
from wes_biomarkers.io.vcf_header import Header

Array = NDArray[Any]

_MISSING = -2147483640  #: htslib's codes for missing integers lie below


class Rows:
    """Collects the records of a VCF, then turns them into arrays; `faults` holds what is wrong with them."""

    def __init__(self, header: Header, tag: str | None, population_af: str) -> None:
        self.header, self.tag = header, tag
        self.faults: list[Fault] = []
        self.n = self.n_filtered = 0
        self.chrom: list[str] = []
        self.start: list[int] = []
        self.ref: list[str] = []
        self.alt: list[str] = []
        self.filter: list[str | None] = []
        self.texts: list[str | None] = []
        self.formats: dict[str, list[Any]] = {
            key: [] for key in ("AD", "AF", "DP", "RD") if key in header.format
        }
        if "AD" not in self.formats:
            self.formats.pop("RD", None)
        wanted = ("POP_AF", "POPAF") if population_af == "auto" else (population_af,)
        self.infos: dict[str, list[Any]] = {key: [] for key in wanted if key in header.info}
        if population_af not in ("auto", "none", *header.info):
            self._fault(f"has no INFO/{population_af}", "Name the field of the population frequency.")

    def read(self, vcf: Any, pass_only: bool) -> None:
        """Take in every record; out-of-order, multi-allelic and broken ones become faults."""
        formats = [(key, values.append) for key, values in self.formats.items()]
        infos = [(key, values.append) for key, values in self.infos.items()]
        tag, unordered, multiple = self.tag, [0, 0], [0, 0]
        seen: set[str] = set()
        last_chrom, last_start, n = "", -1, 0
        try:
            for record in vcf:
                n += 1
                chrom, start, alts = record.CHROM, record.start, record.ALT
                if chrom != last_chrom:
                    if chrom in seen:
                        _tally(unordered, n)
                    seen.add(chrom)
                    last_chrom = chrom
                elif start < last_start:
                    _tally(unordered, n)
                last_start = start
                if len(alts) != 1:
                    if alts:
                        _tally(multiple, n)
                    continue
                filter_ = record.FILTER
                if filter_ is None:
                    filter_ = "PASS" if record.FILTERS else None
                self.n_filtered += filter_ is not None
                if pass_only and filter_ != "PASS":
                    continue
                self.chrom.append(chrom)
                self.start.append(start)
                self.ref.append(record.REF)
                self.alt.append(alts[0])
                self.filter.append(filter_)
                for key, append in formats:
                    append(record.format(key))
                if tag is not None or infos:
                    info = record.INFO.get
                    for key, append in infos:
                        append(info(key))
                    self.texts.append(info(tag) if tag is not None else None)
        except Exception:
            self._fault(
                f"cannot be read past record {n}: truncated or damaged", "Copy it again, or make it again."
            )
        if tag is None and not infos:
            self.texts = [None] * len(self.chrom)
        self.n = n
        self._order_faults(unordered, multiple)

    def _order_faults(self, unordered: list[int], multiple: list[int]) -> None:
        if unordered[0]:
            rule = f"is not sorted: {unordered[0]} records out of order, the first is record {unordered[1]}"
            self._fault(rule, "Sort it: bcftools sort.")
        if multiple[0]:
            rule = f"{multiple[0]} records have several alternate alleles, the first is record {multiple[1]}"
            self._fault(rule, "Split them before annotation: bcftools norm -m-any.")

    def _fault(self, rule: str, remedy: str) -> None:
        self.faults.append(Fault(rule, remedy, file=self.header.file))

    def check_end(self) -> None:
        """Note a bgzip file that lacks its closing block."""
        if not self.faults:
            self.faults += closing_block_faults(self.header.file)

    def columns(self) -> tuple[dict[str, Array], bool]:
        """The arrays of `VariantSet.base`, and whether a population frequency was annotated in INFO."""
        header, n = self.header, len(self.chrom)
        start = np.array(self.start, np.int64)
        base: dict[str, Array] = {
            "chrom": objects(self.chrom),
            "start": start,
            "end": start + np.fromiter(map(len, self.ref), np.int64, n),
            "ref": objects(self.ref),
            "alt": objects(self.alt),
            "kind": objects([_kind(ref, alt) for ref, alt in zip(self.ref, self.alt, strict=True)]),
            "filter": objects(self.filter),
            "is_pass": np.fromiter((value == "PASS" for value in self.filter), bool, n),
        }
        self.values = {key: _values(arrays, len(header.samples)) for key, arrays in self.formats.items()}
        for prefix, sample in (("t", header.tumor), ("n", header.normal)):
            reads = self._reads(None if sample is None else header.samples.index(sample), n)
            base |= {f"{prefix}_{name}": reads[name] for name in ("ref", "alt", "depth")}
            if prefix == "t":
                base["vaf"] = reads["vaf"]
        frequency, known = self._population(n)
        return base | {"population_af": frequency}, known

    def _reads(self, sample: int | None, n: int) -> dict[str, Array]:
        unknown = np.full(n, np.nan)
        if sample is None:
            return dict.fromkeys(("ref", "alt", "depth", "vaf"), unknown)
        none = unknown[:, None]
        own = {key: values[:, sample] for key, values in self.values.items()}
        ad = own.get("AD", none)
        ref, alt = (ad[:, 0], ad[:, 1]) if ad.shape[1] > 1 else (own.get("RD", none)[:, 0], ad[:, 0])
        depth = own.get("DP", none)[:, 0]
        vaf = np.round(own.get("AF", none)[:, 0], 6)  # the file's single precision
        alt = np.where(np.isnan(alt), np.round(vaf * depth), alt)
        depth = np.where(np.isnan(depth), ref + alt, depth)
        with np.errstate(divide="ignore", invalid="ignore"):
            measured = np.where(np.isnan(ref), alt / depth, alt / (ref + alt))
        vaf = np.where(np.isnan(vaf), np.where(np.isfinite(measured), measured, np.nan), vaf)
        return {"ref": ref, "alt": alt, "depth": depth, "vaf": vaf}

    def _population(self, n: int) -> tuple[Array, bool]:
        frequency, known = np.full(n, np.nan), False
        for key, values in self.infos.items():
            numbers = np.array([_first_number(value) for value in values], np.float64)
            if key == "POPAF":
                default = len(np.unique(numbers[~np.isnan(numbers)])) < 2
                if default and not self.header.has_germline_resource:
                    continue  # the same value everywhere: Mutect2's own prior, not a resource
                numbers = 10.0**-numbers
            for index in np.flatnonzero(~np.isnan(numbers)).tolist():
                numbers[index] = float(f"{numbers[index]:.6g}")  # the file's single precision
            frequency = np.fmax(frequency, numbers)
            known = True
        return frequency, known


def best_records(base: Mapping[str, Array]) -> NDArray[np.bool_]:
    """Which records stand for their allele, shape (n,): the passing one, then the deeper, then the first.

    Args:
        base: columns chrom, start, ref, alt, is_pass, t_depth of records sorted by contig and start.
    """
    start = base["start"]
    is_best = np.ones(len(start), bool)
    shared = np.flatnonzero(start[1:] == start[:-1])
    best: dict[tuple[Any, ...], tuple[tuple[bool, float], int]] = {}
    for index in np.union1d(shared, shared + 1).tolist():
        key = tuple(base[name][index] for name in ("chrom", "start", "ref", "alt"))
        depth = base["t_depth"][index]
        rank = (bool(base["is_pass"][index]), -1.0 if np.isnan(depth) else float(depth))
        if key in best and rank <= best[key][0]:
            is_best[index] = False
            continue
        if key in best:
            is_best[best[key][1]] = False
        best[key] = rank, index
    return is_best


def _tally(tally: list[int], record: int) -> None:
    """Count a fault in tally[0]; tally[1] keeps the first record's number."""
    tally[0] += 1
    tally[1] = tally[1] or record


def _kind(ref: str, alt: str) -> str:
    if not alt.isalpha():
        return "symbolic"
    if len(ref) == len(alt):
        return "snv" if len(ref) == 1 else "mnv"
    if len(ref) == 1 and alt[0] == ref:
        return "insertion"
    if len(alt) == 1 and ref[0] == alt:
        return "deletion"
    return "insertion" if alt.startswith(ref) else "deletion" if ref.startswith(alt) else "complex"


def objects(values: Sequence[Any]) -> Array:
    """An object array of shape (n,); its items are never unpacked."""
    array = np.empty(len(values), object)
    array[:] = values
    return array


def _values(arrays: list[Any], n_sample: int) -> NDArray[np.float64]:
    """FORMAT values, shape (n, samples, most values in a record), NaN where missing.

    `arrays` holds for each record an array of shape (samples, values), or None without the field.
    """
    n = len(arrays)
    try:
        stacked = np.concatenate(arrays)  # every record has as many values
    except ValueError:
        stacked = np.empty(0, object)
    if stacked.dtype.kind in "if" and stacked.shape[1]:
        stacked = stacked.reshape(n, n_sample, -1).astype(np.float64)
    else:
        known = [array is not None and array.dtype.kind in "if" for array in arrays]
        widths = [array.shape[1] for array, is_known in zip(arrays, known, strict=True) if is_known]
        stacked = np.full((n, n_sample, max(widths, default=0) or 1), np.nan)
        for index in np.flatnonzero(known).tolist():
            stacked[index, :, : arrays[index].shape[1]] = arrays[index]
    stacked[stacked < _MISSING] = np.nan
    return stacked


def _first_number(value: Any) -> float:
    if isinstance(value, tuple):
        value = value[0] if value else None
    try:
        return float("nan") if value is None else float(value)
    except ValueError:
        return float("nan")
