"""Confusion matrices with the names of the drugs."""

from pointes.figures import confusion as module
from pointes.figures.shared import classified


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_confusion_has_names_by_true_and_predicted_category(classification):
    rows = classified.first_scenario(classification, "in sample")
    matrix = module.summarise(rows)
    assert matrix["high", "high"] == ["alpha"]
    assert matrix["high", "intermediate"] == ["beta"]
    assert matrix["low", "low"] == ["delta"]
    assert sum(map(len, matrix.values())) == 4  # omega has no category


def test_confusion_has_a_matrix_for_each_scheme(classification):
    in_sample, left_out = module.draw(classification).axes
    assert in_sample.get_title("left") == "fitted to all drugs:\n3 of 4 right"
    assert left_out.get_title("left") == "each drug left out of its fit:\n3 of 4 right"
    assert "alpha\nbeta" in texts(left_out)
