"""Writing an association table where a user asks for it."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from wes_biomarkers.contracts.association import ASSOCIATION
from wes_biomarkers.contracts.validate import conform_frame
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.tables import write_parquet, write_tsv

_SUFFIXES = (".tsv", ".parquet")


def check_out(out: str) -> None:
    """Raise an InputError for a file that is neither TSV nor Parquet; `-` is stdout."""
    if out != "-" and Path(out).suffix not in _SUFFIXES:
        raise InputError([Fault("is no kind of table known here", "Name it .tsv or .parquet.", file=out)])


def write_association(out: str, table: pd.DataFrame) -> None:
    """Write the table as TSV (also to stdout, `-`) or Parquet.

    Raises:
        ContractError: when it breaks its declaration.
    """
    conformed = conform_frame(table, ASSOCIATION)
    if out == "-":
        text = conformed.copy()
        text["prespecified"] = text["prespecified"].map({True: "true", False: "false"})
        text.to_csv(sys.stdout, sep="\t", index=False, lineterminator="\n")
    elif Path(out).suffix == ".tsv":
        write_tsv(out, conformed)
    else:
        write_parquet(out, conformed, ASSOCIATION)
