"""Labelled points of a learner."""

import numpy as np

from pointes.learning.history import MarginHistory
from pointes.vocabulary import Purpose


def history(labels, purpose, risk):
    n, labels = len(labels), np.array(labels, dtype=np.int8)
    points = np.arange(2.0 * n).reshape(n, 2)
    return MarginHistory(points, labels, labels >= 0, np.array(purpose, np.int8), np.array(risk), np.full(n, np.nan))


def test_outcomes_are_those_of_labelled_points_that_were_predicted_for_a_purpose():
    told = history([1, 0, -1, 1], [Purpose.STREAM] * 4, [0.9, np.nan, 0.5, 0.2])
    outcomes = told.outcomes(Purpose.STREAM)
    assert outcomes.risk.tolist() == [0.9, 0.2]
    assert outcomes.labels.tolist() == [1, 1]
    assert told.predicted_rows(Purpose.STREAM, 3).tolist() == [0]
    assert len(told.outcomes(Purpose.VERIFICATION).labels) == 0


def test_histories_are_appended_and_selected_row_by_row():
    first, second = history([1, 0], [0, 1], [0.1, 0.2]), history([0], [2], [0.3])
    both = first.append(second)
    assert both.labels.tolist() == [1, 0, 0]
    assert both.where(both.purpose == 2).risk.tolist() == [0.3]
    assert len(first.points) == 2
