"""Picking passed records as text: what is kept, and that nobody can tell from the variants read."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wes_biomarkers.errors import InputError
from wes_biomarkers.io import vcf, vcf_prefilter
from wes_biomarkers.io.vcf_prefilter import passed_records

HEADER = (
    "##fileformat=VCFv4.2\n##contig=<ID=1,length=10000>\n##contig=<ID=2,length=10000>\n"
    '##FILTER=<ID=weak,Description="x">\n##FORMAT=<ID=AD,Number=R,Type=Integer,Description="d">\n'
    '##INFO=<ID=POP_AF,Number=A,Type=Float,Description="x">\n##tumor_sample=T\n##normal_sample=N\n'
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tN\tT\n"
)


def line(chrom="1", position=100, alt="C", result="PASS", tail=".\tAD\t9,0\t5,5"):
    return f"{chrom}\t{position}\t.\tA\t{alt}\t.\t{result}\t{tail}\n"


def written(folder, *lines, header=HEADER, name="x.vcf"):
    path = folder / name
    path.write_text(header + "".join(lines))
    return path


def kept(path):
    """The records kept, None when the file is left to others; and whether a record has a FILTER."""
    with passed_records(path) as passed:
        if passed is None:
            return None
        with open(passed.path) as handle:
            text = handle.read()
    assert text.startswith(HEADER)
    return text.removeprefix(HEADER), passed.has_filter


ROWS = st.lists(
    st.tuples(
        st.sampled_from("12"),
        st.integers(1, 10_000),
        st.sampled_from(["C", ".", "CT", "*"]),
        st.sampled_from(["PASS", "weak", ".", "PASS;weak", "weak;PASS"]),
    ),
    max_size=30,
).map(sorted)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(200, 2000))
def test_passed_records_and_the_first_of_each_contig_are_kept(tmp_path_factory, rows, block):
    path = written(tmp_path_factory.mktemp("v"), *(line(*row) for row in rows))
    wanted, seen = [], set()
    for row in rows:
        if row[3] == "PASS" or row[0] not in seen:
            wanted.append(line(*row))
        seen.add(row[0])
    has_filter = not rows or any(row[3] != "." and row[2] != "." for row in rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vcf_prefilter, "_BLOCK", block)
        assert kept(path) == ("".join(wanted), has_filter)


@pytest.mark.parametrize(
    "lines",
    [
        [line(position=200), line(position=100, result="weak")],
        [line("1"), line("2", result="weak"), line("1", 101, result="weak")],
        [line(), line(position=101, alt="C,T", result="weak")],
        [line(), line(position=101, result="weak", tail=".\tAD\t9,0")],
        [line(), line(position=101, result="weak", tail=".\tAD\t9,0\t5,5\t5,5")],
        [line(), line(position="abc", result="weak")],
        [line(), line(position="1_0", result="weak")],
        [line(), line(position=101, result="")],
        [line(), line(position=101, alt="")],
        [line(), line(position=101, result="weak").strip()],
        [line(), "\n"],
        [line(), "1\t101\tx\n"],
    ],
    ids=[
        "position",
        "contig",
        "alleles",
        "few",
        "many",
        "letters",
        "underscore",
        "filter",
        "alt",
        "end",
        "empty",
        "short",
    ],
)
def test_anything_out_of_the_ordinary_is_left_to_the_reader_of_the_whole_file(tmp_path, lines, monkeypatch):
    path = written(tmp_path, *lines)
    assert kept(path) is None
    outcome = _outcome(path, True)
    monkeypatch.delattr(vcf_prefilter.os, "memfd_create")
    assert _outcome(path, True) == outcome


def test_a_broken_record_that_passed_is_told_by_its_place_in_the_file(tmp_path):
    rows = [line(position=n, result="weak") for n in range(100, 150)]
    path = written(tmp_path, *rows, line(position=200, tail=".\tAD\t9,0:7:7\t5,5:7:7"))
    assert kept(path) is not None
    whole, picked = (_outcome(path, pass_only) for pass_only in (False, True))
    assert whole == picked


def _outcome(path, pass_only):
    try:
        return vcf.read_variants(path, pass_only=pass_only).frame.query("is_pass").to_csv(index=False)
    except InputError as error:
        return str(error)


@pytest.mark.parametrize("form", ["vcf", "gz", "bgz", "bcf"])
def test_every_form_gives_the_variants_of_the_whole_file(tmp_path, form):
    rows = [
        line(
            chrom,
            n,
            "C" if n % 3 else "CT",
            "PASS" if n % 5 == 0 else "weak",
            f"POP_AF=0.{n}\tAD\t9,0\t{n},5",
        )
        for chrom in ("1", "2")
        for n in range(101, 901)
    ]
    undeclared = line("3", 5, result="weak")
    path = written(tmp_path, *rows, *([] if form == "bcf" else [undeclared]))
    target = tmp_path / f"y.{form}"
    command = {"vcf": "cat", "gz": "gzip -c", "bgz": "bgzip -c", "bcf": "bcftools view -Ob"}[form]
    target.write_bytes(subprocess.run([*command.split(), path], check=True, capture_output=True).stdout)
    if form == "bcf":
        assert kept(target) is None
    else:
        assert kept(target)[0].count("\n") == 320 + 3, (
            "and the first of each contig, here never one that passed"
        )
    picked = vcf.read_variants(target, pass_only=True)
    whole = vcf.read_variants(target)
    assert picked.contigs == whole.contigs and picked.has_filter == whole.has_filter
    wanted = whole.frame[whole.frame["is_pass"]].reset_index(drop=True)
    assert len(wanted) == 320 and picked.frame.equals(wanted)


def test_where_most_records_passed_none_are_picked(tmp_path):
    share = vcf_prefilter._MOST_PASSED
    rows = [line(position=n, result="PASS" if n % 100 <= 100 * share else "weak") for n in range(2000)]
    assert kept(written(tmp_path, *rows)) is None
    assert kept(written(tmp_path, *rows[:900])) is not None


def test_cut_and_foreign_files_are_left_alone(tmp_path):
    path = written(tmp_path, *(line(position=n, result="weak") for n in range(2000)))
    subprocess.run(["bgzip", path], check=True)
    zipped = path.with_suffix(".vcf.gz")
    zipped.write_bytes(zipped.read_bytes()[:-60])
    assert kept(zipped) is None
    for text in ("", "hello\n", "##fileformat=VCFv4.2\n", HEADER.strip()):
        path.write_text(text)
        assert kept(path) is None
