"""A result folder against the truth of its trial: every biomarker whose files are there."""

from __future__ import annotations

from pathlib import Path

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.simulate.validate.features import validate_features
from wes_biomarkers.simulate.validate.measures import Validation
from wes_biomarkers.simulate.validate.truth import read_truth
from wes_biomarkers.simulate.validate.variants import validate_variants


def validate(
    results: Path | str, truth: Path | str, *, min_sensitivity: float = 0.98, max_false_calls: int = 1
) -> Validation:
    """Compare a result folder with a truth folder (`simulate --out` itself, or its `truth/`).

    Tolerances: `min_sensitivity` over eligible SNVs and indels together, at most `max_false_calls` passing
    calls a patient that nobody planted, a TMB numerator equal to a recount by the truth's consequences, and those
    of `features.TOLERANCES`.

    Raises:
        InputError: no truth there, no results there, or pairs of the truth without calls.
    """
    known = read_truth(truth)
    folder = Path(results) / "pairs"
    faults = [
        Fault("no calls for a pair of the truth", "Finish the run first.", file=str(path))
        for path in (folder / pair / "somatic.vcf.gz" for pair in known.planted)
        if not path.is_file()
    ]
    if faults:
        raise InputError(faults)
    measures, particulars = validate_variants(
        known, folder, min_sensitivity=min_sensitivity, max_false_calls=max_false_calls
    )
    further, more = validate_features(known, folder)
    return Validation((*measures, *further), (*particulars, *more))
