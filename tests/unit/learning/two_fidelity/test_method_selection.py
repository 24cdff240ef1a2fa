"""Selection of a method by its predictions of the stream."""

import numpy as np
import pytest

from pointes.learning.two_fidelity.method_selection import leader, log_scores
from pointes.vocabulary import METHODS


def test_log_scores_look_at_the_last_predictions_only():
    risk = np.concatenate([np.full(100, 0.01), np.full(30, 0.5)])
    assert log_scores({"single": risk}, np.ones(130, int))["single"] == pytest.approx(24 * np.log(0.5))


def test_favourite_leads_unless_another_is_far_better():
    scores = dict.fromkeys(METHODS, -8.0)
    assert leader(scores) == "autoregressive"
    assert leader({**scores, "pooled": -2.0}) == "autoregressive"
    assert leader({**scores, "pooled": 0.0}) == "pooled"
