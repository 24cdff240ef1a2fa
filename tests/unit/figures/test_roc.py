"""ROC curves by hand, and as the measures of classifications have them."""

import numpy as np
import pytest

from pointes.drugs.measures import measure
from pointes.drugs.ordinal import CATEGORIES, codes
from pointes.figures import roc as module
from pointes.figures.shared import classified


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_roc_by_hand(methods):
    good, poor = module.summarise(methods, "leave one drug out", "high")
    assert (good.method, good.auc, good.low, good.high) == ("good", 1, 1, 1)
    # 0.5 and 0.4 against 0.5, 0, 0, 0.8: one tie
    assert poor.auc == pytest.approx((0.5 + 1 + 1 + 0 + 0 + 1 + 1 + 0) / 8)
    assert poor.hits.tolist() == [0, 0, 0.5, 1, 1]
    assert poor.false_alarms.tolist() == [0, 0.25, 0.5, 0.5, 1]
    assert (poor.band[0] <= poor.band[1]).all()


def test_roc_agrees_with_the_measures(methods):
    for question, name in (("high", "auc_high_vs_rest"), ("low", "auc_low_vs_rest")):
        for curve in module.summarise(methods, "leave one drug out", question):
            rows = classified.rows_of(methods, scenario=curve.method)
            share = np.stack([rows[f"probability_{risk}"] for risk in CATEGORIES], axis=1)
            expected = getattr(measure(share, codes(rows["category"].tolist())), name)
            assert (curve.auc, curve.low, curve.high) == pytest.approx(expected, abs=1e-9)


def test_roc_is_drawn_with_aucs(methods):
    figure = module.draw(methods)
    labels = [text.get_text() for text in figure.axes[2].get_legend().get_texts()]
    assert labels[0] == "good: 1.000 (1.00–1.00)"
    assert labels[1].startswith("poor: 0.562 (")
    assert {line.get_linestyle() for line in figure.axes[0].lines} >= {"-", "--"}


def test_roc_without_a_drug_of_low_risk_says_so(methods):
    methods["category"][methods["category"] == "low"] = ""
    _, right = module.draw(methods).axes[:2]
    assert texts(right) == ["one of the two groups has no drug"]
