"""What the header of a somatic VCF tells: samples, fields and annotation."""

from __future__ import annotations

import re
from typing import Any, Literal

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.vcf_annotation import SOURCES, Layout

Annotation = Literal["auto", "none", "BCSQ", "CSQ", "ANN"]

_TUMOR_NAME = re.compile(r"(^|[^a-z])(tumou?r|primary|cancer)([^a-z]|$)", re.IGNORECASE)
_NORMAL_NAME = re.compile(r"(^|[^a-z])(normal|blood|germline)([^a-z]|$)", re.IGNORECASE)


class Header:
    """The samples, fields and annotation of an open VCF; `tumor` and `normal` may be None until `check`."""

    def __init__(self, vcf: Any, file: str, tumor: str | None, normal: str | None) -> None:
        self.file = file
        self.text: str = vcf.raw_header
        self.samples: list[str] = list(vcf.samples)
        self.info = set(re.findall(r"^##INFO=<ID=([^,>]+)", self.text, re.MULTILINE))
        self.format = set(re.findall(r"^##FORMAT=<ID=([^,>]+)", self.text, re.MULTILINE))
        self.asked = {"tumor": tumor, "normal": normal}
        self.tumor = self._sample("tumor", _TUMOR_NAME)
        self.normal = self._sample("normal", _NORMAL_NAME)
        if normal is None and self.normal == self.tumor:
            self.normal = None
        others = [sample for sample in self.samples if sample != self.tumor]
        if self.normal is None and normal is None and self.tumor is not None and len(others) == 1:
            self.normal = others[0]

    def _sample(self, role: str, pattern: re.Pattern[str]) -> str | None:
        if self.asked[role] is not None:
            return self.asked[role] if self.asked[role] in self.samples else None
        stated = re.findall(rf"^##{role}_sample=(.+?)\s*$", self.text, re.MULTILINE)
        if len(stated) == 1 and stated[0] in self.samples:
            return str(stated[0])
        if role == "tumor" and len(self.samples) == 1:
            return self.samples[0]
        matching = [sample for sample in self.samples if pattern.search(sample.replace("_", "-"))]
        return matching[0] if len(matching) == 1 else None

    def check(self) -> None:
        """Raise for samples that are not there and for missing read counts, all at once."""
        faults = []
        listed = ", ".join(self.samples) or "none"
        if self.tumor is None:
            rule = (
                "the tumour sample is not in the VCF"
                if self.asked["tumor"]
                else "which sample is the tumour?"
            )
            remedy = f"Name it (--tumor); samples: {listed}."
            faults.append(Fault(rule, remedy, file=self.file, value=self.asked["tumor"]))
        if self.asked["normal"] is not None and self.normal is None:
            remedy = f"Samples: {listed}."
            rule = "the normal sample is not in the VCF"
            faults.append(Fault(rule, remedy, file=self.file, value=self.asked["normal"]))
        if self.tumor is not None and self.tumor == self.normal:
            rule = "tumour and normal are the same sample"
            faults.append(Fault(rule, f"Name two; samples: {listed}.", file=self.file, value=self.tumor))
        if self.samples and "AD" not in self.format and not {"AF", "DP"} <= self.format:
            rule = "has neither AD nor AF with DP: allele fractions are unknown"
            remedy = "Call with depths per sample (FORMAT/AD), as Mutect2 writes them."
            faults.append(Fault(rule, remedy, file=self.file))
        if faults:
            raise InputError(faults)

    def layout(self, annotation: Annotation) -> Layout | None:
        """The annotation to read, or None."""
        if annotation == "none":
            return None
        wanted = SOURCES if annotation == "auto" else (annotation,)
        for source in wanted:
            if source in self.info:
                line = re.search(rf"^##INFO=<ID={source},.*$", self.text, re.MULTILINE)
                layout = Layout.of(source, line[0] if line else "")
                if layout.consequence >= 0:
                    return layout
        if annotation == "auto":
            return None
        raise InputError([Fault(f"has no INFO/{annotation}", "Annotate it, or use `auto`.", file=self.file)])

    @property
    def lengths(self) -> dict[str, int]:
        """Lengths of the contigs that state one, in bases."""
        lengths = {}
        for line in re.findall(r"^##contig=<(.*)>", self.text, re.MULTILINE):
            name, length = re.search(r"\bID=([^,]+)", line), re.search(r"\blength=([0-9]+)", line)
            if name and length and int(length[1]):
                lengths[name[1]] = int(length[1])
        return lengths

    @property
    def has_germline_resource(self) -> bool:
        """Mutect2 was run with a germline resource."""
        return "--germline-resource " in self.text
