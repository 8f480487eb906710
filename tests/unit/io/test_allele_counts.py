"""Heterozygous sites of a germline VCF, and the tumour's reads there."""

from __future__ import annotations

from pathlib import Path

import pysam
import pytest

from wes_biomarkers.errors import InputError, ReferenceMismatchError
from wes_biomarkers.io.allele_counts import (
    Site,
    count_alleles,
    read_germline_sites,
    read_het_sites,
    write_het_sites,
)

HEADER = """##fileformat=VCFv4.2
##FILTER=<ID=weak,Description="x">
##contig=<ID=c1,length=1000>
##FORMAT=<ID=GT,Number=1,Type=String,Description="x">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="x">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="x">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tN
"""


def vcf(path: Path, *records: str, header: str = HEADER) -> Path:
    path.write_text(header + "".join(record.replace(" ", "\t") + "\n" for record in records))
    return path


def test_which_calls_serve(tmp_path):
    path = vcf(
        tmp_path / "n.vcf",
        "c1 11 . A G 90 PASS . GT:AD:GQ 0/1:15,15:99",
        "c1 12 . A G 90 . . GT:AD:GQ 0|1:10,10:20",
        "c1 13 . A G 90 weak . GT:AD:GQ 0/1:15,15:99",  # failed a filter
        "c1 14 . A G 90 PASS . GT:AD:GQ 1/1:0,30:99",  # homozygous
        "c1 15 . AT A 90 PASS . GT:AD:GQ 0/1:15,15:99",  # not one base
        "c1 16 . A G,C 90 PASS . GT:AD:GQ 1/2:0,15,15:99",  # three alleles
        "c1 17 . A G 90 PASS . GT:AD:GQ 0/1:10,9:99",  # 19 reads
        "c1 18 . A G 90 PASS . GT:AD:GQ 0/1:15,15:19",  # uncertain
        "c1 19 . A G 90 PASS . GT:AD:GQ 0/1:31,10:99",  # 24 %
        "c1 20 . A G 90 PASS . GT:AD:GQ 0/1:30,10:99",
        "c1 21 . A G 90 PASS . GT:AD:GQ ./.:.:.",
    )
    assert [site.start for site in read_germline_sites(path)] == [10, 11, 19]
    assert read_germline_sites(path)[0] == Site("c1", 10, "A", "G", 15, 15)


def test_of_several_samples_one_must_be_named(tmp_path):
    header = HEADER.replace("\tN\n", "\tT\tN\n")
    path = vcf(tmp_path / "n.vcf", "c1 11 . A G 90 PASS . GT:AD:GQ 0/0:30,0:99 0/1:15,15:99", header=header)
    assert len(read_germline_sites(path, sample="N")) == 1
    assert read_germline_sites(path, sample="T") == []
    with pytest.raises(InputError, match=r"2 samples.*by --normal; it has: T, N"):
        read_germline_sites(path)
    with pytest.raises(InputError, match="has no such sample"):
        read_germline_sites(path, sample="X")


def write_bam(path: Path, reads: list[tuple[int, str, int, int, str]], contig: str = "c1") -> Path:
    """Reads of start, bases, flag, mapping quality, name; base quality 30, `n` in lower case has 5."""
    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": contig, "LN": 1000}]}
    with pysam.AlignmentFile(str(path), "wb", header=header) as out:
        for start, bases, flag, quality, name in reads:
            read = pysam.AlignedSegment()
            read.query_name, read.flag, read.mapping_quality = name, flag, quality
            read.query_sequence = bases.upper()
            read.reference_id, read.reference_start = 0, start
            read.cigartuples = [(0, len(bases))]
            if flag & 1:  # a mate that overlaps
                read.next_reference_id, read.next_reference_start = 0, 201 - start
                read.template_length = 5 if start == 100 else -5
            read.query_qualities = pysam.qualitystring_to_array(
                "".join("&" if base.islower() else "?" for base in bases)
            )
            out.write(read)
    pysam.index(str(path))
    return path


def test_which_reads_count(tmp_path):
    bam = write_bam(
        tmp_path / "t.bam",
        [
            (100, "AAAAA", 0, 60, "ref1"),
            (100, "AAGAA", 0, 60, "alt1"),
            (100, "AAGAA", 16, 60, "alt2"),
            (100, "AACAA", 0, 60, "other"),
            (100, "AAgAA", 0, 60, "low base"),
            (100, "AAGAA", 0, 19, "low map"),
            (100, "AAGAA", 0x400, 60, "duplicate"),
            (100, "AAGAA", 0x100, 60, "secondary"),
            (100, "AAGAA", 0x800, 60, "supplementary"),
            (100, "AAGAA", 0x63, 60, "mates"),
            (101, "AGAA", 0x93, 60, "mates"),
        ],
    )
    sites = [Site("c1", 102, "A", "G", 20, 21), Site("c1", 700, "A", "G", 20, 20)]
    het = count_alleles(bam, sites)
    assert het.pos.tolist() == [102]  # no read at the other
    assert (het.t_ref[0], het.t_alt[0], het.n_ref[0], het.n_alt[0]) == (1, 3, 20, 21)


def test_bams_that_do_not_serve(tmp_path):
    bam = write_bam(tmp_path / "t.bam", [(100, "AAAAA", 0, 60, "r")], contig="chr1")
    with pytest.raises(ReferenceMismatchError, match="lacks contigs of the germline calls: c1"):
        count_alleles(bam, [Site("c1", 102, "A", "G", 20, 21)])
    Path(f"{bam}.bai").unlink()
    with pytest.raises(InputError, match="has no index"):
        count_alleles(bam, [])
    text = tmp_path / "text.bam"
    text.write_text("no BAM")
    with pytest.raises(InputError, match="cannot be read"):
        count_alleles(text, [])


def test_a_table_of_sites_is_read_as_written(tmp_path):
    table = tmp_path / "het.tsv"
    table.write_text("chrom\tstart\tref\tt_ref\tt_alt\n1\t10\tA\t5\t6\n1\t20\tC\t7\t0\n")
    het = read_het_sites(table)
    assert (het.pos.tolist(), het.t_alt.tolist(), het.n_ref.tolist()) == ([10, 20], [6, 0], [0, 0])
    copy = tmp_path / "copy.tsv"
    write_het_sites(copy, het)
    assert read_het_sites(copy).pos.tolist() == [10, 20]
    table.write_text("chrom\tstart\tt_ref\tt_alt\n")
    assert len(read_het_sites(table)) == 0
    table.write_text("chrom\tstart\tt_ref\tt_alt\n1\t-1\t5\t6\n1\t9\t5.5\t\n")
    with pytest.raises(InputError) as caught:
        read_het_sites(table)
    assert [fault.row for fault in caught.value.faults] == [2, 3, 3]


def test_a_site_given_twice_is_refused(tmp_path):
    path = tmp_path / "het.tsv"
    path.write_text("chrom\tstart\tt_ref\tt_alt\nc1\t5\t9\t9\nc1\t6\t9\t9\nc1\t5\t9\t9\n")
    with pytest.raises(InputError, match="row 4: repeats a site"):
        read_het_sites(path)
