import numpy as np
import pytest

from pointes.figures import drug_ranking as module
from pointes.figures import style

CLASSIFICATION = {
    "critical multiple": {
        "high_vs_rest": {"value": 0.875, "q025": 0.7, "q975": 1.0},
        "low_vs_rest": {"value": None, "q025": None, "q975": None},
    }
}


def test_the_most_dangerous_drug_comes_first(drugs):
    ranks = module.summarise(drugs.isel(drug=[2, 0, 1]))
    assert [rank.drug for rank in ranks] == ["alpha", "beta", "gamma"]
    assert ranks[1] == module.Rank("beta", "intermediate", 10.0, 5.0, np.inf)


def test_limits_take_in_all_finite_values_and_one_cmax(drugs):
    ranks = module.summarise(drugs)
    assert module.limits(ranks) == pytest.approx((0.5, 800.0))
    assert module.limits(ranks[1:2]) == pytest.approx((0.5, 20.0))


@pytest.mark.parametrize(("critical", "ticks"), [(np.inf, {"0.5", "1", "2"}), (100.0, {"1", "10", "100"})])
def test_doses_are_plain_numbers(drugs, critical, ticks):
    for bound in ("", "_low", "_high"):
        drugs[f"critical_multiple{bound}"][:] = critical
    figure = module.draw(drugs, CLASSIFICATION)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    low, high = axes.get_xlim()
    shown = zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
    assert {text.get_text() for tick, text in shown if low <= tick <= high} == ticks
    assert not any(text.get_text() for text in axes.get_xticklabels(minor=True))


def test_what_lies_beyond_the_doses_is_an_arrow(drugs):
    left, _ = module.draw(drugs, CLASSIFICATION).axes
    assert [tick.get_text() for tick in left.get_yticklabels()] == ["alpha", "beta", "gamma"]
    assert left.get_xscale() == "log"
    assert left.yaxis_inverted()
    shown = {(line.get_marker(), int(line.get_ydata()[0])) for line in left.lines if line.get_marker() in "<>DosD"}
    assert shown == {("<", 0), ("D", 0), (">", 1), ("s", 1), (">", 2)}
    assert "Cmax" in left.get_xlabel()


def test_an_unknown_uncertainty_has_no_bar(drugs):
    drugs["critical_multiple_low"][0] = drugs["critical_multiple_high"][0] = np.nan
    left, _ = module.draw(drugs, CLASSIFICATION).axes
    heights = [bar.get_segments()[0][0, 1] for bar in left.collections]
    assert heights == [1, 2]


def test_aucs_stand_beside_it_and_a_missing_one_is_said(drugs):
    _, right = module.draw(drugs, CLASSIFICATION).axes
    labels = [tick.get_text() for tick in right.get_yticklabels()]
    assert labels[1:] == ["critical multiple  0.88", labels[2], "critical multiple: no such drugs"]
    (interval,) = [
        line
        for line in right.lines
        if line.get_linestyle() == "-" and len(set(line.get_ydata())) == 1 and len(line.get_xdata()) == 2
    ]
    np.testing.assert_allclose(interval.get_xdata(), [0.7, 1.0])


def test_a_drug_of_unknown_category_is_drawn(drugs):
    drugs["category"][1] = ""
    left, _ = module.draw(drugs, CLASSIFICATION).axes
    labels = [text.get_text() for text in left.get_legend().get_texts()]
    assert style.CATEGORIES[""].name in labels
