"""Reading somatic variants: values, samples, annotation and every bad input."""

import gzip
import math
import subprocess

import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.io.bundle import read_bundle
from wes_biomarkers.io.vcf import check_genome, read_variants

FORMATS = (
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="d">\n##FORMAT=<ID=AF,Number=A,Type=Float,Description="f">\n'
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="p">\n'
)
BCSQ = '##INFO=<ID=BCSQ,Number=.,Type=String,Description="x">\n'
ANN = '##INFO=<ID=ANN,Number=.,Type=String,Description="x">\n'
POP = '##INFO=<ID=POP_AF,Number=A,Type=Float,Description="x">\n'
POPAF = '##INFO=<ID=POPAF,Number=A,Type=Float,Description="x">\n'
STATED = "##tumor_sample=T1\n##normal_sample=N1\n"


def csq(*fields):
    return f'##INFO=<ID=CSQ,Number=.,Type=String,Description="From VEP. Format: {"|".join(fields)}">\n'


@pytest.fixture
def vcf(tmp_path):
    """Writes a VCF: header lines, sample names, then rows (POS REF ALT FILTER INFO FORMAT calls...)."""

    def write(*rows, meta=FORMATS + STATED, samples=("N1", "T1"), name="x.vcf"):
        text = "##fileformat=VCFv4.2\n##contig=<ID=1,length=10000>\n##contig=<ID=2,length=10000>\n"
        text += '##FILTER=<ID=weak_evidence,Description="x">\n' + meta
        text += "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples])
        for row in rows:
            words = row.split()
            chrom = "1"
            if ":" in words[0]:
                chrom, words[0] = words[0].split(":")
            text += "\n" + "\t".join([chrom, words[0], ".", words[1], words[2], ".", *words[3:]])
        path = tmp_path / name
        path.write_text(text + "\n")
        return path

    return write


def one(path, **options):
    (row,) = read_variants(path, **options).frame.to_dict("records")
    return row


def test_reads_counts_and_fractions_as_written(vcf):
    row = one(vcf("101 A C PASS . AD:AF:DP 40,1:0.02:41 70,30:0.05:101"))
    assert (row["chrom"], row["start"], row["end"], row["ref"], row["alt"]) == ("1", 100, 101, "A", "C")
    assert (row["t_ref"], row["t_alt"], row["t_depth"], row["vaf"]) == (70, 30, 101, 0.05)
    assert (row["n_ref"], row["n_alt"], row["n_depth"]) == (40, 1, 41)
    assert (row["filter"], row["is_pass"]) == ("PASS", True)


def test_fraction_from_ad_and_reads_from_af_and_depth(vcf):
    assert one(vcf("101 A C PASS . AD 40,0 75,25"))["vaf"] == 0.25
    row = one(vcf("101 A C PASS . AF:DP 0:40 0.25:40"))
    assert (row["t_alt"], row["t_depth"], row["vaf"]) == (10, 40, 0.25)
    assert (row["n_alt"], row["n_depth"]) == (0, 40)


def test_of_several_records_of_an_allele_the_best_is_kept(vcf):
    rows = (
        "101 A C weak_evidence . AD 60,0 10,90",
        "101 A G PASS . AD 60,0 50,7",
        "101 A C PASS . AD 60,0 20,20",
        "101 A C PASS . AD 60,0 30,20",
        "101 A C PASS . AD 60,0 20,30",
        "102 A C PASS . AD 60,0 .,.",
        "102 A C PASS . AD 60,0 9,1",
        "2:102 A C weak_evidence . AD 60,0 9,1",
    )
    made = read_variants(vcf(*rows))
    found = list(
        zip(made.base["chrom"], made.base["start"], made.base["alt"], made.base["t_alt"], strict=True)
    )
    assert found == [("1", 100, "G", 7), ("1", 100, "C", 20), ("1", 101, "C", 1), ("2", 101, "C", 1)]
    assert len(made) == 4 and len(read_variants(vcf(*rows), pass_only=True)) == 3


def test_unknown_stays_unknown(vcf):
    variants = read_variants(vcf("101 A C PASS . AD:AF:DP .,.:.:. .,.:.:.", "105 A C PASS . AD 9,1 ."))
    for name in ("t_ref", "t_alt", "t_depth", "vaf", "n_alt", "n_depth"):
        assert variants.frame[name].isna()[0], name
    assert variants.frame["t_alt"].isna()[1] and variants.frame["n_alt"][1] == 1
    assert variants.frame["population_af"].isna().all() and not variants.has_population_af


def test_no_coverage_is_zero_depth_and_no_fraction(vcf):
    row = one(vcf("101 A C PASS . AD 9,0 0,0"))
    assert row["t_depth"] == 0 and math.isnan(row["vaf"])


def test_an_unfiltered_file_is_known_as_such(vcf):
    variants = read_variants(vcf("101 A C . . AD 9,0 5,5"))
    assert not variants.has_filter and not variants.frame["is_pass"][0]
    mixed = read_variants(vcf("101 A C . . AD 9,0 5,5", "102 A C weak_evidence . AD 9,0 5,5"))
    assert mixed.has_filter and mixed.frame["filter"].tolist() == [None, "weak_evidence"]
    assert len(read_variants(vcf("101 A C weak_evidence . AD 9,0 5,5"), pass_only=True)) == 0
    assert read_variants(vcf()).has_filter


def test_lengths_are_those_the_header_states(vcf):
    meta = '##contig=<length=77,ID=3>\n##contig=<ID=4>\n##contig=<ID=5,assembly="x",length=9>\n' + FORMATS
    variants = read_variants(vcf("101 A C PASS . AD 9,0 5,5", meta=meta + STATED))
    assert variants.lengths == {"1": 10000, "2": 10000, "3": 77, "5": 9}
    assert variants.contigs == ("1", "2", "3", "4", "5")


def test_positions_are_compared_with_the_lengths_of_the_header(vcf):
    rows = (
        "9999 AC A PASS . AD 9,0 5,5",
        "10000 AC A PASS . AD 9,0 5,5",
        "2:10001 A C weak_evidence . AD 9,0 5,5",
    )
    path = vcf(*rows)
    assert [fault.value for fault in check_genome(path, read_variants(path))] == ["1:10000", "2:10001"]
    many = vcf(*(f"{place} A C PASS . AD 9,0 5,5" for place in range(10001, 10009)))
    faults = check_genome(many, read_variants(many))
    assert len(faults) == 6 and faults[-1].rule == "and 3 more such faults"


def test_alleles_are_compared_with_the_genome(vcf, bundle_of):
    """The bundle's toyA is ACGTTGCA again and again, in 400 bases."""
    bundle = read_bundle(bundle_of())
    meta = "##contig=<ID=toyA,length=400>\n##contig=<ID=else>\n" + FORMATS + STATED
    own = ("toyA:1 acgt A PASS . AD 9,0 5,5", "toyA:9 N C PASS . AD 9,0 5,5", "else:7 C T PASS . AD 9,0 5,5")
    path = vcf(*own, meta=meta)
    assert check_genome(path, read_variants(path), bundle) == []
    wrong = vcf("toyA:2 CGA C . . AD 9,0 5,5", "toyA:400 C T . . AD 9,0 5,5", meta=meta)
    faults = check_genome(wrong, read_variants(wrong), bundle)
    assert [fault.value for fault in faults] == ["toyA:2 CGA", "toyA:400 C"], "a file without FILTER too"
    assert faults[0].rule == "reference allele is not that of toy1, which has CGT"
    wrong = vcf("toyA:2 T C weak_evidence . AD 9,0 5,5", "toyA:2 C T PASS . AD 9,0 5,5", meta=meta)
    assert check_genome(wrong, read_variants(wrong), bundle) == [], "what failed is not compared"
    names = vcf("101 A C PASS . AD 9,0 5,5")
    assert "no contig of the bundle toy1" in check_genome(names, read_variants(names), bundle)[0].rule


def test_kinds(vcf):
    alleles = {
        "A C": "snv",
        "AC GT": "mnv",
        "A AT": "insertion",
        "AT A": "deletion",
        "ATG CA": "complex",
        "AT ATT": "insertion",
        "A *": "symbolic",
        "A <DEL>": "symbolic",
    }
    rows = [f"{100 + i} {pair} PASS . AD 9,0 5,5" for i, pair in enumerate(alleles)]
    assert read_variants(vcf(*rows, "200 A . PASS . AD 9,0 5,5")).frame["kind"].tolist() == list(
        alleles.values()
    )


@pytest.mark.parametrize(
    ("samples", "meta", "options", "found"),
    [
        (("N1", "T1"), STATED, {}, ("T1", "N1")),
        (("N1", "T1"), STATED, {"tumor": "N1"}, ("N1", "T1")),
        (("N1", "T1"), "##tumor_sample=T1\n", {}, ("T1", "N1")),
        (("NORMAL", "TUMOR"), "", {}, ("TUMOR", "NORMAL")),
        (("P1_blood", "P1_tumour"), "", {}, ("P1_tumour", "P1_blood")),
        (("only",), "", {}, ("only", None)),
        (("a", "b", "c"), "", {"tumor": "b"}, ("b", None)),
        (("a", "b", "c"), "", {"tumor": "b", "normal": "c"}, ("b", "c")),
    ],
)
def test_samples_are_found(vcf, samples, meta, options, found):
    row = "101 A C PASS . AD " + " ".join(["9,1"] * len(samples))
    variants = read_variants(vcf(row, meta=FORMATS + meta, samples=samples), **options)
    assert (variants.tumor, variants.normal) == found


def test_samples_that_are_not_found_are_one_error(vcf):
    path = vcf(
        "101 A C PASS . XX 1 2",
        meta='##FORMAT=<ID=XX,Number=1,Type=Integer,Description="x">\n',
        samples=("a", "b"),
    )
    with pytest.raises(InputError) as caught:
        read_variants(path, normal="z")
    message = str(caught.value)
    assert "a, b" in message and "'z'" in message and "neither AD nor AF" in message
    assert len(caught.value.faults) == 3
    with pytest.raises(InputError, match="same sample"):
        read_variants(vcf("101 A C PASS . AD 9,1 9,1"), tumor="T1", normal="T1")
    with pytest.raises(InputError, match="not in the VCF"):
        read_variants(path, tumor="q")


def test_bcsq_takes_the_most_severe_and_the_chosen_transcript(vcf):
    text = "BCSQ=missense|G1|TX1.2|p|+|5V>5E|101A>C,stop_gained|G1|TX2|p|+|5V>5*|101A>C"
    path = vcf(f"101 A C PASS {text} AD 9,0 5,5", meta=FORMATS + STATED + BCSQ)
    row = one(path)
    assert (row["gene"], row["transcript_id"], row["consequence"]) == ("G1", "TX2", "stop_gained")
    row = one(path, transcripts={"TX1"})
    assert (row["transcript_id"], row["consequence"], row["aa_change"]) == (
        "TX1.2",
        "missense_variant",
        "5V>5E",
    )
    assert one(path, transcripts={"TX9"})["consequence"] is None
    assert one(path, annotation="none")["consequence"] is None


def test_bcsq_references_and_stars_are_resolved(vcf):
    rows = (
        "101 A C PASS BCSQ=*missense|G1|TX1|protein_coding|+|5V>5E|101A>C+103A>G AD 9,0 5,5",
        "103 A G PASS BCSQ=@101 AD 9,0 5,5",
        "105 A G PASS BCSQ=@104 AD 9,0 5,5",
    )
    frame = read_variants(vcf(*rows, meta=FORMATS + STATED + BCSQ)).frame
    assert frame["consequence"].tolist() == ["missense_variant", "missense_variant", None]
    elsewhere = (
        "1:101 A C PASS BCSQ=missense|G1|TX1|p|+|| AD 9,0 5,5",
        "2:103 A G PASS BCSQ=@101 AD 9,0 5,5",
    )
    frame = read_variants(vcf(*elsewhere, meta=FORMATS + STATED + BCSQ)).frame
    assert frame["consequence"].tolist() == ["missense_variant", None]


def test_snpeff(vcf):
    first = "C|splice_region_variant&synonymous_variant|LOW|GA|E1|transcript|T1.1|p|1/2|c.5A>C|p.Val5=||||"
    text = f"ANN={first},C|missense_variant|M|GB|E2|transcript|T2.1|p|1/2|c.5A>C|p.Val5Glu||||"
    row = one(vcf(f"101 A C PASS {text} AD 9,0 5,5", meta=FORMATS + STATED + ANN))
    assert (row["gene"], row["transcript_id"], row["aa_change"]) == ("GB", "T2.1", "p.Val5Glu")


def test_vep_prefers_mane_within_a_gene(vcf):
    meta = FORMATS + STATED + csq("Allele", "Consequence", "SYMBOL", "Feature", "HGVSp", "MANE_SELECT")
    mane, other, second = (
        "C|synonymous_variant|G1|T1||NM_1.2",
        "C|stop_gained|G1|T2||",
        "C|missense_variant|G2|T3||",
    )
    row = one(vcf(f"101 A C PASS CSQ={other},{mane} AD 9,0 5,5", meta=meta))
    assert (row["transcript_id"], row["consequence"]) == ("T1", "synonymous_variant")
    row = one(vcf(f"101 A C PASS CSQ={other},{mane},{second} AD 9,0 5,5", meta=meta))
    assert row["consequence"] == "missense_variant"
    assert one(vcf(f"101 A C PASS CSQ={other} AD 9,0 5,5", meta=meta))["consequence"] == "stop_gained"


def test_population_frequency_is_the_largest_known(vcf):
    meta = FORMATS + STATED + POP + POPAF + csq("Allele", "Consequence", "gnomADe_AF", "gnomADg_AF", "MAX_AF")
    text = "POP_AF=0.001;POPAF=4.0;CSQ=C|missense_variant|0.002&0.003||0.9"
    path = vcf(f"101 A C PASS {text} AD 9,0 5,5", "102 A C PASS POPAF=2.0 AD 9,0 5,5", meta=meta)
    variants = read_variants(path)
    assert variants.frame["population_af"].tolist() == pytest.approx([0.003, 0.01])
    assert variants.has_population_af
    assert read_variants(path, population_af="POP_AF").frame["population_af"].tolist()[0] == 0.001
    none = read_variants(path, population_af="none")
    assert none.frame["population_af"].isna().all() and not none.has_population_af
    with pytest.raises(InputError, match="INFO/NOPE"):
        read_variants(path, population_af="NOPE")


def test_mutect2s_default_frequency_is_no_resource(vcf):
    rows = ("101 A C PASS POPAF=6.00 AD 9,0 5,5", "102 A C PASS POPAF=6.00 AD 9,0 5,5")
    variants = read_variants(vcf(*rows, meta=FORMATS + STATED + POPAF))
    assert not variants.has_population_af and variants.frame["population_af"].isna().all()
    command = (
        '##GATKCommandLine=<ID=Mutect2,CommandLine="Mutect2 --germline-resource x.vcf.gz --input t.bam">\n'
    )
    assert read_variants(vcf(*rows, meta=FORMATS + STATED + POPAF + command)).has_population_af


def test_out_of_order_and_multiallelic_are_refused_together(vcf):
    path = vcf(
        "105 A C PASS . AD 9,0 5,5",
        "101 A C,T PASS . AD 9,0,0 5,5,5",
        "2:5 A C PASS . AD 9,0 5,5",
        "1:700 A C PASS . AD 9,0 5,5",
    )
    with pytest.raises(InputError) as caught:
        read_variants(path)
    message = str(caught.value)
    assert "2 records out of order, the first is record 2" in message and "bcftools sort" in message
    assert "1 records have several alternate alleles" in message and "norm -m-any" in message


def test_unreadable_files(tmp_path, vcf):
    with pytest.raises(InputError, match="no such file"):
        read_variants(tmp_path / "none.vcf")
    (tmp_path / "text.vcf").write_text("hello\n")
    with pytest.raises(InputError, match="cannot be read as VCF"):
        read_variants(tmp_path / "text.vcf")
    broken = vcf("101 A C PASS . AD 9,0 5,5")
    broken.write_text(broken.read_text() + "1\tabc\tx\n")
    with pytest.raises(InputError, match="cannot be read past record 1"):
        read_variants(broken)


@pytest.mark.parametrize("cut", ["middle", "last block", "plain gzip"])
def test_truncated_files_are_refused(vcf, cut):
    rows = [f"{position} A C PASS . AD {position % 97},0 {position % 89},5" for position in range(100, 9000)]
    path = vcf(*rows)
    if cut == "plain gzip":
        whole = gzip.compress(path.read_bytes())
    else:
        subprocess.run(["bgzip", "-f", path], check=True)
        whole = path.with_suffix(".vcf.gz").read_bytes()
    target = path.with_suffix(".cut.vcf.gz")
    target.write_bytes(whole)
    assert len(read_variants(target)) == len(rows)
    target.write_bytes(whole[:-28] if cut == "last block" else whole[: len(whole) // 2])
    with pytest.raises(InputError, match="truncated"):
        read_variants(target)
