"""`feature hla-loh` from FASTQs and alignments of simulated pairs to a record, tables and a chart."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pysam
import pytest

from wes_biomarkers.cli.main import main
from wes_biomarkers.contracts.record import Record
from wes_biomarkers.reference.build import build_bundle
from wes_biomarkers.reference.inputs import BundleInputs
from wes_biomarkers.simulate.hla_loh import (
    EXON_LENGTHS,
    LOCI,
    LohParameters,
    fastq_text,
    invent_genes,
    simulate_pairs,
)

SEGMENT = "{chrom}\t0\t{end}\t40\t0\t9\t0.4\t{total}\t{minor}\t0.6"
SEGMENT_HEAD = "chrom\tstart\tend\tn_bin\tlog2\tn_het\tbaf\ttotal_cn\tminor_cn\tcell_fraction"


def write_bam(path: Path, sample: str, pairs, length: int) -> None:
    """An indexed BAM whose reads all lie, as an aligner in trouble might put them, at one place of the gene."""
    header = {
        "SQ": [{"SN": "g", "LN": length}],
        "RG": [{"ID": "1", "SM": sample}],
        "HD": {"SO": "coordinate"},
    }
    letters = np.frombuffer(b"ACGTN", np.uint8)
    with pysam.AlignmentFile(str(path), "wb", header=header) as out:
        for number, mates in enumerate(zip(pairs.first, pairs.second, strict=True)):
            for mate, codes in enumerate(mates):
                read = pysam.AlignedSegment(out.header)
                read.query_name, read.flag = f"r{number}", 0x1 | (0x80 if mate else 0x40)
                read.reference_id, read.reference_start, read.cigarstring = 0, 100, f"{len(codes)}M"
                read.query_sequence = letters[codes].tobytes().decode()
                read.query_qualities = pysam.qualitystring_to_array("F" * len(codes))
                read.mapping_quality = 60
                read.set_tag("RG", "1")
                out.write(read)
    pysam.index(str(path))


@pytest.fixture(scope="module")
def pair(tmp_path_factory) -> Path:
    """FASTQs and BAMs of a pair that lost SIMA*01:01 and kept B; C is homozygous; reference and bundle."""
    folder = tmp_path_factory.mktemp("hla_loh")
    genes = invent_genes(1)
    samples = simulate_pairs(genes[:2], {"A": (0, 1)}, LohParameters(0.6), 1)
    for name, pairs in zip(("T", "N"), samples, strict=True):
        for mate, reads in enumerate((pairs.first, pairs.second), start=1):
            (folder / f"{name}_{mate}.fq").write_text(fastq_text(reads, mate))
        write_bam(folder / f"{name}.bam", name, pairs, 3000)
    (folder / "hla").mkdir()
    entries = [
        f">{a.name} x\n{''.join(a.exons[n] for n in sorted(a.exons))}\n"
        for gene in genes[:3]
        for a in gene.alleles
    ]
    (folder / "hla" / "sim_nuc.fasta").write_text("".join(entries))
    lengths = "\t".join(map(str, EXON_LENGTHS))
    head = "\t".join(f"exon_{n}" for n in range(1, len(EXON_LENGTHS) + 1))
    rows = "".join(f"{locus}\t{lengths}\n" for locus in LOCI)
    (folder / "hla" / "exon_lengths.tsv").write_text(f"locus\t{head}\n{rows}")
    (folder / "hla.tsv").write_text(
        "sample_id\tlocus\tallele_1\tallele_2\nN\tA\tSIMA*01:01\tSIMA*02:01\nN\tB\tSIMB*01:01\tSIMB*02:01\n"
        "N\tC\tSIMC*01:01\tSIMC*01:01\n"
    )
    bases = "".join("ACGT"[i] for i in np.random.default_rng(1).integers(0, 4, 3000))
    (folder / "g.fa").write_text(f">g\n{bases}\n")
    (folder / "kit.bed").write_text("g\t0\t3000\n")
    rows = [
        "##gff-version 3",
        "g\tt\tgene\t101\t2900\t.\t+\t.\tID=gene:A;Name=SIMA;biotype=protein_coding",
        "g\tt\tmRNA\t101\t2900\t.\t+\t.\tID=transcript:A1;Parent=gene:A;biotype=protein_coding",
        "g\tt\texon\t101\t2900\t.\t+\t.\tParent=transcript:A1",
        "g\tt\tCDS\t101\t2800\t.\t+\t0\tID=CDS:P;Parent=transcript:A1",
    ]
    (folder / "genes.gff3").write_text("\n".join(rows) + "\n")
    inputs = BundleInputs(
        folder / "g.fa", {"kit": folder / "kit.bed"}, synthetic=True,
        hla=folder / "hla", annotation=folder / "genes.gff3",
    )  # fmt: skip
    build_bundle(inputs, folder / "bundle")
    for total in (1, 2):
        row = SEGMENT.format(chrom="g", end=3000, total=total, minor=0)
        (folder / f"segments_{total}.tsv").write_text(f"{SEGMENT_HEAD}\n{row}\n")
    return folder


def run(capsys, *words, code=0):
    with pytest.raises(SystemExit) as stop:
        main(["feature", "hla-loh", *map(str, words)])
    out, err = capsys.readouterr()
    assert (stop.value.code or 0) == code, err
    return Record.from_dict(json.loads(out)) if code == 0 else err


def fastqs(folder: Path) -> list[object]:
    words: list[object] = ["--hla", folder / "hla.tsv", "--hla-reference", folder / "hla"]
    for option, name in (("--tumor-fastq", "T"), ("--normal-fastq", "N")):
        words += [option, folder / f"{name}_1.fq", folder / f"{name}_2.fq"]
    return words


def bams(folder: Path) -> list[object]:
    files = {"--tumor": "T.bam", "--normal": "N.bam", "--hla": "hla.tsv", "--reference": "bundle"}
    return [word for option, name in files.items() for word in (option, folder / name)]


def read_table(path: Path) -> dict[str, dict[str, str]]:
    with open(path, newline="") as handle:
        return {row["locus"]: row for row in csv.DictReader(handle, delimiter="\t")}


def test_fastqs_with_library_sizes(capsys, tmp_path, pair):
    table, sites, plot = tmp_path / "hla_loh.tsv", tmp_path / "sites.tsv", tmp_path / "plot.svg"
    sizes = ("--library-size", "1.2e6", "1e6", "--purity", "0.6", "--ploidy", "2")
    record = run(capsys, *fastqs(pair), *sizes, "--table", table, "--sites-out", sites, "--plot", plot)
    assert record.status == "ok" and record.values["hla_loh"] is True and record.values["n_hla_lost"] == 1
    assert record.pair_id == "T_1_vs_N_1" and "synthetic" in record.flags
    rows = read_table(table)
    assert [rows[locus]["state"] for locus in "ABC"] == ["loss", "kept", "homozygous"]
    assert rows["A"]["lost_allele"] == "SIMA*01:01" and float(rows["A"]["cn_1"]) < 0.5
    assert float(rows["A"]["total_cn"]) == pytest.approx(1, abs=0.25)
    assert rows["C"]["cn_1"] == "" and rows["C"]["p_value"] == ""
    n_row = len(sites.read_text().splitlines()) - 1
    assert n_row == 2 * (int(rows["A"]["n_site"]) + int(rows["B"]["n_site"]))
    assert "HLA-A: lost SIMA*01:01" in plot.read_text()


def test_alignments_and_segments(capsys, tmp_path, pair):
    table = tmp_path / "hla_loh.tsv"
    words = ("--segments", pair / "segments_1.tsv", "--purity", "0.6", "--table", table)
    record = run(capsys, *bams(pair), *words, "--patient-id", "P1", "--pair-id", "P1_T")
    rows = read_table(table)
    assert rows["A"]["state"] == "loss" and rows["A"]["total_cn"] == "1" and rows["A"]["pair_id"] == "P1_T"
    assert rows["B"]["state"] == "not_evaluable" and "copies of the locus" in rows["B"]["reason"]
    assert (record.patient_id, record.pair_id) == ("P1", "P1_T")
    assert record.values["hla_loh_b"] == "not_evaluable"
    assert set(record.provenance["inputs"]) == {"tumor_1", "normal_1", "hla", "segments"}
    assert record.provenance["reference"]["checksums"].keys() == {"fasta", "hla_alleles"}


def test_an_alignment_is_named_by_what_is_counted_in_it(capsys, tmp_path, pair):
    """Compressed otherwise it is the same alignment."""
    words = [str(word) for word in bams(pair)]
    tumor = words[words.index("--tumor") + 1]
    again = tmp_path / "again.bam"
    with (
        pysam.AlignmentFile(tumor) as reads,
        pysam.AlignmentFile(str(again), "wbu", template=reads) as copy,
    ):
        for read in reads.fetch(until_eof=True):
            copy.write(read)
    pysam.index(str(again))
    assert again.read_bytes() != Path(tumor).read_bytes()
    more = ("--purity", "0.6", "--patient-id", "P1")
    other = [str(again) if word == tumor else word for word in words]
    first, second = (run(capsys, *given, *more).provenance["inputs"] for given in (words, other))
    assert first == second and first["tumor_1"] != first["normal_1"]


def test_alignments_and_fastqs_hold_the_same_reads(capsys, tmp_path, pair):
    tables = tmp_path / "a.tsv", tmp_path / "b.tsv"
    for table, words in zip(tables, (bams(pair), fastqs(pair)), strict=True):
        run(capsys, *words, "--purity", "0.6", "--pair-id", "x", "--table", table)
    first, second = (read_table(table) for table in tables)
    assert all(first["A"][name] == second["A"][name] for name in first["A"] if name.startswith("n_"))


def test_purity_of_records(capsys, tmp_path, pair):
    def record_of(status, reason="", **values):
        record = Record("P", "purity", "wes_purity", status, pair_id="x", reason=reason, values=values)
        path = tmp_path / "purity.json"
        path.write_text(json.dumps(record.as_dict()))
        return path

    segments = ("--segments", pair / "segments_1.tsv")
    known = record_of("ok", purity=0.6, purity_low=0.55, purity_high=0.65, ploidy=2.0)
    assert run(capsys, *bams(pair), *segments, "--purity", known).values["hla_loh_a"] == "loss"
    unknown = record_of("not_evaluable", "too few changes")
    found = run(capsys, *bams(pair), *segments, "--purity", unknown)
    assert found.status == "not_evaluable" and "too few changes" in found.reason
    assert found.values["hla_loh"] is None


def test_untyped_loci_and_unknown_alleles(capsys, tmp_path, pair):
    (tmp_path / "hla.tsv").write_text(
        "locus\tallele_1\tallele_2\tstatus\treason\nA\tSIMA*01:01\tSIMA*77:01\tok\t\nB\t\t\tnot_evaluable\tno reads\n"
    )
    words = [tmp_path / "hla.tsv" if word == pair / "hla.tsv" else word for word in fastqs(pair)]
    found = run(capsys, *words, "--purity", "0.6")
    assert found.status == "not_evaluable"
    assert found.reason == "A: the reference has no exons of SIMA*77:01; B: no reads; C: not typed"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--purity", "1.4"), "is no purity"),
        (("--purity", "nowhere.json"), "no such file"),
        (("--segments", "s.tsv"), "--segments needs --reference"),
        (("--tumor", "x.bam"), "Give --tumor or --tumor-fastq"),
        (("--reference", "b"), "Give --reference or --hla-reference"),
        (("--plot", "x.txt"), "no kind of picture"),
    ],
)
def test_what_cannot_be_asked(capsys, pair, words, text):
    assert text in run(capsys, *fastqs(pair), *words, code=2)


def test_no_reads_of_hla_are_not_evaluable(capsys, tmp_path, pair):
    (tmp_path / "e_1.fq").write_text("@r/1\n" + "A" * 100 + "\n+\n" + "F" * 100 + "\n")
    (tmp_path / "e_2.fq").write_text("@r/2\n" + "T" * 100 + "\n+\n" + "F" * 100 + "\n")
    words = fastqs(pair)
    at = words.index("--tumor-fastq")
    words[at + 1 : at + 3] = tmp_path / "e_1.fq", tmp_path / "e_2.fq"
    found = run(capsys, *words, "--purity", "0.6", "--ploidy", "2", "--library-size", "1e6", "1e6")
    assert found.status == "not_evaluable" and "in the tumour" in found.reason
