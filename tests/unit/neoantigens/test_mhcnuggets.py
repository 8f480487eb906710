import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from wes_biomarkers.errors import InputError
from wes_biomarkers.io.predictors import weights
from wes_biomarkers.neoantigens.binding import RESIDUES
from wes_biomarkers.neoantigens.mhcnuggets import (
    N_WEIGHT,
    SHAPES,
    Mhcnuggets,
    compute_scores,
    ic50_of,
    unpack,
)

#: The package's own predictions for its test network (mhcnuggets/saves/test).
SHIPPED = {"AIAACAMLLV": 175.52, "ALVCYIVMPV": 209.74, "ALEPRKEIDV": 202.64}
#: Three epitopes of A*02:01 that every textbook has, with the networks' affinities.
EPITOPES = {"GILGFVFTL": 65, "NLVPMVATV": 164, "GLCTLVAML": 134}


@pytest.fixture(scope="module")
def installed():
    try:
        return weights.weight_file("mhcnuggets")
    except InputError:
        pytest.skip("the weights are not installed: run bin/setup")


def random_weights(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.3, N_WEIGHT).astype(np.float32)


def test_the_same_bits_on_any_number_of_processors() -> None:
    random = np.random.default_rng(8)
    peptides = ["".join(random.choice(list(RESIDUES), 15)) for _ in range(2_000)]
    scores = []
    for n in (1, 2):
        with threadpool_limits(n):
            scores.append(compute_scores(peptides, unpack(random_weights(8))))
    assert scores[0].tobytes() == scores[1].tobytes()


def slow_score(peptide: str, flat: np.ndarray) -> float:
    """The network by its definition: one peptide, one unit, one gate at a time, in float64."""
    sizes = [int(np.prod(shape)) for shape in SHAPES.values()]
    parts = [
        part.astype(float).reshape(shape)
        for part, shape in zip(np.split(flat, np.cumsum(sizes)[:-1]), SHAPES.values(), strict=True)
    ]
    kernel, recurrent, bias, dense, dense_bias, output, output_bias = parts
    state, cell = [0.0] * 64, [0.0] * 64
    for residue in peptide:
        letter = [0.9 if other == residue else 0.005 for other in RESIDUES + "X"]
        new_state, new_cell = [], []
        for unit in range(64):
            gate = [
                sum(letter[i] * kernel[i, k] for i in range(21))
                + sum(state[j] * recurrent[j, k] for j in range(64))
                + bias[k]
                for k in range(unit, 256, 64)
            ]
            into, keep, out = (min(1.0, max(0.0, 0.2 * gate[k] + 0.5)) for k in (0, 1, 3))
            new_cell.append(keep * cell[unit] + into * np.tanh(gate[2]))
            new_state.append(out * np.tanh(new_cell[-1]))
        state, cell = new_state, new_cell
    hidden = np.tanh(np.array(state) @ dense + dense_bias)
    return float(1 / (1 + np.exp(-(hidden @ output + output_bias[0]))))


@pytest.mark.parametrize("peptide", ["GILGFVFTL", "WYACDEFGHIKLMNP"])
def test_the_forward_pass_equals_the_definition(peptide):
    flat = random_weights(3)
    assert compute_scores([peptide], unpack(flat))[0] == pytest.approx(slow_score(peptide, flat), rel=1e-5)


def test_the_packages_shipped_predictions(installed):
    predictor = weights.read_mhcnuggets(installed, "I", "test")
    found = predictor.predict(list(SHIPPED), weights.TEST_NETWORK)
    assert found == pytest.approx(list(SHIPPED.values()), rel=1e-4)


def test_known_epitopes(installed):
    predictor = weights.open_mhcnuggets("I")
    found = predictor.predict(list(EPITOPES), "A*02:01")
    assert found == pytest.approx(list(EPITOPES.values()), abs=0.5)
    assert (predictor.predict(list(EPITOPES), "B*07:02") > 10 * found).all()


def test_the_alleles_of_each_class(installed):
    one, two = weights.open_mhcnuggets("I"), weights.open_mhcnuggets("II")
    assert {allele[0] for allele in one.alleles} == set("ABC")
    assert two.supports("DRB1*01:01") and two.supports("DQA1*05:01-DQB1*02:01")
    assert not two.supports("A*02:01") and not one.supports("test") and not one.supports("A*99:99")


def test_unusual_peptides_and_lengths_have_no_prediction():
    predictor = Mhcnuggets("I", frozenset(["A*02:01"]), lambda allele: random_weights(1), "1")
    found = predictor.predict(["GILGFVFTL", "GILGFVFTX", "GILUFVFTL", "GILGFVF", "G" * 16, ""], "A*02:01")
    assert np.isnan(found).tolist() == [False, True, True, True, True, True]
    assert not np.isnan(
        Mhcnuggets("II", frozenset(), lambda _: random_weights(1), "1").predict(["A" * 25], "x")
    )


def test_a_peptide_alone_equals_itself_among_thousands():
    peptides = ["".join(np.random.default_rng(seed).choice(list(RESIDUES), 9)) for seed in range(5000)]
    predictor = Mhcnuggets("I", frozenset(), lambda allele: random_weights(2), "1")
    together = predictor.predict(peptides, "x")
    assert predictor.predict(peptides[4990:4991], "x")[0] == pytest.approx(together[4990], rel=1e-5)


def test_peptides_that_begin_alike_do_not_mix():
    peptides = [
        "GILGFVFTL",
        "GILGFVFT",
        "GILGFVFTLA",
        "GILGFVFTL",
        "GILGFVFTLY",
        "AILGFVFTL",
        "GILGFVFTLAAAAAA",
    ]
    network = unpack(random_weights(4))
    alone = [compute_scores([peptide], network)[0] for peptide in peptides]
    assert compute_scores(peptides, network) == pytest.approx(alone, rel=1e-6)
    assert len(set(alone)) == 6


def test_ic50_of_the_ends_of_the_scale():
    assert ic50_of(np.array([0, 1], np.float32)).tolist() == [50_000, 1]


def test_other_weights_are_refused():
    with pytest.raises(ValueError, match="26241"):
        unpack(np.zeros(7, np.float32))
