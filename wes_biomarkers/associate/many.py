"""Thousands of features at once: the same model for each, fitted together."""

from __future__ import annotations

from wes_biomarkers.contracts.plan import Analysis

#: More features than this are scanned together.
MANY = 200


def can_scan(analysis: Analysis) -> bool:
    """Whether the analysis is one that the scans compute: a plain effect in the endpoint's first model."""
    from wes_biomarkers.contracts.endpoints import ENDPOINTS

    kind = ENDPOINTS[analysis.endpoint].kind
    plain = analysis.question == "prognostic" and analysis.cutpoint is None and not analysis.method
    return plain and kind in ("survival", "binary") and analysis.center != "cluster"
