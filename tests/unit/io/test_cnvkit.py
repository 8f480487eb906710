"""Reading CNVkit's bins and segments, whole and damaged."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.io.cnvkit import read_bins, read_cbs, segments_of

CNR = "chromosome\tstart\tend\tgene\tlog2\tdepth\tweight\n"
CNS = "chromosome\tstart\tend\tgene\tlog2\tprobes\n"


def test_bins_without_reads_or_ratio_are_left_out(tmp_path):
    path = tmp_path / "a.cnr"
    rows = ("100 200 G 0.5 80 0.9", "300 400 G -20 0 0.9", "500 600 G nan 9 0.9", "700 800 G 0.1 9 0")
    path.write_text(CNR + "".join(f"1 {row}\n".replace(" ", "\t") for row in rows))
    bins = read_bins(path)
    assert (bins.start.tolist(), bins.log2.tolist(), bins.weight.tolist()) == ([100], [0.5], [0.9])


def test_gzip_and_missing_weights(tmp_path):
    path = tmp_path / "a.cnn.gz"
    path.write_bytes(gzip.compress(b"chromosome\tstart\tend\tgene\tlog2\n1\t0\t9\t-\t0.25\n"))
    bins = read_bins(path)
    assert bins.weight.tolist() == [1]
    assert np.isnan(bins.depth).all()


def test_segments(tmp_path):
    path = tmp_path / "a.cns"
    path.write_text(CNS + "chr1\t100\t200\tG\t0.5\t3\nchr1\t900\t990\tG\t0\t1\n")
    segments = segments_of(read_cbs(path))
    assert segments.n_bin.tolist() == [3, 1]
    assert segments.end.tolist() == [200, 990]
    assert np.isnan(segments.total_cn).all() and (segments.n_het == 0).all()


@pytest.mark.parametrize(
    ("rows", "faults"),
    [
        ("1\t0\t100\tG\tnan\t3\n", [(2, "log2 is no finite number")]),
        ("1\t0\t100\tG\t\t3\n1\tx\t300\tG\t0\t3\n", [(3, "start is no"), (2, "log2 is no")]),
        ("1\t0\t100\tG\t0\t3\n1\t99\t200\tG\t0\t3\n", [(3, "overlaps")]),
        ("1\t99\t200\tG\t0\t3\n2\t0\t9\tG\t0\t3\n1\t0\t100\tG\t0\t3\n", [(2, "overlaps")]),
        ("1\t100\t100\tG\t0\t3\n", [(2, "ends before")]),
        ("1\t100\t1e30\tG\t0\t3\n", [(2, "end is above")]),
        ("1\t100\t2147483648\tG\t0\t3\n", [(2, "end is above")]),
        ("1\t0\t100\tG\n", [(2, "has not as many cells")]),
    ],
)
def test_faults_of_segments_have_their_rows(tmp_path, rows, faults):
    path = tmp_path / "a.cns"
    path.write_text(CNS + rows)
    with pytest.raises(InputError) as caught:
        read_cbs(path)
    assert [
        (fault.row, fault.rule[: len(rule)])
        for fault, (_, rule) in zip(caught.value.faults, faults, strict=True)
    ] == faults


def test_another_table_is_refused(tmp_path):
    path = tmp_path / "a.cns"
    path.write_text("ID\tchrom\tloc.start\n")
    with pytest.raises(InputError, match="lacks the columns chromosome, start, end, log2, probes"):
        read_cbs(path)
    path.write_text(CNR)
    with pytest.raises(InputError, match="no bin has a log ratio"):
        read_bins(path)


def test_a_bin_given_twice_is_refused(tmp_path):
    path = tmp_path / "a.cnr"
    row = "1\t100\t200\tG\t0.5\t80\t0.9\n"
    path.write_text(CNR + row + "1\t300\t400\tG\t0.5\t80\t0.9\n" + row)
    with pytest.raises(InputError, match="row 4: repeats a bin"):
        read_bins(path)
