"""Rules by which points are chosen."""

import numpy as np
import pytest

from pointes.errors import UserError
from pointes.learning import REGRESSION_ACQUISITIONS, RegressionLearner
from pointes.learning.regression.acquisition import IntegratedVariance, LargestVariance, Random


class Fake:
    """A batch whose scores fall at and next to every pick."""

    def __init__(self):
        self.picked = []

    def gains(self):
        distance = np.array([min([abs(k - pick) for pick in self.picked], default=9) for k in range(6)])
        return np.array([1.0, 2.0, 3.0, 4.0, 3.5, 1.0]) * (distance > 1)

    def variances(self):
        return self.gains()[::-1]

    def condition(self, index):
        self.picked.append(index)


def test_each_pick_is_conditioned_on_before_the_next():
    assert IntegratedVariance().choose(Fake(), 6, 2).tolist() == [3, 1]
    assert LargestVariance().choose(Fake(), 6, 1).tolist() == [2]


def test_no_candidate_is_chosen_twice():
    assert sorted(IntegratedVariance().choose(Fake(), 6, 6)) == list(range(6))


def test_passive_rules_do_not_look_at_values():
    assert Random().choose(Fake(), 6, 2).tolist() == [0, 1]
    assert all(REGRESSION_ACQUISITIONS[name].passive for name in ("random", "sobol"))


def test_unknown_name():
    with pytest.raises(UserError, match=r"unknown acquisition for regression 'imsee'.*did you mean imse"):
        RegressionLearner([[0, 1]], acquisition="imsee")
