"""What no public function shows of the checks; `test_bad_input` covers their use."""

from fractions import Fraction

import numpy as np
import pytest

from diagprec_core import validation as check


@pytest.mark.parametrize("value", [[1, 2], (1.0, 2.0), np.array([1, 2], dtype=np.uint8)])
def test_arrays_come_back_as_new_float64(value):
    array = check.as_array("x", value, (2,))
    assert array.dtype == np.float64
    assert array is not value
    np.testing.assert_array_equal(array, [1, 2])


@pytest.mark.parametrize(
    "value", [3, 3.0, np.float32(3), np.int8(3), np.array(3.0), Fraction(3)], ids=repr
)
def test_numbers_of_every_kind_are_taken(value):
    number = check.as_number("x", value)
    assert number == 3.0
    assert type(number) is float


@pytest.mark.parametrize(
    "value",
    [True, np.True_, np.array(True), "3", None, 3j, [3], pytest.param(10**400, id="10^400")],
)
def test_what_is_not_one_finite_number_is_refused(value):
    with pytest.raises(ValueError, match=r"x: got .*, need a finite number"):
        check.as_number("x", value)


@pytest.mark.parametrize(
    ("limits", "inside", "outside", "spelt"),
    [
        ({"low": 0}, [0, 5], [-1e-9], r"\[0, inf\)"),
        ({"low": 0, "open_low": True}, [1e-9], [0, -1], r"\(0, inf\)"),
        ({"low": 0, "high": 1}, [0, 1], [1.1], r"\[0, 1\]"),
        ({"low": 0, "high": 1, "open_high": True}, [0, 0.999], [1, 2], r"\[0, 1\)"),
        ({"high": 1}, [-1e300, 1], [2], r"\(-inf, 1\]"),
    ],
)
def test_ranges_and_how_they_are_spelt(limits, inside, outside, spelt):
    for value in inside:
        assert check.as_number("x", value, **limits) == value
    for value in outside:
        with pytest.raises(ValueError, match=f"need a number in {spelt}"):
            check.as_number("x", value, **limits)


def test_counts_take_numpy_integers_and_nothing_else():
    assert type(check.as_count("n", np.int64(4))) is int
    for value in (4.0, "4", True, np.True_, -1, None, [4]):
        with pytest.raises(ValueError, match=r"n: got .*, need an integer of at least 0"):
            check.as_count("n", value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-1.5, "-1.5"),
        ("eigenbasis", "'eigenbasis'"),
        ([[1, 2, 3]], "an array of shape (1, 3)"),
        (np.array(2.5), "2.5"),
        ([[1], [1, 2]], "a ragged sequence"),
        ("x" * 100, "'" + "x" * 56 + "..."),
    ],
)
def test_descriptions_are_short(value, text):
    assert check.describe(value) == text


def test_symmetry_tolerance_is_relative_to_the_largest_entry():
    matrix = np.array([[1e6, 2.0], [2.0 + 5e-7, 1.0]])
    assert check.as_symmetric("h", matrix)[0, 1] == pytest.approx(2 + 2.5e-7, rel=1e-12)
    matrix[1, 0] = 2.0 + 5e-6
    with pytest.raises(ValueError, match="h: got a matrix that is not symmetric"):
        check.as_symmetric("h", matrix)


def test_a_stack_is_checked_matrix_by_matrix():
    good, bad = np.eye(2), np.array([[1.0, 2.0], [2.0, 1.0]])
    assert check.as_positive_definite("b", np.stack([good, good]), stack=True).shape == (2, 2, 2)
    with pytest.raises(ValueError, match="b: got smallest eigenvalue -1"):
        check.as_positive_definite("b", np.stack([good, bad]), stack=True)


def test_orthogonality_tolerance():
    assert check.as_basis("u", np.eye(2) * (1 + 1e-11), 2).shape == (2, 2)
    with pytest.raises(ValueError, match=r"u: got columns that are .* away from orthonormal"):
        check.as_basis("u", np.eye(2) * (1 + 1e-9), 2)


def test_several_kinds_are_all_named():
    with pytest.raises(ValueError, match="p: got 3, need a dict or a list"):
        check.as_instance("p", 3, (dict, list))
    assert check.as_instance("p", [], (dict, list)) == []


class Scalar:
    """A scalar as other array libraries have them, JAX say."""

    def __init__(self, value):
        self.value = np.asarray(value)
        self.dtype = self.value.dtype

    def __array__(self, dtype=None, copy=None):
        return self.value

    def __index__(self):
        return self.value.__index__()


def test_scalars_of_other_libraries_are_numbers():
    for value in (np.array(3), Scalar(3), np.int8(3)):
        assert check.as_count("steps", value) == 3
        assert check.as_number("rate", value) == 3.0
    assert check.as_number("rate", Scalar(0.5)) == 0.5
    for wrong in (Scalar(0.5), np.array(0.5), Scalar(True), np.array(True), np.array([3]), "3"):
        with pytest.raises(ValueError, match=r"steps: got .*, need an integer of at least 0"):
            check.as_count("steps", wrong)
    for wrong in (Scalar(True), Scalar([0.5]), Scalar(1j), np.ma.masked_array(1.0, True)):
        with pytest.raises(ValueError, match=r"rate: got .*, need a finite number"):
            check.as_number("rate", wrong)


def test_a_mask_is_not_lost_but_refused():
    masked = np.ma.masked_array([1.0, -1.0], [False, True])
    with pytest.raises(ValueError, match=r"spectrum: got a masked array, need .* without a mask"):
        check.as_array("spectrum", masked, (None,))


@pytest.mark.parametrize(("asymmetry", "passes"), [(0.9e-12, True), (1.2e-12, False)])
def test_asymmetry_is_rounding_up_to_1e_12_of_the_largest_entry(asymmetry, passes):
    matrix = np.array([[4.0, 1.0], [1.0 + 4 * asymmetry, 2.0]])
    if passes:
        assert (check.as_symmetric("h", matrix) == check.as_symmetric("h", matrix).T).all()
    else:
        with pytest.raises(ValueError, match="h: got a matrix that is not symmetric"):
            check.as_symmetric("h", matrix)


def test_long_values_are_cut_in_messages():
    assert check.describe("x" * 58) == repr("x" * 58)
    assert check.describe("x" * 59) == "'" + "x" * 56 + "..."
