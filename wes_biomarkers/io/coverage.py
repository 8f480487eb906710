"""What mosdepth, samtools and GATK measured on alignments."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from wes_biomarkers.errors import ToolError
from wes_biomarkers.features.callable import callable_runs, join_touching
from wes_biomarkers.features.qc import SampleQuality
from wes_biomarkers.io.files import atomic_path

#: Bytes of depths read at a time.
BLOCK_BYTES = 16 << 20


def read_sample_quality(folder: Path, sample_id: str) -> SampleQuality:
    """Measures of one sample from the files there are: mosdepth's regions and thresholds, samtools stats.

    Files are `<sample_id>.regions.bed.gz`, `<sample_id>.thresholds.bed.gz` and `<sample_id>.stats.txt`.
    """
    mean = at_10 = at_20 = duplicates = None
    n_read = None
    regions = folder / f"{sample_id}.regions.bed.gz"
    if regions.exists():
        start, end, depth = _columns(regions, (1, 2, -1))
        length = end - start
        mean = float((length * depth).sum() / length.sum()) if length.sum() else None
    thresholds = folder / f"{sample_id}.thresholds.bed.gz"
    if thresholds.exists():
        with gzip.open(thresholds, "rt") as handle:
            heading = handle.readline().lstrip("#").split()
        start, end, deep_10, deep_20 = _columns(
            thresholds, (1, 2, heading.index("10X"), heading.index("20X"))
        )
        total = (end - start).sum()
        if total:
            at_10, at_20 = float(deep_10.sum() / total), float(deep_20.sum() / total)
    stats = folder / f"{sample_id}.stats.txt"
    if stats.exists():
        counts = _samtools_summary(stats)
        n_read = int(counts["raw total sequences"]) if "raw total sequences" in counts else None
        mapped = counts.get("reads mapped", 0)
        if mapped and "reads duplicated" in counts:
            duplicates = counts["reads duplicated"] / mapped
    return SampleQuality(mean, at_10, at_20, duplicates, n_read)


def _columns(path: Path, indexes: tuple[int, ...]) -> list[np.ndarray]:
    with gzip.open(path, "rt") as handle:
        rows = [line.rstrip("\n").split("\t") for line in handle if not line.startswith("#")]
    return [np.array([float(row[index]) for row in rows]) for index in indexes]


def _samtools_summary(path: Path) -> dict[str, float]:
    counts = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("SN\t"):
            _, name, value = line.split("\t")[:3]
            counts[name.rstrip(":")] = float(value)
    return counts


def read_contamination(path: Path) -> tuple[float, float] | None:
    """Estimate and error from GATK CalculateContamination's table.

    None where GATK could not tell: NaN, or 0 with an error of 1, its answer to too few sites.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) < 2:
        return None
    estimate, error = (float(cell) for cell in lines[1].split("\t")[1:3])
    return None if np.isnan(estimate) or not error < 1 else (estimate, error)


def read_bed_mb(path: Path) -> float:
    """Bases of a sorted, merged BED (plain or gzip), in Mb."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt") as handle:
        rows = (line.split("\t")[1:3] for line in handle if line.strip() and not line.startswith("#"))
        return float(sum(int(end) - int(start) for start, end in rows)) / 1e6


def write_callable(depths: IO[bytes], path: Path, min_depth_tumor: int, min_depth_normal: int) -> None:
    """Callable regions from `samtools depth` of a tumour and its normal.

    Reads lines of contig, 1-based position and the two depths, in batches, so that memory stays small on a
    whole exome. Writes a BED, gzip without a time stamp.

    Raises:
        ToolError: a malformed line (samtools ended early).
    """
    import pyarrow as pa

    names: dict[str, int] = {}
    runs: list[np.ndarray] = []
    try:
        for batch in _depth_batches(depths):
            encoded = batch.column(0).dictionary_encode()
            codes = np.array([names.setdefault(name, len(names)) for name in encoded.dictionary.to_pylist()])
            position, tumor, normal = (batch.column(index).to_numpy() for index in (1, 2, 3))
            is_deep = (tumor >= min_depth_tumor) & (normal >= min_depth_normal)
            runs.append(callable_runs(codes[encoded.indices.to_numpy()], position - 1, is_deep))
    except pa.ArrowInvalid as error:
        raise ToolError(
            f"samtools depth wrote a line that is not contig, position and 2 depths: {error}"
        ) from error
    joined = join_touching(np.concatenate(runs)) if runs else np.empty((0, 3), dtype=np.int64)
    contigs = list(names)
    text = "".join(f"{contigs[contig]}\t{start}\t{end}\n" for contig, start, end in joined.tolist())
    with (
        atomic_path(path) as temporary,
        open(temporary, "wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, 0) as out,
    ):
        out.write(text.encode())


def _depth_batches(depths: IO[bytes]) -> Iterator[Any]:
    """Record batches of contig, position and the depths of tumour and normal; none from empty input."""
    import pyarrow as pa
    from pyarrow import csv

    first = depths.read(1)
    if first:
        columns = {"contig": pa.string(), "position": pa.int64(), "tumor": pa.int64(), "normal": pa.int64()}
        yield from csv.open_csv(
            _Prefixed(first, depths),
            read_options=csv.ReadOptions(column_names=list(columns), block_size=BLOCK_BYTES),
            parse_options=csv.ParseOptions(delimiter="\t"),
            convert_options=csv.ConvertOptions(column_types=columns),
        )


class _Prefixed:
    """A stream with a byte put back in front, as pyarrow reads it."""

    def __init__(self, first: bytes, rest: IO[bytes]) -> None:
        self._first, self._rest, self.closed = first, rest, False

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`; all that are left where it is not above 0."""
        data = self._first + self._rest.read(size - len(self._first) if size > 0 else -1)
        self._first = b""
        return data

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Never: it may be a pipe."""
        return False

    def writable(self) -> bool:
        """Never."""
        return False

    def close(self) -> None:
        """Mark it as read; whoever opened the stream closes it."""
        self.closed = True
