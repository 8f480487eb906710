"""The definitions of mutational signatures, from definitions/signatures.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

from wes_biomarkers.features.signature_fit import FitSettings
from wes_biomarkers.features.signatures import SignatureDefinition
from wes_biomarkers.io.files import packaged_text


@dataclass(frozen=True)
class SignatureRules:
    """All of the file: how mutations are counted, and a definition a kind.

    Attributes:
        max_vaf_difference: of neighbouring substitutions counted as one, as a fraction.
        definitions: `sbs96`, `dbs78` and `id83`, in this order.
    """

    max_vaf_difference: float
    definitions: tuple[SignatureDefinition, ...]


def read_signature_rules() -> SignatureRules:
    """The built-in rules."""
    raw = tomllib.loads(packaged_text("signatures.toml"))
    fit = FitSettings(**(raw["fit"] | {"background": tuple(raw["fit"]["background"])}))
    shared = [*raw["fit"], *raw["judge"]]
    definitions = []
    for name in ("sbs96", "dbs78", "id83"):
        groups = {group: tuple(names) for group, names in raw[name].get("groups", {}).items()}
        definitions.append(
            SignatureDefinition(
                id=name,
                kind=raw[name]["kind"],
                min_mutation=raw[name]["min_mutation"],
                min_cosine=raw["judge"]["min_cosine"],
                confidence=raw["judge"]["confidence"],
                fit=fit,
                groups=groups,
                reasons={key: raw["reasons"][key] for key in [*shared, *groups]}
                | {"min_mutation": raw["reasons"][f"{name}_min_mutation"]},
            )
        )
    return SignatureRules(raw["input"]["max_vaf_difference"], tuple(definitions))
