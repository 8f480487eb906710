"""Whether a file's contigs are those of a reference bundle."""

from __future__ import annotations

from collections.abc import Mapping

from wes_biomarkers.errors import Fault
from wes_biomarkers.io.bundle import Bundle
from wes_biomarkers.io.fasta import naming_style
from wes_biomarkers.io.lines import read_lines

_LISTED = 3


def read_checksums(bundle: Bundle) -> dict[str, str]:
    """MD5 of each contig by name, from the bundle's sequence dictionary."""
    path = bundle.path("dict")
    checksums = {}
    for line in read_lines(path) if path else ():
        if line.startswith("@SQ"):
            tags = dict(field.split(":", 1) for field in line.split("\t")[1:])
            if "M5" in tags:
                checksums[tags["SN"]] = tags["M5"].lower()
    return checksums


def check_contigs(
    file: str,
    lengths: Mapping[str, int | None],
    bundle: Bundle,
    checksums: Mapping[str, str] | None = None,
) -> list[Fault]:
    """Disagreements of contigs both sides name, or none in common.

    Args:
        file: name for messages.
        lengths: the file's contigs; None where it states no length.
        bundle: the reference.
        checksums: the file's MD5 by contig, where it states them.
    """
    shared = [name for name in lengths if name in bundle.lengths]
    remedy = f"Give a file aligned to {bundle.build}, or the bundle of its own build."
    if not shared:
        names = [contig.name for contig in bundle.contigs]
        rule = (
            f"no contig of the bundle {bundle.build}: the file names them {naming_style(list(lengths))}, "
            f"the bundle {naming_style(names)}"
            if lengths
            else "names no contigs"
        )
        return [Fault(rule, remedy, file=file)]
    wrong = [
        f"{name} has {lengths[name]} bases, not {bundle.lengths[name]}"
        for name in shared
        if lengths[name] not in (None, bundle.lengths[name])
    ]
    if not wrong and checksums:
        ours = read_checksums(bundle)
        wrong = [
            f"{name} has another sequence (M5)"
            for name in shared
            if ours.get(name) != checksums.get(name, ours.get(name))
        ]
    if not wrong:
        return []
    more = f" and {len(wrong) - _LISTED} more" if len(wrong) > _LISTED else ""
    return [Fault(f"not of build {bundle.build}: {'; '.join(wrong[:_LISTED])}{more}", remedy, file=file)]


def check_order(file: str, names: list[str], bundle: Bundle) -> list[Fault]:
    """Contigs of the bundle that a BAM lacks, or has in another order: calling needs them all, in order."""
    missing = [contig.name for contig in bundle.contigs if contig.name not in set(names)]
    if missing:
        more = f" and {len(missing) - _LISTED} more" if len(missing) > _LISTED else ""
        rule = f"lacks contigs of the bundle {bundle.build}: {', '.join(missing[:_LISTED])}{more}"
        return [Fault(rule, "Give a file aligned to the bundle's own FASTA.", file=file)]
    if [name for name in names if name in bundle.lengths] != list(bundle.lengths):
        rule = f"has the contigs of {bundle.build} in another order"
        return [Fault(rule, "Bring them into the bundle's order with Picard ReorderSam.", file=file)]
    return []
