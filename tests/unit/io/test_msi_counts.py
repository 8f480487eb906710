"""Lengths in reads made by hand: what is anchored, what counts once, what is left out, what is refused."""

from __future__ import annotations

import json
from hashlib import md5
from pathlib import Path

import numpy as np
import pysam
import pytest

from wes_biomarkers.errors import InputError, ReferenceMismatchError
from wes_biomarkers.features.microsatellites import Sites
from wes_biomarkers.io.bundle import read_bundle
from wes_biomarkers.io.msi_counts import MAX_LENGTH, check_alignments, checksum, count_lengths

RNG = np.random.default_rng(4)
LEFT, RIGHT = (
    "".join(RNG.choice(list("ACGT"), 194)) + "GCTGCC",
    "GTCCGC" + "".join(RNG.choice(list("ACGT"), 194)),
)
GENOME = LEFT + "A" * 12 + RIGHT  # one site: 200 to 212
START, END = 200, 212


def site(chrom="toyA"):
    columns = {"chrom": [chrom], "start": [START], "end": [END], "unit": ["A"]}
    return Sites.of(columns | {"left_flank": [GENOME[195:200]], "right_flank": [GENOME[212:217]]})


def read(name, start, cigar, bases=None, *, flag=0, mapq=60):
    """A read at a 0-based place; without `bases` those of the genome, as its CIGAR has them."""
    item = pysam.AlignedSegment()
    item.query_name, item.flag, item.reference_id, item.reference_start = name, flag, 0, start
    item.mapping_quality, item.cigarstring = mapq, cigar
    item.query_sequence = bases if bases is not None else shown(start, item.cigartuples)
    item.set_tag("RG", "1")
    return item


def shown(start, cigar):
    text, at = "", start
    for operation, n in cigar:
        if operation == 0:
            text, at = text + GENOME[at : at + n], at + n
        elif operation in (1, 4):
            text += "A" * n
        elif operation == 2:
            at += n
    return text


@pytest.fixture
def bundle(bundle_of):
    """A bundle whose first contig is GENOME."""
    folder = bundle_of()
    (folder / "genome.fa").write_text(f">toyA\n{GENOME}\n>toyB\n{'ACGTTGCA' * 25}\n")
    (folder / "genome.fa.fai").unlink()
    pysam.faidx(str(folder / "genome.fa"))
    contigs = {"toyA": GENOME, "toyB": "ACGTTGCA" * 25}
    lines = [f"@SQ\tSN:{n}\tLN:{len(b)}\tM5:{md5(b.encode()).hexdigest()}" for n, b in contigs.items()]
    (folder / "dict").write_text("\n".join(["@HD\tVN:1.6", *lines]) + "\n")
    data = json.loads((folder / "reference.json").read_text())
    data["contigs"][0]["length"] = len(GENOME)
    (folder / "reference.json").write_text(json.dumps(data))
    return read_bundle(folder)


@pytest.fixture
def write(tmp_path):
    """Writes reads, sorted and indexed; returns the path."""

    def made(reads, name="T", *, sample="T", contigs=None, index=True, suffix=".bam", groups=None):
        contigs = contigs or {"toyA": len(GENOME), "toyB": 200}
        header = {
            "HD": {"VN": "1.6", "SO": "coordinate"},
            "SQ": [{"SN": contig, "LN": length} for contig, length in contigs.items()],
            "RG": [{"ID": "1", "SM": sample}] if groups is None else groups,
        }
        path = str(tmp_path / f"{name}{suffix}")
        options = {"reference_filename": str(tmp_path / "reference/genome.fa")} if suffix == ".cram" else {}
        with pysam.AlignmentFile(path, "wc" if suffix == ".cram" else "wb", header=header, **options) as out:
            for item in sorted(reads, key=lambda item: item.reference_start):
                out.write(item)
        if index:
            pysam.index(path)
        return path

    return made


@pytest.fixture
def lengths(bundle, write):
    """The lengths counted at the site in some reads, as a dictionary."""

    def counted(*reads, **options):
        alignments = check_alignments([write(reads, **options)], bundle)
        (found,) = count_lengths(alignments, site(), min_mapping_quality=20)
        return {length: int(found[0, length]) for length in np.flatnonzero(found[0])}

    return counted


def test_the_length_is_what_the_read_shows_between_the_flanks(lengths):
    assert lengths(
        read("same", 160, "100M"),
        read("shorter", 160, "40M2D60M"),
        read("longer", 160, "40M3I57M"),
        read("right_aligned", 160, "51M1D49M"),
        read("clipped", 165, "5S80M15S"),
    ) == {12: 2, 10: 1, 15: 1, 11: 1}


def test_an_indel_anywhere_between_the_flanks_counts(lengths):
    assert lengths(read("split", 160, "40M1D5M1D55M"), read("both", 160, "40M2D5M1I54M")) == {10: 1, 11: 1}


def test_both_flanks_must_be_reached(lengths):
    assert lengths(read("no_left", 196, "80M"), read("no_right", 160, "56M")) == {}
    assert lengths(read("left", 195, "80M"), read("right", 160, "57M")) == {12: 2}


def test_both_flanks_must_be_as_in_the_reference(lengths):
    good = shown(160, [(0, 100)])
    for at, ok in ((34, True), (35, False), (39, False), (52, False), (56, False), (57, True)):
        wrong = good[:at] + ("C" if good[at] != "C" else "T") + good[at + 1 :]
        assert lengths(read("x", 160, "100M", wrong)) == ({12: 1} if ok else {}), at


def test_a_deletion_into_a_flank_is_no_length(lengths):
    assert lengths(read("x", 160, "38M6D60M"), read("y", 160, "30M40D60M")) == {}
    assert lengths(read("whole", 160, "40M12D60M")) == {0: 1}


@pytest.mark.parametrize(
    "unfit", [{"flag": 0x400}, {"flag": 0x100}, {"flag": 0x800}, {"flag": 0x200}, {"mapq": 19}]
)
def test_unfit_reads_are_left_out(lengths, unfit):
    assert lengths(read("a", 160, "100M", **unfit), read("b", 160, "100M", mapq=20)) == {12: 1}


def test_a_fragment_counts_once_and_not_where_its_mates_disagree(lengths):
    pair = [read("f", 150, "100M", flag=99), read("f", 180, "100M", flag=147)]
    odd = [read("g", 150, "50M2D50M", flag=99), read("g", 180, "100M", flag=147)]
    thrice = [read("h", 150, "50M2D50M"), read("h", 160, "100M"), read("h", 170, "100M")]
    assert lengths(*pair, *odd, *thrice) == {12: 1}


def test_longer_than_the_last_column_counts_there(lengths):
    assert lengths(read("x", 160, "40M120I60M")) == {MAX_LENGTH: 1}


def test_reads_without_bases_or_without_a_place_are_left_out(lengths):
    unplaced = read("u", 160, "100M", flag=0x4)
    no_cigar = read("c", 160, "100M")
    no_cigar.cigartuples = None
    assert lengths(unplaced, no_cigar, read("b", 160, "100M", bases="")) == {}


def test_a_cram_gives_the_same_counts(bundle, write):
    reads = [read(f"r{i}", 150 + i, ("100M", "50M1D50M")[i % 2] if i < 40 else "100M") for i in range(45)]
    reads = [r for r in reads if "D" not in r.cigarstring or r.reference_start == 150]
    paths = [write(reads, "T"), write(reads, "U", sample="U", suffix=".cram")]
    bam, cram = count_lengths(check_alignments(paths, bundle), site(), min_mapping_quality=20)
    assert bam.sum() > 20 and (bam == cram).all()
    assert checksum(bam) == checksum(cram) != checksum(bam + 1)


def test_processes_and_chunks_do_not_change_the_counts(bundle, write, monkeypatch):
    paths = [write([read("a", 160, "100M"), read("b", 160, "40M1D60M")], "T"),
             write([read("a", 160, "100M")], "N", sample="N")]  # fmt: skip
    alignments = check_alignments(paths, bundle)
    three = site().where(np.array([0, 0, 0]))
    one = count_lengths(alignments, three, min_mapping_quality=20)
    monkeypatch.setattr("wes_biomarkers.io.msi_counts.CHUNK_SITES", 2)
    two = count_lengths(alignments, three, min_mapping_quality=20, processes=2)
    assert [counts.tolist() for counts in one] == [counts.tolist() for counts in two]
    assert one[0].sum() == 6


def test_sites_on_a_contig_without_reads(bundle, write):
    (found,) = count_lengths(check_alignments([write([ONE])], bundle), site("toyB"), min_mapping_quality=20)
    assert found.sum() == 0


ONE = read("a", 160, "100M")


class TestRefusals:
    def faults(self, bundle, *paths, error=InputError):
        with pytest.raises(error) as caught:
            check_alignments(paths, bundle)
        return [fault.rule for fault in caught.value.faults]

    def test_no_index(self, bundle, write):
        assert self.faults(bundle, write([read("a", 160, "100M")], index=False)) == ["has no index beside it"]

    def test_missing_empty_and_foreign_files(self, bundle, tmp_path):
        (tmp_path / "empty.bam").touch()
        (tmp_path / "text.bam").write_text("hello\n")
        assert self.faults(bundle, tmp_path / "no.bam", tmp_path / "empty.bam") == [
            "no such file",
            "is empty",
        ]
        assert self.faults(bundle, tmp_path / "text.bam")[-1] == "cannot be read as BAM or CRAM"

    def test_cut_short(self, bundle, write, tmp_path):
        path = write([read(f"a{i}", 160, "100M") for i in range(50)])
        Path(path).write_bytes(Path(path).read_bytes()[:-28])
        (rule,) = self.faults(bundle, path)
        assert "truncated" in rule

    def test_damaged_in_the_middle(self, bundle, write):
        path = write([read(f"a{i}", 100 + i % 100, "100M") for i in range(3000)])
        data = bytearray(Path(path).read_bytes())
        data[len(data) // 3 : len(data) // 3 + 2000] = bytes(2000)
        Path(path).write_bytes(data)
        alignments = check_alignments([path], bundle)
        with pytest.raises(InputError, match="cannot be read to its end"):
            count_lengths(alignments, site(), min_mapping_quality=20)

    def test_several_samples(self, bundle, write):
        groups = [{"ID": "1", "SM": "T"}, {"ID": "2", "SM": "N"}]
        assert self.faults(bundle, write([ONE], groups=groups)) == ["holds 2 samples: N, T"]

    def test_one_file_twice_and_one_sample_twice(self, bundle, write):
        one, other = write([ONE], "T"), write([ONE], "N", sample="T")
        assert self.faults(bundle, one, one) == ["is given twice"]
        assert self.faults(bundle, one, other) == ["is of the same sample as T.bam"]

    def test_another_naming_and_other_lengths(self, bundle, write):
        renamed = write([ONE], contigs={"chrA": len(GENOME), "chrB": 200})
        (rule,) = self.faults(bundle, renamed, error=ReferenceMismatchError)
        assert "no contig of the bundle" in rule
        other = write([ONE], contigs={"toyA": 999, "toyB": 200})
        (rule,) = self.faults(bundle, other, error=ReferenceMismatchError)
        assert "toyA has 999 bases" in rule

    def test_all_at_once(self, bundle, write):
        paths = [
            write([ONE], "T", index=False),
            write([ONE], "N", sample="N", contigs={"chrA": 500}, index=False),
        ]
        rules = self.faults(bundle, *paths)
        assert rules[:2] == ["has no index beside it"] * 2 and rules[2].startswith("no contig of the bundle")

    def test_no_read_group(self, bundle, write):
        assert self.faults(bundle, write([ONE], groups=[])) == ["has no read group"]
