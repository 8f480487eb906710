"""Peptides from files: calls with genome and genes, phase from tags and reads, VEP's VCF, proteomes."""

from __future__ import annotations

import gzip

import pysam
import pytest

from wes_biomarkers.errors import InputError, ReferenceMismatchError
from wes_biomarkers.io.peptide_inputs import (
    peptides_from_calls,
    peptides_from_vep,
    read_proteins,
    read_self_proteome,
    write_protein_fasta,
)
from wes_biomarkers.io.phase import count_fragments, read_germline_variants, read_phase_sets
from wes_biomarkers.neoantigens.peptides import PeptideRules
from wes_biomarkers.neoantigens.phase import Fragments, Phase, Variant

RULES = PeptideRules(class_i=(9,), class_ii=(15,))
FORMATS = {
    "GT": "1,Type=String", "AD": "R,Type=Integer", "PGT": "1,Type=String", "PID": "1,Type=String",
    "PS": "1,Type=Integer",
}  # fmt: skip


def write_vcf(path, rows, samples=("T",), contigs=(("toy1", 3000), ("toy2", 1000)), info=()):
    """Rows: (chrom, 0-based start, ref, alt, filter, FORMAT, one text a sample[, INFO])."""
    lines = ["##fileformat=VCFv4.3", '##FILTER=<ID=weak,Description="x">', *info]
    lines += [f"##contig=<ID={name},length={length}>" for name, length in contigs]
    lines += [f'##FORMAT=<ID={key},Number={rest},Description="x">' for key, rest in FORMATS.items()]
    lines.append(
        "#" + "\t".join(("CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples))
    )
    for chrom, start, ref, alt, filter_, keys, text, *more in sorted(rows, key=lambda row: row[:2]):
        lines.append(
            "\t".join((chrom, str(start + 1), ".", ref, alt, ".", filter_, (more or ["."])[0], keys, text))
        )
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def toy(toy_genome, write_annotation_file, tmp_path):
    fasta = toy_genome.write_fasta(tmp_path / "genome.fa")
    pysam.faidx(str(fasta))
    return toy_genome, fasta, write_annotation_file(tmp_path / "genes.gff3")


def substitution(genome, start, contig="toy1"):
    """A change of one base that changes a residue in most codons: the key of it."""
    ref = genome.contigs[contig][start]
    return contig, start, ref, {"A": "C", "C": "A", "G": "T", "T": "G"}[ref]


def second_bases(gene):
    """Places of the second base of each codon, in the direction of transcription."""
    step = 1 if gene.strand == "+" else -1
    places = [place for cds in gene.cds for place in range(*cds)][::step]
    return places[1::3]


@pytest.mark.parametrize("which", [0, 1])
def test_a_substitution_in_either_gene(toy, tmp_path, which):
    genome, fasta, genes = toy
    gene = genome.genes[which]
    key = substitution(genome, second_bases(gene)[20])
    vcf = write_vcf(tmp_path / "s.vcf", [(*key, "PASS", "GT:AD", "0/1:9,9")])
    found = peptides_from_calls(vcf, fasta, genes, rules=RULES)
    assert {p.variant for p in found.peptides} == {key} and {p.gene for p in found.peptides} == {gene.name}
    assert {p.protein_start for p in found.peptides if p.mhc_class == "I"} <= set(range(12, 21))
    assert all(p.changed == (20 - p.protein_start,) and p.phase == "single" for p in found.peptides)
    assert found.proteins[0].changed == (20, 21) and len(found.proteins[0].sequence) == 79
    write_protein_fasta(tmp_path / "p.fa", found, 10)
    assert read_proteins(tmp_path / "p.fa") == {found.proteins[0].name: found.proteins[0].sequence[10:31]}


def test_the_screen_drops_what_the_proteome_has_and_says_so(toy, tmp_path):
    genome, fasta, genes = toy
    key = substitution(genome, second_bases(genome.genes[0])[20])
    vcf = write_vcf(tmp_path / "s.vcf", [(*key, "PASS", "GT:AD", "0/1:9,9")])
    all_of_them = peptides_from_calls(vcf, fasta, genes, rules=RULES)
    (tmp_path / "own.fa").write_text(f">a\n{all_of_them.peptides[0].sequence}AAAA\n")
    own = read_self_proteome(tmp_path / "own.fa")
    found = peptides_from_calls(vcf, fasta, genes, rules=RULES, self_proteome=own)
    assert len(found.peptides) == len(all_of_them.peptides) - 1
    assert [(skip.variant, skip.n_peptide) for skip in found.skipped] == [(key, 1)]
    reference = read_self_proteome(fasta=fasta, annotation=genes)
    assert reference.n_protein == 2
    wildtypes = [p.wildtype for p in all_of_them.peptides]
    assert reference.contain(wildtypes).all()
    assert not reference.contain([p.sequence for p in all_of_them.peptides]).any()


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [
        ("0|1:9,9:0|1:900_A_C:900", "0|1:9,9:0|1:900_A_C:900", "phased"),
        ("0|1:9,9:0|1:900_A_C:900", "1|0:9,9:1|0:900_A_C:900", "trans"),
        ("0/1:9,9:.:.:.", "0/1:9,9:.:.:.", "assumed"),
        ("0|1:9,9:.:.:900", "0|1:9,9:.:.:900", "phased"),
    ],
)
def test_phase_by_the_tags_of_a_caller(toy, tmp_path, own, other, expected):
    genome, fasta, genes = toy
    places = second_bases(genome.genes[0])
    first, second = substitution(genome, places[20]), substitution(genome, places[22])
    keys = "GT:AD:PGT:PID:PS"
    vcf = write_vcf(tmp_path / "s.vcf", [(*first, "PASS", keys, own), (*second, "PASS", keys, other)])
    found = peptides_from_calls(vcf, fasta, genes, rules=RULES)
    shared = [p for p in found.peptides if p.variant == first and p.protein_start <= 20 < p.protein_start + 7]
    assert shared
    for peptide in shared:
        assert peptide.neighbours == ((second,) if expected == "phased" else ())
        assert peptide.phase == ("assumed" if expected == "assumed" else "phased")


def test_germline_variants_of_the_normal(toy, tmp_path):
    genome, fasta, genes = toy
    places = second_bases(genome.genes[0])
    somatic, near = substitution(genome, places[20]), substitution(genome, places[22])
    vcf = write_vcf(tmp_path / "s.vcf", [(*somatic, "PASS", "GT:AD", "0/1:9,9")])
    germline = write_vcf(tmp_path / "g.vcf", [(*near, "PASS", "GT", "1/1")], ("N",))
    found = peptides_from_calls(vcf, fasta, genes, germline, rules=RULES)
    both = [p for p in found.peptides if p.protein_start + 9 > 22 and p.mhc_class == "I"]
    assert both and all(p.neighbours == (near,) and p.phase == "phased" for p in both)
    for peptide in both:  # the wild type is the patient's own
        assert peptide.changed == (20 - peptide.protein_start,)
    het = write_vcf(
        tmp_path / "h.vcf", [(*near, "PASS", "GT", "0/1"), (*somatic, "weak", "GT", "0/1")], ("N",)
    )
    found = peptides_from_calls(vcf, fasta, genes, het, rules=RULES)
    both = [p for p in found.peptides if p.protein_start + len(p.sequence) > 22]
    assert both and all(not p.neighbours and p.phase == "assumed" for p in both)


def test_genotypes_of_several_alleles(tmp_path):
    rows = [
        ("toy1", 9, "A", "C,G", "PASS", "GT:PS", "1|2:7"), ("toy1", 20, "A", "C", "weak", "GT:PS", "1/1:."),
        ("toy1", 30, "A", "C", ".", "GT:PS", "1/1:."), ("toy1", 40, "A", "C", "PASS", "GT:PS", "0/0:."),
        ("toy1", 50, "A", "<DEL>", "PASS", "GT:PS", "0/1:."), ("toy1", 60, "A", "T", "PASS", "GT:PS", "0|1:."),
    ]  # fmt: skip
    variants, sets = read_germline_variants(write_vcf(tmp_path / "g.vcf", rows, ("N",)))
    assert [(v.key[1], v.key[3], v.homozygous) for v in variants] == [
        (9, "C", False), (9, "G", False), (30, "C", True), (60, "T", False),
    ]  # fmt: skip
    assert {(key[1], key[3]): phase for key, phase in sets.items()} == {
        (9, "C"): ("toy1:7", 0), (9, "G"): ("toy1:7", 1), (60, "T"): ("toy1:contig", 1),
    }  # fmt: skip
    assert read_phase_sets(write_vcf(tmp_path / "t.vcf", rows[:1])) == {
        ("toy1", 9, "A", "C"): ("toy1:7", 0), ("toy1", 9, "A", "G"): ("toy1:7", 1),
    }  # fmt: skip


def write_bam(path, genome, haplotypes, n_read=4):
    """Reads over haplotypes: (0-based start in the genome, sequence, CIGAR) a fragment, n_read of each."""
    header = {
        "HD": {"VN": "1.6", "SO": "coordinate"},
        "SQ": [{"SN": n, "LN": len(s)} for n, s in genome.contigs.items()],
    }
    with pysam.AlignmentFile(str(path), "wb", header=header) as bam:
        for number, (start, sequence, cigar) in enumerate(sorted(haplotypes)):
            for copy in range(n_read):
                read = pysam.AlignedSegment(bam.header)
                read.query_name, read.query_sequence = f"r{number}_{copy}", sequence
                read.reference_id, read.reference_start, read.cigarstring = 0, start, cigar
                read.mapping_quality, read.flag = 60, 0
                bam.write(read)
    pysam.index(str(path))
    return path


@pytest.mark.parametrize("kind", ["snv", "insertion", "deletion"])
@pytest.mark.parametrize("in_cis", [True, False])
def test_phase_by_fragments(toy, tmp_path, kind, in_cis):
    genome, fasta, genes = toy
    bases = genome.contigs["toy1"]
    exon = genome.genes[0].exons[1]
    place = exon[0] + 40
    first = substitution(genome, next(at for at in second_bases(genome.genes[0]) if exon[0] + 10 <= at))
    ref, alt = {
        "snv": (bases[place], substitution(genome, place)[3]),
        "insertion": (bases[place], bases[place] + "GATTACA"),
        "deletion": (bases[place : place + 4], bases[place]),
    }[kind]
    second, start = ("toy1", place, ref, alt), exon[0] + 5

    def read(*keys):
        text, at = "", start
        for key in sorted(keys, key=lambda key: key[1]):
            text, at = text + bases[at : key[1]] + key[3], key[1] + len(key[2])
        return text + bases[at : start + 80]

    whole = f"{place - start + 1}M"
    with_second = {"snv": "80M", "insertion": f"{whole}7I{80 - place + start - 1}M",
                   "deletion": f"{whole}3D{80 - place + start - 4}M"}[kind]  # fmt: skip
    fragments = [(start, read(first, second), with_second), (start, read(), "80M")]
    if not in_cis:
        fragments = [(start, read(first), "80M"), (start, read(second), with_second)]
    bam = write_bam(tmp_path / "t.bam", genome, fragments)
    variants = [Variant(first, True), Variant(second, False)]
    counted = count_fragments(bam, variants, Phase())
    assert counted == {(first, second): Fragments(4, 0, 0) if in_cis else Fragments(0, 4, 4)}
    vcf = write_vcf(tmp_path / "s.vcf", [(*first, "PASS", "GT:AD", "0/1:9,9")])
    germline = write_vcf(tmp_path / "g.vcf", [(*second, "PASS", "GT", "0/1")], ("N",))
    (protein,) = peptides_from_calls(vcf, fasta, genes, germline, bam, RULES).proteins
    assert protein.variants == ((first, second) if in_cis else (first,))


def test_splice_sites_are_an_option_and_nothing_vanishes(toy, tmp_path):
    genome, fasta, genes = toy
    gene = genome.genes[0]
    donor = substitution(genome, gene.exons[1][1])
    intron, synonym = substitution(genome, gene.exons[1][1] + 30), substitution(genome, gene.exons[0][0] + 3)
    rows = [(*key, "PASS", "GT:AD", "0/1:9,9") for key in (donor, intron, synonym)]
    vcf = write_vcf(tmp_path / "s.vcf", rows)
    found = peptides_from_calls(vcf, fasta, genes, rules=RULES)
    assert not found.peptides
    assert {skip.variant for skip in found.skipped} == {donor, intron, synonym}
    assert len({skip.reason for skip in found.skipped}) == 3
    rules = PeptideRules(class_i=(9,), class_ii=(), retained_intron=True)
    read_on = peptides_from_calls(vcf, fasta, genes, rules=rules)
    assert {p.variant for p in read_on.peptides} <= {donor}
    assert {p.consequence for p in read_on.peptides} <= {"splice_donor_variant"}
    assert read_on.peptides or donor in {skip.variant for skip in read_on.skipped}


def test_another_genome_is_refused(toy, tmp_path):
    genome, fasta, genes = toy
    place = second_bases(genome.genes[0])[5]
    chrom, start, ref, alt = substitution(genome, place)
    wrong = write_vcf(tmp_path / "w.vcf", [(chrom, start, alt, ref, "PASS", "GT:AD", "0/1:9,9")])
    with pytest.raises(ReferenceMismatchError, match="reference allele"):
        peptides_from_calls(wrong, fasta, genes)
    other = write_vcf(
        tmp_path / "o.vcf", [("chrZ", 5, "A", "C", "PASS", "GT:AD", "0/1:9,9")], contigs=(("chrZ", 100),)
    )
    with pytest.raises(ReferenceMismatchError, match="no contig"):
        peptides_from_calls(other, fasta, genes)


CSQ = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: '
    'Allele|Consequence|SYMBOL|Feature|BIOTYPE|Protein_position|Amino_acids{}">'
)


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ("", ("WildtypeProtein", "FrameshiftSequence or DownstreamProtein")),
        ("|WildtypeProtein", ("FrameshiftSequence or DownstreamProtein",)),
        ("|DownstreamProtein", ("WildtypeProtein",)),
    ],
)
def test_a_vcf_without_the_sequences_names_what_it_lacks(tmp_path, fields, missing):
    row = (
        "toy1",
        9,
        "A",
        "C",
        "PASS",
        "GT:AD",
        "0/1:9,9",
        "CSQ=C|missense_variant|G|T1|protein_coding|2|A/C",
    )
    vcf = write_vcf(tmp_path / "v.vcf", [row], info=(CSQ.format(fields),))
    with pytest.raises(InputError) as raised:
        peptides_from_vep(vcf)
    assert [fault.rule for fault in raised.value.faults] == [f"CSQ lacks {name}" for name in missing]


def test_a_vcf_with_the_sequences(tmp_path):
    wild = "MACDEFGHIKLMNPQRSTVWY"
    entry = f"CSQ=C|missense_variant|G|T1|protein_coding|10|K/W|{wild}|,C|intron_variant|G|T2|||||"
    rows = [
        ("toy1", 9, "A", "C", "PASS", "GT:AD", "0/1:9,9", entry),
        ("toy1", 30, "A", "C", "weak", "GT:AD", "0/1:9,9", entry),
        ("toy1", 40, "A", "C", "PASS", "GT:AD", "0/1:9,9", "CSQ=C|intron_variant|G|T2|||||"),
    ]
    info = (CSQ.format("|WildtypeProtein|DownstreamProtein"),)
    vcf = write_vcf(tmp_path / "v.vcf", rows, info=info)
    found = peptides_from_vep(vcf, RULES)
    assert {p.variant[1] for p in found.peptides} == {9} and found.peptides[0].protein_change == "p.K10W"
    assert [skip.variant[1] for skip in found.skipped] == [40]
    assert {p.variant[1] for p in peptides_from_vep(vcf, PeptideRules(pass_only=False)).peptides} == {9, 30}


def test_lengths_and_proteomes_that_are_none(tmp_path):
    with pytest.raises(InputError) as raised:
        PeptideRules(class_i=(7, 9), class_ii=(15, 26))
    assert [fault.value for fault in raised.value.faults] == ["7", "26"]
    with pytest.raises(InputError, match="no reference proteome"):
        read_self_proteome()
    with pytest.raises(InputError, match="no such file"):
        read_self_proteome(tmp_path / "absent.fa")
    (tmp_path / "not.fa").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="not FASTA"):
        read_self_proteome(tmp_path / "not.fa")
    with gzip.open(tmp_path / "p.fa.gz", "wt") as handle:
        handle.write(">a b\nACD\nEFG\n>a\nMKL*\n")
    assert read_proteins(tmp_path / "p.fa.gz") == {"a": "ACDEFG", "a:4": "MKL*"}
    assert read_self_proteome(tmp_path / "p.fa.gz").contains("CDEF")
