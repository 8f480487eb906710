"""Bundles built from a toy genome: contents, refusals, repeats, and the check."""

from __future__ import annotations

import gzip
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pysam
import pytest

from wes_biomarkers.cli.main import main
from wes_biomarkers.contracts.reference import Contig
from wes_biomarkers.errors import InputError, ReferenceMismatchError, ToolError
from wes_biomarkers.io.bundle import read_bundle
from wes_biomarkers.io.microsatellites import read_sites
from wes_biomarkers.reference.build import build_bundle
from wes_biomarkers.reference.check import check_bundle, summarise
from wes_biomarkers.reference.inputs import BundleInputs, parse_targets

HEADER = "##fileformat=VCFv4.2\n##reference=file:///somewhere/x.fa\n"
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"


def write_vcf(path: Path, records: list[str], extra: str = "", columns: str = COLUMNS) -> Path:
    path.write_text(HEADER + extra + columns + "\n" + "".join(record + "\n" for record in records))
    return path


@pytest.fixture
def inputs(tmp_path, toy_genome, write_annotation_file) -> BundleInputs:
    fasta = toy_genome.write_fasta(tmp_path / "toy.fa")
    kit = tmp_path / "kit.bed"
    kit.write_text("toy2\t0\t100\ntoy1\t300\t400\ntoy1\t390\t500\n")
    return BundleInputs(
        fasta=fasta, targets={"kit": kit}, annotation=write_annotation_file(tmp_path / "genes.gff3")
    )


@pytest.fixture
def snv(toy_genome):
    """A record's first five columns at a 1-based position of a contig."""

    def record(contig: str, position: int, info: str = ".", alternative: str | None = None) -> str:
        reference = toy_genome.contigs[contig][position - 1]
        alternative = alternative or "ACGT".replace(reference, "")[0]
        return f"{contig}\t{position}\t.\t{reference}\t{alternative}\t.\t.\t{info}"

    return record


def test_a_bundle_holds_what_was_given(tmp_path, inputs, toy_genome, snv):
    known = write_vcf(tmp_path / "known.vcf", [snv("toy1", 50), snv("toy2", 7)])
    bundle, made = build_bundle(replace(inputs, known_sites=[known], synthetic=True), tmp_path / "out")
    assert made and bundle.synthetic
    assert bundle.build == "toy"
    assert bundle.contigs == (Contig("toy1", 3000), Contig("toy2", 1000))
    assert bundle.target().read_text() == "toy1\t300\t500\ntoy2\t0\t100\n"
    target = bundle.targets["kit"]
    assert (target.mb, target.n_interval) == (0.0003, 2)
    coding = {p for gene in toy_genome.genes for a, b in gene.cds for p in range(a, b)}
    coding |= {p for g in toy_genome.genes for a, b in g.cds for p in (a - 1, a - 2, b, b + 1)} - {
        p
        for g in toy_genome.genes
        for p in (g.cds[0][0] - 1, g.cds[0][0] - 2, g.cds[-1][1], g.cds[-1][1] + 1)
    }
    assert target.coding_mb == len(coding & set(range(300, 500))) / 1e6
    rows = [line.split("\t") for line in (bundle.path("coding") or Path()).read_text().splitlines()]
    assert {p for row in rows for p in range(int(row[1]), int(row[2]))} == coding
    assert [row[3:] for row in rows] == [["FWD", "T_FWD"]] * 4 + [["REV", "T_REV"]] * 4
    transcripts = (bundle.path("transcripts") or Path()).read_text().splitlines()
    assert transcripts[1] == "G_FWD\tFWD\tT_FWD\tprotein_coding\t1\t1\t240\t79"
    assert bundle.path("germline") is None
    assert check_bundle(tmp_path / "out") == bundle
    assert "0.0003 Mb in 2 intervals" in summarise(bundle)
    assert [path.name for path in bundle.known_sites] == ["known.vcf.gz"]


def test_without_an_annotation_the_bundle_says_so(tmp_path, inputs):
    bundle, _ = build_bundle(replace(inputs, annotation=None), tmp_path / "out")
    assert bundle.path("coding") is None
    assert bundle.targets["kit"].coding_mb is None
    assert "not evaluable" in bundle.notes[0]


def test_microsatellites_of_the_targets_are_listed(tmp_path, inputs):
    bases = "GCTGCC" + "A" * 12 + "GTCCGC" + "ACGTTGCATGCCAGTC" * 10
    inputs.fasta.write_text(f">toy1\n{bases}\n>toy2\n{bases}\n")
    inputs.targets["kit"].write_text("toy1\t6\t10\n")  # in the padding: 50 bases
    bundle, _ = build_bundle(replace(inputs, annotation=None), tmp_path / "out")
    sites = read_sites(bundle.path("microsatellites"))
    assert [sites.label(row) for row in range(len(sites))] == ["toy1:7-18 (A)12"]
    assert not any("microsatellite" in note for note in bundle.notes)
    inputs.targets["kit"].write_text("toy2\t80\t90\n")
    bundle, _ = build_bundle(replace(inputs, annotation=None), tmp_path / "none")
    assert len(read_sites(bundle.path("microsatellites"))) == 0
    assert any("no microsatellite in the targets" in note for note in bundle.notes)


def test_equal_inputs_give_equal_bytes_anywhere(tmp_path, inputs, snv):
    inputs = replace(
        inputs,
        germline=write_vcf(
            tmp_path / "g.vcf", [snv("toy1", 9, "AF=0.1")], "##INFO=<ID=AF,Number=A,Type=Float>\n"
        ),
    )
    for folder in ("one", "two/deeper"):
        build_bundle(inputs, tmp_path / folder)
    one, two = tmp_path / "one", tmp_path / "two/deeper"
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert len(files) == 19
    for file in files:
        content = (one / file).read_bytes()
        assert content == (two / file).read_bytes(), file
        text = gzip.decompress(content) if file.suffix == ".gz" else content
        assert str(tmp_path).encode() not in text
        assert b"/somewhere/" not in text


def test_a_second_build_finds_the_first(tmp_path, inputs):
    out = tmp_path / "out"
    build_bundle(inputs, out)
    stamp = (out / "reference.json").stat().st_mtime_ns
    assert build_bundle(inputs, out)[1] is False
    assert (out / "reference.json").stat().st_mtime_ns == stamp
    other = replace(inputs, build="another")
    with pytest.raises(InputError, match="made from other inputs"):
        build_bundle(other, out)
    bundle, made = build_bundle(other, out, force=True)
    assert made and bundle.build == "another"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_folder_that_is_no_bundle_is_never_replaced(tmp_path, inputs):
    out = tmp_path / "home"
    out.mkdir()
    (out / "thesis.txt").write_text("x")
    with pytest.raises(InputError, match="is not a reference bundle"):
        build_bundle(inputs, out, force=True)
    assert (out / "thesis.txt").exists()


def test_faults_of_all_files_come_at_once_and_nothing_is_left(tmp_path, inputs, snv, write_annotation_file):
    inputs.targets["kit"].write_text("toy2\t900\t1001\n")
    write_annotation_file(tmp_path / "genes.gff3", extra=("toy1\t.\tgene\t1\t3001\t.\t+\t.\tID=gene:over",))
    beyond = write_vcf(tmp_path / "a.vcf", [snv("toy1", 5), "toy2\t1001\t.\tA\tC\t.\t.\t."])
    renamed = write_vcf(tmp_path / "b.vcf", ["chr1\t5\t.\tA\tC\t.\t.\t."])
    with pytest.raises(ReferenceMismatchError) as caught:
        build_bundle(replace(inputs, known_sites=[beyond], pon=renamed), tmp_path / "out")
    text = str(caught.value)
    for part in ("toy2:901-1001", "gene:over", "toy2:1001", "contig names disagree"):
        assert part in text
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.vcf",
        "b.vcf",
        "genes.gff3",
        "kit.bed",
        "toy.fa",
    ]


def test_an_annotation_of_another_piece_is_told_by_its_reading_frames(tmp_path, inputs, toy_genome):
    def gene(number: int, start: int) -> str:
        ids = f"ID=transcript:t{number};Parent=gene:g{number}"
        return (
            f"toy1\t.\tmRNA\t{start + 1}\t{start + 300}\t.\t+\t.\t{ids};biotype=protein_coding\n"
            f"toy1\t.\tCDS\t{start + 1}\t{start + 300}\t.\t+\t0\tParent=transcript:t{number}\n"
        )

    inputs.annotation.write_text("".join(gene(n, 100 * n) for n in range(6)))
    with pytest.raises(ReferenceMismatchError, match="6 of 6 coding sequences do not read"):
        build_bundle(inputs, tmp_path / "out")


def test_missing_inputs_are_listed_together(tmp_path, inputs):
    bad = replace(inputs, fasta=tmp_path / "no.fa", germline=tmp_path / "no.vcf", hla=tmp_path)
    with pytest.raises(InputError) as caught:
        build_bundle(bad, tmp_path / "out")
    assert [Path(fault.file).name for fault in caught.value.faults][:2] == ["no.fa", "no.vcf"]
    assert caught.value.faults[2].rule == "holds no HLA nucleotide FASTA"


def test_a_missing_program_is_named(tmp_path, inputs, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match=r"not installed: samtools, bwa.*bin/setup"):
        build_bundle(inputs, tmp_path / "out")


class TestSites:
    def test_headers_are_mended_and_unknown_contigs_dropped(self, tmp_path, inputs, snv):
        """Trailing tab, gzip for bgzip, unsorted, undefined filter, genotypes, whole-genome header."""
        extra = "##contig=<ID=toy2,length=99>\n##contig=<ID=other,length=9>\n"
        records = [snv("toy2", 7) + "\tGT\t0/1", snv("toy1", 50) + "\t", "other\t5\t.\tA\tC\t.\tnew\tX=1"]
        path = write_vcf(tmp_path / "k.vcf", records, extra, COLUMNS + "\t")
        zipped = tmp_path / "k.vcf.gz"
        zipped.write_bytes(gzip.compress(path.read_bytes()))
        bundle, _ = build_bundle(replace(inputs, known_sites=[zipped]), tmp_path / "out")
        with pysam.VariantFile(str(bundle.known_sites[0])) as variants:
            assert [(c.name, c.length) for c in variants.header.contigs.values()] == [
                ("toy1", 3000),
                ("toy2", 1000),
            ]
            assert list(variants.header.samples) == []
            assert [(r.chrom, r.pos) for r in variants] == [("toy1", 50), ("toy2", 7)]
            assert [r.pos for r in variants.fetch("toy2", 0, 10)] == [7]
        assert "1 records on 1 contigs that the FASTA does not have left out (other)" in bundle.notes[0]

    def test_bcf_is_read(self, tmp_path, inputs, snv):
        extra = "##contig=<ID=toy1,length=3000>\n"
        path = write_vcf(tmp_path / "k.vcf", [snv("toy1", 50)], extra)
        subprocess.run(["bcftools", "view", "-Ob", "-o", tmp_path / "k.bcf", path], check=True)
        bundle, _ = build_bundle(replace(inputs, pon=tmp_path / "k.bcf"), tmp_path / "out")
        with pysam.VariantFile(str(bundle.path("pon"))) as variants:
            assert [r.pos for r in variants] == [50]

    @pytest.mark.parametrize(("wrong", "refused"), [(5, False), (6, True)])
    def test_five_per_cent_of_reference_alleles_may_disagree(
        self, tmp_path, inputs, snv, toy_genome, wrong, refused
    ):
        records = [snv("toy1", 10 * index + 1) for index in range(100)]
        for index in range(wrong):
            words = records[index].split("\t")
            words[3], words[4] = words[4], words[3]
            records[index] = "\t".join(words)
        inputs = replace(inputs, known_sites=[write_vcf(tmp_path / "k.vcf", records)])
        if refused:
            with pytest.raises(ReferenceMismatchError, match="6 of 100 reference alleles looked at disagree"):
                build_bundle(inputs, tmp_path / "out")
        else:
            build_bundle(inputs, tmp_path / "out")

    @pytest.mark.parametrize("text", ["toy1\t5\n", "chrom,pos\n", HEADER])
    def test_what_is_not_a_vcf(self, tmp_path, inputs, text):
        path = tmp_path / "k.vcf"
        path.write_text(text)
        with pytest.raises(InputError, match="is not a VCF"):
            build_bundle(replace(inputs, known_sites=[path]), tmp_path / "out")

    def test_germline_alleles_are_split_left_aligned_and_common_snps_kept(self, tmp_path, inputs, toy_genome):
        bases = toy_genome.contigs["toy2"]
        run = next(i for i in range(20, 900) if bases[i] == bases[i + 1] != bases[i - 1])  # a two-base repeat
        others = [b for b in "ACGT" if b != bases[9]]
        af = "##INFO=<ID=AF,Number=.,Type=Float>\n##INFO=<ID=X,Number=1,Type=String>\n"
        records = [
            f"toy2\t10\trs1\t{bases[9]}\t{others[0]},{others[1]}\t.\t.\tAF=0.1,0.002;X=a",
            f"toy2\t12\trs2\t{bases[11]}\t{'ACGT'.replace(bases[11], '')[0]}\t.\tPASS\tAF=0.15",
            f"toy2\t14\trs3\t{bases[13]}\t{'ACGT'.replace(bases[13], '')[0]}\t.\tRF\tAF=0.15",
            f"toy2\t16\trs4\t{bases[15]}\t{'ACGT'.replace(bases[15], '')[0]}\t.\t.\tAF=0.21",
            f"toy2\t{run + 1}\trs5\t{bases[run : run + 2]}\t{bases[run]}\t.\t.\tAF=0.05",
        ]
        path = write_vcf(tmp_path / "g.vcf", records, af)
        bundle, _ = build_bundle(replace(inputs, germline=path), tmp_path / "out")
        with pysam.VariantFile(str(bundle.path("germline"))) as variants:
            found = [(r.pos, r.alts, round(r.info["AF"][0], 4), list(r.info)) for r in variants]
        assert found[:2] == [(10, (others[0],), 0.1, ["AF"]), (10, (others[1],), 0.002, ["AF"])]
        assert len(found) == 6
        assert (run, bases[run - 1]) in [(pos, alts[0]) for pos, alts, _, _ in found]
        with pysam.VariantFile(str(bundle.path("germline_common"))) as variants:
            assert [r.id for r in variants] == ["rs2"]

    def test_germline_without_frequencies(self, tmp_path, inputs, snv):
        path = write_vcf(tmp_path / "g.vcf", [snv("toy1", 9)])
        with pytest.raises(InputError, match="needs INFO/AF"):
            build_bundle(replace(inputs, germline=path), tmp_path / "out")

    def test_germline_with_one_frequency_for_two_alleles(self, tmp_path, inputs, snv, toy_genome):
        reference = toy_genome.contigs["toy1"][8]
        two = ",".join("ACGT".replace(reference, "")[:2])
        path = write_vcf(
            tmp_path / "g.vcf", [snv("toy1", 9, "AF=0.1", two)], "##INFO=<ID=AF,Number=A,Type=Float>\n"
        )
        with pytest.raises(InputError, match=r"g\.vcf: INFO/AF cannot be split by allele"):
            build_bundle(replace(inputs, germline=path), tmp_path / "out")

    def test_no_common_snp_is_noted(self, tmp_path, inputs, snv):
        path = write_vcf(
            tmp_path / "g.vcf", [snv("toy1", 9, "AF=0.3")], "##INFO=<ID=AF,Number=A,Type=Float>\n"
        )
        bundle, _ = build_bundle(replace(inputs, germline=path), tmp_path / "out")
        assert bundle.path("germline_common") is None
        assert any("contamination cannot be estimated" in note for note in bundle.notes)


class TestBundle:
    def test_several_kits(self, tmp_path, inputs):
        two = tmp_path / "two.bed"
        two.write_text("toy1\t0\t10\n")
        bundle, _ = build_bundle(replace(inputs, targets={**inputs.targets, "two": two}), tmp_path / "out")
        assert bundle.target("two").read_text() == "toy1\t0\t10\n"
        with pytest.raises(InputError, match=r"several capture kits.*kit, two"):
            bundle.target()
        with pytest.raises(InputError, match="no such capture kit"):
            bundle.target("three")

    def test_names_from_the_command_line(self, tmp_path):
        odd = tmp_path / "a=b.bed"
        odd.write_text("x")
        assert parse_targets([f"v7={tmp_path}/x.bed", str(odd)]) == {"v7": tmp_path / "x.bed", "a_b": odd}
        with pytest.raises(InputError) as caught:
            parse_targets(["k=one.bed", "k=two.bed", "b d=x.bed"])
        assert len(caught.value.faults) == 2

    def test_what_is_not_a_bundle(self, tmp_path, inputs):
        with pytest.raises(InputError, match="no such reference bundle"):
            read_bundle(tmp_path / "none")
        with pytest.raises(InputError, match="not a reference bundle"):
            read_bundle(tmp_path)
        (tmp_path / "reference.json").write_text('{"schema": "other/9"}')
        with pytest.raises(InputError, match="schema is not"):
            read_bundle(tmp_path)
        (tmp_path / "reference.json").write_text('{"schema": "wes_biomarkers.reference/1", "files": {}}')
        with pytest.raises(InputError, match="missing or malformed"):
            read_bundle(tmp_path)

    def test_missing_and_changed_files(self, tmp_path, inputs):
        out = tmp_path / "out"
        build_bundle(inputs, out)
        with open(out / "genome.fa.pac", "ab") as handle:
            handle.write(b"x")
        with pytest.raises(ReferenceMismatchError, match=r"genome\.fa\.pac: changed since"):
            check_bundle(out)
        (out / "genome.fa.fai").unlink()
        (out / "genome.dict").unlink()
        with pytest.raises(InputError) as caught:
            read_bundle(out)
        assert [Path(fault.file).name for fault in caught.value.faults] == ["genome.fa.fai", "genome.dict"]

    def test_contigs_that_disagree(self, tmp_path, inputs):
        out = tmp_path / "out"
        build_bundle(inputs, out)
        data = json.loads((out / "reference.json").read_text())
        data["contigs"][1]["length"] = 60
        (out / "reference.json").write_text(json.dumps(data))
        with pytest.raises(ReferenceMismatchError) as caught:
            check_bundle(out)
        assert [Path(fault.file).name for fault in caught.value.faults] == [
            "genome.fa.fai",
            "genome.dict",
            "kit.bed",
        ]


def run(*words: object) -> int:
    with pytest.raises(SystemExit) as caught:
        main([str(word) for word in words])
    return int(caught.value.code or 0)


def test_the_command_and_its_exit_codes(tmp_path, inputs, capsys):
    base = [
        "reference",
        "build",
        "--fasta",
        inputs.fasta,
        "--gff3",
        inputs.annotation,
        "--out",
        tmp_path / "out",
    ]
    assert run(*base, "--targets", inputs.targets["kit"]) == 0
    assert "build toy: 2 contigs, 4,000 bases" in capsys.readouterr().out
    assert run(*base, "--targets", inputs.targets["kit"]) == 0
    assert "already there, made from the same inputs" in capsys.readouterr().out
    assert run("reference", "check", tmp_path / "out") == 0
    far = tmp_path / "far.bed"
    far.write_text("toy1\t1\t3001\n")
    assert run(*base[:-1], tmp_path / "bad", "--targets", f"far={far}") == 3
    assert "toy1:2-3001" in capsys.readouterr().err
    assert run(*base[:-1], tmp_path / "bad", "--targets", tmp_path / "no.bed") == 2
    assert run("reference", "check", tmp_path / "bad") == 2
    assert not (tmp_path / "bad").exists()
    (tmp_path / "out" / "genome.dict").write_text("changed")
    assert run("reference", "check", tmp_path / "out") == 3
    assert run(*base, "--targets", inputs.targets["kit"], "--gtf", "x") == 2
