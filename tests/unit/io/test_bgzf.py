"""Germline VCFs cut at a block, within a block and within a line; parts of a packed file."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pysam
import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.io.allele_counts import read_germline_sites
from wes_biomarkers.io.bgzf import BlockFile, closing_block_faults
from wes_biomarkers.io.gene_sets import read_driver_rules
from wes_biomarkers.io.germline import read_germline_genes

HEADER = """##fileformat=VCFv4.2
##contig=<ID=c1,length=900000>
##INFO=<ID=BCSQ,Number=.,Type=String,Description="x">
##FORMAT=<ID=GT,Number=1,Type=String,Description="x">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="x">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tN
"""


def sites(path: Path) -> int:
    return len(read_germline_sites(path))


def genes(path: Path) -> object:
    return read_germline_genes(path, ("BRCA2",), read_driver_rules().germline).genes


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A bgzip VCF of several blocks whose identifiers hardly compress."""
    noise = np.random.default_rng(1).integers(0, 2**60, (4000, 3))
    rows = (
        f"c1\t{10 + 9 * at}\t{a:x}{b:x}{c:x}\tA\tG\t90\tPASS\tBCSQ=missense|TTN|T|x\tGT:AD\t0/1:15,15\n"
        for at, (a, b, c) in enumerate(noise.tolist())
    )
    path = tmp_path_factory.mktemp("vcf") / "n.vcf.gz"
    with pysam.BGZFile(str(path), "wb") as out:
        out.write((HEADER + "".join(rows)).encode())
    return path


def block_ends(data: bytes) -> list[int]:
    ends, at = [], 0
    while at < len(data):
        at += int.from_bytes(data[at + 16 : at + 18], "little") + 1
        ends.append(at)
    return ends


def test_a_whole_file_is_read(whole):
    assert closing_block_faults(whole) == []
    assert sites(whole) == 4000
    assert genes(whole) == ()


@pytest.mark.parametrize("read", [sites, genes])
@pytest.mark.parametrize("cut", ["closing block", "block", "within a block"])
def test_a_cut_file_is_refused(tmp_path, whole, read, cut):
    data = whole.read_bytes()
    ends = block_ends(data)
    assert len(ends) > 3
    size = {"closing block": ends[-2], "block": ends[1], "within a block": ends[1] + 500}[cut]
    path = tmp_path / "cut.vcf.gz"
    path.write_bytes(data[:size])
    with pytest.raises(InputError, match="truncated"):
        read(path)


@pytest.mark.parametrize("lost", ["\t0/1:15,15\n", "GT:AD\t0/1:15,15\n"])
def test_plain_text_cut_within_a_line_is_refused(tmp_path, lost):
    row = "c1\t10\t.\tA\tG\t90\tPASS\tBCSQ=missense|TTN|T|x\tGT:AD\t0/1:15,15\n"
    path = tmp_path / "cut.vcf"
    path.write_text(HEADER + row + row.removesuffix(lost))
    for read in (sites, genes):
        with pytest.raises(InputError, match="truncated or damaged"):
            read(path)


@pytest.fixture(scope="module")
def packed(tmp_path_factory) -> tuple[Path, bytes]:
    """A FASTA of a few blocks packed and indexed by htslib, and what it holds."""
    plain = tmp_path_factory.mktemp("fasta") / "g.fa"
    letters = "".join(np.random.default_rng(2).choice(list("ACGT"), 300_000))
    lines = "".join(f"{letters[at : at + 60]}\n" for at in range(0, len(letters), 60))
    plain.write_text(f">c1 first\n{lines}>c2\n{lines[:610]}\n")
    path = plain.with_suffix(".fa.gz")
    pysam.tabix_compress(str(plain), str(path))
    pysam.faidx(str(path))
    return path, plain.read_bytes()


def test_any_part_of_a_packed_file_is_what_it_holds(packed):
    path, held = packed
    found = BlockFile(path)
    assert found.size == len(held) and len(block_ends(path.read_bytes())) > 4
    edges = [0, 1, 65279, 65280, 65281, 130_560, 200_000, len(held) - 611, len(held) - 1, len(held)]
    for start in edges:
        for end in edges:
            assert b"".join(found.chunks(start, end)) == held[start:end]
    assert b"".join(found.chunks(7, len(held) + 1000)) == held[7:]


def test_a_packed_file_of_one_block(tmp_path):
    (tmp_path / "g.fa").write_text(">c1\nACGT\n")
    pysam.tabix_compress(str(tmp_path / "g.fa"), str(tmp_path / "g.fa.gz"))
    pysam.faidx(str(tmp_path / "g.fa.gz"))
    assert b"".join(BlockFile(tmp_path / "g.fa.gz").chunks(4, 6)) == b"AC"


@pytest.mark.parametrize("fault", ["no index", "empty", "cut", "of another file"])
def test_an_index_that_does_not_fit_is_told(packed, tmp_path, fault):
    path = shutil.copy(packed[0], tmp_path / "g.fa.gz")
    index = Path(f"{packed[0]}.gzi").read_bytes()
    if fault != "no index":
        wrong = {
            "empty": b"",
            "cut": index[:-8],
            "of another file": index[:-16] + (77).to_bytes(16, "little"),
        }
        Path(f"{path}.gzi").write_bytes(wrong[fault])
    with pytest.raises(InputError, match="gzi"):
        BlockFile(path)
