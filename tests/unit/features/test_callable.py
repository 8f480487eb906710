import numpy as np
import pytest

from wes_biomarkers.features.callable import callable_runs, join_touching


def runs(contig, position, is_deep):
    return callable_runs(np.array(contig, int), np.array(position, int), np.array(is_deep, bool)).tolist()


@pytest.mark.parametrize(
    ("contig", "position", "is_deep", "expected"),
    [
        ([], [], [], []),
        ([0, 0], [1, 2], [False, False], []),
        ([0], [7], [True], [[0, 7, 8]]),
        ([0, 0, 0], [1, 2, 3], [True, False, True], [[0, 1, 2], [0, 3, 4]]),
        ([0, 0, 0], [1, 2, 4], [True, True, True], [[0, 1, 3], [0, 4, 5]]),
        # The end of a contig and the start of the next are no neighbours, though their numbers follow.
        ([0, 0, 1, 1], [4, 5, 6, 7], [True] * 4, [[0, 4, 6], [1, 6, 8]]),
    ],
)
def test_runs(contig, position, is_deep, expected):
    assert runs(contig, position, is_deep) == expected


def test_shape_of_nothing():
    assert callable_runs(np.array([], int), np.array([], int), np.array([], bool)).shape == (0, 3)
    assert join_touching(np.empty((0, 3), np.int64)).shape == (0, 3)


def test_joins_what_touches_in_one_contig_alone():
    pieces = np.array([[0, 0, 5], [0, 5, 9], [0, 9, 10], [0, 12, 14], [1, 14, 20], [1, 21, 22]])
    assert join_touching(pieces).tolist() == [[0, 0, 10], [0, 12, 14], [1, 14, 20], [1, 21, 22]]
