"""Predictors of binding, opened by name: weights from files, or programs of their own."""

from __future__ import annotations

from pathlib import Path

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.neoantigens.binding import Predictor, Ranks

#: Predictor -> the classes it predicts.
CLASSES = {
    "mhcnuggets": ("I", "II"),
    "smmpmbec": ("I",),
    "mhcflurry": ("I",),
    "netmhcpan": ("I",),
    "netmhciipan": ("II",),
}
DEFAULT = "mhcnuggets"


def open_predictor(
    name: str = DEFAULT,
    mhc_class: str = "I",
    home: Path | str | None = None,
    *,
    proteome: Path | str | None = None,
    store: Path | str | None = None,
) -> tuple[Predictor, Ranks]:
    """A predictor and the ranks of its affinities.

    Args:
        name: one of CLASSES.
        mhc_class: "I" or "II".
        home: a folder with the data sets of MHCnuggets and SMMPMBEC; see `weights.weight_file` without it.
        proteome: FASTA of the natural proteins to rank against, instead of the packaged human ones; for
            MHCnuggets and SMMPMBEC, the others have ranks of their own.
        store: a folder in which new quantiles of a background are kept for the next time.

    Raises:
        InputError: an unknown name, a class it does not predict, no weights, or a proteome that is none.
        ToolError: a program or package that is not installed.
    """
    if mhc_class not in CLASSES.get(name, ()):
        known = ", ".join(f"{key} ({' and '.join(classes)})" for key, classes in CLASSES.items())
        rule = f"predicts no class {mhc_class}" if name in CLASSES else "is no predictor"
        raise InputError([Fault(rule, f"Take one of {known}.", value=name)])
    if name in ("netmhcpan", "netmhciipan"):
        from wes_biomarkers.io.predictors.netmhcpan import open_netmhcpan

        program = open_netmhcpan(name)
        return program, program
    if name == "mhcflurry":
        from wes_biomarkers.io.predictors.mhcflurry import open_mhcflurry

        package = open_mhcflurry()
        return package, package
    return _open_weights(name, mhc_class, home, proteome, store)


def _open_weights(
    name: str,
    mhc_class: str,
    home: Path | str | None,
    proteome: Path | str | None,
    store: Path | str | None,
) -> tuple[Predictor, Ranks]:
    from wes_biomarkers.io.predictors import weights
    from wes_biomarkers.io.predictors.background import packaged_background, read_background
    from wes_biomarkers.io.predictors.tables import background_ranks

    predictor: Predictor = (
        weights.open_mhcnuggets(mhc_class, home) if name == "mhcnuggets" else weights.open_smmpmbec(home)
    )
    background = packaged_background() if proteome is None else read_background(proteome)
    folder = weights.weight_file(name, home).parent
    kept = None if store is None else Path(store)
    return predictor, background_ranks(predictor, mhc_class, background, [folder], kept)
