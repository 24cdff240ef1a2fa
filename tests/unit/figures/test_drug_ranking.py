from itertools import combinations, pairwise

import numpy as np
import pytest
from matplotlib.text import Text

from pointes.drugs.risk import CriticalStatus
from pointes.figures import drug_ranking as module
from pointes.figures.shared import style

CLASSIFICATION = {
    "critical multiple": {
        "high_vs_rest": {"value": 0.875, "q025": 0.7, "q975": 1.0},
        "low_vs_rest": {"value": None, "q025": None, "q975": None},
    }
}

REACHED, NOT_REACHED, BELOW, BEYOND = (
    CriticalStatus[name] for name in ("REACHED", "NOT_REACHED", "BELOW_SMALLEST_DOSE", "BEYOND_MAP")
)


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_the_most_dangerous_drug_comes_first(drugs):
    ranks = module.summarise(drugs.isel(drug=[2, 0, 1]))
    assert [rank.drug for rank in ranks] == ["alpha", "beta", "gamma"]
    assert ranks[1][:2] == ("beta", "intermediate")
    assert [bound.status for bound in ranks[1][2:]] == ["reached", "reached", "not_reached"]
    assert [bound.multiple for bound in ranks[1][2:4]] == [10.0, 5.0]
    assert np.isnan(ranks[1].high.multiple)


def test_of_drugs_that_do_not_reach_it_the_one_that_may_comes_first(drugs):
    """Beta from 5 x Cmax on, gamma from 400; alpha nowhere."""
    drugs["critical_multiple_status"][:] = NOT_REACHED
    drugs["critical_multiple_low_status"][:] = [NOT_REACHED, REACHED, REACHED]
    assert [rank.drug for rank in module.summarise(drugs)] == ["beta", "gamma", "alpha"]


def test_what_is_not_placed_comes_last(drugs):
    drugs["critical_multiple_status"][:] = [BEYOND, NOT_REACHED, BELOW]
    assert [rank.drug for rank in module.summarise(drugs)] == ["gamma", "beta", "alpha"]


def test_limits_take_in_all_finite_values_and_one_cmax(drugs):
    ranks = module.summarise(drugs)
    assert module.limits(ranks) == pytest.approx((0.5, 800.0))
    assert module.limits(ranks[1:2]) == pytest.approx((0.5, 20.0))


@pytest.mark.parametrize(("critical", "ticks"), [(np.nan, {"0.5", "1", "2"}), (100.0, {"1", "10", "100"})])
def test_doses_are_plain_numbers(drugs, critical, ticks):
    for bound in ("", "_low", "_high"):
        drugs[f"critical_multiple{bound}"][:] = critical
        drugs[f"critical_multiple{bound}_status"][:] = NOT_REACHED if np.isnan(critical) else REACHED
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
    for bound in ("critical_multiple_low", "critical_multiple_high"):
        drugs[bound][0] = np.nan
        drugs[f"{bound}_status"][0] = CriticalStatus.UNCERTAINTY_UNKNOWN
    left, _ = module.draw(drugs, CLASSIFICATION).axes
    heights = [bar.get_segments()[0][0, 1] for bar in left.collections]
    assert heights == [1, 2]


def test_aucs_stand_beside_it_and_a_missing_one_is_said(drugs):
    _, right = module.draw(drugs, CLASSIFICATION).axes
    labels = [tick.get_text() for tick in right.get_yticklabels()]
    assert labels[1:] == ["critical multiple  0.88", labels[2], "critical multiple: no drugs to compare"]
    (interval,) = [
        line
        for line in right.lines
        if line.get_linestyle() == "-" and len(set(line.get_ydata())) == 1 and len(line.get_xdata()) == 2
    ]
    np.testing.assert_allclose(interval.get_xdata(), [0.7, 1.0])


def test_a_drug_of_unknown_category_is_drawn(drugs):
    drugs["category"][1] = ""
    assert style.CATEGORIES[""].name in legend(module.draw(drugs, CLASSIFICATION))


def test_the_legend_tells_the_doses_that_were_searched_where_a_marker_needs_it(drugs):
    drugs["largest_multiple"] = 300.0
    shown = legend(module.draw(drugs, CLASSIFICATION))
    assert shown[3:] == ["below 0.001 × Cmax", "not reached up to 300 × Cmax"]
    shown = legend(module.draw(drugs.isel(drug=[1]), CLASSIFICATION))
    assert shown == ["intermediate risk", "not reached up to 300 × Cmax"]
    drugs["critical_multiple_status"][1] = BEYOND
    assert "beyond the explored blocks" in legend(module.draw(drugs, CLASSIFICATION))


def test_where_nothing_was_learned_no_drug_is_placed(drugs):
    (axes,) = module.draw(drugs.assign_attrs(nothing_learned="no simulation was arrhythmic"), CLASSIFICATION).axes
    assert axes.texts[0].get_text() == (
        "Nothing was learned, because no simulation was arrhythmic.\nNo drug is placed."
    )


def test_without_categories_there_is_no_panel_of_them(drugs):
    nothing = {"value": None, "q025": None, "q975": None}
    assert len(module.draw(drugs, {"critical multiple": {"high_vs_rest": nothing, "low_vs_rest": nothing}}).axes) == 1


@pytest.mark.parametrize("count", [1, 2, 28, 98, 200])
def test_any_number_of_drugs_is_legible_at_the_width_of_a_journal(drugs, count):
    """No text is smaller than 6 points, none overlaps another of its kind, and all is inside the figure."""
    many = drugs.isel(drug=np.arange(count) % 3).assign_coords(drug=[f"chlorpromazine {n}" for n in range(count)])
    figure = module.draw(many, CLASSIFICATION)
    figure.draw_without_rendering()
    assert figure.get_figwidth() <= 7.1
    assert count > 100 or figure.get_figheight() < 9.7
    page = figure.get_window_extent()
    names = 0
    for axes in figure.axes:
        labels = [text for text in axes.get_yticklabels() if text.get_text()]
        names += sum(text.get_text().startswith("chlor") for text in labels)
        boxes = sorted((text.get_window_extent() for text in labels), key=lambda box: box.y0)
        assert all(lower.y1 <= upper.y0 for lower, upper in pairwise(boxes))
        panel = axes.get_tightbbox()
        assert page.x0 <= panel.x0 < panel.x1 <= page.x1
        assert page.y0 <= panel.y0 < panel.y1 <= page.y1
    assert names == count
    panels = [axes.get_tightbbox() for axes in figure.axes]
    panels.append(figure.legends[0].get_window_extent())
    assert not any(one.overlaps(other) for one, other in combinations(panels, 2))
    assert min(text.get_fontsize() for text in figure.findobj(Text) if text.get_text()) >= 6
