"""What a regression learner is given is checked."""

import numpy as np
import pytest

from pointes.errors import UserError
from pointes.learning import RegressionLearner, RegressionRule
from pointes.learning.regression.validation import checked_regular, checked_values


def test_one_quantity_may_be_a_row():
    assert checked_values("values", [1, 2], 2, 1).shape == (2, 1)


@pytest.mark.parametrize(("values", "q"), [([1, 2], 2), ([[1, 2]], 1), ([[1], [2]], 2)])
def test_shape_of_values(values, q):
    with pytest.raises(UserError, match=r"shape of values.*a column for each quantity"):
        checked_values("values", values, 2, q)


def test_regular_where_said_and_finite_and_succeeded():
    values = np.array([[1.0, np.nan], [1.0, 2.0], [1.0, 2.0], [1.0, 2.0]])
    valid, regular = checked_regular(values, [0, 0, 1, 0], [True, True, True, False])
    assert valid.tolist() == [True, True, False, True]
    assert regular.tolist() == [False, True, False, False]
    assert checked_regular(values, None, None)[1].tolist() == [False, True, True, True]


@pytest.mark.parametrize("errors", [(1.0,), (1.0, 0.0), (1.0, -2.0)])
def test_largest_errors(errors):
    with pytest.raises(UserError, match=r"largest_error.*2 positive numbers"):
        RegressionLearner([[0, 1]], outputs=2).assess(RegressionRule(errors))
