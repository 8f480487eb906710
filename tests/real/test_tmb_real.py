"""TMB and MAF on public data, against a few independent lines and published MAFs."""

import gzip
import json
import subprocess
import sys

import pytest

from wes_biomarkers.io.maf import maf_alleles
from wes_biomarkers.io.vcf import read_variants

pytestmark = pytest.mark.real

NONSYNONYMOUS = {
    "missense_variant",
    "stop_gained",
    "stop_lost",
    "start_lost",
    "splice_donor_variant",
    "splice_acceptor_variant",
    "frameshift_variant",
    "inframe_insertion",
    "inframe_deletion",
    "protein_altering_variant",
}


def counted_by_hand(path):
    """wes_nonsyn without a reference: in any gene, on its MANE Select transcript or else on any."""
    count = 0
    for line in gzip.decompress(path.read_bytes()).decode().splitlines():
        if line.startswith("#"):
            if line.startswith("##INFO=<ID=CSQ"):
                fields = line.split("Format: ")[1].rstrip('">\n').split("|")
            if line.startswith("#CHROM"):
                tumor = line.split().index("HCC1395_TUMOR_DNA")
            continue
        cells = line.rstrip("\n").split("\t")
        keys = cells[8].split(":")
        t, n = (dict(zip(keys, cells[i].split(":"), strict=False)) for i in (tumor, 19 - tumor))
        info = dict(part.split("=", 1) for part in cells[7].split(";") if "=" in part)
        effects = [dict(zip(fields, entry.split("|"), strict=False)) for entry in info["CSQ"].split(",")]
        mane = {effect["SYMBOL"] for effect in effects if effect["MANE_SELECT"]}
        effects = [e for e in effects if e["MANE_SELECT"] or e["SYMBOL"] not in mane]
        rare = all(
            float(part) <= 0.001
            for effect in effects[:1]
            for key in ("gnomAD_AF", "gnomADe_AF")
            for part in effect.get(key, "").split("&")
            if part not in ("", ".")
        )
        reads = int(t["AD"].split(",")[1]) >= 3 and int(n["AD"].split(",")[1]) <= 3 and float(t["AF"]) >= 0.05
        changes = any(NONSYNONYMOUS & set(effect["Consequence"].split("&")) for effect in effects)
        count += cells[6] == "PASS" and reads and rare and changes
    return count


def test_vep_annotated_hcc1395(real_data, tmp_path):
    vcf = real_data / "neoantigen_pvactools_hcc1395" / "annotated.expression.vcf.gz"
    everywhere = tmp_path / "genome.bed"
    everywhere.write_text(
        "".join(f"{name}\t0\t{length}\n" for name, length in read_variants(vcf).lengths.items())
    )
    words = [
        sys.executable,
        "-m",
        "wes_biomarkers",
        "feature",
        "tmb",
        "--vcf",
        vcf,
        "--definition",
        "wes_nonsyn",
    ]
    made = json.loads(
        subprocess.run([*words, "--callable", everywhere], check=True, capture_output=True).stdout
    )
    assert made["status"] == "ok" and made["flags"] == []
    assert made["values"]["n_mutation"] == counted_by_hand(vcf) > 100


def test_maf_coordinates_are_those_of_vcf2maf(real_data):
    folder = real_data / "maf_vcf2maf"
    rows = [
        line.rstrip("\n").split("\t") for line in (folder / "test_b38_output.maf").read_text().splitlines()
    ][1:]
    expected = [dict(zip(rows[0], row, strict=False)) for row in rows[1:]]
    variants = read_variants(folder / "test_b38.vcf").columns
    assert len(expected) == len(variants["start"]) > 20
    for index, row in enumerate(expected):
        first, last, kind, ref, alt = maf_alleles(
            *(variants[name][index] for name in ("start", "ref", "alt"))
        )
        assert [str(first), str(last), kind, ref, alt] == [
            row[name]
            for name in (
                "Start_Position",
                "End_Position",
                "Variant_Type",
                "Reference_Allele",
                "Tumor_Seq_Allele2",
            )
        ]
        for name, column in (("t_depth", "t_depth"), ("t_alt_count", "t_alt"), ("n_depth", "n_depth")):
            assert row[name] == f"{variants[column][index]:.0f}"
