"""Products with few entries a column, against a sum written out in Python floats."""

import numpy as np
import pytest

from diagprec_core.numerics.termwise import product_with

SPARSE = {
    "diagonal": np.diag([2.0, -3.0, 0.1]),
    "permuted": np.diag([2.0, -3.0, 0.1])[[2, 0, 1]],
    "two a column": np.array([[1.0, 0.0, 0.3], [0.7, 0.0, 0.0], [0.0, 0.1, -0.3]]),
    "a column of zeros": np.array([[1.0, 0.0], [0.5, 0.0]]),
    "zeros": np.zeros((2, 3)),
    "wide": np.array([[0.3, -0.1, 1.0, 2.0], [0.1, 0.3, 0.0, -1.0]]),
    "one row": np.array([[0.3, -0.1, 1.0, 2.0]]),
}
DENSE = np.random.default_rng(1).standard_normal((4, 3))


def by_hand(vector, matrix):
    """Terms in the order of the rows, each product and each sum rounded by itself."""
    totals = []
    for column in matrix.T:
        terms = [float(v) * float(m) for v, m in zip(vector, column, strict=True) if m]
        totals.append(sum(terms[1:], terms[0]) if terms else 0.0)
    return totals


@pytest.mark.parametrize("shape", [(), (1,), (5,), (3, 2)])
@pytest.mark.parametrize("name", SPARSE)
def test_few_entries_are_summed_to_the_last_bit(name, shape):
    matrix = SPARSE[name]
    vectors = np.random.default_rng(2).standard_normal((*shape, len(matrix)))
    found = product_with(matrix)(vectors)
    assert found.shape == (*shape, matrix.shape[1])
    for index in np.ndindex(shape):
        np.testing.assert_array_equal(found[index], by_hand(vectors[index], matrix))


@pytest.mark.parametrize("matrix", [*SPARSE.values(), DENSE])
def test_it_is_the_matrix_product_and_writes_where_it_is_told(matrix):
    vectors = np.random.default_rng(3).standard_normal((6, len(matrix)))
    before, out = vectors.copy(), np.full((6, matrix.shape[1]), np.nan)
    product = product_with(matrix)
    assert product(vectors, out=out) is out
    np.testing.assert_allclose(out, vectors @ matrix, rtol=1e-13, atol=1e-15)
    np.testing.assert_array_equal(product(vectors), out)
    np.testing.assert_array_equal(vectors, before)


def test_opposite_terms_cancel_exactly():
    # A fused product would leave the rounding error of the first one.
    vectors = np.repeat(np.random.default_rng(4).standard_normal((1000, 1)), 2, axis=1)
    assert (product_with(np.array([[0.3], [-0.3]]))(vectors) == 0).all()


def test_columns_do_not_mix():
    found = product_with(np.diag([2.0, 3.0]))(np.array([[np.inf, 1.0], [np.nan, 1.0]]))
    np.testing.assert_array_equal(found, [[np.inf, 3.0], [np.nan, 3.0]])
