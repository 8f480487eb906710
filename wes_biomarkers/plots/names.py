"""Names of columns, groups and terms as readers know them; frontend/src/words.ts spells the page's own alike."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable

#: Written in capitals as given here.
KNOWN = (
    "TMB MSI HLA LOH HED OS PFS ECOG CPS WGD FGA HRD LST TAI MMR SNV MNV SBS APOBEC POLE POLD1 NRF2 PHBR CCF VAF CN AUC "
    "II NLR QC ID SQL MATH"
)
#: Words of columns that readers know in another spelling.
SPELLING = {word.lower(): word for word in KNOWN.split()} | {
    "mb": "Mb", "tumor": "tumour", "ctdna": "ctDNA", "pdl1": "PD-L1", "ic50": "IC50", "nm": "nM", "pct": "%",
    "aa": "amino acid", "dai": "DAI", "pi3k": "PI3K", "rtk": "RTK", "ras": "RAS", "grade2": "grade 2 or more",
}  # fmt: skip
#: What `n_` columns count, in the plural after "number of".
COUNTED = frozenset(
    (
        "mutation",
        "snv",
        "indel",
        "mnv",
        "frameshift",
        "site",
        "neoantigen",
        "cluster",
        "driver",
        "event",
        "patient",
    )
)


def spelled(name: str) -> str:
    """A name inside a sentence.

    >>> spelled("AUC of tmb_per_mb, unadjusted"), spelled("pdl1_cps > 5")
    ('AUC of TMB per Mb, unadjusted', 'PD-L1 CPS > 5')
    """
    return re.sub("[A-Za-z0-9]+", lambda found: SPELLING.get(found[0], found[0]), name.replace("_", " "))


def label(name: str) -> str:
    """A name that stands alone.

    >>> label("arm_assigned"), label("n_snv_clonal"), label("gene:TP53")
    ('Arm assigned', 'Number of SNVs, clonal', 'TP53 mutated')
    """
    if name.startswith("gene:"):
        return f"{name[5:]} mutated"
    first, *rest = re.split("[_ ]", name)
    if first != "n" or not rest:
        text = spelled(name)
    elif rest[0] in COUNTED:
        text = ", ".join(filter(None, (f"number of {spelled(rest[0])}s", spelled(" ".join(rest[1:])))))
    else:
        text = f"number of {spelled(' '.join(rest))}"
    return text[:1].upper() + text[1:]


def term_lines(term: str) -> list[str]:
    """A term of a model in lines that break where its parts do.

    >>> term_lines("a against b, x 1 sd below the mean")
    ['A', 'against b,', 'x 1 sd below the mean']
    """
    text = label(term)
    return re.split(r" (?=against |in |at )|(?<=,) ", text)


def apart(names: Iterable[str], words: Callable[[str], str] = label) -> dict[str, str]:
    """What each name is shown as; names that would read alike keep their own spelling, so that none is taken for another.

    >>> apart(["arm_1", "control", "Control"])
    {'arm_1': 'Arm 1', 'control': 'control', 'Control': 'Control'}
    """
    shown = {name: words(name) for name in names}
    often = Counter(shown.values())
    return {name: text if often[text] == 1 else name for name, text in shown.items()}
