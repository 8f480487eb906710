import numpy as np
import pytest
import sigprofiler_channels

from wes_biomarkers.errors import InputError, ReferenceMismatchError
from wes_biomarkers.features.mutation_channels import CHANNELS
from wes_biomarkers.io.signature_input import Genome, count_vcf, read_count_matrix
from wes_biomarkers.io.vcf import read_variants

#: 1-based:           1234567890123456789012345678901234567890
CONTIGS = {"chr1": "TTACGTCCAGATTTTTGACACACATGGCATCNCTAGGATC", "chrM": "ACGTACGTAC"}
HEADER = """##fileformat=VCFv4.2
##tumor_sample=T
##FILTER=<ID=weak,Description="x">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="reads">
##contig=<ID=chr1,length=40>
##contig=<ID=chrM,length=10>
##contig=<ID=chr9,length=90>
#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT T
"""


@pytest.fixture
def genome(tmp_path) -> Genome:
    path = tmp_path / "genome.fa"
    path.write_text("".join(f">{name}\n{bases}\n" for name, bases in CONTIGS.items()))
    return Genome(path)


@pytest.fixture
def count(tmp_path, genome):
    """Counts the records given as `chrom pos ref alt [filter [reads]]`; channels with a count, by kind."""

    def counted(*records: str):
        lines = []
        for record in records:
            words = record.split()
            chrom, pos, ref, alt, filter_, reads = [*words, *("PASS", "70,30")[len(words) - 4 :]]
            lines.append(f"{chrom} {pos} . {ref} {alt} . {filter_} . AD {reads}\n")
        path = tmp_path / "calls.vcf"
        path.write_text((HEADER + "".join(lines)).replace(" ", "\t"))
        found = count_vcf(path, read_variants(path, annotation="none"), genome, 0.1)
        named = {
            kind: {n: int(c) for n, c in zip(CHANNELS[kind], one.counts, strict=True) if c}
            for kind, one in found.items()
        }
        return named, {kind: one.n_left_out for kind, one in found.items()}, found["SBS"].obstacle

    return counted


def test_substitutions_in_their_context(count):
    found, left_out, obstacle = count("chr1 4 C T", "chr1 10 G A", "chr1 33 C A", "chr1 40 C T")
    assert found == {"SBS": {"A[C>T]G": 1, "T[C>T]T": 1}, "DBS": {}, "ID": {}}
    assert left_out == {"SBS": 2, "DBS": 0, "ID": 0} and obstacle == ""  # beside N, and at the contig's end


def test_only_passed_variants_count(count):
    assert count("chr1 4 C T weak", "chr1 10 G A")[0]["SBS"] == {"T[C>T]T": 1}


def test_without_a_filter_nothing_is_known(count):
    assert "no caller's FILTER" in count("chr1 4 C T .")[2]


def test_the_mitochondrion_is_left_out(count):
    assert count("chrM 2 C T")[0]["SBS"] == {}


def test_doublets_from_one_record_or_two(count):
    assert count("chr1 7 CC TT")[0] == {"SBS": {}, "DBS": {"CC>TT": 1}, "ID": {}}
    assert count("chr1 7 C T", "chr1 8 C T")[0] == {"SBS": {}, "DBS": {"CC>TT": 1}, "ID": {}}
    apart = count("chr1 7 C T PASS 70,30", "chr1 8 C T PASS 20,80")[0]
    assert apart["DBS"] == {} and apart["SBS"] == {"T[C>T]C": 1, "C[C>T]A": 1}


#: Where we mean to differ from SigProfilerMatrixGenerator: it counts three neighbours as two doublets, and leaves out
#: a record with unchanged bases. It also counts each base of a doublet as an SBS, see `as_ours`.
OURS = {"three_together": [], "mnv_with_same": ["A[C>T]A", "A[C>T]G"]}


def as_ours(case: str, theirs: list[str]) -> list[str]:
    return OURS.get(case, [name for name in theirs if name in CHANNELS["DBS"]] or theirs)


@pytest.mark.parametrize("row", sigprofiler_channels.read_cases(), ids=lambda row: row["case"])
def test_channels_are_those_of_sigprofiler_matrix_generator(tmp_path, row):
    case = sigprofiler_channels.parse(row["variants"])
    (tmp_path / "genome.fa").write_text(f">chr1\n{case.bases}\n")
    path = tmp_path / "calls.vcf"
    records = [f"chr1 {pos} . {ref} {alt} . PASS . AD 70,30\n" for pos, ref, alt in case.records]
    path.write_text((HEADER + "".join(records)).replace(" ", "\t"))
    variants = read_variants(path, annotation="none")
    found = count_vcf(path, variants, Genome(tmp_path / "genome.fa"), 0.1)
    named = [
        name
        for kind, one in found.items()
        for name, count in zip(CHANNELS[kind], one.counts, strict=True)
        for _ in range(int(count))
    ]
    assert named == as_ours(row["case"], row["channels"].split())


def test_longer_substitutions_are_taken_apart_or_left_out(count):
    assert count("chr1 4 CGT TGA")[0]["SBS"] == {"A[C>T]G": 1, "G[T>A]C": 1}
    found, left_out, _ = count("chr1 7 CC TT", "chr1 9 A T")
    assert found == {"SBS": {}, "DBS": {}, "ID": {}} and left_out == {"SBS": 0, "DBS": 1, "ID": 0}


def test_insertions_and_deletions(count):
    assert count("chr1 11 AT A")[0]["ID"] == {"1:Del:T:4": 1}
    assert count("chr1 11 A AT")[0]["ID"] == {"1:Ins:T:5": 1}
    assert count("chr1 17 GAC G")[0]["ID"] == {"2:Del:R:2": 1}
    assert count("chr1 22 ACA A")[0]["ID"] == {"2:Del:R:2": 1}  # the same one, at the other end
    assert count("chr1 27 GCAT G")[0]["ID"] == {"3:Del:M:1": 1}
    assert count("chr1 6 TCC AG")[1]["ID"] == 1


def test_of_another_genome_every_contig_and_the_first_alleles_are_listed(count):
    wrong = [f"chr1 {pos} G A" for pos in (4, 7, 8, 19, 21, 23)]  # all are C
    with pytest.raises(ReferenceMismatchError) as caught:
        count(*wrong, "chr9 5 A C")
    rules = [fault.rule for fault in caught.value.faults]
    assert "contig is not in genome.fa" in rules[0] and caught.value.faults[0].value == "chr9"
    assert sum("reference allele" in rule for rule in rules) == 5 and rules[-1] == "and 1 more such faults"


def test_a_genome_that_is_none(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        Genome(tmp_path / "absent.fa")
    (tmp_path / "text.fa").write_text("no fasta\n")
    with pytest.raises(InputError, match="indexed FASTA"):
        Genome(tmp_path / "text.fa")


def matrix_text(names, separator="\t", heading=("Type", "S1", "S2"), cells=("1", "2")):
    return "\n".join(separator.join(row) for row in [heading, *((*name, *cells) for name in names)]) + "\n"


@pytest.mark.parametrize("kind", ["SBS", "DBS", "ID"])
@pytest.mark.parametrize("separator", ["\t", ","])
def test_a_matrix_of_each_kind_in_any_order(tmp_path, kind, separator):
    path = tmp_path / "m.txt"
    path.write_text(matrix_text([(name,) for name in reversed(CHANNELS[kind])], separator))
    matrix = read_count_matrix(path)
    assert (matrix.kind, matrix.samples) == (kind, ("S1", "S2"))
    np.testing.assert_array_equal(matrix.counts, [[1] * len(CHANNELS[kind]), [2] * len(CHANNELS[kind])])


def test_two_columns_of_names_and_a_matrix_as_r_writes_it(tmp_path):
    names = [(name[2:5], name[0] + name[2] + name[6]) for name in CHANNELS["SBS"]]
    two = tmp_path / "two.csv"
    two.write_text(matrix_text(names, ",", ("Mutation type", "Trinucleotide", "S1", "S2")))
    by_r = tmp_path / "r.tsv"
    by_r.write_text(matrix_text([(f'"{name}"',) for name in CHANNELS["SBS"]], heading=('"S1"', '"S2"')))
    assert read_count_matrix(two).samples == read_count_matrix(by_r).samples == ("S1", "S2")
    np.testing.assert_array_equal(read_count_matrix(two).counts, read_count_matrix(by_r).counts)


def test_every_fault_of_a_matrix_is_listed(tmp_path):
    lines = matrix_text([(name,) for name in CHANNELS["SBS"]], heading=("Type", "S1", "S1")).splitlines()
    lines[1] = "A[G>T]A\t1\t2"
    lines[2] = lines[2].replace("\t1", "\t1.5")
    lines[3] = lines[3] + "\t7"
    lines[4] = lines[5]
    lines[6] = lines[6].replace("\t1", "\tNA")
    (tmp_path / "bad.tsv").write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError) as caught:
        read_count_matrix(tmp_path / "bad.tsv")
    assert [fault.row for fault in caught.value.faults if fault.row] == [1, 2, 3, 4, 6, 7]
    missing = [fault.value for fault in caught.value.faults if "is missing" in fault.rule]
    assert missing[0] == "A[C>A]A" and len(missing) == 5


@pytest.mark.parametrize(
    ("text", "match"), [("", "is empty"), ("Type\tS1\n", "no rows"), ("a\nb\n", "no sample")]
)
def test_no_matrix_at_all(tmp_path, text, match):
    (tmp_path / "m.tsv").write_text(text)
    with pytest.raises(InputError, match=match):
        read_count_matrix(tmp_path / "m.tsv")
