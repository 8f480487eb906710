"""Routes of reads: who has any, and parts of their files by range, of samples of the cohort alone."""

from __future__ import annotations

import re
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Header, Path
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse

from wes_biomarkers.io.bgzf import BlockFile
from wes_biomarkers.serve.answers import answer, fault
from wes_biomarkers.serve.page_shapes import ReadsAnswer
from wes_biomarkers.serve.pages.cells import cell
from wes_biomarkers.serve.parameters import answers
from wes_biomarkers.serve.reads import (
    NO_INDEX,
    NO_SEQUENCE,
    OTHER_SEQUENCE,
    Alignment,
    Reads,
    contigs,
    fasta_index,
)
from wes_biomarkers.serve.store import Hub, Store

_ID = Annotated[str, Path(max_length=200)]
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")


def add_reads(app: FastAPI, hub: Hub, reads: Reads) -> None:
    """Add the routes to the app. Those of files answer ranges (206, 416) and are no part of OpenAPI."""

    @app.get("/api/patient/{patient_id}/reads", responses=answers(ReadsAnswer))
    def listed(patient_id: _ID) -> Response:
        """The samples of a patient whose reads can be shown."""
        store = hub.store()
        if patient_id not in store.patients:
            return _unknown()
        return answer(_listed(store, reads, patient_id))

    @app.get("/api/alignment/{sample_id}/{part}", include_in_schema=False)
    def alignment(sample_id: _ID, part: Literal["data", "index", "contigs"]) -> Response:
        """A sample's alignment, its index, or the lengths of its contigs."""
        found = reads.of(sample_id) if sample_id in _samples(hub.store()) else None
        if found is None or (found.format == "cram" and not reads.fits(found)):
            return _unknown()
        if part == "contigs":
            return PlainTextResponse("".join(f"{name}\t{bp}\n" for name, bp in contigs(found).items()))
        return _file(found.path if part == "data" else found.index)

    @app.get("/api/reference/{part}", include_in_schema=False)
    def reference(
        part: Literal["data", "index"], range_: Annotated[str, Header(alias="range")] = ""
    ) -> Response:
        """The reference's FASTA, uncompressed, or its index."""
        if reads.reference is None:
            return _unknown()
        if part == "data" and reads.blocks is not None:
            return _unpacked(reads.blocks, range_)
        return _file(reads.reference if part == "data" else fasta_index(reads.reference))


def _listed(store: Store, reads: Reads, patient_id: str) -> dict[str, Any]:
    rows = store.table("sample") if store.has("sample") else None
    mine = [] if rows is None else rows[rows["patient_id"] == patient_id].to_dict("records")
    found = {row["sample_id"]: each for row in mine if (each := reads.of(row["sample_id"])) is not None}
    fitting = {name for name, each in found.items() if reads.fits(each)}
    shown = {name: each for name, each in found.items() if each.format == "bam" or name in fitting}
    with_sequence = bool(shown) and shown.keys() <= fitting
    return {
        "reference": with_sequence,
        "samples": [
            {name: cell(row[name]) for name in ("sample_id", "role", "specimen", "timepoint")}
            | {"format": shown[row["sample_id"]].format}
            for row in mine
            if row["sample_id"] in shown
        ],
        "sentences": _sentences(reads, found, fitting, [row["sample_id"] for row in mine]),
    }


def _sentences(reads: Reads, found: dict[str, Alignment], fitting: set[str], mine: list[str]) -> list[str]:
    """Why reads that are there are not shown, or are shown without a sequence."""
    lacking = [each for name, each in found.items() if name not in fitting]
    told = []
    if any(reads.lacks_index(name) for name in mine):
        told.append(NO_INDEX)
    if reads.reference is not None and lacking:
        told.append(OTHER_SEQUENCE)
    elif any(each.format == "cram" for each in lacking):
        told.append(NO_SEQUENCE)
    return told


def _samples(store: Store) -> frozenset[str]:
    """Ids of the cohort's samples."""
    if not store.has("sample"):
        return frozenset()
    found: frozenset[str] = store.remembered("samples", lambda: frozenset(store.table("sample")["sample_id"]))
    return found


def _file(path: FilePath) -> Response:
    """A file, or the range of it that was asked for."""
    if not path.is_file():
        return _unknown()
    return FileResponse(path, media_type="application/octet-stream")


def _unpacked(blocks: BlockFile, asked: str) -> Response:
    """What a bgzip file holds, or the one range of it that was asked for; what is no range gets the whole."""
    size = blocks.size
    start, end, headers = 0, size, {"accept-ranges": "bytes"}
    if found := _RANGE.fullmatch(asked):
        start, end = int(found[1]), min(int(found[2]) + 1 if found[2] else size, size)
        if start >= end:
            return Response(status_code=416, headers={"content-range": f"bytes */{size}"})
        headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    headers["content-length"] = str(end - start)
    return StreamingResponse(
        blocks.chunks(start, end), 206 if found else 200, headers, media_type="application/octet-stream"
    )


def _unknown() -> Response:
    return fault(404, "NotFound", "The cohort has no such reads.")
