"""What a published value was made from: versions, parameters, inputs, reference; never time or place."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from wes_biomarkers import __version__

PROVENANCE_SCHEMA = "wes_biomarkers.provenance/1"


def sha256_of(data: bytes) -> str:
    """The SHA-256 of some bytes, as hex digits."""
    return hashlib.sha256(data).hexdigest()


def assemble_provenance(
    *,
    parameters: Mapping[str, Any] | None = None,
    inputs: Mapping[str, str] | None = None,
    reference: Mapping[str, Any] | None = None,
    tools: Mapping[str, str] | None = None,
    environment: str | None = None,
) -> dict[str, Any]:
    """The provenance block of a record or table.

    Args:
        parameters: thresholds and choices by name.
        inputs: SHA-256 of each input by its role (`vcf`, `callable`), not by its path.
        reference: build name and the checksums of the bundle's files.
        tools: version of each program by name.
        environment: digest of the container or the lock file.
    """
    return {
        "schema": PROVENANCE_SCHEMA,
        "code_version": __version__,
        "tools": dict(sorted((tools or {}).items())),
        "parameters": dict(sorted((parameters or {}).items())),
        "inputs": dict(sorted((inputs or {}).items())),
        "reference": dict(reference or {}),
        "environment": environment,
    }
